//! What can go wrong with a journal.

use std::{io, path::PathBuf};

use crate::domain::id::StepKey;

/// A journal could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A frame that others follow is damaged.
    #[error("{} is damaged at byte {offset}, entry {sequence}: {reason}; restore the file from a backup, or start a new generation", path.display())]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where the frame starts.
        offset: u64,
        /// Number that the frame should have.
        sequence: u64,
        /// What does not fit.
        reason: &'static str,
    },
    /// A frame's version or kind is not known here.
    #[error("{} has an entry at byte {offset} of {what} {number}, which this version of the product does not know; use the version that wrote it, or a newer one", path.display())]
    Unknown {
        /// The segment.
        path: PathBuf,
        /// Where the frame starts.
        offset: u64,
        /// `format version` or `kind`.
        what: &'static str,
        /// The unknown number.
        number: u16,
    },
    /// The journal is another generation's.
    #[error("{} belongs to generation {found}, not to {expected}", path.display())]
    OtherGeneration {
        /// The segment.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// A step was recorded twice with different results.
    #[error("step `{key}` is recorded twice with different results, the second time as entry {sequence}")]
    Contradiction {
        /// The step.
        key: StepKey,
        /// Number of the second entry.
        sequence: u64,
    },
    /// A value is larger than one entry may be.
    #[error("the result of step `{key}` takes {bytes} bytes; an entry holds at most {limit}")]
    TooLarge {
        /// The step.
        key: StepKey,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// No room; nothing was changed.
    #[error("no room left to {action} {}: {source}", path.display())]
    StorageFull {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
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
    /// An earlier failure was final.
    #[error("{} takes no more entries after a failed write; start the process again", path.display())]
    Stopped {
        /// The segment.
        path: PathBuf,
    },
}

/// What to do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The journal cannot be used before somebody repairs it.
    Damaged,
    /// Another version of the product, or another generation, has to be used.
    Incompatible,
    /// The same call may succeed when there is room.
    StorageFull,
    /// The process has to stop; the next one recovers.
    Stop,
    /// The caller did something that it must not.
    Misuse,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Damaged { .. } => Class::Damaged,
            Self::Unknown { .. } | Self::OtherGeneration { .. } => Class::Incompatible,
            Self::StorageFull { .. } => Class::StorageFull,
            Self::Io { .. } | Self::Stopped { .. } => Class::Stop,
            Self::Contradiction { .. } | Self::TooLarge { .. } => Class::Misuse,
        }
    }
}
