//! Folders that appear whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use super::{Error, error::failed};
use crate::domain::digest::Digest;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1024 * 1024;

/// A folder that is being filled beside the place where it will be.
#[derive(Debug)]
pub(super) struct Part {
    target: PathBuf,
    path: PathBuf,
    /// Locked while it is filled: one that is free was left by a process that died.
    _lock: File,
}

impl Part {
    /// Makes one for a place that is absent or an empty folder.
    pub(super) fn of(target: &Path) -> Result<Self, Error> {
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| Error::Refused(format!("{} is no name for a folder", target.display())))?;
        if !is_vacant(target)? {
            let place = target.display();
            return Err(Error::Refused(format!("{place} is there and not empty; name a folder that is not there yet")));
        }
        let parent = parent_of(target);
        fs::create_dir_all(&parent).map_err(failed("create", &parent))?;
        let path = parent.join(format!(".{name}.part"));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(failed("create", &path))?;
        let lock = File::open(&path).map_err(failed("open", &path))?;
        if lock.try_lock().is_err() {
            return Err(Error::Refused(format!("{} is being filled by another process", target.display())));
        }
        for item in fs::read_dir(&path).map_err(failed("list", &path))? {
            let left = item.map_err(failed("list", &path))?.path();
            let removed = if left.is_dir() { fs::remove_dir_all(&left) } else { fs::remove_file(&left) };
            removed.map_err(failed("remove", &left))?;
        }
        Ok(Self { target: target.to_owned(), path, _lock: lock })
    }

    /// Where it is filled.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in its place; durable on return.
    pub(super) fn place(self) -> Result<(), Error> {
        let folder = File::open(&self.path).map_err(failed("open", &self.path))?;
        // One call for all files: a sync of each would take as many times as long.
        nix::unistd::syncfs(folder).map_err(|error| failed("sync", &self.path)(error.into()))?;
        fs::rename(&self.path, &self.target).map_err(failed("rename into place", &self.target))?;
        let parent = parent_of(&self.target);
        File::open(&parent).and_then(|folder| folder.sync_all()).map_err(failed("sync", &parent))
    }

    /// Removes what was filled in.
    pub(super) fn discard(self) {
        // What is left is removed by the next one.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn parent_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Whether a place is absent or an empty folder.
pub(super) fn is_vacant(path: &Path) -> Result<bool, Error> {
    match fs::read_dir(path) {
        Ok(mut items) => Ok(items.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(failed("list", path)(error)),
    }
}

/// Every file below a folder, by its path there, in order.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    list_into(folder, Path::new(""), &mut files)?;
    files.sort();
    Ok(files)
}

fn list_into(folder: &Path, below: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for item in fs::read_dir(folder).map_err(failed("list", folder))? {
        let item = item.map_err(failed("list", folder))?;
        let (path, kind) = (item.path(), item.file_type().map_err(failed("look at", item.path()))?);
        let name = below.join(item.file_name());
        if kind.is_dir() {
            list_into(&path, &name, files)?;
        } else if kind.is_file() {
            files.push(name);
        }
    }
    Ok(())
}

/// Digest and size of a file.
pub(super) fn digest_of(path: &Path) -> Result<(Digest, u64), Error> {
    let mut file = File::open(path).map_err(failed("open", path))?;
    let (mut bytes, mut broken) = (0_u64, None);
    let pieces = std::iter::from_fn(|| {
        let mut piece = vec![0; PIECE_BYTES];
        match file.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                bytes += read as u64;
                Some(piece)
            }
            Err(error) => {
                broken = Some(error);
                None
            }
        }
    });
    let digest = Digest::of_pieces(pieces);
    broken.map_or(Ok((digest, bytes)), |error| Err(failed("read", path)(error)))
}
