//! Joining two changes of one text.

use git2::{IndexEntry, IndexTime, ObjectType, Oid};

use super::{
    Error,
    repository::{FILE_MODE, git_failed, make_hermetic},
};

/// Joins what two sides made of one text, line by line; `None` when both changed the same lines.
///
/// Nothing of the disk or of any configuration is used.
///
/// # Errors
/// When libgit2 fails.
pub fn merge_texts(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    make_hermetic()?;
    let failed = || git_failed("merge two texts");
    let memory = git2::Odb::new().and_then(git2::Repository::from_odb).map_err(failed())?;
    let odb = memory.odb().map_err(failed())?;
    odb.add_new_mempack_backend(1).map_err(failed())?;
    let entry = |content: &[u8]| odb.write(ObjectType::Blob, content).map(|id| entry(id, content.len()));
    let (base, ours, theirs) =
        (entry(base).map_err(failed())?, entry(ours).map_err(failed())?, entry(theirs).map_err(failed())?);
    let merged = memory.merge_file_from_index(&base, &ours, &theirs, None).map_err(failed())?;
    Ok(merged.is_automergeable().then(|| merged.content().to_vec()))
}

fn entry(id: Oid, bytes: usize) -> IndexEntry {
    let never = IndexTime::new(0, 0);
    IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode: FILE_MODE.cast_unsigned(),
        uid: 0,
        gid: 0,
        file_size: u32::try_from(bytes).unwrap_or(u32::MAX),
        id,
        flags: 0,
        flags_extended: 0,
        path: b"file".to_vec(),
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
