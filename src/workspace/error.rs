//! What can go wrong with a workspace.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::domain::id::CommitId;

/// A workspace could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder is not a workspace.
    #[error("{} is not a workspace: it has no `workspace.json`", path.display())]
    NotWorkspace {
        /// The folder.
        path: PathBuf,
    },
    /// There is something where a workspace should be made.
    #[error("{} cannot become a workspace: {reason}", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// What stands in the way, and what to do.
        reason: &'static str,
    },
    /// A newer version of the product made it, or `workspace.json` is not its own.
    #[error("{} cannot be used: {reason}", path.display())]
    Incompatible {
        /// The folder.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// Another process works in it.
    #[error("{} is in use by another process; wait until it has ended, or stop it", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A change, or a name, is not allowed.
    #[error("`{path}` is refused: {reason}")]
    Refused {
        /// The path in the project, or the name of a private file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The tree has something that no step made.
    #[error(
        "`{path}` in the tree was changed by somebody else while a step was writing it; resume, which keeps a copy"
    )]
    Disturbed {
        /// The path in the project.
        path: String,
    },
    /// The tree was not compared with the journal yet, or an earlier call failed half-way.
    #[error("the tree has to be settled before the next commit")]
    Unsettled,
    /// The git directory lacks a commit that is recorded, or something that the commit consists of.
    #[error("the git directory {} lacks {commit}, which the journal speaks of; restore the folder from a backup", path.display())]
    Missing {
        /// The git directory.
        path: PathBuf,
        /// The commit.
        commit: CommitId,
    },
    /// libgit2 failed.
    #[error("could not {action}: {source}")]
    Git {
        /// What was being done.
        action: &'static str,
        /// The library's error.
        source: git2::Error,
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
    /// Another folder, or another version of the product, has to be used.
    Unusable,
    /// The same call may succeed when the other process has ended.
    Busy,
    /// What was asked is not allowed; nothing was changed.
    Refused,
    /// `settle` has to be called again.
    Unsettled,
    /// The folder has to be repaired.
    Damaged,
    /// The same work may succeed when there is room; `settle` has to be called first.
    StorageFull,
    /// The disk, or libgit2, is at fault.
    Io,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::NotWorkspace { .. } | Self::Occupied { .. } | Self::Incompatible { .. } => Class::Unusable,
            Self::Locked { .. } => Class::Busy,
            Self::Refused { .. } => Class::Refused,
            Self::Disturbed { .. } | Self::Unsettled => Class::Unsettled,
            Self::Missing { .. } => Class::Damaged,
            Self::Io { source, .. }
                if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) =>
            {
                Class::StorageFull
            }
            Self::Git { .. } | Self::Io { .. } => Class::Io,
        }
    }
}

/// Makes the error of a failed file operation.
pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}
