//! A service from a copy.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use super::{
    Error,
    backup::{MANIFEST, Manifest, RECORDS, STORAGE, VERSION},
    error::failed,
    files::{self, Part},
};
use crate::store::Records;

/// Where a service is to be.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its data folder.
    pub data: PathBuf,
    /// Folder of its storage.
    pub storage: PathBuf,
}

/// What was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Files.
    pub files: usize,
    /// Generations that were being worked on when the copy was made, and are queued again.
    pub queued: usize,
}

/// Makes a data folder from a backup, once every file of it was found to be what was copied. The folder appears whole and
/// durable, or not at all.
///
/// # Errors
/// When something is there already, the backup is damaged or of a newer version, or the disk fails.
pub async fn restore(backup: &Path, target: &Target) -> Result<Restored, Error> {
    let manifest = read_manifest(backup)?;
    let data = Part::of(&target.data)?;
    let inside = target.storage.strip_prefix(&target.data).ok().map(|place| data.path().join(place));
    let outside = match &inside {
        Some(_) => None,
        None => Some(Part::of(&target.storage)?),
    };
    let storage = inside.or_else(|| outside.as_ref().map(|part| part.path().to_owned())).unwrap_or_default();
    let filled = fill(backup, &manifest, data.path(), &storage).await;
    match filled {
        Ok(queued) => {
            // The data folder last: with it the service is there.
            outside.map_or(Ok(()), Part::place)?;
            data.place()?;
            Ok(Restored { files: manifest.files.len(), queued })
        }
        Err(error) => {
            outside.into_iter().chain([data]).for_each(Part::discard);
            Err(error)
        }
    }
}

fn read_manifest(backup: &Path) -> Result<Manifest, Error> {
    let path = backup.join(MANIFEST);
    let text = fs::read(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            Error::Refused(format!("{} is no backup: it has no `{MANIFEST}`", backup.display()))
        }
        _ => failed("read", &path)(source),
    })?;
    let damaged = |reason: String| Error::Damaged { path: backup.to_owned(), reason };
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    let found = value.get("backup_version").and_then(serde_json::Value::as_u64);
    if found.is_some_and(|found| found > u64::from(VERSION)) {
        return Err(Error::Refused(format!(
            "{} was made by a newer version of the product, which alone can restore it",
            backup.display()
        )));
    }
    serde_json::from_value(value).map_err(|error| damaged(error.to_string()))
}

async fn fill(backup: &Path, manifest: &Manifest, data: &Path, storage: &Path) -> Result<usize, Error> {
    let damaged = |reason: String| Error::Damaged { path: backup.to_owned(), reason };
    for file in &manifest.files {
        let name = Path::new(&file.path);
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(damaged(format!("it names the file {}", file.path)));
        }
        let to = match name.strip_prefix(STORAGE) {
            Ok(below) => storage.join(below),
            Err(_) => data.join(name),
        };
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(failed("create", folder))?;
        }
        let from = backup.join(name);
        fs::copy(&from, &to).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => damaged(format!("{} is missing", file.path)),
            _ => failed("copy", &from)(source),
        })?;
        if files::digest_of(&to)? != (file.sha256.clone(), file.bytes) {
            return Err(damaged(format!("{} is not what was copied", file.path)));
        }
    }
    let records = data.join(RECORDS);
    if !records.is_file() {
        return Err(damaged(format!("{RECORDS} is missing")));
    }
    let records = Records::open_file(&records).await?;
    let checked = async {
        if let Some(reason) = records.fault().await? {
            return Err(damaged(reason));
        }
        Ok(records.queue_interrupted().await?)
    }
    .await;
    records.close().await;
    checked
}
