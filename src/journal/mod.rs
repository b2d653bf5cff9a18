//! The journal: an append-only record of steps and their results, from which a generation goes on after any stop.
//!
//! One folder, one file (a *segment*) per claim: `00000001.segment`, `00000002.segment`, ... A claim opens the next
//! segment and writes into its first frame how many bytes of which earlier segments it adopts. What a worker that lost
//! its claim still appends to its own segment lies beyond those bytes and is never read.
//!
//! The frame is described in [`frame`]. An entry is durable when [`Journal::append`] returns.

mod error;
pub mod frame;
mod replay;
mod segment;

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde_json::Value;

use self::frame::{Kind, Opening};
pub use self::{
    error::{Class, Error},
    replay::{Replay, replay},
};
use crate::domain::id::{GenerationId, StepKey};

/// A recorded step.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Number of its frame in the journal, from 1; the frames that open segments are counted too.
    pub sequence: u64,
    /// The step.
    pub key: StepKey,
    /// What came of it.
    pub value: Value,
}

/// A claimed journal, open for appending.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    generation: GenerationId,
    epoch: u64,
    sequence: u64,
    bytes: u64,
    stopped: bool,
}

impl Journal {
    /// Claims the journal in a folder for the next epoch, and reads what was recorded so far.
    ///
    /// The folder is made when absent. The new segment and its name are durable on return. An incomplete last entry of
    /// the last segment is left out for good. Nothing is changed when the result is an error about what is recorded.
    ///
    /// # Errors
    /// When an entry before the last is damaged, a frame is of an unknown version or kind, the journal is another
    /// generation's, or the disk fails.
    pub fn open(dir: &Path, generation: &GenerationId) -> Result<(Self, Vec<Entry>), Error> {
        let history = segment::read_history(dir, generation)?;
        segment::make_folder(dir)?;
        let epoch = history.epoch + 1;
        let sequence = history.sequence + 1;
        let path = segment::segment_path(dir, epoch);
        let opening = Opening { epoch, adopts: history.adopts };
        let payload = serde_json::to_vec(&opening).map_err(|error| unwritable(&path, error))?;
        let first = frame::encode(Kind::Opening, sequence, generation, &payload)
            .ok_or_else(|| unwritable(&path, io::ErrorKind::FileTooLarge))?;
        let file = segment::make_segment(dir, epoch, &first)?;
        let journal = Self {
            path,
            file,
            generation: generation.clone(),
            epoch,
            sequence,
            bytes: first.len() as u64,
            stopped: false,
        };
        Ok((journal, history.entries))
    }

    /// Reads what was recorded so far, without a claim and without changing anything; for reports.
    ///
    /// # Errors
    /// As for [`Journal::open`].
    pub fn read(dir: &Path, generation: &GenerationId) -> Result<Vec<Entry>, Error> {
        segment::read_history(dir, generation).map(|history| history.entries)
    }

    /// Number of this claim, from 1.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Records a step's result; it is durable on return.
    ///
    /// # Errors
    /// [`Class::StorageFull`] leaves the journal as it was, and the call may be repeated when there is room. Any other
    /// failure to write or sync is final: nobody can know what reached the disk, so every further append is refused
    /// and the process has to stop and start again.
    pub fn append(&mut self, key: &StepKey, value: &Value) -> Result<(), Error> {
        if self.stopped {
            return Err(Error::Stopped { path: self.path.clone() });
        }
        let step = StepRef { key, value };
        let payload = serde_json::to_vec(&step).map_err(|error| unwritable(&self.path, error))?;
        let sequence = self.sequence + 1;
        let Some(frame) = frame::encode(Kind::Step, sequence, &self.generation, &payload) else {
            return Err(Error::TooLarge { key: key.clone(), bytes: payload.len(), limit: frame::PAYLOAD_MAX_BYTES });
        };
        if let Err(source) = self.file.write_all(&frame) {
            return Err(self.take_back(source));
        }
        // A failed sync may have dropped the pages that it could not write, and the next sync would not tell: hence
        // no second try (https://wiki.postgresql.org/wiki/Fsync_Errors).
        self.file.sync_data().map_err(|source| {
            self.stopped = true;
            Error::Io { action: "sync", path: self.path.clone(), source }
        })?;
        self.sequence = sequence;
        self.bytes += frame.len() as u64;
        Ok(())
    }

    /// Removes what a failed write left. The journal goes on only when that worked and all that was missing was room.
    fn take_back(&mut self, source: io::Error) -> Error {
        let full = matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let path = self.path.clone();
        if full && self.file.set_len(self.bytes).is_ok() {
            return Error::StorageFull { action: "append to", path, source };
        }
        self.stopped = true;
        Error::Io { action: "append to", path, source }
    }
}

/// As `frame::Step`, borrowed.
#[derive(serde::Serialize)]
struct StepRef<'a> {
    key: &'a StepKey,
    value: &'a Value,
}

fn unwritable(path: &Path, error: impl Into<io::Error>) -> Error {
    Error::Io { action: "write", path: path.to_owned(), source: error.into() }
}

#[cfg(test)]
mod frame_tests;
#[cfg(test)]
mod journal_tests;
