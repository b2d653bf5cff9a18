//! Reads a folder of files that is not trusted.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::{Error, RefusedFile};
use super::{Bounds, Contents, parse_path};

/// Reads every file below a folder.
///
/// # Errors
/// When something cannot be read, or with everything that may not be there.
pub fn read(root: &Path, bounds: Bounds) -> Result<Contents, Error> {
    read_without(root, bounds, &[])
}

/// As [`read()`], but for what stands at the top of the folder under some names: that is not looked into.
///
/// # Errors
/// As for [`read()`].
pub fn read_without(root: &Path, bounds: Bounds, left_out: &[&str]) -> Result<Contents, Error> {
    let mut contents = Contents::new();
    let mut problems = Vec::new();
    let mut bytes = 0_u64;
    let mut waiting = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = waiting.pop() {
        for (path, name) in entries(&folder)? {
            let Some(name) = name else {
                problems.push(RefusedFile::new(&path.to_string_lossy(), "its name is not UTF-8"));
                continue;
            };
            let relative = format!("{prefix}{name}");
            if left_out.contains(&relative.as_str()) {
                continue;
            }
            let kind = fs::symlink_metadata(&path).map_err(|source| unreadable(&path, source))?.file_type();
            if kind.is_dir() {
                waiting.push((path, format!("{relative}/")));
                continue;
            }
            if !kind.is_file() {
                problems.push(RefusedFile::new(&relative, "links and special files have no place here"));
                continue;
            }
            match (parse_path(&relative), read_file(&path, bounds)?) {
                (Ok(parsed), Ok(content)) => {
                    bytes += content.len() as u64;
                    contents.insert(parsed, Cow::Owned(content));
                }
                (path, content) => {
                    if let Err(Error::Refused { files: mut found }) = path {
                        problems.append(&mut found);
                    }
                    problems.extend(content.err().map(|reason| RefusedFile::new(&relative, reason)));
                }
            }
            if bytes > bounds.total_max_bytes || contents.len() > bounds.files_max {
                problems.push(RefusedFile::new("", bounds.too_much()));
                return Err(Error::Refused { files: problems });
            }
        }
    }
    if problems.is_empty() {
        return Ok(contents);
    }
    problems.sort_by(|a, b| a.file.cmp(&b.file));
    Err(Error::Refused { files: problems })
}

/// What is in a folder, sorted; the name is `None` when it is not UTF-8.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, Option<String>)>, Error> {
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries: Vec<_> = listed
        .map_err(|source| unreadable(folder, source))?
        .into_iter()
        .map(|entry| (entry.path(), entry.file_name().into_string().ok()))
        .collect();
    entries.sort();
    Ok(entries)
}

/// Reads a file that must still be a file, not a link that took its place, when it is opened.
fn read_file(path: &Path, bounds: Bounds) -> Result<Result<Vec<u8>, String>, Error> {
    let opened = File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
    let file = opened.map_err(|source| unreadable(path, source))?;
    let mut content = Vec::new();
    file.take(bounds.file_max_bytes.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|source| unreadable(path, source))?;
    if content.len() as u64 > bounds.file_max_bytes {
        return Ok(Err(bounds.too_large()));
    }
    Ok(Ok(content))
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Unreadable { path: path.to_owned(), source }
}
