//! Brings what the pack writes anew to what stands in a project: a three-way merge, file by file. What models and people
//! wrote stays; where both changed the same lines theirs is kept, and said.

use std::collections::BTreeSet;

use super::{Error, snapshot::Snapshot, writing};
use crate::{
    domain::path::ProjectPath,
    workspace::{self, Change},
};

/// What came of a merge.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// Sorted by path, one for a path.
    pub(crate) changes: Vec<Change>,
    /// Files that stay as they are though the pack writes them differently now.
    pub(crate) conflicts: Vec<Conflict>,
}

/// A file that both sides changed in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) path: ProjectPath,
    /// What the pack would change in the file as it wrote it before; a unified diff.
    pub(crate) diff: String,
}

/// Merges what became of `base` in `ours` and in `theirs`.
pub(crate) fn three_way(base: &Snapshot, ours: &Snapshot, theirs: &Snapshot) -> Result<Merged, Error> {
    let mut merged = Merged::default();
    let paths: BTreeSet<&ProjectPath> = base.paths().chain(theirs.paths()).collect();
    for path in paths {
        let (old, current, new) = (base.content(path), ours.content(path), theirs.content(path));
        if old == new || current == new {
            continue;
        }
        let change = |content: Option<&[u8]>| Change {
            path: path.clone(),
            content: content.map(<[u8]>::to_vec),
            executable: theirs.is_executable(path),
        };
        if current == old {
            merged.changes.push(change(new));
            continue;
        }
        // Whoever deleted a file of the pack's does not get it back.
        let Some(current) = current else { continue };
        match joined(old, current, new)? {
            Some(text) => merged.changes.push(change(Some(&text))),
            None => merged.conflicts.push(conflict(base, path, change(new))),
        }
    }
    Ok(merged)
}

fn joined(old: Option<&[u8]>, current: &[u8], new: Option<&[u8]>) -> Result<Option<Vec<u8>>, Error> {
    let (Some(old), Some(new)) = (old, new) else { return Ok(None) };
    if [old, current, new].iter().any(|content| std::str::from_utf8(content).is_err()) {
        return Ok(None);
    }
    Ok(workspace::merge_texts(old, current, new)?)
}

fn conflict(base: &Snapshot, path: &ProjectPath, change: Change) -> Conflict {
    Conflict { path: path.clone(), diff: writing::diff(base, &[change]) }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
