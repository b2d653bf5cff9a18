//! Where a generation's workspace can be looked at.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures::future::{BoxFuture, FutureExt as _};
use tokio::sync::Mutex;

use crate::{
    storage::{Storage, epoch_of_checkpoint, is_checkpoint},
    store::Generation,
};

/// Workspaces that were brought and are looked at again without being brought again.
const BROUGHT_MOST: usize = 64;

/// Gives folders that workspaces can be looked at in, without keeping whoever works there from his work.
pub trait Workspaces: Send + Sync {
    /// The folder of a generation's workspace as it was recorded last, or newer; `None` while it has none.
    fn folder<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Option<PathBuf>, NoWorkspace>>;
}

/// A workspace that is there cannot be looked at now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoWorkspace(pub String);

/// Workspaces in a folder of this host; those of other hosts are brought from where they are kept.
pub struct KeptWorkspaces {
    folder: PathBuf,
    brought: PathBuf,
    storage: Storage,
    bringing: Mutex<()>,
}

impl KeptWorkspaces {
    /// Looks for workspaces in `folder`, under the names in their rows; others are brought from `storage` into `brought`, from
    /// which anything may be removed at any time. The last 64 that were brought stay there.
    #[must_use]
    pub fn new(folder: PathBuf, brought: PathBuf, storage: Storage) -> Self {
        Self { folder, brought, storage, bringing: Mutex::new(()) }
    }

    async fn bring(&self, generation: &Generation, key: &str) -> Result<PathBuf, NoWorkspace> {
        let name = key.replace(['/', '\\'], "_");
        let place = self.brought.join(generation.id.to_string());
        let folder = place.join(&name);
        if folder.is_dir() {
            return Ok(folder);
        }
        // One at a time: two who look at the same do not bring it twice.
        let _one = self.bringing.lock().await;
        if folder.is_dir() {
            return Ok(folder);
        }
        let failed = |error: &dyn std::fmt::Display| NoWorkspace(error.to_string());
        // What was brought before is outdated.
        if let Err(error) = tokio::fs::remove_dir_all(&place).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(failed(&error));
        }
        make_room(&self.brought).await.map_err(|error| failed(&error))?;
        let half = place.join("half");
        tokio::fs::create_dir_all(&half).await.map_err(|error| failed(&error))?;
        self.storage.bring_workspace(&generation.id, key, &half).await.map_err(|error| failed(&error))?;
        tokio::fs::rename(&half, &folder).await.map_err(|error| failed(&error))?;
        Ok(folder)
    }
}

impl Workspaces for KeptWorkspaces {
    fn folder<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Option<PathBuf>, NoWorkspace>> {
        async move {
            let id = &generation.id;
            let (name, key) = match generation.workspace.as_deref() {
                // The claim that kept it works, or worked, in a folder of its own: what is there is what was kept, or newer.
                Some(key) if is_checkpoint(key) => {
                    (format!("{id}.{}", epoch_of_checkpoint(key).unwrap_or_default()), Some(key))
                }
                Some(name) => (name.to_owned(), None),
                None => (id.to_string(), None),
            };
            let here = self.folder.join(name);
            match key {
                _ if here.is_dir() => Ok(Some(here)),
                Some(key) => self.bring(generation, key).await.map(Some),
                None => Ok(None),
            }
        }
        .boxed()
    }
}

/// Removes what was brought longest ago, where more is there than is kept.
async fn make_room(brought: &Path) -> io::Result<()> {
    tokio::fs::create_dir_all(brought).await?;
    let mut items = tokio::fs::read_dir(brought).await?;
    let mut by_age = Vec::new();
    while let Some(item) = items.next_entry().await? {
        by_age.push((item.metadata().await?.modified()?, item.path()));
    }
    by_age.sort();
    for (_, oldest) in by_age.iter().take((by_age.len() + 1).saturating_sub(BROUGHT_MOST)) {
        tokio::fs::remove_dir_all(oldest).await?;
    }
    Ok(())
}
