//! A folder of files as one value: read from the program, from a disk or from an archive, and written as one archive.
//!
//! Template packs and agents are such folders. Whoever ships them may be the operator, and the copy that a workspace
//! keeps may have been touched, so that nothing here is trusted: no links, no path that leads out, bounded sizes.

mod archive;
mod error;
mod folder;

use std::borrow::Cow;
use std::collections::BTreeMap;

use include_dir::Dir;

pub use archive::{read as read_archive, write as write_archive};
pub use error::{Error, RefusedFile};
pub use folder::{read as read_folder, read_without as read_folder_without};

use crate::domain::digest::Digest;
use crate::domain::path::ProjectPath;

/// Files by their path inside the folder.
pub type Contents = BTreeMap<ProjectPath, Cow<'static, [u8]>>;

/// What a folder may hold.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Most bytes in one file.
    pub file_max_bytes: u64,
    /// Most bytes in all files together.
    pub total_max_bytes: u64,
    /// Most files.
    pub files_max: usize,
}

impl Bounds {
    fn too_much(self) -> String {
        format!("there are more than {} files or {} MiB", self.files_max, self.total_max_bytes / MIB)
    }

    fn too_large(self) -> String {
        format!("it is larger than {} MiB", self.file_max_bytes / MIB)
    }
}

const MIB: u64 = 1024 * 1024;

/// The files of a folder that is compiled in.
///
/// # Errors
/// When one of them has a path that no project may have.
pub fn embedded(dir: &'static Dir<'static>) -> Result<Contents, Error> {
    let mut contents = Contents::new();
    let mut waiting = vec![dir];
    while let Some(folder) = waiting.pop() {
        waiting.extend(folder.dirs());
        for file in folder.files() {
            let inside = file.path().strip_prefix(dir.path()).unwrap_or(file.path());
            contents.insert(parse_path(&inside.to_string_lossy())?, Cow::Borrowed(file.contents()));
        }
    }
    Ok(contents)
}

/// Digest over the paths and contents of all files, wherever they came from.
#[must_use]
pub fn digest(contents: &Contents) -> Digest {
    Digest::of_named(contents.iter().map(|(path, content)| (path.as_str(), content.as_ref())))
}

fn parse_path(text: &str) -> Result<ProjectPath, Error> {
    ProjectPath::parse(text)
        .map_err(|unsafe_path| Error::Refused { files: vec![RefusedFile::new(&unsafe_path.path, unsafe_path.reason)] })
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
