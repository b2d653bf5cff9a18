//! Where a generation's workspace can be looked at.

use std::path::PathBuf;

use futures::future::{BoxFuture, FutureExt as _};
use tokio::sync::Mutex;

use crate::{domain::generation::Status, storage::Storage, store::Generation};

/// What the key of a checkpoint ends with; the name of a folder does not.
const CHECKPOINT: &str = ".json";

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
    /// Looks for workspaces in `folder`, where each has its generation's name; others are brought from `storage` into
    /// `brought`, from which anything may be removed at any time.
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
            let kept = generation.workspace.as_deref().filter(|key| key.ends_with(CHECKPOINT));
            let here = self.folder.join(generation.id.to_string());
            match kept {
                // Another host may have worked on it since this one did.
                Some(key) if generation.status != Status::Running || !here.is_dir() => {
                    self.bring(generation, key).await.map(Some)
                }
                _ => Ok(here.is_dir().then_some(here)),
            }
        }
        .boxed()
    }
}
