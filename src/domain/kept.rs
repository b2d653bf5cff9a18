//! What is kept of a generation's results.

use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// A delivered ZIP, and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Key in the storage of artifacts.
    pub key: String,
    /// Name for whoever downloads it.
    pub name: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// Files in it.
    pub files: usize,
}
