//! What a process that died had begun to write into a folder.

use std::{fs, io, path::Path};

use super::{Error, Storage};
use crate::domain::id::GenerationId;

impl Storage {
    /// Removes what earlier claims on a generation had begun to write, where everything is in a folder. One of them that is
    /// alive cannot end what it writes then, which nobody would be told of anyway. In a store of a vendor's it is the vendor who
    /// removes parts of uploads that nobody ended.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn clear_unfinished(&self, generation: &GenerationId) -> Result<(), Error> {
        let Some(root) = &self.folder else { return Ok(()) };
        for kind in ["artifacts", "workspaces"] {
            let folder = root.join(kind).join(generation.to_string());
            clear(&folder).map_err(|source| Error::Folder { path: folder.clone(), source })?;
        }
        Ok(())
    }
}

fn clear(folder: &Path) -> io::Result<()> {
    let items = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        items => items?,
    };
    for item in items {
        let item = item?;
        let path = item.path();
        if item.file_type()?.is_dir() {
            clear(&path)?;
        } else if is_unfinished(&path) {
            match fs::remove_file(&path) {
                // Whoever wrote it lives, and has ended it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
    }
    Ok(())
}

/// The library writes an object beside its place, under its name, `#` and a number, and renames it (`object_store`'s
/// `local.rs`); no key of ours has a `#`.
fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.rsplit_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
