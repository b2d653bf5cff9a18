//! Keeps within providers' limits on requests and tokens, as their answers tell them.
//!
//! Read are, per provider, base URL, key and model:
//! - a refusal's `Retry-After` (as [`Failure::retry_after`] has it): until then nothing is asked;
//! - `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` (`OpenAI`, Groq and who copies them; a reset is a duration in
//!   Go's form, `6m0s`, or seconds), the same without the last word (`OpenRouter`; a reset is a Unix time in milliseconds);
//! - `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}` (a reset is a time of RFC 3339).
//!
//! These vendors document one form of limit: a bucket that is filled evenly, whose `reset` is when it will be full again. So
//! what is left at a later time, and when enough will be there, can be computed. Azure writes -1 or 0 where it has no
//! figure: a limit below 1, or a remainder below 0, says nothing.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::HeaderMap;

use super::{
    bounded::Bounded,
    breaker::BreakerKey,
    failure::{Failure, FailureClass},
};
use crate::domain::clock::{Clock, Timestamp};

/// The longest wait that is believed: limits of a day are the longest there are.
const WAIT_MAX: Duration = Duration::from_hours(24);
/// How long a route is left alone that refused a request without saying until when: as long as two attempts of a client
/// with usual backing off.
const WAIT_UNTOLD: Duration = Duration::from_secs(2);
/// Most keys and models whose limits are remembered. About 4 MB.
const ENTRIES_MAX: usize = 8_192;

/// A provider's limit that does not let a call through yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited {
    /// How long to wait.
    pub wait: Duration,
    /// Which limit, for people.
    pub limit: &'static str,
}

/// Limits by provider, base URL, key and model. Clones share one state.
#[derive(Clone)]
pub struct RateLimits {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    learned: Mutex<Bounded<(BreakerKey, String), Learned>>,
}

/// What is known of one model at one provider with one key. Times are the clock's monotonic ones.
#[derive(Debug, Default)]
struct Learned {
    blocked_until: Option<Duration>,
    buckets: [Option<Bucket>; KINDS.len()],
}

/// Tokens or requests that may be spent, as they were at a time.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    limit: u64,
    remaining: u64,
    at: Duration,
    full_in: Duration,
}

/// What a bucket counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Requests,
    Tokens,
    InputTokens,
    OutputTokens,
}

const KINDS: [Kind; 4] = [Kind::Requests, Kind::Tokens, Kind::InputTokens, Kind::OutputTokens];

impl Kind {
    /// How much of it a call takes at least. Of output nothing is known before: something must be left.
    const fn taken(self, input_tokens: u64) -> u64 {
        match self {
            Self::Requests | Self::OutputTokens => 1,
            Self::Tokens | Self::InputTokens => input_tokens,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Requests => "its limit on requests is used up",
            Self::Tokens => "its limit on tokens leaves too few",
            Self::InputTokens => "its limit on tokens of input leaves too few",
            Self::OutputTokens => "its limit on tokens of output is used up",
        }
    }

    /// Header names: limit, remaining, reset.
    const fn headers(self) -> &'static [[&'static str; 3]] {
        match self {
            Self::Requests => &[
                ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
                [
                    "anthropic-ratelimit-requests-limit",
                    "anthropic-ratelimit-requests-remaining",
                    "anthropic-ratelimit-requests-reset",
                ],
                ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
            ],
            Self::Tokens => &[
                ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
                [
                    "anthropic-ratelimit-tokens-limit",
                    "anthropic-ratelimit-tokens-remaining",
                    "anthropic-ratelimit-tokens-reset",
                ],
            ],
            Self::InputTokens => &[[
                "anthropic-ratelimit-input-tokens-limit",
                "anthropic-ratelimit-input-tokens-remaining",
                "anthropic-ratelimit-input-tokens-reset",
            ]],
            Self::OutputTokens => &[[
                "anthropic-ratelimit-output-tokens-limit",
                "anthropic-ratelimit-output-tokens-remaining",
                "anthropic-ratelimit-output-tokens-reset",
            ]],
        }
    }
}

impl Bucket {
    fn read(kind: Kind, headers: &HeaderMap, now: Timestamp, at: Duration) -> Option<Self> {
        kind.headers().iter().find_map(|[limit, remaining, reset]| {
            let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
            let limit: i64 = text(limit)?.parse().ok()?;
            let remaining: i64 = text(remaining)?.parse().ok()?;
            let full_in = wait(text(reset)?, now)?;
            let limit = u64::try_from(limit).ok().filter(|limit| *limit > 0)?;
            let remaining = u64::try_from(remaining).ok()?.min(limit);
            Some(Self { limit, remaining, at, full_in })
        })
    }

    /// How long until so much is there; none when it is. What is more than the whole bucket is never there: then the
    /// limit was misread or the estimate is off, and the provider decides.
    fn wait_for(&self, amount: u64, now: Duration) -> Option<Duration> {
        if amount <= self.remaining || amount > self.limit {
            return None;
        }
        let lacking = self.limit.saturating_sub(self.remaining).max(1);
        let share = amount.saturating_sub(self.remaining) as f64 / lacking as f64;
        let there_at = self.at.saturating_add(self.full_in.mul_f64(share.clamp(0.0, 1.0)));
        there_at.checked_sub(now).filter(|wait| !wait.is_zero())
    }
}

impl RateLimits {
    /// Nothing learned yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { shared: Arc::new(Shared { clock, learned: Mutex::new(Bounded::new(ENTRIES_MAX, WAIT_MAX)) }) }
    }

    /// Reads the headers of any answer.
    pub fn learn(&self, key: &BreakerKey, model: &str, headers: &HeaderMap) {
        let (now, at) = (self.shared.clock.now(), self.shared.clock.monotonic());
        let buckets = KINDS.map(|kind| Bucket::read(kind, headers, now, at));
        if buckets.iter().all(Option::is_none) {
            return;
        }
        let mut learned = self.shared.lock();
        let known = learned.touch(&(key.clone(), model.to_owned()), at, Learned::default);
        for (place, bucket) in known.buckets.iter_mut().zip(buckets) {
            if bucket.is_some() {
                *place = bucket;
            }
        }
    }

    /// Notes that a request was refused: by a limit, or by an overload that says until when.
    pub fn learn_failure(&self, key: &BreakerKey, model: &str, failure: &Failure) {
        let untold = (failure.class == FailureClass::RateLimit).then_some(WAIT_UNTOLD);
        let told = failure.retry_after.filter(|_| failure.class.may_retry());
        let Some(wait) = told.or(untold) else { return };
        let at = self.shared.clock.monotonic();
        let until = at.saturating_add(wait.min(WAIT_MAX));
        let mut learned = self.shared.lock();
        let known = learned.touch(&(key.clone(), model.to_owned()), at, Learned::default);
        known.blocked_until = known.blocked_until.max(Some(until));
    }

    /// What does not let a call of so many tokens of input through yet; none when nothing is known that does not.
    #[must_use]
    pub fn limited(&self, key: &BreakerKey, model: &str, input_tokens: u64) -> Option<Limited> {
        let now = self.shared.clock.monotonic();
        let learned = self.shared.lock();
        let known = learned.get(&(key.clone(), model.to_owned()), now)?;
        let blocked = known.blocked_until.and_then(|until| until.checked_sub(now)).filter(|wait| !wait.is_zero());
        let blocked = blocked.map(|wait| Limited { wait, limit: "it asked to wait" });
        let buckets = KINDS.iter().zip(&known.buckets).filter_map(|(kind, bucket)| {
            let wait = bucket.as_ref()?.wait_for(kind.taken(input_tokens), now)?;
            Some(Limited { wait, limit: kind.sentence() })
        });
        buckets.chain(blocked).max_by_key(|limited| limited.wait)
    }
}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimits").finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Bounded<(BreakerKey, String), Learned>> {
        // Each field is whole whenever the lock is free.
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long until a reset, in any of its forms.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let wait = seconds_or_time(text, now).or_else(|| go_duration(text)).or_else(|| rfc_3339(text, now))?;
    Some(wait.min(WAIT_MAX))
}

/// A plain number: seconds, or a Unix time in seconds or milliseconds when it is too large for that.
fn seconds_or_time(text: &str, now: Timestamp) -> Option<Duration> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    let now_ms = now.0 as f64;
    let seconds = if number >= 1e11 {
        (number - now_ms) / 1000.0
    } else if number >= 1e9 {
        number - now_ms / 1000.0
    } else {
        number
    };
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}

/// `1h2m3.5s`, `12ms`: the text form of Go's `time.Duration`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let unit_bytes = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit_bytes)?;
        let unit_seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(number * unit_seconds).ok()?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

fn rfc_3339(text: &str, now: Timestamp) -> Option<Duration> {
    let time: jiff::Timestamp = text.parse().ok()?;
    let time_ms = u64::try_from(time.as_millisecond()).ok()?;
    Some(Duration::from_millis(time_ms.saturating_sub(now.0)))
}

#[cfg(test)]
#[path = "rate_limit_tests.rs"]
mod tests;
