//! What the models may still cost: the spec's limits, what is spent, and what calls in flight may come to.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::domain::{money::Usd, spec::Limits, usage::Usage};

/// What model calls took, in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Calls that were made.
    pub calls: u64,
    /// Tokens that they used; a call whose answer was lost counts with the most that it may have used.
    pub usage: Usage,
    /// Money, as far as anybody knows; a call whose answer was lost counts with the most that it may have cost.
    pub cost: Usd,
}

impl Spent {
    pub(crate) fn add(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.usage += other.usage;
        self.cost += other.cost;
    }
}

/// What a call may come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reserve {
    pub(crate) cost: Usd,
    pub(crate) tokens: u64,
}

/// A limit that a call would pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Exhausted {
    #[error("the limit of {limit} model calls is reached; raise `limits.calls`")]
    Calls { limit: u32 },
    #[error("{used} of {limit} tokens are used and the next call may need {wanted}; raise `limits.tokens`")]
    Tokens { limit: u64, used: u64, wanted: u64 },
    #[error("{used} of {limit} USD are spent and the next call may cost {wanted} USD; raise `limits.cost_usd`")]
    Cost { limit: Usd, used: Usd, wanted: Usd },
    #[error(
        "a money limit is set, but the model {route} has no price; name its price in the configuration, or use another"
    )]
    NoPrice { route: String },
    #[error("the limit of {limit} minutes of work is reached; raise `limits.minutes`")]
    Minutes { limit: u32 },
}

/// Counts what is spent, and lets a call through when the limits allow the most that it may come to.
pub(crate) struct Purse {
    limits: Limits,
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Default)]
struct State {
    spent: Spent,
    flying: usize,
    reserved_cost: Usd,
    reserved_tokens: u64,
}

impl Purse {
    /// A purse of which something is spent.
    pub(crate) fn new(limits: Limits, spent: Spent) -> Self {
        Self { limits, state: Mutex::new(State { spent, ..State::default() }), settled: Notify::new() }
    }

    /// Whether a call must have a price.
    pub(crate) fn needs_price(&self) -> bool {
        self.limits.cost_usd.is_some()
    }

    #[cfg(test)]
    fn spent(&self) -> Spent {
        self.state().spent
    }

    /// Sets aside what a call may come to. Where only calls in flight stand in the way, it waits for them: they nearly
    /// always take less than is set aside for them.
    pub(crate) async fn reserve(&self, reserve: Reserve, worked: Duration) -> Result<(), Exhausted> {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            // Registered before the look, so that no call that settles in between is missed.
            settled.as_mut().enable();
            match self.try_reserve(reserve, worked) {
                Ok(()) => return Ok(()),
                Err((exhausted, true)) => return Err(exhausted),
                Err((_, false)) => settled.await,
            }
        }
    }

    /// The flag says that waiting cannot help.
    fn try_reserve(&self, reserve: Reserve, worked: Duration) -> Result<(), (Exhausted, bool)> {
        let mut state = self.state();
        let alone = state.flying == 0;
        if let Some(limit) = self.limits.minutes
            && worked >= Duration::from_secs(u64::from(limit) * 60)
        {
            return Err((Exhausted::Minutes { limit }, true));
        }
        if let Some(limit) = self.limits.calls
            && state.spent.calls + state.flying as u64 + 1 > u64::from(limit)
        {
            return Err((Exhausted::Calls { limit }, true));
        }
        let used = state.spent.usage.total_tokens();
        if let Some(limit) = self.limits.tokens
            && used.saturating_add(state.reserved_tokens).saturating_add(reserve.tokens) > limit
        {
            return Err((Exhausted::Tokens { limit, used, wanted: reserve.tokens }, alone));
        }
        if let Some(limit) = self.limits.cost_usd.map(Usd::new)
            && state.spent.cost + state.reserved_cost + reserve.cost > limit
        {
            return Err((Exhausted::Cost { limit, used: state.spent.cost, wanted: reserve.cost }, alone));
        }
        state.flying += 1;
        state.reserved_cost += reserve.cost;
        state.reserved_tokens = state.reserved_tokens.saturating_add(reserve.tokens);
        Ok(())
    }

    /// Takes what a call came to instead of what was set aside for it.
    pub(crate) fn settle(&self, reserve: Reserve, spent: Spent) {
        let mut state = self.state();
        state.flying = state.flying.saturating_sub(1);
        state.reserved_cost = state.reserved_cost.less(reserve.cost);
        state.reserved_tokens = state.reserved_tokens.saturating_sub(reserve.tokens);
        state.spent.add(spent);
        drop(state);
        self.settled.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "purse_tests.rs"]
mod tests;
