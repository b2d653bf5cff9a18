//! What keeps a copy from being made or used.

use std::{io, path::PathBuf};

use crate::{pipeline, storage, store};

/// A copy could not be made or used, or a workspace not taken over. Nothing of it is left where it would be looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was asked does not fit what is there.
    #[error("{0}")]
    Refused(String),
    /// The copy is not whole.
    #[error("the backup {} is damaged: {reason}; use another", path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system refused a file operation.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The records failed.
    #[error(transparent)]
    Records(#[from] store::Error),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// The workspace cannot be entered.
    #[error(transparent)]
    Pipeline(#[from] pipeline::Error),
}

pub(super) fn failed(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::File { action, path, source }
}
