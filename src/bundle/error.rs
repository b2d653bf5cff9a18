//! Why a folder of files is not taken.

use std::path::PathBuf;

/// Why a folder of files is not taken. All are permanent: the same call fails the same way.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or a file in it cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It holds what it may not hold; everything is listed, by path.
    #[error("{}", files.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused {
        /// At least one.
        files: Vec<RefusedFile>,
    },
    /// The bytes are no archive, or hold more than they may.
    #[error("{reason}")]
    Archive {
        /// Why.
        reason: String,
    },
}

/// A file that may not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedFile {
    /// Its path inside the folder; empty for the folder as a whole.
    pub file: String,
    /// Why.
    pub reason: String,
}

impl RefusedFile {
    /// A file and why it is refused.
    #[must_use]
    pub fn new(file: &str, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), reason: reason.into() }
    }
}

impl std::fmt::Display for RefusedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.file.as_str() {
            "" => f.write_str(&self.reason),
            file => write!(f, "{file}: {}", self.reason),
        }
    }
}
