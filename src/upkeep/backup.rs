//! A copy of a service, made while it serves.
//!
//! The records are copied first, as they are at one instant. Workspaces are copied after that, so that each is at least as
//! far as its row says, and what its journal speaks of before what it does not: a generation that goes on from the copy finds
//! all that was recorded of it. What was delivered is never changed, and is copied last.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    Error,
    error::failed,
    files::{self, Part},
};
use crate::{domain::digest::Digest, store::Records, workspace};

/// Version of the form of a backup; raised when a field changes its meaning or goes.
pub(super) const VERSION: u32 = 1;
/// Says what is in a backup.
pub(super) const MANIFEST: &str = "backup.json";
pub(super) const RECORDS: &str = "records.db";
pub(super) const WORKSPACES: &str = "workspaces";
pub(super) const STORAGE: &str = "storage";

/// What is copied.
#[derive(Debug, Clone)]
pub struct Source {
    /// Folder of the workspaces.
    pub workspaces: PathBuf,
    /// Folder of the storage.
    pub storage: PathBuf,
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) backup_version: u32,
    pub(super) product_version: String,
    pub(super) files: Vec<Copied>,
}

/// A file of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Copied {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
}

/// Copies a service into a folder that is not there yet. The folder appears whole and durable, or not at all.
///
/// # Errors
/// When the folder is there, or something cannot be read or written.
pub async fn back_up(records: &Records, source: &Source, target: &Path) -> Result<Made, Error> {
    let part = Part::of(target)?;
    match fill(records, source, part.path()).await {
        Ok(made) => part.place().map(|()| made),
        Err(error) => {
            part.discard();
            Err(error)
        }
    }
}

async fn fill(records: &Records, source: &Source, folder: &Path) -> Result<Made, Error> {
    records.copy_into(&folder.join(RECORDS)).await?;
    let workspaces = folder.join(WORKSPACES);
    fs::create_dir(&workspaces).map_err(failed("create", &workspaces))?;
    for name in names(&source.workspaces)? {
        // One that is being filled is no workspace yet.
        if !name.ends_with(".part") {
            let from = source.workspaces.join(&name);
            workspace::copy_durable(&from, &workspaces.join(&name)).map_err(failed("copy", from))?;
        }
    }
    let storage = folder.join(STORAGE);
    workspace::copy_folder(&source.storage, &storage).map_err(failed("copy", &source.storage))?;
    let mut copied = Vec::new();
    for file in files::list(folder)? {
        let (sha256, bytes) = files::digest_of(&folder.join(&file))?;
        copied.push(Copied { path: file.to_string_lossy().into_owned(), bytes, sha256 });
    }
    let made = Made { files: copied.len(), bytes: copied.iter().map(|file| file.bytes).sum() };
    let product_version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { backup_version: VERSION, product_version, files: copied };
    let path = folder.join(MANIFEST);
    // Texts and numbers: nothing in it that JSON could not say.
    fs::write(&path, serde_json::to_vec_pretty(&manifest).unwrap_or_default()).map_err(failed("write", &path))?;
    Ok(made)
}

fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let items = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        items => items.map_err(failed("list", folder))?,
    };
    let mut names = Vec::new();
    for item in items {
        let item = item.map_err(failed("list", folder))?;
        if item.path().is_dir() {
            names.push(item.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
