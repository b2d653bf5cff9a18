//! How quick routes were lately: exponentially decayed means of the time to the first piece and of tokens a second.
//!
//! A measurement loses half of its weight in [`HALF_LIFE`]: providers' load changes by the hour, and a mean over a few
//! tens of calls must not follow each of them. A route whose measurements have lost nearly all weight counts as not
//! measured, so that one that was slow once is tried again.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::bounded::Bounded;
use crate::domain::clock::Clock;

/// Time in which a measurement loses half of its weight.
pub const HALF_LIFE: Duration = Duration::from_mins(10);
/// Weight under which a route counts as not measured: one measurement has it after three and a third half-lives.
const WEIGHT_MIN: f64 = 0.1;
/// When nothing that was measured can have weight left: a thousand measurements have that after 13 half-lives.
const IDLE: Duration = Duration::from_hours(3);
/// Most routes that are remembered; callers may name models as they like. About 1 MB.
const ROUTES_MAX: usize = 4_096;

/// What was measured of a route lately; none where nothing was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// Of streams: from the request to the first piece of the answer.
    pub first_piece_ms: Option<f64>,
    /// Of streams: tokens of output a second after the first piece.
    pub tokens_per_second: Option<f64>,
    /// Of whole answers: tokens of output a second of the whole time.
    pub whole_tokens_per_second: Option<f64>,
}

impl Speed {
    /// How long an answer of so many tokens takes, in milliseconds: a stream's to its first piece, a whole one's to its
    /// end; none when that was not measured.
    #[must_use]
    pub fn expected_ms(&self, output_tokens: u64, stream: bool) -> Option<f64> {
        if stream {
            return self.first_piece_ms;
        }
        let writing_ms = |rate: f64| output_tokens as f64 / rate * 1000.0;
        let as_stream = || Some(self.first_piece_ms? + writing_ms(self.tokens_per_second?));
        self.whole_tokens_per_second.map(writing_ms).or_else(as_stream)
    }
}

/// Speeds by route (`provider/model`). Clones share one state.
#[derive(Clone)]
pub struct Latencies {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    routes: Mutex<Bounded<String, Measured>>,
}

#[derive(Debug, Default)]
struct Measured {
    first_piece_ms: Mean,
    tokens_per_second: Mean,
    whole_tokens_per_second: Mean,
}

/// A mean whose values lose weight with time.
#[derive(Debug, Default)]
struct Mean {
    sum: f64,
    weight: f64,
    at: Duration,
}

impl Mean {
    fn decay_until(&self, now: Duration) -> f64 {
        0.5_f64.powf(now.saturating_sub(self.at).as_secs_f64() / HALF_LIFE.as_secs_f64())
    }

    fn add(&mut self, value: f64, now: Duration) {
        let decay = self.decay_until(now);
        self.sum = self.sum.mul_add(decay, value);
        self.weight = self.weight.mul_add(decay, 1.0);
        self.at = now;
    }

    fn mean(&self, now: Duration) -> Option<f64> {
        let weight = self.weight * self.decay_until(now);
        (weight >= WEIGHT_MIN).then(|| self.sum / self.weight)
    }
}

impl Latencies {
    /// Nothing measured yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { shared: Arc::new(Shared { clock, routes: Mutex::new(Bounded::new(ROUTES_MAX, IDLE)) }) }
    }

    /// Notes a stream: the time from the request to its first piece, and the tokens that came in the time after it.
    pub fn note_stream(&self, route: &str, first_piece: Duration, output_tokens: u64, after: Duration) {
        let now = self.shared.clock.monotonic();
        let mut routes = self.shared.lock();
        let measured = routes.touch(&route.to_owned(), now, Measured::default);
        measured.first_piece_ms.add(first_piece.as_secs_f64() * 1000.0, now);
        if let Some(rate) = rate(output_tokens, after) {
            measured.tokens_per_second.add(rate, now);
        }
    }

    /// Notes a whole answer: the time from the request to its end, and its tokens.
    pub fn note_whole(&self, route: &str, total: Duration, output_tokens: u64) {
        let Some(rate) = rate(output_tokens, total) else { return };
        let now = self.shared.clock.monotonic();
        self.shared.lock().touch(&route.to_owned(), now, Measured::default).whole_tokens_per_second.add(rate, now);
    }

    /// How quick a route was lately; none when nothing is known.
    #[must_use]
    pub fn speed(&self, route: &str) -> Option<Speed> {
        let now = self.shared.clock.monotonic();
        let routes = self.shared.lock();
        let measured = routes.get(route, now)?;
        let speed = Speed {
            first_piece_ms: measured.first_piece_ms.mean(now),
            tokens_per_second: measured.tokens_per_second.mean(now),
            whole_tokens_per_second: measured.whole_tokens_per_second.mean(now),
        };
        let is_known = speed.first_piece_ms.is_some() || speed.whole_tokens_per_second.is_some();
        is_known.then_some(speed)
    }
}

/// Tokens a second; none for bursts so short that they say how a network packs pieces, not how quick a model writes.
fn rate(output_tokens: u64, time: Duration) -> Option<f64> {
    let rate = output_tokens as f64 / time.as_secs_f64();
    (output_tokens >= 8 && time >= Duration::from_millis(20)).then_some(rate)
}

impl fmt::Debug for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latencies").finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Bounded<String, Measured>> {
        // A mean that was added to half is a mean still.
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "latency_tests.rs"]
mod tests;
