//! What can go wrong with what is kept.

use std::{io, path::PathBuf};

/// Something could not be kept, or not be brought back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed.
    #[error("the storage of artifacts and workspaces failed: {0}")]
    Store(#[from] object_store::Error),
    /// A file or a folder of this host failed.
    #[error("could not use {}: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A checkpoint does not hold what it says.
    #[error("the checkpoint {key} is not whole: {reason}")]
    Damaged {
        /// Its key.
        key: String,
        /// What does not fit.
        reason: String,
    },
}

impl Error {
    /// Whether what was looked for is not there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Store(object_store::Error::NotFound { .. }))
    }
}
