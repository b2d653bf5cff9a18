//! The folder that a claim works in.
//!
//! Where hosts share nothing but the records, a workspace stays where it was begun, under the name in its row. A holder
//! that was frozen may have it still: then what is durable of it is copied, and the copy is worked in. Where workspaces
//! are kept in the storage, each claim brings what was kept last into a folder of its own, unless that very folder is here.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
};

use tokio::{runtime::Handle, sync::Mutex};

use super::{Trouble, holder::is_free};
use crate::{
    domain::id::GenerationId,
    pipeline::{KeepError, Keeper},
    storage::{Keeping, Storage, epoch_of_checkpoint},
    store::{Claim, Records, Workspace},
    workspace,
};

const LOCK: &str = "lock";
/// What a folder is called while it is filled.
const PART: &str = ".part";

/// Folders that a generation's workspaces are in.
#[derive(Debug, Clone)]
pub(super) struct Place {
    workspaces: PathBuf,
    generation: GenerationId,
    epoch: i64,
}

impl Place {
    pub(super) fn new(workspaces: &Path, claim: &Claim) -> Self {
        Self { workspaces: workspaces.to_owned(), generation: claim.generation.id.clone(), epoch: claim.epoch() }
    }

    /// The folder of a name.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.workspaces.join(name)
    }

    /// Name of the folder that a generation begins in.
    pub(super) fn first(&self) -> String {
        self.generation.to_string()
    }

    /// Name of a folder of this claim's own.
    pub(super) fn own(&self) -> String {
        format!("{}.{}", self.generation, self.epoch)
    }

    /// Copies what is durable of a workspace into a folder of this claim's own; durable on return. Of one that is still being
    /// made there is nothing: a copy of some of it would be neither a workspace nor a folder for one.
    pub(super) fn copy(&self, from: &Path) -> io::Result<String> {
        let name = self.own();
        let is_made = workspace::is_made(from);
        self.fill(&name, |part| if is_made { workspace::copy_durable(from, part) } else { Ok(()) })?;
        Ok(name)
    }

    /// Makes a folder whole or not at all.
    fn fill(&self, name: &str, fill: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        let part = self.folder(&format!("{name}{PART}"));
        if part.exists() {
            fs::remove_dir_all(&part)?;
        }
        fs::create_dir_all(&part)?;
        fill(&part)?;
        // One call for all files: a sync of each would take as many times as long.
        nix::unistd::syncfs(fs::File::open(&part)?)?;
        fs::rename(&part, self.folder(name))?;
        fs::File::open(&self.workspaces)?.sync_all()
    }

    /// Brings what was kept into a folder of this claim's own.
    pub(super) fn bring(&self, storage: &Storage, key: &str, runtime: &Handle) -> Result<(String, Keeping), Trouble> {
        let name = self.own();
        if let Some(here) = self.same(key)? {
            fs::rename(here, self.folder(&name)).map_err(Trouble::Disk)?;
            return Ok((name, Keeping::default()));
        }
        let part = self.folder(&format!("{name}{PART}"));
        fs::create_dir_all(&part).map_err(Trouble::Disk)?;
        let keeping = runtime.block_on(storage.bring_workspace(&self.generation, key, &part))?;
        fs::rename(&part, self.folder(&name)).map_err(Trouble::Disk)?;
        Ok((name, keeping))
    }

    /// The folder of the claim that kept a checkpoint, when it is here and nobody works in it: it has all that was kept, and
    /// maybe an entry that was written when its process died.
    fn same(&self, key: &str) -> Result<Option<PathBuf>, Trouble> {
        let epoch = epoch_of_checkpoint(key).unwrap_or_default();
        let folder = self.folder(&format!("{}.{epoch}", self.generation));
        let is_ours = is_free(&folder.join(LOCK)).map_err(Trouble::Disk)?;
        Ok(is_ours.then_some(folder))
    }

    /// Removes other folders of the generation in which nobody works.
    pub(super) fn clear(&self, current: &str) -> io::Result<()> {
        let own = self.generation.to_string();
        for item in fs::read_dir(&self.workspaces)? {
            let item = item?;
            let name = item.file_name().to_string_lossy().into_owned();
            let is_part = name.ends_with(PART);
            if name != current && name.starts_with(&own) && (is_part || is_free(&item.path().join(LOCK))?) {
                fs::remove_dir_all(item.path())?;
            }
        }
        Ok(())
    }
}

/// Keeps a workspace in the storage, and says so in its row, each time that something was recorded in it.
pub(super) struct StorageKeeper {
    pub(super) records: Records,
    pub(super) storage: Storage,
    pub(super) claim: Claim,
    pub(super) folder: PathBuf,
    pub(super) keeping: Arc<Mutex<Keeping>>,
    pub(super) runtime: Handle,
}

impl Keeper for StorageKeeper {
    fn keep(&self) -> Result<(), KeepError> {
        let (records, storage) = (self.records.clone(), self.storage.clone());
        let (claim, folder, keeping) = (self.claim.clone(), self.folder.clone(), Arc::clone(&self.keeping));
        let (done, kept) = mpsc::sync_channel(1);
        // The thread that waits is the generation's own, and drives a future already: it cannot drive this one.
        self.runtime.spawn(async move {
            let mut keeping = keeping.lock().await;
            let key = storage.keep_workspace(&claim.generation.id, claim.epoch(), &folder, &mut keeping).await;
            let recorded = match key {
                Ok(key) => match records.keep_workspace(&claim, &Workspace::Kept(&key)).await {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(KeepError::Lost),
                    Err(error) => Err(KeepError::Store(error.to_string())),
                },
                Err(error) => Err(KeepError::Store(error.to_string())),
            };
            // Whoever asked waits; he ends with his process only.
            let _ = done.send(recorded);
        });
        kept.recv().unwrap_or_else(|_| Err(KeepError::Store("the process ends".to_owned())))
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
