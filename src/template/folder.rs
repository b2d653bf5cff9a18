//! Reads a pack from a folder that is not trusted.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::pack::{Contents, FILE_MAX_BYTES, PACK_MAX_BYTES, PACK_MAX_FILES, parse_path, refused};
use super::problem::PackProblem;

/// Reads every file below a folder.
///
/// # Errors
/// When something cannot be read, or everything that a pack may not hold.
pub(super) fn read(root: &Path) -> Result<Contents, Error> {
    let pack = root.display().to_string();
    let mut contents = Contents::new();
    let mut problems = Vec::new();
    let mut bytes = 0_u64;
    let mut waiting = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = waiting.pop() {
        for (path, name) in entries(&folder)? {
            let Some(name) = name else {
                problems.push(refused(&path.to_string_lossy(), "its name is not UTF-8"));
                continue;
            };
            let relative = format!("{prefix}{name}");
            let kind = fs::symlink_metadata(&path).map_err(|source| unreadable(&path, source))?.file_type();
            if kind.is_dir() {
                waiting.push((path, format!("{relative}/")));
                continue;
            }
            if !kind.is_file() {
                problems.push(refused(&relative, "links and special files have no place in a pack"));
                continue;
            }
            match (parse_path(&pack, &relative), read_file(&path, &relative)?) {
                (Ok(parsed), Ok(content)) => {
                    bytes += content.len() as u64;
                    contents.insert(parsed, Cow::Owned(content));
                }
                (path, content) => {
                    if let Err(Error::Refused { problems: mut found, .. }) = path {
                        problems.append(&mut found);
                    }
                    problems.extend(content.err());
                }
            }
            if bytes > PACK_MAX_BYTES || contents.len() > PACK_MAX_FILES {
                problems.push(refused("", "a pack holds at most 5,000 files and 64 MiB"));
                return Err(Error::Refused { pack, problems });
            }
        }
    }
    if problems.is_empty() {
        return Ok(contents);
    }
    problems.sort_by(|a, b| a.file.cmp(&b.file));
    Err(Error::Refused { pack, problems })
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
fn read_file(path: &Path, relative: &str) -> Result<Result<Vec<u8>, PackProblem>, Error> {
    let opened = File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
    let file = opened.map_err(|source| unreadable(path, source))?;
    let mut content = Vec::new();
    file.take(FILE_MAX_BYTES + 1).read_to_end(&mut content).map_err(|source| unreadable(path, source))?;
    if content.len() as u64 > FILE_MAX_BYTES {
        return Ok(Err(refused(relative, "it is larger than 8 MiB")));
    }
    Ok(Ok(content))
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Unreadable { path: path.to_owned(), source }
}
