//! Names, units and buckets of what the gateway measures. docs/metrics.md says the same for operators.

use metrics::{KeyName, Recorder, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

pub(super) const REQUESTS: &str = "samokoder_requests_total";
pub(super) const ERRORS: &str = "samokoder_errors_total";
pub(super) const IN_FLIGHT: &str = "samokoder_requests_in_flight";
pub(super) const DURATION: &str = "samokoder_request_duration_seconds";
pub(super) const OVERHEAD: &str = "samokoder_overhead_seconds";
pub(super) const CACHED: &str = "samokoder_cached_answers_total";
pub(super) const REPLAYED: &str = "samokoder_replayed_answers_total";
pub(super) const KEPT_ANSWER_BYTES: &str = "samokoder_kept_answer_bytes";
pub(super) const ATTEMPTS: &str = "samokoder_attempts_total";
pub(super) const ATTEMPT_DURATION: &str = "samokoder_attempt_duration_seconds";
pub(super) const FIRST_TOKEN: &str = "samokoder_time_to_first_token_seconds";
pub(super) const TOKENS: &str = "samokoder_tokens_total";
pub(super) const COST: &str = "samokoder_cost_nano_usd_total";
pub(super) const BREAKER: &str = "samokoder_breaker_state";

/// Values of `kind`; together they are all tokens.
pub(super) const TOKEN_KINDS: [&str; 5] = ["input", "cache_read", "cache_write", "output", "reasoning"];

/// From a local model's answer to the longest that a reasoning model may take.
const ANSWER_SECONDS: [f64; 16] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0];
/// Around the third of a millisecond that the gateway may add.
const OVERHEAD_SECONDS: [f64; 12] =
    [0.000_05, 0.000_1, 0.000_2, 0.000_3, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0];

const COUNTERS: [(&str, Unit, &str); 7] = [
    (REQUESTS, Unit::Count, "Requests by endpoint and status of the answer."),
    (ERRORS, Unit::Count, "Requests without a whole answer, by endpoint and whose fault it was."),
    (CACHED, Unit::Count, "Calls that the response cache or an equal call answered."),
    (REPLAYED, Unit::Count, "Requests that got a kept answer for their Idempotency-Key."),
    (ATTEMPTS, Unit::Count, "Attempts at providers by route and outcome."),
    (TOKENS, Unit::Count, "Tokens by route and kind; the kinds together are all tokens."),
    (COST, Unit::Count, "Money spent, in billionths of a US dollar, failed attempts included."),
];

const GAUGES: [(&str, Unit, &str); 3] = [
    (IN_FLIGHT, Unit::Count, "Requests that have no whole answer yet."),
    (KEPT_ANSWER_BYTES, Unit::Bytes, "Memory of answers that are kept for Idempotency-Key."),
    (BREAKER, Unit::Count, "Circuit breakers by provider: 0 closed, 1 probing, 2 open; the worst of its keys."),
];

const HISTOGRAMS: [(&str, &[f64], &str); 4] = [
    (DURATION, &ANSWER_SECONDS, "From a request's arrival to the end of its answer, where there was one."),
    (OVERHEAD, &OVERHEAD_SECONDS, "The part of that which was not spent waiting for providers."),
    (ATTEMPT_DURATION, &ANSWER_SECONDS, "One attempt at a provider, from beginning to end."),
    (FIRST_TOKEN, &ANSWER_SECONDS, "From the call's beginning to the first piece of its answer."),
];

/// An exporter that knows the buckets.
pub(super) fn builder() -> PrometheusBuilder {
    HISTOGRAMS.iter().fold(PrometheusBuilder::new(), |builder, (name, buckets, _)| {
        match builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), buckets) {
            Ok(builder) => builder,
            // Only for no buckets at all; figures without the other buckets are better than none.
            Err(_) => PrometheusBuilder::new(),
        }
    })
}

/// Says what each figure is.
pub(super) fn describe(recorder: &impl Recorder) {
    for (name, unit, text) in COUNTERS {
        recorder.describe_counter(KeyName::from_const_str(name), Some(unit), text.into());
    }
    for (name, unit, text) in GAUGES {
        recorder.describe_gauge(KeyName::from_const_str(name), Some(unit), text.into());
    }
    for (name, _, text) in HISTOGRAMS {
        recorder.describe_histogram(KeyName::from_const_str(name), Some(Unit::Seconds), text.into());
    }
}
