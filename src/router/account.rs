//! What a call took: attempts, tokens, money, time. It goes with every answer.

use serde::Serialize;

use crate::domain::{money::Usd, usage::Usage};

use super::failure::FailureClass;

/// What one attempt at a provider took.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// The route, `provider/model`.
    pub route: String,
    /// How it failed; none when it answered.
    pub failed: Option<AttemptFailure>,
    /// From the request's first byte to the end of the attempt.
    pub duration_ms: u64,
    /// Tokens that it took, failed ones too, as far as it may be billed for them.
    pub usage: Usage,
    /// Money that it cost, failed ones too.
    pub cost: Cost,
    /// What the provider said that it cost, where that is below zero and so was not believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_not_believed: Option<Usd>,
}

/// Code of an attempt that was cut off by the call's deadline.
pub(super) const DEADLINE: &str = "deadline";
/// Code of an attempt that nobody waited for any more.
pub(super) const ABANDONED: &str = "abandoned";

impl Attempt {
    /// All that [`Attempt::outcome`] says.
    pub const OUTCOMES: [&'static str; 8] = [
        "answered",
        FailureClass::Caller.name(),
        FailureClass::Key.name(),
        FailureClass::RateLimit.name(),
        FailureClass::Overload.name(),
        FailureClass::ContentFilter.name(),
        DEADLINE,
        ABANDONED,
    ];

    /// How it ended, in a word for metrics: `answered`, the class of its failure, or why it was cut off while the provider,
    /// who is not to blame for that, was at work.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        let Some(failed) = &self.failed else { return "answered" };
        match failed.code.as_deref() {
            Some(DEADLINE) if failed.status.is_none() => DEADLINE,
            Some(ABANDONED) if failed.status.is_none() => ABANDONED,
            _ => failed.class.name(),
        }
    }
}

/// How an attempt failed.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptFailure {
    /// Whose fault.
    pub class: FailureClass,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The provider's code, or ours.
    pub code: Option<String>,
}

/// Money that a call cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// The amount; none when the route has no price.
    pub amount: Option<Usd>,
    /// How it is known.
    pub basis: CostBasis,
}

impl Cost {
    /// Nothing was paid.
    pub const FREE: Self = Self { amount: Some(Usd::ZERO), basis: CostBasis::Free };

    /// This and another: as certain as the less certain of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let amount = self.amount.zip(other.amount).map(|(one, other)| one + other);
        let basis = if self.basis.doubt() < other.basis.doubt() { other.basis } else { self.basis };
        Self { amount, basis }
    }
}

/// How a cost is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CostBasis {
    /// Nothing is known of it.
    #[default]
    Unknown,
    /// The provider said.
    Provider,
    /// From the tokens that the provider counted and the price table.
    Usage,
    /// From tokens that we counted, as the provider counted none: what went out and what came, or all that may have come
    /// where the answer was cut off before any of it did.
    Estimate,
    /// Nothing was paid: a cache answered, or the provider is free.
    Free,
}

impl CostBasis {
    /// Name in traces and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Provider => "provider",
            Self::Usage => "usage",
            Self::Estimate => "estimate",
            Self::Free => "free",
        }
    }

    /// More is less certain.
    const fn doubt(self) -> u8 {
        match self {
            Self::Free => 0,
            Self::Provider => 1,
            Self::Usage => 2,
            Self::Estimate => 3,
            Self::Unknown => 4,
        }
    }
}

/// What a call took.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Account {
    /// Provider that answered.
    pub provider: String,
    /// Model that answered, as the provider names it.
    pub model: String,
    /// Attempts in order, the one that answered last.
    pub attempts: Vec<Attempt>,
    /// Tokens of all attempts.
    pub usage: Usage,
    /// Money of all attempts.
    pub cost: Cost,
    /// All of the call, in this program.
    pub total_ms: f64,
    /// The part of it that was spent waiting for providers.
    pub provider_ms: f64,
    /// From the beginning to the first piece of the answer.
    pub first_piece_ms: Option<f64>,
    /// A cache answered, or another call that asked the same.
    pub cached: bool,
    /// It was another call, at the same time, and that one has paid.
    pub shared: bool,
    /// Why this route: one line, for people and logs.
    pub choice: String,
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
