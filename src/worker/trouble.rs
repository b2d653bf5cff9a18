//! What keeps a generation from its end.

use std::{error::Error as _, io};

use crate::{
    pipeline::{self, KeepError},
    storage, store, template, workspace,
};

/// What keeps a generation from its end, other than what the pipeline comes to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Pipeline(#[from] pipeline::Error),
    #[error(transparent)]
    Template(#[from] template::Error),
    #[error(transparent)]
    Storage(#[from] storage::Error),
    #[error(transparent)]
    Records(#[from] store::Error),
    #[error("the folder of its work could not be used: {0}")]
    Disk(#[source] io::Error),
    /// A change, by its number from 0, cannot be made.
    #[error("{1}")]
    Refused(usize, String),
    #[error("the work ended by an error in the program; its logs say which")]
    Panicked,
    #[error("another works on it by now")]
    Lost,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It goes on when the disk has room.
    StorageFull,
    /// The same may work later, here or elsewhere.
    Transient,
    /// Its owner, or the operator, has to look.
    Permanent,
    /// It is another's by now.
    Lost,
}

impl Trouble {
    /// Whether another process has the workspace.
    pub(super) fn is_locked(&self) -> bool {
        matches!(self, Self::Pipeline(pipeline::Error::Workspace(error)) if error.class() == workspace::Class::Busy)
    }

    pub(super) fn class(&self) -> Class {
        if self.is_full() {
            return Class::StorageFull;
        }
        match self {
            Self::Lost | Self::Pipeline(pipeline::Error::Kept(KeepError::Lost)) => Class::Lost,
            Self::Refused(..) | Self::Panicked | Self::Template(_) => Class::Permanent,
            Self::Disk(_) | Self::Storage(_) | Self::Pipeline(pipeline::Error::Kept(KeepError::Store(_))) => {
                Class::Transient
            }
            Self::Records(error) if error.class() == store::Class::Permanent => Class::Permanent,
            Self::Records(_) => Class::Transient,
            Self::Pipeline(_) if self.is_locked() || self.input_or_output().is_some() => Class::Transient,
            Self::Pipeline(_) => Class::Permanent,
        }
    }

    /// Whether there was no room, at whatever depth. libgit2 and stores tell it in words alone (strerror(3)).
    fn is_full(&self) -> bool {
        let kind = self.input_or_output();
        matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
            || matches!(self, Self::Records(error) if error.class() == store::Class::StorageFull)
            || self.to_string().contains("No space left on device")
    }

    fn input_or_output(&self) -> Option<io::ErrorKind> {
        let mut cause = self.source();
        if let Self::Disk(error) = self {
            return Some(error.kind());
        }
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Some(error.kind());
            }
            cause = error.source();
        }
        None
    }
}
