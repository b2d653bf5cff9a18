//! Why a call had no answer.

use std::time::Duration;

use crate::domain::money::Usd;

use super::{
    account::Attempt,
    catalog::UnknownModel,
    failure::{Failure, FailureClass},
    route::{Refusal, RefusalKind},
};

/// A call had no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No route may take it.
    #[error("no route for {asked}: {}", list(refused))]
    NoRoute {
        /// What was asked for.
        asked: String,
        /// Each route that was looked at, and why not.
        refused: Vec<Refusal>,
    },
    /// No model, class or provider has the name that was asked for.
    #[error("{0}")]
    UnknownModel(#[from] UnknownModel),
    /// Every candidate failed, or the first failed in a way that no other can mend.
    #[error("{} answered: {}", attempts.last().map_or("nobody", |attempt| attempt.route.as_str()), failure.message)]
    Failed {
        /// The failure that decided.
        failure: Failure,
        /// All attempts, in order.
        attempts: Vec<Attempt>,
    },
    /// A budget does not allow it.
    #[error("the budget of {scope} is {cap} USD; {used} USD are spent or reserved and this call may cost {wanted} USD")]
    Budget {
        /// Whose budget, such as `key team-a, today`.
        scope: String,
        /// The budget.
        cap: Usd,
        /// Spent and reserved.
        used: Usd,
        /// What this call may cost at most.
        wanted: Usd,
    },
    /// The call's own deadline passed.
    #[error("no answer within {} ms, after {} attempts", deadline.as_millis(), attempts.len())]
    Deadline {
        /// The deadline.
        deadline: Duration,
        /// All attempts, in order.
        attempts: Vec<Attempt>,
    },
    /// Settings are wrong.
    #[error("{0}")]
    Settings(String),
}

impl Error {
    /// The class to branch on; a budget and settings are the caller's to mend.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Failed { failure, .. } => failure.class,
            Self::Deadline { .. } => FailureClass::Overload,
            Self::NoRoute { .. } | Self::UnknownModel(_) | Self::Budget { .. } | Self::Settings(_) => {
                FailureClass::Caller
            }
        }
    }
}

fn list(refused: &[Refusal]) -> String {
    if refused.is_empty() {
        return "the catalogue has no model for it".to_owned();
    }
    let mut reasons: Vec<_> =
        refused.iter().map(|refusal| format!("{}: {}", refusal.route, refusal.for_caller)).collect();
    if refused.iter().all(|refusal| refusal.kind == RefusalKind::Settings) {
        reasons.push("ask for another model, or the operator for what is missing".to_owned());
    }
    reasons.join("; ")
}
