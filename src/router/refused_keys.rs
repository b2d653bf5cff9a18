//! Passes over keys that a provider refused: it would refuse them again, and each time costs a caller the way there.
//!
//! A key that the provider does not know (401), or that nobody pays for (402 and its like), is passed over for a minute, and
//! for twice as long after each refusal that follows, up to ten minutes. When the time is over one call tries it. Kept by
//! provider, base URL and the key's fingerprint: a new key is asked at once, and one caller's key is nobody else's matter.
//! A key that may not do something (403) is passed over for nothing: it may do something else.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    bounded::Bounded,
    breaker::BreakerKey,
    dialect::DialectName,
    failure::{Failure, FailureClass},
};
use crate::domain::clock::Clock;

/// How long a key is passed over after its first refusal: a mistyped key is mended within minutes.
const FIRST_WAIT: Duration = Duration::from_secs(60);
/// The longest that it is: what an operator who has topped up an account waits at most.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// How long others wait for the call that tries a key: longer than a refusal takes.
const TRIAL: Duration = Duration::from_secs(10);
/// How long a refusal is remembered, for the next wait.
const IDLE: Duration = Duration::from_hours(1);
/// Most keys that are remembered. About 2 MB.
const KEYS_MAX: usize = 8_192;
/// A provider knows the key, and may not be paid with it.
const FORBIDDEN: u16 = 403;
/// Nobody pays.
const UNPAID: u16 = 402;
/// How `OpenRouter` says with a 402 that the account has money, and not enough for the answer that was asked for.
const TOO_LONG_AN_ANSWER: &str = "max_tokens";

/// A key that is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedOver {
    /// For how long yet.
    pub wait: Duration,
    /// What the provider answered with.
    pub status: Option<u16>,
}

/// Keys that were refused lately.
pub struct RefusedKeys {
    clock: Arc<dyn Clock>,
    refused: Mutex<Bounded<BreakerKey, Refused>>,
}

#[derive(Debug)]
struct Refused {
    until: Duration,
    wait: Duration,
    status: Option<u16>,
    /// A call is trying it.
    is_tried: bool,
}

impl RefusedKeys {
    /// Nothing was refused yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, refused: Mutex::new(Bounded::new(KEYS_MAX, IDLE)) }
    }

    /// Whether a key is passed over for a model; changes nothing.
    #[must_use]
    pub fn passed_over(&self, key: &BreakerKey, model: &str) -> Option<PassedOver> {
        let refused = self.lock();
        if refused.is_empty() {
            return None;
        }
        let now = self.clock.monotonic();
        let entries = scopes(key, model).into_iter().filter_map(|scope| refused.get(&scope, now)?.passed_over(now));
        entries.max_by_key(|passed| passed.wait)
    }

    /// Lets a call show a key, or not. Of any number that ask when the time is over, one may.
    ///
    /// # Errors
    /// It is passed over.
    pub fn admit(&self, key: &BreakerKey, model: &str) -> Result<(), PassedOver> {
        if let Some(passed) = self.passed_over(key, model) {
            return Err(passed);
        }
        let mut refused = self.lock();
        if refused.is_empty() {
            return Ok(());
        }
        let now = self.clock.monotonic();
        for scope in scopes(key, model) {
            if let Some(entry) = refused.get_mut(&scope, now) {
                entry.is_tried = true;
                entry.until = now.saturating_add(TRIAL);
            }
        }
        Ok(())
    }

    /// The provider took the key.
    pub fn accepted(&self, key: &BreakerKey, model: &str) {
        let mut refused = self.lock();
        if !refused.is_empty() {
            for scope in scopes(key, model) {
                refused.remove(&scope);
            }
        }
    }

    /// Notes a failure, if it says that the key is no good.
    pub fn learn_failure(&self, key: &BreakerKey, model: &str, dialect: DialectName, failure: &Failure) {
        let is_the_key = failure.class == FailureClass::Key
            && failure.status.is_some_and(|status| status != FORBIDDEN)
            && !failure.message.contains(TOO_LONG_AN_ANSWER);
        if !is_the_key {
            return;
        }
        // GigaChat sells the tokens of each model by themselves.
        let is_of_model = dialect == DialectName::Gigachat && failure.status == Some(UNPAID);
        let scope = if is_of_model { key.of_model(model) } else { key.clone() };
        let now = self.clock.monotonic();
        let mut refused = self.lock();
        let status = failure.status;
        let entry =
            refused.touch(&scope, now, || Refused { until: now, wait: Duration::ZERO, status, is_tried: false });
        // Calls that were on their way with the first that was refused learn nothing new.
        if entry.is_tried || entry.until <= now {
            entry.wait = (entry.wait * 2).clamp(FIRST_WAIT, LONGEST_WAIT);
            *entry = Refused { until: now.saturating_add(entry.wait), wait: entry.wait, status, is_tried: false };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Bounded<BreakerKey, Refused>> {
        // Each entry is whole whenever the lock is free.
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refused {
    fn passed_over(&self, now: Duration) -> Option<PassedOver> {
        let wait = self.until.checked_sub(now).filter(|wait| !wait.is_zero())?;
        Some(PassedOver { wait, status: self.status })
    }
}

/// What a refusal of a key may be kept by: the key alone, or the key for one model.
fn scopes(key: &BreakerKey, model: &str) -> [BreakerKey; 2] {
    [key.of_all_models(), key.of_model(model)]
}

impl fmt::Debug for RefusedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefusedKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "refused_keys_tests.rs"]
mod tests;
