//! Leaves a provider alone that fails: a circuit breaker per provider, base URL and key.
//!
//! Five overload failures in a row open it for 60 s (the settings' figures). Then exactly one call may try, the probe: its
//! success closes the breaker, its failure opens it for as long again. What is not an overload counts for nothing: a
//! caller's or a key's fault, or a limit on requests, says that the provider answers. As the key is part of it, one
//! caller's key never closes a provider to others.
//!
//! A model that the catalogue does not list has a breaker of its own: callers name it, and one that names what never
//! answers must not close the provider to those who ask for something else. While the provider's own is open, it waits too.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{bounded::Bounded, failure::FailureClass, provider::Provider, settings::BreakerSettings};
use crate::domain::clock::Clock;

/// How long a breaker that nobody asks for is remembered. Longer than any call, so that a call's outcome is never lost.
const IDLE: Duration = Duration::from_hours(1);
/// Most breakers that are remembered; only those are that have seen a failure since the last success. About 2 MB.
const BREAKERS_MAX: usize = 8_192;
/// The same for models that the catalogue does not list, whose names callers make up.
const UNLISTED_MAX: usize = 1_024;
/// How long to wait while another call is the probe: about as long as an answer takes to begin.
const PROBE_WAIT: Duration = Duration::from_secs(1);

/// What a breaker stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BreakerKey {
    /// Provider by name.
    pub provider: String,
    /// Where its API is.
    pub base_url: String,
    /// [`Secret::fingerprint`](super::secret::Secret::fingerprint) of the key, empty without one.
    pub credential_fingerprint: String,
    /// The model, where it is that of one model alone.
    pub model: Option<String>,
}

impl BreakerKey {
    /// A provider as it is asked with a key.
    #[must_use]
    pub fn of(provider: &Provider, credential_fingerprint: impl Into<String>) -> Self {
        Self {
            provider: provider.name.clone(),
            base_url: provider.base_url.clone(),
            credential_fingerprint: credential_fingerprint.into(),
            model: None,
        }
    }

    /// The same for one model alone.
    #[must_use]
    pub fn of_model(&self, model: &str) -> Self {
        Self { model: Some(model.to_owned()), ..self.clone() }
    }

    /// The same for all models.
    #[must_use]
    pub fn of_all_models(&self) -> Self {
        Self { model: None, ..self.clone() }
    }
}

/// Whether a provider may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It may.
    Closed,
    /// It was left alone for long enough: the next call is the probe.
    ProbeDue,
    /// A probe is on its way.
    Probing,
    /// It is left alone.
    Open {
        /// For how long yet.
        retry_after: Duration,
    },
}

impl Health {
    /// How long to wait before asking; none when it may be asked now.
    #[must_use]
    pub const fn wait(self) -> Option<Duration> {
        match self {
            Self::Closed | Self::ProbeDue => None,
            Self::Probing => Some(PROBE_WAIT),
            Self::Open { retry_after } => Some(retry_after),
        }
    }

    /// Name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::ProbeDue | Self::Probing => "half_open",
            Self::Open { .. } => "open",
        }
    }
}

/// Whether an attempt may be made.
#[derive(Debug)]
#[must_use = "an admitted attempt holds the place of the probe until it is dropped"]
pub enum Admission {
    /// It may.
    Admitted(Permit),
    /// Not before that time.
    Refused {
        /// How long to wait.
        retry_after: Duration,
    },
}

/// All breakers. Clones share one state.
#[derive(Clone)]
pub struct Breakers {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    settings: BreakerSettings,
    circuits: Mutex<Circuits>,
}

struct Circuits {
    shared: Bounded<BreakerKey, Circuit>,
    /// Those of models that the catalogue does not list. Apart, so that no number of them pushes others out.
    unlisted: Bounded<BreakerKey, Circuit>,
    probes: u64,
}

impl Circuits {
    fn of(&mut self, key: &BreakerKey) -> &mut Bounded<BreakerKey, Circuit> {
        if key.model.is_some() { &mut self.unlisted } else { &mut self.shared }
    }

    fn health(&self, key: &BreakerKey, now: Duration) -> Health {
        if key.model.is_none() {
            return health(self.shared.get(key, now), now);
        }
        match health(self.shared.get(&key.of_all_models(), now), now) {
            open @ Health::Open { .. } => open,
            Health::Closed | Health::ProbeDue | Health::Probing => health(self.unlisted.get(key, now), now),
        }
    }
}

/// A provider that has failed since it last answered; one that has not has none.
#[derive(Debug)]
enum Circuit {
    Closed { failures: u32 },
    Open { until: Duration },
    Probing { probe: u64 },
}

impl Breakers {
    /// Breakers that have seen nothing yet.
    #[must_use]
    pub fn new(settings: BreakerSettings, clock: Arc<dyn Clock>) -> Self {
        let idle = IDLE.max(settings.open_for * 2);
        let circuits = Circuits {
            shared: Bounded::new(BREAKERS_MAX, idle),
            unlisted: Bounded::new(UNLISTED_MAX, idle),
            probes: 0,
        };
        Self { shared: Arc::new(Shared { clock, settings, circuits: Mutex::new(circuits) }) }
    }

    /// Whether a provider may be asked; changes nothing.
    #[must_use]
    pub fn health(&self, key: &BreakerKey) -> Health {
        let now = self.shared.clock.monotonic();
        self.shared.lock().health(key, now)
    }

    /// Lets an attempt through, or not. Of any number that ask at once when a probe is due, one is admitted.
    pub fn admit(&self, key: &BreakerKey) -> Admission {
        let now = self.shared.clock.monotonic();
        let mut circuits = self.shared.lock();
        let probe = match circuits.health(key, now) {
            Health::Closed => None,
            Health::ProbeDue => {
                circuits.probes = circuits.probes.wrapping_add(1);
                let probe = circuits.probes;
                *circuits.of(key).touch(key, now, || Circuit::Probing { probe }) = Circuit::Probing { probe };
                Some(probe)
            }
            refused @ (Health::Probing | Health::Open { .. }) => {
                return Admission::Refused { retry_after: refused.wait().unwrap_or_default() };
            }
        };
        Admission::Admitted(Permit { shared: Arc::clone(&self.shared), key: key.clone(), probe, settled: false })
    }

    /// Every breaker that has seen a failure since the last success, by its key; not those of models that the catalogue does
    /// not list.
    #[must_use]
    pub fn states(&self) -> Vec<(BreakerKey, Health)> {
        let now = self.shared.clock.monotonic();
        let circuits = self.shared.lock();
        let states = circuits.shared.iter(now).map(|(key, circuit)| (key.clone(), health(Some(circuit), now)));
        let mut states: Vec<_> = states.collect();
        states.sort_by(|(left, _), (right, _)| left.cmp(right));
        states
    }
}

impl fmt::Debug for Breakers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.states()).finish()
    }
}

fn health(circuit: Option<&Circuit>, now: Duration) -> Health {
    match circuit {
        None | Some(Circuit::Closed { .. }) => Health::Closed,
        Some(Circuit::Probing { .. }) => Health::Probing,
        Some(Circuit::Open { until }) => match until.checked_sub(now) {
            Some(retry_after) if !retry_after.is_zero() => Health::Open { retry_after },
            Some(_) | None => Health::ProbeDue,
        },
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Circuits> {
        // Nothing between lock and release can leave a circuit half changed.
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, key: &BreakerKey, probe: Option<u64>, outcome: Outcome) {
        let now = self.clock.monotonic();
        let open = Circuit::Open { until: now.saturating_add(self.settings.open_for) };
        let mut circuits = self.lock();
        let circuits = circuits.of(key);
        let circuit = circuits.get_mut(key, now);
        match (circuit, probe) {
            (Some(circuit @ Circuit::Probing { .. }), Some(probe)) if is_probe(circuit, probe) => match outcome {
                Outcome::Answered => circuits.remove(key),
                Outcome::Failed => *circuit = open,
                Outcome::Abandoned => *circuit = Circuit::Open { until: now },
            },
            // The attempt began before the breaker opened: what it learned is older than that.
            (Some(Circuit::Open { .. } | Circuit::Probing { .. }), _) => {}
            (Some(Circuit::Closed { failures }), _) if outcome == Outcome::Failed => {
                *failures = failures.saturating_add(1);
                if *failures >= self.settings.failures {
                    *circuits.touch(key, now, || Circuit::Open { until: now }) = open;
                }
            }
            (Some(Circuit::Closed { .. }), _) if outcome == Outcome::Answered => circuits.remove(key),
            (None, _) if outcome == Outcome::Failed => {
                let opens = self.settings.failures <= 1;
                let _ = circuits.touch(key, now, || if opens { open } else { Circuit::Closed { failures: 1 } });
            }
            (Some(Circuit::Closed { .. }) | None, _) => {}
        }
    }
}

fn is_probe(circuit: &Circuit, wanted: u64) -> bool {
    matches!(circuit, Circuit::Probing { probe } if *probe == wanted)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Answered,
    Failed,
    Abandoned,
}

/// An attempt that was let through. Say how it ended; one that is dropped before that says nothing of the provider, and
/// frees the place of the probe if it was one.
#[must_use = "say how the attempt ended"]
pub struct Permit {
    shared: Arc<Shared>,
    key: BreakerKey,
    probe: Option<u64>,
    settled: bool,
}

impl Permit {
    /// Whether the attempt is the probe.
    #[must_use]
    pub const fn is_probe(&self) -> bool {
        self.probe.is_some()
    }

    /// The provider answered.
    pub fn succeeded(self) {
        self.settle(Outcome::Answered);
    }

    /// The attempt failed. An overload counts; any other failure is an answer of a provider that works, but for a limit
    /// on requests, which in the middle of overloads does not break their row.
    pub fn failed(self, class: FailureClass) {
        let outcome = match class {
            FailureClass::Overload => Outcome::Failed,
            FailureClass::RateLimit if self.probe.is_none() => Outcome::Abandoned,
            FailureClass::RateLimit | FailureClass::Caller | FailureClass::Key | FailureClass::ContentFilter => {
                Outcome::Answered
            }
        };
        self.settle(outcome);
    }

    fn settle(mut self, outcome: Outcome) {
        self.settled = true;
        self.shared.settle(&self.key, self.probe, outcome);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.settled {
            self.shared.settle(&self.key, self.probe, Outcome::Abandoned);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("key", &self.key).field("probe", &self.probe).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
