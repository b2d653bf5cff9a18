//! Signs of life that need no clock: a process holds the lock of a file for as long as it lives.
//!
//! A lock that is free proves that its holder is dead (flock(2): the kernel lets go of it with the process), so that
//! nobody has to wait for the end of his leases. It proves nothing about holders on other hosts: their files are not here.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::domain::id::HolderId;

const ENDING: &str = "lock";

/// This process, as those see it who share its data folder.
#[derive(Debug)]
pub struct Holder {
    id: HolderId,
    folder: PathBuf,
    _lock: File,
}

impl Holder {
    /// Makes an identity for this process, which counts as alive while it lives.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        loop {
            let id = HolderId::mint();
            let path = path_of(folder, &id);
            let lock = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            lock.lock()?;
            // Whoever looked before it was locked took it for a dead one's, and removed it.
            if fs::metadata(&path).is_ok_and(|found| lock.metadata().is_ok_and(|own| own.ino() == found.ino())) {
                return Ok(Self { id, folder: folder.to_owned(), _lock: lock });
            }
        }
    }

    /// The identity.
    #[must_use]
    pub fn id(&self) -> &HolderId {
        &self.id
    }

    /// Holders that lived on this host and are dead.
    pub(super) fn dead(&self) -> io::Result<Vec<HolderId>> {
        let mut dead = Vec::new();
        for item in fs::read_dir(&self.folder)? {
            let path = item?.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            let Some(id) = name.and_then(|name| name.parse().ok()).filter(|id| *id != self.id) else { continue };
            if is_free(&path)? {
                dead.push(id);
            }
        }
        Ok(dead)
    }

    /// Whether a process was forgotten: each is known before it does anything.
    pub(super) fn is_forgotten(&self, holder: &HolderId) -> bool {
        *holder != self.id && !path_of(&self.folder, holder).exists()
    }

    /// Forgets a dead one, whose leases were released.
    pub(super) fn forget(&self, dead: &HolderId) {
        // Whoever else forgot him was faster.
        let _ = fs::remove_file(path_of(&self.folder, dead));
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.forget(&self.id);
    }
}

fn path_of(folder: &Path, id: &HolderId) -> PathBuf {
    folder.join(format!("{id}.{ENDING}"))
}

/// Whether nobody holds the lock of a file; one that is gone is nobody's either, and of no account.
pub(super) fn is_free(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
