//! What is durable of a workspace, in another folder, beside whoever works in it.

use std::{fs, io, path::Path};

use super::layout::{JOURNAL, LOCK, SCRATCH, STAGING, TREE};

/// Parts that follow from the rest, or that only the process that works there needs.
const LEFT_OUT: [&str; 4] = [TREE, SCRATCH, STAGING, LOCK];

/// Copies what is durable of a workspace. What is copied is as if the process that works there were killed at an instant
/// of the call: the journal is copied first, so that all that it speaks of is there. Nothing is synced.
///
/// # Errors
/// When something cannot be read or written; what vanishes meanwhile is left out.
pub fn copy_durable(from: &Path, to: &Path) -> io::Result<()> {
    copy(&from.join(JOURNAL), &to.join(JOURNAL), &[])?;
    copy(from, to, &LEFT_OUT)
}

/// Copies a folder beside those who write in it, but links and what is no file. Nothing is synced.
///
/// # Errors
/// As for [`copy_durable`].
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    copy(from, to, &[])
}

fn copy(from: &Path, to: &Path, left_out: &[&str]) -> io::Result<()> {
    let items = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        items => items?,
    };
    fs::create_dir_all(to)?;
    let mut names = items.map(|item| item.map(|item| item.file_name())).collect::<io::Result<Vec<_>>>()?;
    // A later segment of a journal says how much of earlier ones counts, which only grow: it is copied before them.
    names.sort_unstable_by(|one, other| other.cmp(one));
    for name in names {
        if left_out.iter().any(|left| name == *left) {
            continue;
        }
        let (path, target) = (from.join(&name), to.join(&name));
        let kind = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            found => found?.file_type(),
        };
        if kind.is_dir() {
            copy(&path, &target, &[])?;
        } else if kind.is_file() && !target.exists() {
            match fs::copy(&path, &target) {
                // A file that was being written was renamed or removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                copied => drop(copied?),
            }
        }
    }
    Ok(())
}
