//! What can go wrong with an artifact.

use std::{io, path::PathBuf};

/// An artifact could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot go into the ZIP.
    #[error("`{path}` cannot go into the ZIP: {reason}")]
    Refused {
        /// Its path.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// The manifest is not JSON.
    #[error("the manifest cannot be written as JSON: {0}")]
    Manifest(#[source] serde_json::Error),
    /// Compression failed.
    #[error("could not add `{path}` to the ZIP: {source}")]
    Zip {
        /// The entry.
        path: String,
        /// The library's error.
        source: zip::result::ZipError,
    },
    /// The system refused a file operation.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// What to do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// What was given does not fit into an artifact.
    Refused,
    /// The same call may succeed when there is room.
    StorageFull,
    /// The disk, or the place to write to, is at fault.
    Io,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { .. } | Self::Manifest(_) | Self::Zip { .. } => Class::Refused,
            Self::Io { source, .. }
                if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) =>
            {
                Class::StorageFull
            }
            Self::Io { .. } => Class::Io,
        }
    }
}
