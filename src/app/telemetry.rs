//! Where log lines and traces go.

use std::io;

use anyhow::{Context as _, Result};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _},
};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt as _, filter_fn},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{
    api::gateway::{JoinTrace, REQUEST_TARGET, TraceParent},
    config::Log,
    router::SPAN_TARGET,
};

/// What goes out while the program serves. Dropping it sends what is still held back.
pub(super) struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Starts to write log lines to standard error and, where an exporter is configured, to send traces.
///
/// Spans of model calls are the exporter's alone: they follow OpenTelemetry's conventions, and hold what log lines say
/// otherwise.
///
/// # Errors
/// The filter is not understood, or the exporter's address is none.
pub(super) fn start(log: &Log) -> Result<Telemetry> {
    let traces = log.traces_to.as_deref().map(exporter).transpose()?;
    subscriber(log, traces.as_ref())?.try_init().context("could not start to log")?;
    Ok(Telemetry { traces })
}

fn subscriber(log: &Log, traces: Option<&SdkTracerProvider>) -> Result<Box<dyn Subscriber + Send + Sync>> {
    let filter = EnvFilter::try_new(&log.filter)
        .with_context(|| format!("SAMOKODER_LOG is {:?}: write a level such as `info` or `warn`", log.filter))?;
    let lines = lines(log.json).with_filter(filter.and(filter_fn(|metadata| metadata.target() != SPAN_TARGET)));
    let written = tracing_subscriber::registry().with(lines);
    // Not an empty layer in its place: that would want every span of model calls, and nobody would have them.
    let Some(traces) = traces else { return Ok(Box::new(written)) };
    // Attributes of the conventions alone: where in this program a span began is nobody's business there.
    let sent = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer("samokoder"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(|metadata| matches!(metadata.target(), SPAN_TARGET | REQUEST_TARGET)));
    Ok(Box::new(written.with(sent)))
}

impl Telemetry {
    /// What makes a span a part of its caller's trace; none when no traces are sent.
    pub(super) fn join(&self) -> Option<JoinTrace> {
        self.traces.is_some().then_some(join)
    }
}

fn join(span: &Span, parent: TraceParent) {
    let flags = if parent.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let (trace, caller) = (TraceId::from(parent.trace_id), SpanId::from(parent.span_id));
    let caller = SpanContext::new(trace, caller, flags, true, TraceState::NONE);
    if let Err(error) = span.set_parent(Context::new().with_remote_span_context(caller)) {
        tracing::debug!("a request does not stand in its caller's trace: {error}");
    }
}

fn lines(json: bool) -> Box<dyn Layer<Registry> + Send + Sync> {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    if json { lines.json().flatten_event(true).with_span_list(false).boxed() } else { lines.boxed() }
}

/// Sends traces by OTLP over HTTP; other `OTEL_` variables (headers, timeouts) are the exporter's own.
fn exporter(endpoint: &str) -> Result<SdkTracerProvider> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .with_context(|| format!("could not send traces to {endpoint} (OTEL_EXPORTER_OTLP_ENDPOINT)"))?;
    let resource = Resource::builder().with_service_name("samokoder").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(traces) = &self.traces
            && let Err(error) = traces.shutdown()
        {
            tracing::warn!("the last traces could not be sent: {error}");
        }
    }
}

#[cfg(test)]
#[path = "telemetry_tests.rs"]
mod tests;
