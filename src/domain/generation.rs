//! How a generation ends, and what was found when its result was run.

use serde::{Deserialize, Serialize};

/// How a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Verified: every command ran and passed.
    Succeeded,
    /// Complete, but something could not be run, or nobody asked for it.
    Unverified,
    /// A command of the project's own, or an acceptance command, failed, or agents gave up a part of what was asked for.
    Failed,
}

/// Where a generation that a service accepted is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Accepted and durable; waits for a worker.
    Queued,
    /// Owned by a worker, under a lease and an epoch.
    Running,
    /// Waits for a person's yes to the plan.
    AwaitingApproval,
    /// Stopped by itself at a recorded point; goes on by a resume, or when the cause is gone.
    Paused,
    /// Verified: every command ran and passed.
    Succeeded,
    /// Complete, but something was not run.
    Unverified,
    /// Ended without success; goes on by a resume alone.
    Failed,
    /// Ended by its owner; goes on by a resume alone.
    Cancelled,
}

impl Status {
    /// All, in the order in which a life goes.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::AwaitingApproval,
        Self::Paused,
        Self::Succeeded,
        Self::Unverified,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Name in records, answers and events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Paused => "paused",
            Self::Succeeded => "succeeded",
            Self::Unverified => "unverified",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether whoever asked to be told by a webhook is told of it: it is an end, or somebody has to do something.
    #[must_use]
    pub const fn is_told(self) -> bool {
        self.is_end() || matches!(self, Self::Paused | Self::AwaitingApproval)
    }

    /// Whether only its owner brings it on from here.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Unverified | Self::Failed | Self::Cancelled)
    }
}

impl From<State> for Status {
    fn from(state: State) -> Self {
        match state {
            State::Succeeded => Self::Succeeded,
            State::Unverified => Self::Unverified,
            State::Failed => Self::Failed,
        }
    }
}

/// What became of one verification command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It ran and passed.
    Passed,
    /// It ran and failed.
    Failed {
        /// Why: an exit code, or the limit that it passed.
        reason: String,
    },
    /// It could not be run.
    NotRun {
        /// What is missing, and what to do about it.
        reason: String,
    },
}

/// Why a generation stopped by itself at a recorded point, to go on when the cause is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseCause {
    /// A limit of the spec's, or a budget of the operator's, does not allow the next model call.
    BudgetExhausted,
    /// No provider can be asked now.
    NoProvider,
    /// The disk has no room.
    StorageFull,
}

impl PauseCause {
    /// Name in reports and events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BudgetExhausted => "budget_exhausted",
            Self::NoProvider => "no_provider",
            Self::StorageFull => "storage_full",
        }
    }
}
