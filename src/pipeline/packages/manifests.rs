//! The files that say what to install, in a folder of their own, and what a package manager makes of them.

use std::{collections::BTreeMap, fs, path::Path};

use super::Addition;
use crate::{
    domain::{path::ProjectPath, shown::shown},
    packages::lockfile,
    pipeline::Error,
};

/// Most bytes of a file of the manifest: ten times the lockfile of a large project.
const FILE_MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Lines of a failed command's output that its refusal repeats.
const TOLD_LINES: usize = 6;

/// The files that say what to install.
pub(super) type Manifests = BTreeMap<ProjectPath, String>;

/// Lays them out in a folder in which nothing else is.
pub(super) fn lay_out(files: &Manifests, folder: &Path) -> Result<(), Error> {
    remove(folder)?;
    fs::create_dir_all(folder).map_err(failed("create", folder))?;
    for (path, text) in files {
        let file = folder.join(path.as_str());
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(failed("create", parent))?;
        }
        fs::write(&file, text).map_err(failed("write", &file))?;
    }
    Ok(())
}

/// The manifest among the files that say what to install.
fn manifest_of(files: &Manifests) -> Option<&str> {
    named(files, lockfile::MANIFEST)
}

/// Whether the manifest has a package already.
pub(super) fn names_package(files: &Manifests, name: &str) -> bool {
    manifest_of(files).is_some_and(|text| lockfile::version_of(text, name).is_some())
}

fn named<'f>(files: &'f Manifests, name: &str) -> Option<&'f str> {
    files.iter().find(|(path, _)| path.as_str() == name).map(|(_, text)| text.as_str())
}

/// The same files as they are now, if the package that was to be added is all that came.
pub(super) fn looked_at(
    before: &Manifests,
    folder: &Path,
    addition: &Addition,
    host: &str,
) -> Result<Manifests, String> {
    let mut after = Manifests::new();
    for path in before.keys() {
        after
            .insert(path.clone(), plain_text(&folder.join(path.as_str())).ok_or_else(|| format!("`{path}` was lost"))?);
    }
    let pair = |files: &'_ Manifests| -> Option<(String, String)> {
        Some((manifest_of(files)?.to_owned(), named(files, lockfile::LOCKFILE)?.to_owned()))
    };
    let (Some(old), Some(new)) = (pair(before), pair(&after)) else {
        return Err("the project has no lockfile".to_owned());
    };
    let old = lockfile::Pair { manifest: &old.0, lockfile: &old.1 };
    let new = lockfile::Pair { manifest: &new.0, lockfile: &new.1 };
    let added = lockfile::Added { name: &addition.name, version: &addition.version };
    lockfile::check(old, new, added, host).map(|()| after)
}

/// What a command made of a file is used only while it is a plain text file.
fn plain_text(file: &Path) -> Option<String> {
    let metadata = file.symlink_metadata().ok()?;
    if !metadata.is_file() || metadata.len() > FILE_MAX_BYTES {
        return None;
    }
    fs::read_to_string(file).ok()
}

/// The lines in which a package manager says what is wrong, but those with an address: it is the operator's.
pub(super) fn told(tail: &[String]) -> String {
    let lines = tail.iter().filter_map(|line| line.trim().strip_prefix("npm error"));
    let lines = lines.map(|line| shown(line.trim(), 200));
    let lines = lines.filter(|line| !line.is_empty() && !line.contains("log of this run") && !line.contains("://"));
    let lines: Vec<String> = lines.take(TOLD_LINES).collect();
    if lines.is_empty() { String::new() } else { format!(" ({})", lines.join("; ")) }
}

pub(super) fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", folder)(error)),
        _ => Ok(()),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File { action, path, source }
}
