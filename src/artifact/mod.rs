//! What is delivered: a ZIP that is the same bytes for the same input.
//!
//! Entries are sorted by the bytes of their paths, dated 1980-01-01, of mode 0644 or 0755, compressed at one fixed level,
//! in one folder named after the project. There are no links and no folders of their own, and nothing says when, where or
//! by whom the file was made. The bytes also depend on the versions of the crates that compress: they are pinned.

mod error;

use std::path::Path;

use serde::Serialize;

pub use self::error::{Class, Error};
use crate::domain::{digest::Digest, name::ProjectName, path::ProjectPath};

/// Name of the manifest in the project's folder.
pub const MANIFEST_NAME: &str = "GENERATION.json";

/// A file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is in the project.
    pub path: ProjectPath,
    /// Whether it may be run.
    pub executable: bool,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A file of the project's `.git` folder, for deliveries with history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryFile {
    /// Where it is in `.git`, such as `refs/heads/main`.
    pub path: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A written artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// How many entries it has, the manifest counted.
    pub entries: usize,
}

/// Makes the ZIP of a project in memory.
///
/// `manifest` becomes `GENERATION.json` (indented JSON); give it maps with a fixed order. `history` goes to `.git` and is
/// empty for a delivery without history.
///
/// # Errors
/// When the project itself has a file that stands where the manifest goes, two files have one path, or a path of the
/// history leaves its folder.
pub fn pack<M: Serialize>(
    name: &ProjectName,
    files: &[File],
    history: &[HistoryFile],
    manifest: &M,
) -> Result<(Vec<u8>, Artifact), Error> {
    unimplemented!()
}

/// Writes the ZIP of a project to `destination`: complete and durable, or absent (or what stood there before).
///
/// The folder of `destination` must exist; a file there is replaced.
///
/// # Errors
/// As for [`pack`], and when the disk fails.
pub fn export<M: Serialize>(
    destination: &Path,
    name: &ProjectName,
    files: &[File],
    history: &[HistoryFile],
    manifest: &M,
) -> Result<Artifact, Error> {
    unimplemented!()
}
