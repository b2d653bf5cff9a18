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
}

impl PauseCause {
    /// Name in reports and events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BudgetExhausted => "budget_exhausted",
            Self::NoProvider => "no_provider",
        }
    }
}
