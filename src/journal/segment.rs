//! Finding, reading and making segments.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::{
    Entry, Error,
    frame::{self, Adopted, Decoded, Kind, Opening, Step},
};
use crate::domain::id::GenerationId;

const ENDING: &str = "segment";
/// The name under which a segment is written before it is renamed into place.
const UNFINISHED: &str = "unfinished";

/// What the segments of a folder hold together.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Recorded steps.
    pub(super) entries: Vec<Entry>,
    /// Number of the last frame; 0 for none.
    pub(super) sequence: u64,
    /// Which bytes of which segments were read.
    pub(super) adopts: Vec<Adopted>,
    /// Highest epoch that has a segment, even one that holds nothing; 0 for none.
    pub(super) epoch: u64,
}

/// How far a segment must be whole.
enum Extent {
    /// These bytes were adopted: all of them count.
    Adopted(u64),
    /// The last segment: all that is whole.
    Open,
}

pub(super) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}

pub(super) fn segment_path(dir: &Path, epoch: u64) -> PathBuf {
    dir.join(format!("{epoch:08}.{ENDING}"))
}

/// Reads the history that the segments of a folder hold; an absent folder holds none.
pub(super) fn read_history(dir: &Path, generation: &GenerationId) -> Result<History, Error> {
    let epochs = list_epochs(dir)?;
    let mut history = History { epoch: epochs.last().copied().unwrap_or(0), ..History::default() };
    for epoch in epochs.iter().rev() {
        let path = segment_path(dir, *epoch);
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        let Some(opening) = read_opening(&path, &bytes, *epoch)? else {
            // The claim was cut short before it held anything.
            continue;
        };
        for adopted in opening.adopts {
            let path = segment_path(dir, adopted.epoch);
            let bytes = fs::read(&path).map_err(io_error("read", &path))?;
            history.read_segment(&path, &bytes, &Extent::Adopted(adopted.bytes), generation)?;
            history.adopts.push(adopted);
        }
        let whole = history.read_segment(&path, &bytes, &Extent::Open, generation)?;
        history.adopts.push(Adopted { epoch: *epoch, bytes: whole });
        break;
    }
    Ok(history)
}

fn list_epochs(dir: &Path) -> Result<Vec<u64>, Error> {
    let listing = match fs::read_dir(dir) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error("list", dir)(error)),
    };
    let mut epochs = Vec::new();
    for item in listing {
        let name = item.map_err(io_error("list", dir))?.file_name();
        let epoch: Option<u64> =
            name.to_str().and_then(|name| name.strip_suffix(ENDING)?.strip_suffix('.')?.parse().ok());
        epochs.extend(epoch);
    }
    epochs.sort_unstable();
    Ok(epochs)
}

/// The payload of the first frame of a segment; `None` when that frame is torn, so that nothing can follow it.
fn read_opening(path: &Path, bytes: &[u8], epoch: u64) -> Result<Option<Opening>, Error> {
    let damaged = |reason| Error::Damaged { path: path.to_owned(), offset: 0, sequence: 0, reason };
    match frame::stated_version(bytes) {
        Some(version) if version != frame::VERSION => {
            return Err(Error::Unknown { path: path.to_owned(), offset: 0, what: "format version", number: version });
        }
        _ if bytes.is_empty() => return Ok(None),
        _ => {}
    }
    match frame::decode(bytes) {
        Decoded::Torn => Ok(None),
        Decoded::Damaged(reason) => Err(damaged(reason)),
        Decoded::Unknown(what, number) => Err(Error::Unknown { path: path.to_owned(), offset: 0, what, number }),
        Decoded::Frame(first) => {
            let opening: Option<Opening> = serde_json::from_slice(first.payload).ok();
            match opening {
                Some(opening) if first.kind == Kind::Opening && opening.epoch == epoch => Ok(Some(opening)),
                Some(_) | None => Err(damaged("the segment does not start with its own opening")),
            }
        }
    }
}

impl History {
    /// Adds the frames of a segment, and says how many of its bytes were whole.
    fn read_segment(
        &mut self,
        path: &Path,
        bytes: &[u8],
        extent: &Extent,
        generation: &GenerationId,
    ) -> Result<u64, Error> {
        let (bytes, tail_may_be_torn) = match extent {
            Extent::Open => (bytes, true),
            Extent::Adopted(count) => {
                (bytes.get(..usize::try_from(*count).unwrap_or(usize::MAX)).unwrap_or(bytes), false)
            }
        };
        let mut offset = 0;
        while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
            let at = offset as u64;
            let sequence = self.sequence + 1;
            let damaged = |reason| Error::Damaged { path: path.to_owned(), offset: at, sequence, reason };
            match frame::decode(rest) {
                Decoded::Frame(found) => {
                    self.read_frame(path, at, &found, generation)?;
                    offset += found.bytes;
                }
                Decoded::Torn if tail_may_be_torn => break,
                Decoded::Torn => return Err(damaged("it is cut short")),
                Decoded::Damaged(reason) => return Err(damaged(reason)),
                Decoded::Unknown(what, number) => {
                    return Err(Error::Unknown { path: path.to_owned(), offset: at, what, number });
                }
            }
        }
        if let Extent::Adopted(count) = extent
            && *count != offset as u64
        {
            let reason = "the file is shorter than what a later segment adopts of it";
            return Err(Error::Damaged {
                path: path.to_owned(),
                offset: offset as u64,
                sequence: self.sequence + 1,
                reason,
            });
        }
        Ok(offset as u64)
    }

    fn read_frame(
        &mut self,
        path: &Path,
        offset: u64,
        found: &frame::Frame<'_>,
        generation: &GenerationId,
    ) -> Result<(), Error> {
        let sequence = self.sequence + 1;
        let damaged = |reason| Error::Damaged { path: path.to_owned(), offset, sequence, reason };
        let expected = generation.to_string();
        if found.generation != expected.as_bytes() {
            let found = String::from_utf8_lossy(found.generation).into_owned();
            return Err(Error::OtherGeneration { path: path.to_owned(), found, expected });
        }
        if found.sequence != sequence {
            return Err(damaged("its sequence number is not the next"));
        }
        match found.kind {
            Kind::Opening if offset == 0 => {}
            Kind::Opening => return Err(damaged("a segment opens inside another")),
            Kind::Step => {
                let step: Step =
                    serde_json::from_slice(found.payload).map_err(|_| damaged("its payload is not a step's result"))?;
                self.entries.push(Entry { sequence, key: step.key, value: step.value });
            }
        }
        self.sequence = sequence;
        Ok(())
    }
}

/// Makes a folder when absent; its name is durable on return.
pub(super) fn make_folder(dir: &Path) -> Result<(), Error> {
    match fs::DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => match dir.parent() {
            Some(parent) => sync_folder(parent),
            None => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        Err(error) => Err(io_error("create", dir)(error)),
    }
}

/// Makes a segment that holds its first frame. It appears whole or not at all, and is durable on return.
pub(super) fn make_segment(dir: &Path, epoch: u64, first: &[u8]) -> Result<File, Error> {
    let unfinished = dir.join(UNFINISHED);
    let path = segment_path(dir, epoch);
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&unfinished)
        .map_err(io_error("create", &unfinished))?;
    file.set_len(0).map_err(io_error("empty", &unfinished))?;
    file.write_all(first).map_err(io_error("write", &unfinished))?;
    file.sync_all().map_err(io_error("sync", &unfinished))?;
    fs::rename(&unfinished, &path).map_err(io_error("rename into place", &path))?;
    sync_folder(dir)?;
    Ok(file)
}

fn sync_folder(dir: &Path) -> Result<(), Error> {
    // An empty parent is the current folder.
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(io_error("sync", dir))
}
