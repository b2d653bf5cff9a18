//! Stopping the work on a claim, and why.

use std::sync::OnceLock;

use crate::process::Cancel;

/// Why a worker lets go of a generation before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Another has claimed it, or nobody could be told for so long that another may have.
    Lost,
    /// Its owner wants it to end.
    Cancelled,
    /// The worker has to leave.
    Shutdown,
}

/// Stops the work on a claim. The first cause decides.
#[derive(Debug, Default)]
pub(super) struct Halt {
    stop: Cancel,
    why: OnceLock<Why>,
}

impl Halt {
    /// Stops it.
    pub(super) fn halt(&self, why: Why) {
        // A second cause changes nothing: the work stops already.
        let _ = self.why.set(why);
        self.stop.cancel();
    }

    /// Why it was stopped; none while it goes on.
    pub(super) fn why(&self) -> Option<Why> {
        self.why.get().copied()
    }

    /// What the work looks at.
    pub(super) fn stop(&self) -> &Cancel {
        &self.stop
    }
}
