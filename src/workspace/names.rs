//! Which names a project has, as the least discerning file system sees them.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
};

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::path::ProjectPath;

/// What stands under a name.
#[derive(Debug, Clone)]
enum Kind {
    File,
    /// A folder, and how many files and folders are directly in it.
    Folder(usize),
}

#[derive(Debug, Clone)]
struct Named {
    spelling: String,
    kind: Kind,
}

/// The files and folders of a project by their folded paths.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    by_folded: HashMap<String, Named>,
}

impl Names {
    /// Adds a file and the folders above it, or says with what it collides. After a refusal the names are of no more use.
    pub(super) fn add(&mut self, path: &ProjectPath) -> Result<(), String> {
        for folder in folders_above(path.as_str()) {
            self.add_one(folder, Kind::Folder(0))?;
        }
        if self.add_one(path.as_str(), Kind::File)? { Ok(()) } else { Err("there is such a file already".to_owned()) }
    }

    /// Removes a file, and the folders that hold nothing then.
    pub(super) fn remove(&mut self, path: &ProjectPath) {
        self.by_folded.remove(fold(path.as_str()).as_ref());
        for folder in folders_above(path.as_str()).into_iter().rev() {
            let folded = fold(folder);
            let Some(Named { kind: Kind::Folder(children), .. }) = self.by_folded.get_mut(folded.as_ref()) else {
                return;
            };
            *children = children.saturating_sub(1);
            if *children > 0 {
                return;
            }
            self.by_folded.remove(folded.as_ref());
        }
    }

    /// Whether it was not there before.
    fn add_one(&mut self, spelling: &str, kind: Kind) -> Result<bool, String> {
        match self.by_folded.entry(fold(spelling).into_owned()) {
            Entry::Occupied(present) => match collision(present.get(), spelling, &kind) {
                Some(reason) => return Err(reason),
                None => return Ok(false),
            },
            Entry::Vacant(place) => {
                place.insert(Named { spelling: spelling.to_owned(), kind });
            }
        }
        if let Some(folder) = folders_above(spelling).last()
            && let Some(Named { kind: Kind::Folder(children), .. }) = self.by_folded.get_mut(fold(folder).as_ref())
        {
            *children += 1;
        }
        Ok(true)
    }
}

fn collision(present: &Named, spelling: &str, kind: &Kind) -> Option<String> {
    match (&present.kind, kind) {
        (Kind::File, Kind::Folder(_)) => Some(format!("`{}` is a file and cannot be a folder too", present.spelling)),
        (Kind::Folder(_), Kind::File) => Some(format!("`{}` is a folder and cannot be a file too", present.spelling)),
        _ if present.spelling != spelling => {
            let present = &present.spelling;
            Some(format!("`{present}` is there, and some file systems take `{spelling}` for the same name"))
        }
        (Kind::File, Kind::File) | (Kind::Folder(_), Kind::Folder(_)) => None,
    }
}

/// The folders above a path, the outermost first.
fn folders_above(path: &str) -> Vec<&str> {
    path.match_indices('/').filter_map(|(end, _)| path.get(..end)).collect()
}

/// The path without what file systems may ignore: case (NTFS, APFS) and how letters with marks are composed (HFS+).
fn fold(path: &str) -> Cow<'_, str> {
    if !path.is_ascii() {
        // Through capitals, so that letters with two small forms (`ſ`, `ς`) become one.
        return Cow::Owned(path.to_uppercase().to_lowercase().nfc().collect());
    }
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(path.to_ascii_lowercase());
    }
    Cow::Borrowed(path)
}
