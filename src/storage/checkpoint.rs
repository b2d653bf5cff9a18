//! Workspaces that outlive the host that works in them.
//!
//! A checkpoint names the files of a workspace, each as a row of parts; a part is kept once, under its digest. The journal
//! only grows, so that what was appended since the last checkpoint is all that a new one sends of it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use object_store::{ObjectStoreExt as _, PutPayload};
use serde::{Deserialize, Serialize};

use super::{Error, Storage};
use crate::domain::{digest::Digest, id::GenerationId};

/// Version of a checkpoint's form; raised when a field changes its meaning or goes.
const CHECKPOINT_VERSION: u32 = 1;
/// What the key of a checkpoint ends with.
const CHECKPOINT: &str = ".json";
/// Folders of a workspace that follow from the rest of it, or that only the process that works there needs.
const LEFT_OUT: [&str; 4] = ["tree", "scratch", "staging", "lock"];

/// Whether what a row says of a workspace is a checkpoint's key, rather than the name of a folder.
#[must_use]
pub fn is_checkpoint(workspace: &str) -> bool {
    workspace.ends_with(CHECKPOINT)
}

/// Number of the claim that kept a checkpoint.
#[must_use]
pub fn epoch_of_checkpoint(key: &str) -> Option<i64> {
    key.rsplit('/').nth(1)?.parse().ok()
}

/// The files of a workspace at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    version: u32,
    /// By path in the workspace, with `/` between folders.
    files: BTreeMap<String, Vec<Part>>,
}

/// A part of a file, in the order in which the parts follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    digest: Digest,
    bytes: u64,
}

/// What a workspace was kept as, and the times of its files then, so that what did not change is not read again.
#[derive(Debug, Clone, Default)]
pub struct Keeping {
    checkpoint: Checkpoint,
    seen: BTreeMap<String, Seen>,
    number: u64,
}

/// What tells that a file is as it was: size and time of change, to the nanosecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    bytes: u64,
    changed: (i64, i64),
}

impl Storage {
    /// Keeps a workspace as it is now, and gives the key under which it can be brought back. It is durable on return.
    ///
    /// # Errors
    /// When the folder cannot be read or the store fails; what was kept before is still there.
    pub async fn keep_workspace(
        &self,
        generation: &GenerationId,
        epoch: i64,
        folder: &Path,
        keeping: &mut Keeping,
    ) -> Result<String, Error> {
        let mut now = Checkpoint { version: CHECKPOINT_VERSION, files: BTreeMap::new() };
        let mut seen = BTreeMap::new();
        let mut found = Vec::new();
        list(folder, "", &mut found).map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
        for (path, file) in found {
            let before = keeping.checkpoint.files.get(&path);
            let parts = match before {
                Some(parts) if keeping.seen.get(&path) == Some(&file) => parts.clone(),
                _ => self.keep_file(generation, &folder.join(&path), before).await?,
            };
            now.files.insert(path.clone(), parts);
            seen.insert(path, file);
        }
        keeping.number += 1;
        let key = format!("workspaces/{generation}/{epoch}/{}{CHECKPOINT}", keeping.number);
        // A checkpoint holds nothing that JSON cannot say: keys are texts.
        let text = serde_json::to_vec(&now).unwrap_or_default();
        self.store.put(&self.key(&key), PutPayload::from(text)).await?;
        keeping.checkpoint = now;
        keeping.seen = seen;
        Ok(key)
    }

    /// Sends what a file has that its parts do not, and gives all its parts.
    async fn keep_file(
        &self,
        generation: &GenerationId,
        file: &Path,
        before: Option<&Vec<Part>>,
    ) -> Result<Vec<Part>, Error> {
        let failed = |source| Error::Folder { path: file.to_owned(), source };
        let mut content = File::open(file).map_err(failed)?;
        let mut parts = match before {
            Some(parts) if begins_with(&mut content, parts).map_err(failed)? => parts.clone(),
            _ => Vec::new(),
        };
        content.seek(SeekFrom::Start(parts.iter().map(|part| part.bytes).sum())).map_err(failed)?;
        let mut rest = Vec::new();
        content.read_to_end(&mut rest).map_err(failed)?;
        if rest.is_empty() && !parts.is_empty() {
            return Ok(parts);
        }
        let part = Part { digest: Digest::of(&rest), bytes: rest.len() as u64 };
        let key = self.key(&blob(generation, &part.digest));
        self.store.put(&key, PutPayload::from(rest)).await?;
        parts.push(part);
        Ok(parts)
    }

    /// Brings a workspace back into a folder that is absent or empty, as it was kept. What was kept follows by the next
    /// [`Storage::keep_workspace`] with the result.
    ///
    /// # Errors
    /// When the checkpoint is not there or not whole, the disk fails, or the store does.
    pub async fn bring_workspace(&self, generation: &GenerationId, key: &str, folder: &Path) -> Result<Keeping, Error> {
        let damaged = |reason: String| Error::Damaged { key: key.to_owned(), reason };
        let text = self.store.get(&self.key(key)).await?.bytes().await?;
        let checkpoint: Checkpoint = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if checkpoint.version != CHECKPOINT_VERSION {
            return Err(damaged(format!("it is of version {}", checkpoint.version)));
        }
        for (path, parts) in &checkpoint.files {
            let relative = Path::new(path);
            let is_inside = relative.components().all(|part| matches!(part, std::path::Component::Normal(_)));
            if !is_inside {
                return Err(damaged(format!("it names the file {path}")));
            }
            let file = folder.join(relative);
            let failed = |source| Error::Folder { path: file.clone(), source };
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent).map_err(failed)?;
            }
            let mut written = File::create(&file).map_err(failed)?;
            for part in parts {
                let bytes = self.store.get(&self.key(&blob(generation, &part.digest))).await?.bytes().await?;
                if Digest::of(&bytes) != part.digest {
                    return Err(damaged(format!("a part of {path} is not what was kept")));
                }
                written.write_all(&bytes).map_err(failed)?;
            }
            written.sync_all().map_err(failed)?;
        }
        Ok(Keeping { checkpoint, ..Keeping::default() })
    }
}

fn blob(generation: &GenerationId, digest: &Digest) -> String {
    format!("workspaces/{generation}/blobs/{}", digest.to_string().replace(':', "-"))
}

/// Whether a file begins with what the parts hold.
fn begins_with(file: &mut File, parts: &[Part]) -> io::Result<bool> {
    for part in parts {
        let mut bytes = Vec::new();
        io::Read::by_ref(file).take(part.bytes).read_to_end(&mut bytes)?;
        if Digest::of(&bytes) != part.digest {
            return Ok(false);
        }
    }
    Ok(true)
}

fn list(folder: &Path, below: &str, found: &mut Vec<(String, Seen)>) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let mut items: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|item| item.map(|item| item.path())).collect::<Result<_, _>>()?;
    items.sort();
    for item in items {
        let Some(name) = item.file_name().and_then(|name| name.to_str()) else { continue };
        if below.is_empty() && LEFT_OUT.contains(&name) {
            continue;
        }
        let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        let metadata = fs::symlink_metadata(&item)?;
        if metadata.is_dir() {
            list(&item, &path, found)?;
        } else if metadata.is_file() {
            let changed = (metadata.mtime(), metadata.mtime_nsec());
            found.push((path, Seen { bytes: metadata.len(), changed }));
        }
    }
    Ok(())
}
