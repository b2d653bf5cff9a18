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

use std::path::Path;

use serde_json::Value;

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
pub struct Journal {}

impl Journal {
    /// Claims the journal in a folder for the next epoch, and reads what was recorded so far.
    ///
    /// The folder is made when absent. The new segment and its name are durable on return. An incomplete last entry of
    /// the last segment is left out for good. Nothing is changed when the result is an error.
    ///
    /// # Errors
    /// When an entry before the last is damaged, a frame is of an unknown version or kind, the journal is another
    /// generation's, or the disk fails.
    pub fn open(dir: &Path, generation: &GenerationId) -> Result<(Self, Vec<Entry>), Error> {
        unimplemented!()
    }

    /// Reads what was recorded so far, without a claim and without changing anything; for reports.
    ///
    /// # Errors
    /// As for [`Journal::open`].
    pub fn read(dir: &Path, generation: &GenerationId) -> Result<Vec<Entry>, Error> {
        unimplemented!()
    }

    /// Number of this claim, from 1.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        unimplemented!()
    }

    /// Records a step's result; it is durable on return.
    ///
    /// # Errors
    /// [`Class::StorageFull`] leaves the journal as it was, and the call may be repeated when there is room. Any other
    /// failure to write or sync is final: nobody can know what reached the disk, so every further append is refused
    /// and the process has to stop and start again.
    pub fn append(&mut self, key: &StepKey, value: &Value) -> Result<(), Error> {
        unimplemented!()
    }
}
