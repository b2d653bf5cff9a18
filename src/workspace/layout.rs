//! The folder itself: making it, recognising it, its lock and its private files.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{Error, error::failed, repository::sync};
use crate::domain::path::ProjectPath;

pub(super) const MARKER: &str = "workspace.json";
pub(super) const LOCK: &str = "lock";
pub(super) const TREE: &str = "tree";
pub(super) const GIT: &str = "git";
pub(super) const JOURNAL: &str = "journal";
pub(super) const LOGS: &str = "logs";
pub(super) const SCRATCH: &str = "scratch";
pub(super) const STAGING: &str = "staging";
pub(super) const SET_ASIDE: &str = "set-aside";

/// Folders that are made anew when a copy of the workspace lacks them, as tools that copy may drop empty ones.
const FOLDERS: [&str; 5] = [TREE, JOURNAL, LOGS, SCRATCH, STAGING];
const OWN_NAMES: [&str; 9] = [MARKER, LOCK, TREE, GIT, JOURNAL, LOGS, SCRATCH, STAGING, SET_ASIDE];

/// The layout that is made and understood here.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Marker {
    workspace_version: u32,
}

/// The workspace's lock, held while this lives; the kernel lets it go with a process that dies.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Not by closing alone: a child that another thread starts at this instant has a copy of the descriptor until it
        // becomes another program, and while a copy is open the lock is held (flock(2)). Nobody can be told of an error;
        // closing follows in any case.
        self.0.unlock().ok();
    }
}

/// Makes the folder, or takes over what an interrupted call left of it; gives its lock. The git directory is absent.
pub(super) fn make(dir: &Path) -> Result<Lock, Error> {
    make_folder(dir)?;
    check_vacant(dir)?;
    let lock = lock(dir)?;
    // A power cut must not take the lock and leave the rest: by the lock a half-made workspace is known.
    lock.0.sync_all().map_err(failed("sync", &dir.join(LOCK)))?;
    sync(dir)?;
    // Once more, now that nobody else can be making it.
    check_vacant(dir)?;
    remove_folder(&dir.join(GIT))?;
    make_folders(dir)?;
    Ok(lock)
}

/// Makes the folder a workspace, durably. The last thing that making one does.
pub(super) fn mark(dir: &Path) -> Result<(), Error> {
    let marker = serde_json::to_vec(&Marker { workspace_version: VERSION })
        .map_err(|error| failed("write", &dir.join(MARKER))(error.into()))?;
    write_private(dir, MARKER, &marker)?;
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
        Some(_) | None => sync(Path::new(".")),
    }
}

/// Whether a folder was made a workspace, wholly.
pub(super) fn is_made(dir: &Path) -> bool {
    dir.join(MARKER).is_file()
}

/// Recognises a workspace and locks it.
pub(super) fn claim(dir: &Path) -> Result<Lock, Error> {
    let path = dir.join(MARKER);
    let marker = match fs::read(&path) {
        Ok(marker) => marker,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(Error::NotWorkspace { path: dir.to_owned() });
        }
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let incompatible = |reason: String| Error::Incompatible { path: dir.to_owned(), reason };
    let marker: Marker = serde_json::from_slice(&marker)
        .map_err(|error| incompatible(format!("its `{MARKER}` is not one that the product writes ({error})")))?;
    if marker.workspace_version > VERSION {
        let found = marker.workspace_version;
        return Err(incompatible(format!(
            "a newer version of the product made it (layout {found}, this one knows {VERSION}); use that version"
        )));
    }
    let lock = lock(dir)?;
    make_folders(dir)?;
    clear(&dir.join(STAGING))?;
    let git = dir.join(GIT);
    for folder in ["objects/pack", "refs/heads"] {
        let folder = git.join(folder);
        if !folder.is_dir() {
            fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
            folder.ancestors().skip(1).take(2).try_for_each(sync)?;
        }
    }
    remove_git_locks(&git, true)?;
    Ok(lock)
}

/// Writes a private file: at any instant it is the old or the new one; the new one is durable on return.
pub(super) fn write_private(dir: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let staged = dir.join(STAGING).join(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&staged)
        .map_err(failed("create", &staged))?;
    file.write_all(content).map_err(failed("write", &staged))?;
    file.sync_all().map_err(failed("sync", &staged))?;
    fs::rename(&staged, dir.join(name)).map_err(failed("rename into place", &dir.join(name)))?;
    sync(dir)
}

/// Checks the name of a private file.
pub(super) fn check_private_name(name: &str) -> Result<(), Error> {
    let refused = |reason: &str| Error::Refused { path: name.to_owned(), reason: reason.to_owned() };
    let path = ProjectPath::parse(name).map_err(|error| refused(error.reason))?;
    if path.components().count() != 1 {
        return Err(refused("a private file lies in the workspace's own folder"));
    }
    if OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(refused("the name belongs to the workspace's layout"));
    }
    Ok(())
}

fn check_vacant(dir: &Path) -> Result<(), Error> {
    let occupied = |reason| Error::Occupied { path: dir.to_owned(), reason };
    let mut names = Vec::new();
    for item in fs::read_dir(dir).map_err(failed("list", dir))? {
        names.push(item.map_err(failed("list", dir))?.file_name());
    }
    if names.iter().any(|name| name == MARKER) {
        return Err(occupied("there is a workspace already; resume it, or choose another folder"));
    }
    // An interrupted call leaves an empty lock, nothing but names of the layout, and nothing in the tree.
    let is_half_made = fs::symlink_metadata(dir.join(LOCK)).is_ok_and(|lock| lock.is_file() && lock.len() == 0)
        && names.iter().all(|name| OWN_NAMES.iter().any(|own| name == own))
        && fs::read_dir(dir.join(TREE)).map_or(true, |mut tree| tree.next().is_none());
    if names.is_empty() || is_half_made {
        Ok(())
    } else {
        Err(occupied("it is not empty; choose another folder, or empty it"))
    }
}

fn lock(dir: &Path) -> Result<Lock, Error> {
    let path = dir.join(LOCK);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(failed("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path: dir.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed("lock", &path)(error)),
    }
}

fn make_folders(dir: &Path) -> Result<(), Error> {
    FOLDERS.iter().try_for_each(|name| make_folder(&dir.join(name)))
}

/// Only the owner gets in: prompts and answers are in there, not only what is delivered.
fn make_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("create", path))
}

fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn clear(folder: &Path) -> Result<(), Error> {
    for item in fs::read_dir(folder).map_err(failed("list", folder))? {
        let item = item.map_err(failed("list", folder))?;
        let path = item.path();
        if item.file_type().map_err(failed("look at", &path))?.is_dir() {
            remove_folder(&path)?;
        } else {
            fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
    }
    Ok(())
}

/// Removes the lock files of refs and configuration: whoever made them has ended, as the workspace is locked by us.
fn remove_git_locks(folder: &Path, is_top: bool) -> Result<(), Error> {
    for item in fs::read_dir(folder).map_err(failed("list", folder))? {
        let item = item.map_err(failed("list", folder))?;
        let path = item.path();
        let is_folder = item.file_type().map_err(failed("look at", &path))?.is_dir();
        if is_folder && (!is_top || item.file_name() == "refs") {
            remove_git_locks(&path, false)?;
        } else if !is_folder && path.extension().is_some_and(|ending| ending == "lock") {
            fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
