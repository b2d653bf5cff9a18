//! What the service's API measures, for Prometheus. Labels are bounded: a request counts under its route's pattern.

use std::time::Instant;

use axum::extract::Request;
use http::StatusCode;
use metrics::{Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::openapi;
use crate::domain::generation::Status;

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);
/// Requests by route, method and status.
const REQUESTS: &str = "samokoder_service_requests_total";
/// Seconds until the head of an answer.
const SECONDS: &str = "samokoder_service_request_seconds";
/// Generations by status.
const GENERATIONS: &str = "samokoder_service_generations";
/// Upper bounds of the histogram's buckets: the issue asks for 10 ms.
const BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// Everything that is measured.
pub(super) struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

/// A request that is being measured.
pub(super) struct Measured<'a> {
    meters: &'a Meters,
    method: &'static str,
    route: &'static str,
    since: Instant,
}

impl Meters {
    pub(super) fn new() -> Self {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &BUCKETS);
        // The buckets are not empty, which is all that can be wrong with them.
        let recorder = builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
        Self { handle: recorder.handle(), recorder }
    }

    pub(super) fn begin(&self, request: &Request) -> Measured<'_> {
        let method = match request.method().as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            _ => "other",
        };
        Measured { meters: self, method, route: openapi::pattern_of(request.uri().path()), since: Instant::now() }
    }

    /// How many generations there are of each status.
    pub(super) fn count_generations(&self, counts: &[(Status, u64)]) {
        for status in Status::ALL {
            let count = counts.iter().find(|(one, _)| *one == status).map_or(0, |(_, count)| *count);
            let key = Key::from_parts(GENERATIONS, vec![Label::new("status", status.name())]);
            #[expect(clippy::cast_precision_loss, reason = "a count of generations is far below 2^52")]
            self.recorder.register_gauge(&key, &METADATA).set(count as f64);
        }
    }

    /// All figures.
    pub(super) fn text(&self) -> String {
        self.handle.render()
    }

    /// Puts collected figures in order; until then they take memory.
    pub(super) fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

impl Measured<'_> {
    /// Its answer begins.
    pub(super) fn end(self, status: StatusCode) {
        let labels = vec![Label::new("method", self.method), Label::new("route", self.route)];
        let seconds = Key::from_parts(SECONDS, labels.clone());
        self.meters.recorder.register_histogram(&seconds, &METADATA).record(self.since.elapsed().as_secs_f64());
        let status = Label::new("status", status.as_str().to_owned());
        let requests = Key::from_parts(REQUESTS, labels.into_iter().chain([status]).collect::<Vec<_>>());
        self.meters.recorder.register_counter(&requests, &METADATA).increment(1);
    }
}
