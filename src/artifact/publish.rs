//! Putting a finished artifact where it is looked for.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::Error;

/// Writes a file that is complete and durable, or absent (or what stood there before).
///
/// # Errors
/// When the path names no file, or the disk fails.
pub fn publish(destination: &Path, bytes: &[u8]) -> Result<(), Error> {
    let Some(name) = destination.file_name() else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "it does not name a file");
        return Err(Error::Io { action: "write", path: destination.to_owned(), source });
    };
    if fs::metadata(destination).is_ok_and(|found| !found.is_file()) {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "something that is not a file stands there");
        return Err(Error::Io { action: "replace", path: destination.to_owned(), source });
    }
    let folder = match destination.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    let unfinished = folder.join(unfinished_name(name));
    let published = write(&unfinished, bytes).and_then(|()| {
        fs::rename(&unfinished, destination).map_err(failed("rename into place", destination))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("sync", folder))
    });
    if published.is_err() {
        // The failure that matters is the first; a file left behind is overwritten by the next export.
        let _ = fs::remove_file(&unfinished);
    }
    published
}

/// Always the same for the same destination, so that what a killed process leaves is overwritten by the next export.
fn unfinished_name(name: &std::ffi::OsStr) -> OsString {
    let mut unfinished = OsString::from(".");
    unfinished.push(name);
    unfinished.push(".unfinished");
    unfinished
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = File::create(path).map_err(failed("create", path))?;
    file.write_all(bytes).map_err(failed("write", path))?;
    file.sync_all().map_err(failed("sync", path))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path: PathBuf = path.to_owned();
    move |source| Error::Io { action, path, source }
}
