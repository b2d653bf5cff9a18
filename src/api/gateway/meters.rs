//! What the gateway measures, for Prometheus. The page docs/metrics.md lists it.
//!
//! Labels are bounded: providers and models that the catalogue does not know count as `other`, so that no caller can make
//! series. Handles are looked up once and kept; a request then pays for atomic additions alone.

use std::{
    collections::HashMap,
    sync::{OnceLock, PoisonError, RwLock},
};

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusHandle, PrometheusRecorder};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::meter_names as names;
use crate::{
    domain::{money::Usd, usage::Usage},
    router::{
        account::{Account, Attempt},
        observer::{CallEnd, CallObserver},
    },
};

/// Label of what the catalogue does not know.
const OTHER: &str = "other";
/// Money is counted in whole billionths of a dollar: a counter adds them exactly, which it could not do with fractions.
const NANO_USD: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// Where a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Endpoint {
    Chat,
    Messages,
    CountTokens,
    Models,
    Embeddings,
    Metrics,
    /// Anywhere else.
    Unknown,
}

impl Endpoint {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat_completions",
            Self::Messages => "messages",
            Self::CountTokens => "count_tokens",
            Self::Models => "models",
            Self::Embeddings => "embeddings",
            Self::Metrics => "metrics",
            Self::Unknown => OTHER,
        }
    }
}

/// Everything that is measured.
pub(super) struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Requests that have no whole answer yet.
    pub(super) in_flight: Gauge,
    /// Bytes of answers that are kept for `Idempotency-Key`.
    pub(super) kept_answer_bytes: Gauge,
    replies: RwLock<HashMap<(Endpoint, u16), Counter>>,
    errors: RwLock<HashMap<(Endpoint, &'static str), Counter>>,
    calls: RwLock<HashMap<Endpoint, CallMeters>>,
    routes: HashMap<String, HashMap<String, OnceLock<RouteMeters>>>,
    unknown_route: OnceLock<RouteMeters>,
}

/// Of the calls that came in at one endpoint.
#[derive(Clone)]
struct CallMeters {
    total: Histogram,
    overhead: Histogram,
    cached: Counter,
    replayed: Counter,
}

/// Of one provider's model.
struct RouteMeters {
    outcomes: [(&'static str, Counter); Attempt::OUTCOMES.len()],
    attempt: Histogram,
    first_token: Histogram,
    tokens: [Counter; 5],
    nano_usd: Counter,
}

impl Meters {
    /// Makes the meters for the routes of a catalogue, as provider and model.
    pub(super) fn new<'a>(catalogue: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let recorder = names::builder().build_recorder();
        names::describe(&recorder);
        let mut routes: HashMap<String, HashMap<String, OnceLock<RouteMeters>>> = HashMap::new();
        for (provider, model) in catalogue {
            let models = routes.entry(provider.to_owned()).or_default();
            models.entry(OTHER.to_owned()).or_default();
            models.entry(model.to_owned()).or_default();
        }
        Self {
            handle: recorder.handle(),
            in_flight: recorder.register_gauge(&Key::from_name(names::IN_FLIGHT), &METADATA),
            kept_answer_bytes: recorder.register_gauge(&Key::from_name(names::KEPT_ANSWER_BYTES), &METADATA),
            recorder,
            replies: RwLock::default(),
            errors: RwLock::default(),
            calls: RwLock::default(),
            routes,
            unknown_route: OnceLock::new(),
        }
    }

    /// All figures, in Prometheus' text format.
    pub(super) fn text(&self) -> String {
        self.handle.render()
    }

    /// Puts collected figures in order; until then they take memory.
    pub(super) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// A request was answered, with a status.
    pub(super) fn replied(&self, endpoint: Endpoint, status: u16) {
        cached(&self.replies, (endpoint, status), || {
            self.counter(names::REQUESTS, &[("endpoint", endpoint.name()), ("status", &status.to_string())])
        })
        .increment(1);
    }

    /// A request got no answer, or half of one.
    pub(super) fn failed(&self, endpoint: Endpoint, class: &'static str) {
        cached(&self.errors, (endpoint, class), || {
            self.counter(names::ERRORS, &[("endpoint", endpoint.name()), ("class", class)])
        })
        .increment(1);
    }

    /// A kept answer was given again.
    pub(super) fn replayed(&self, endpoint: Endpoint) {
        self.call_meters(endpoint).replayed.increment(1);
    }

    /// A call was answered. `total_ms` counts from the request's arrival to the answer's end.
    pub(super) fn answered(&self, endpoint: Endpoint, account: &Account, total_ms: f64) {
        let call = self.call_meters(endpoint);
        call.total.record(seconds(total_ms));
        call.overhead.record(seconds((total_ms - account.provider_ms).max(0.0)));
        if account.cached {
            call.cached.increment(1);
        }
    }

    fn attempted(&self, attempt: &Attempt) {
        let (meters, outcome) = (self.route_meters(&attempt.route), attempt.outcome());
        if let Some((_, counter)) = meters.outcomes.iter().find(|(name, _)| *name == outcome) {
            counter.increment(1);
        }
        meters.attempt.record(seconds(attempt.duration_ms as f64));
        if let Some(amount) = attempt.cost.amount {
            meters.nano_usd.increment(nano_usd(amount));
        }
        for (counter, tokens) in meters.tokens.iter().zip(by_kind(&attempt.usage)) {
            counter.increment(tokens);
        }
    }

    fn call_meters(&self, endpoint: Endpoint) -> CallMeters {
        cached(&self.calls, endpoint, || {
            let labels = [("endpoint", endpoint.name())];
            CallMeters {
                total: self.histogram(names::DURATION, &labels),
                overhead: self.histogram(names::OVERHEAD, &labels),
                cached: self.counter(names::CACHED, &labels),
                replayed: self.counter(names::REPLAYED, &labels),
            }
        })
    }

    fn route_meters(&self, route: &str) -> &RouteMeters {
        let (provider, model) = route.split_once('/').unwrap_or((route, OTHER));
        let Some((provider, models)) = self.routes.get_key_value(provider) else {
            return self.unknown_route.get_or_init(|| self.new_route_meters(OTHER, OTHER));
        };
        let known = models.get_key_value(model).or_else(|| models.get_key_value(OTHER));
        match known {
            Some((model, meters)) => meters.get_or_init(|| self.new_route_meters(provider, model)),
            None => self.unknown_route.get_or_init(|| self.new_route_meters(OTHER, OTHER)),
        }
    }

    fn new_route_meters(&self, provider: &str, model: &str) -> RouteMeters {
        let route = [("provider", provider), ("model", model)];
        let with = |name, label, value| self.counter(name, &[("provider", provider), ("model", model), (label, value)]);
        RouteMeters {
            outcomes: Attempt::OUTCOMES.map(|outcome| (outcome, with(names::ATTEMPTS, "outcome", outcome))),
            attempt: self.histogram(names::ATTEMPT_DURATION, &route),
            first_token: self.histogram(names::FIRST_TOKEN, &route),
            tokens: names::TOKEN_KINDS.map(|kind| with(names::TOKENS, "kind", kind)),
            nano_usd: self.counter(names::COST, &route),
        }
    }

    /// Sets a gauge that is looked at only when somebody asks for the figures.
    pub(super) fn set_gauge(&self, name: &'static str, labels: &[(&'static str, &str)], value: f64) {
        self.recorder.register_gauge(&key(name, labels), &METADATA).set(value);
    }

    fn counter(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Counter {
        self.recorder.register_counter(&key(name, labels), &METADATA)
    }

    fn histogram(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Histogram {
        self.recorder.register_histogram(&key(name, labels), &METADATA)
    }
}

impl CallObserver for Meters {
    /// What the attempts of a call took, whether it was answered, failed or was given up.
    fn ended(&self, account: &Account, _: CallEnd) {
        for attempt in &account.attempts {
            self.attempted(attempt);
        }
        if let (Some(first_piece_ms), Some(last)) = (account.first_piece_ms, account.attempts.last()) {
            self.route_meters(&last.route).first_token.record(seconds(first_piece_ms));
        }
    }
}

/// Counts a request as in flight until it goes.
pub(super) struct InFlight(Gauge);

impl InFlight {
    pub(super) fn begin(meters: &Meters) -> Self {
        meters.in_flight.increment(1);
        Self(meters.in_flight.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<_> = labels.iter().map(|(label, value)| Label::new(*label, (*value).to_owned())).collect();
    Key::from_parts(name, labels)
}

fn cached<K: Copy + Eq + std::hash::Hash, V: Clone>(
    map: &RwLock<HashMap<K, V>>,
    key: K,
    make: impl FnOnce() -> V,
) -> V {
    if let Some(value) = map.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return value.clone();
    }
    map.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert_with(make).clone()
}

fn seconds(milliseconds: f64) -> f64 {
    milliseconds / 1000.0
}

/// Whole billionths, the last one rounded.
fn nano_usd(amount: Usd) -> u64 {
    amount.amount().checked_mul(NANO_USD).and_then(|nano| nano.round().to_u64()).unwrap_or(0)
}

/// In the order of [`names::TOKEN_KINDS`]: no token counts twice, so that reasoning is taken out of the output.
fn by_kind(usage: &Usage) -> [u64; 5] {
    [
        usage.fresh_input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens.saturating_add(usage.cache_write_1h_tokens),
        usage.output_tokens.saturating_sub(usage.reasoning_tokens),
        usage.reasoning_tokens,
    ]
}

#[cfg(test)]
#[path = "meters_tests.rs"]
mod tests;
