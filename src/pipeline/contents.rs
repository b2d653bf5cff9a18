//! What of the project's files a prompt shows: what is to be changed in full, of what is only used what it offers.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{imports::imports, outline::outline, snapshot::Snapshot};
use crate::{agents::failures::cut, domain::path::ProjectPath};

/// Most bytes of files that one prompt shows.
const CONTENTS_MAX_BYTES: usize = 96 * 1024;
/// Most bytes of one file that a prompt shows without a gap.
const WHOLE_MAX_BYTES: usize = 48 * 1024;
/// Files up to this many bytes are shown whole where their exports would do: little is saved, and a body tells more.
const SMALL_MAX_BYTES: usize = 4 * 1024;
/// Most bytes of a file that has no exports and is only used.
const USED_MAX_BYTES: usize = 6 * 1024;

/// A file as a prompt shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FileText {
    path: ProjectPath,
    text: String,
    shown: Shown,
}

/// How much of a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Shown {
    /// All of it.
    Whole,
    /// What it exports.
    Exports,
    /// Its beginning and its end.
    Cut,
}

/// Files for a prompt, being chosen; the first come first when room is short.
pub(crate) struct Contents<'a> {
    files: &'a Snapshot,
    known: BTreeSet<ProjectPath>,
    chosen: Vec<FileText>,
    bytes: usize,
}

impl<'a> Contents<'a> {
    pub(crate) fn of(files: &'a Snapshot) -> Self {
        Self { files, known: BTreeSet::new(), chosen: Vec::new(), bytes: 0 }
    }

    /// Shows files in full, as far as they are there.
    pub(crate) fn whole<'p>(mut self, paths: impl IntoIterator<Item = &'p ProjectPath>) -> Self {
        for path in paths {
            let Some(text) = self.files.text(path) else { continue };
            if text.len() <= WHOLE_MAX_BYTES {
                self.add(path, text.to_owned(), Shown::Whole);
            } else {
                self.add(path, cut(text, WHOLE_MAX_BYTES), Shown::Cut);
            }
        }
        self
    }

    /// Shows what others need of files, as far as they are there: all of a small one, else what it exports.
    pub(crate) fn used<'p>(mut self, paths: impl IntoIterator<Item = &'p ProjectPath>) -> Self {
        for path in paths {
            let Some(text) = self.files.text(path) else { continue };
            if text.len() <= SMALL_MAX_BYTES {
                self.add(path, text.to_owned(), Shown::Whole);
                continue;
            }
            match outline(path, text).filter(|outline| outline.len() < text.len()) {
                Some(outline) if outline.len() <= WHOLE_MAX_BYTES => self.add(path, outline, Shown::Exports),
                Some(_) | None => self.add(path, cut(text, USED_MAX_BYTES), Shown::Cut),
            }
        }
        self
    }

    /// Shows what others need of the files that some import.
    pub(crate) fn used_by<'p>(self, paths: impl IntoIterator<Item = &'p ProjectPath>) -> Self {
        let imported: Vec<ProjectPath> = paths.into_iter().flat_map(|path| imports(self.files, path)).collect();
        self.used(&imported)
    }

    /// Passes over files that are shown elsewhere.
    pub(crate) fn without<'p>(mut self, paths: impl IntoIterator<Item = &'p ProjectPath>) -> Self {
        self.known.extend(paths.into_iter().cloned());
        self
    }

    pub(crate) fn chosen(self) -> Vec<FileText> {
        self.chosen
    }

    fn add(&mut self, path: &ProjectPath, text: String, shown: Shown) {
        let fits = self.bytes + text.len() <= CONTENTS_MAX_BYTES;
        if fits && self.known.insert(path.clone()) {
            self.bytes += text.len();
            self.chosen.push(FileText { path: path.clone(), text, shown });
        }
    }
}
