//! A folder of files as one file.

use std::borrow::Cow;
use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::error::Error;
use super::{Bounds, Contents, parse_path};

/// Writes a ZIP of stored entries in the order of their paths, all with the first date that ZIP knows: the same files
/// give the same bytes with the same version of the product.
///
/// # Errors
/// When the ZIP library refuses an entry.
pub fn write(contents: &Contents) -> Result<Vec<u8>, Error> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in contents {
        zip.start_file(path.as_str(), options).map_err(refused)?;
        zip.write_all(content).map_err(refused)?;
    }
    Ok(zip.finish().map_err(refused)?.into_inner())
}

/// Reads what [`write()`] or another program wrote, from bytes that are not trusted.
///
/// # Errors
/// When the bytes are no ZIP, or hold links, unsafe or repeated paths, or more than the bounds allow.
pub fn read(bytes: &[u8], bounds: Bounds) -> Result<Contents, Error> {
    // Stored entries and their directory take little more than the files themselves.
    if bytes.len() as u64 > bounds.total_max_bytes.saturating_mul(2) {
        return Err(refused(bounds.too_much()));
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(refused)?;
    if zip.len() > bounds.files_max {
        return Err(refused(bounds.too_much()));
    }
    // The library keeps one of several entries with one name.
    if entries_of(bytes, zip.central_directory_start()) != Some(zip.len()) {
        return Err(refused("a path is in it twice, or its directory is damaged"));
    }
    let mut contents = Contents::new();
    let mut total = 0;
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(refused)?;
        let name = file.name().map_err(refused)?.into_owned();
        // Other programs write a folder as an entry of its own; its files have theirs.
        let folder = name.strip_suffix('/');
        let path = parse_path(folder.unwrap_or(&name))?;
        if local_name(bytes, file.header_start()) != Some(name.as_bytes()) {
            return Err(refused(format!("`{path}` has two names")));
        }
        if folder.is_some() && file.is_dir() && file.size() == 0 {
            continue;
        }
        if !file.is_file() || file.is_symlink() {
            return Err(refused(format!("`{path}` is no plain file")));
        }
        let mut content = Vec::new();
        file.take(bounds.file_max_bytes.saturating_add(1)).read_to_end(&mut content).map_err(refused)?;
        total += content.len() as u64;
        if content.len() as u64 > bounds.file_max_bytes || total > bounds.total_max_bytes {
            return Err(refused(format!("`{path}` makes it larger than it may be")));
        }
        if contents.insert(path.clone(), Cow::Owned(content)).is_some() {
            return Err(refused(format!("`{path}` is in it twice")));
        }
    }
    Ok(contents)
}

/// How many entries the central directory has (APPNOTE.TXT, 4.3.12).
fn entries_of(bytes: &[u8], start: u64) -> Option<usize> {
    let mut rest = bytes.get(usize::try_from(start).ok()?..)?;
    let mut count = 0;
    while rest.starts_with(b"PK\x01\x02") {
        let length = |at: usize| Some(usize::from(u16::from_le_bytes(rest.get(at..at + 2)?.try_into().ok()?)));
        let whole = 46 + length(28)? + length(30)? + length(32)?;
        rest = rest.get(whole..)?;
        count += 1;
    }
    Some(count)
}

/// The name of an entry beside its content (APPNOTE.TXT, 4.3.7): readers that start there would see it.
fn local_name(bytes: &[u8], start: u64) -> Option<&[u8]> {
    let header = bytes.get(usize::try_from(start).ok()?..)?;
    let length = u16::from_le_bytes(header.get(26..28)?.try_into().ok()?);
    header.get(30..30 + usize::from(length))
}

fn refused(reason: impl std::fmt::Display) -> Error {
    Error::Archive { reason: reason.to_string() }
}
