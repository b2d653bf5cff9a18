//! What a step may not do to the project, found before anything is done.

use std::collections::HashSet;

use super::{
    Change, Error, FILE_MAX_BYTES, FILES_MAX,
    folder::{Folder, Found},
    names::Names,
    refused,
    repository::{Leaf, Leaves, Repository},
};

/// Checks changes against the project's files; gives the names after them.
pub(super) fn check(leaves: &Leaves, names: &Names, changes: &[Change]) -> Result<Names, Error> {
    let mut seen = HashSet::new();
    let mut names = names.clone();
    let mut count = leaves.len();
    // What goes first makes room for what comes.
    for change in changes {
        let path = change.path.as_str();
        if !seen.insert(path) {
            return Err(refused(path, "one step changes it twice"));
        }
        if change.content.is_none() {
            if !leaves.contains_key(path) {
                return Err(refused(path, "there is no such file to delete"));
            }
            names.remove(&change.path);
            count -= 1;
        }
    }
    for change in changes {
        let path = change.path.as_str();
        let Some(content) = &change.content else { continue };
        if content.len() > FILE_MAX_BYTES {
            return Err(refused(path, "the file is larger than 100 MiB"));
        }
        if !leaves.contains_key(path) {
            names.add(&change.path).map_err(|reason| refused(path, format!("name collision: {reason}")))?;
            count += 1;
        }
    }
    if count > FILES_MAX {
        let path = changes.last().map_or("", |change| change.path.as_str());
        return Err(refused(path, format!("the project would have {count} files; it may have {FILES_MAX}")));
    }
    Ok(names)
}

/// Checks that what the changes replace in the tree is what the last commit has there.
pub(super) fn check_tree(tree: &mut Folder, before: &Leaves, after: &Leaves, changes: &[Change]) -> Result<(), Error> {
    let mut sorted: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    // By path, so that each folder is opened once.
    sorted.sort_unstable();
    for path in sorted {
        let disturbed = || Error::Disturbed { path: path.to_owned() };
        match tree.look(path)? {
            Found::Nothing => {}
            Found::Special => return Err(refused(path, "a link or special file is in its place")),
            Found::BelowSpecial => return Err(refused(path, "a link or special file is in the place of its folder")),
            Found::File { executable, bytes } => {
                if bytes > FILE_MAX_BYTES as u64 {
                    return Err(disturbed());
                }
                let found = Leaf { blob: Repository::blob_id(&tree.read(path)?)?, executable };
                if before.get(path) != Some(&found) && after.get(path) != Some(&found) {
                    return Err(disturbed());
                }
            }
            // A file of the last commit gives way to a folder, or the other way round: `check` saw to that.
            Found::BelowFile if folders_of(path).any(|folder| before.contains_key(folder)) => {}
            Found::Folder if has_files_in(before, path) => {}
            Found::BelowFile => return Err(disturbed()),
            // Empty as far as the project goes; writing fails when somebody put something in.
            Found::Folder => {}
        }
    }
    Ok(())
}

fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(move |(end, _)| path.get(..end))
}

fn has_files_in(leaves: &Leaves, folder: &str) -> bool {
    let start = format!("{folder}/");
    leaves.range(start.clone()..).next().is_some_and(|(path, _)| path.starts_with(&start))
}
