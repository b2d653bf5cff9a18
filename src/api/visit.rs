//! One request from its arrival to the end of its answer: measured and traced once, however it ends.

use std::{sync::Arc, time::Instant};

use axum::response::Response;
use http::StatusCode;
use tracing::{Span, field};

use super::{
    bound::Share,
    fault::Fault,
    gateway::Gateway,
    meters::{Endpoint, InFlight},
    wire::Wire,
};
use crate::{
    domain::id::RequestId,
    router::{
        account::{Account, Attempt},
        completion::Finish,
    },
};

/// Target of the spans that follow the conventions of OpenTelemetry for model calls. Nothing but an exporter wants them:
/// without one they cost nothing.
pub const SPAN_TARGET: &str = "samokoder::gen_ai";

/// One request on its way. The router writes the log line of its call, within [`Visit::span`], which names the request.
pub(super) struct Visit {
    /// Where it is answered.
    pub(super) gateway: Arc<Gateway>,
    /// What its caller speaks.
    pub(super) wire: Wire,
    /// Its identity.
    pub(super) id: RequestId,
    endpoint: Endpoint,
    started: Instant,
    span: Span,
    trace: Span,
    /// Whether the head of a stream went out.
    has_begun: bool,
    is_over: bool,
    held: Option<[Share; 2]>,
    _in_flight: InFlight,
}

impl Visit {
    pub(super) fn begin(gateway: &Arc<Gateway>, endpoint: Endpoint, wire: Wire) -> Self {
        let id = RequestId::mint();
        Self {
            _in_flight: InFlight::begin(gateway.meters()),
            gateway: Arc::clone(gateway),
            wire,
            id,
            endpoint,
            started: Instant::now(),
            span: tracing::info_span!("request", %id, endpoint = endpoint.name()),
            trace: Span::none(),
            has_begun: false,
            is_over: false,
            held: None,
        }
    }

    /// The request keeps what it took until it is over.
    pub(super) fn holds(&mut self, held: [Share; 2]) {
        self.held = Some(held);
    }

    /// A model is asked. `operation` is a name of the conventions: `chat`, `embeddings`.
    pub(super) fn asks(&mut self, operation: &'static str, model: &str, stream: bool) {
        self.trace = tracing::info_span!(
            target: SPAN_TARGET,
            "model call",
            otel.name = %format_args!("{operation} {model}"),
            otel.kind = "client",
            otel.status_code = field::Empty,
            gen_ai.operation.name = operation,
            gen_ai.request.model = model,
            gen_ai.request.stream = stream,
            gen_ai.provider.name = field::Empty,
            gen_ai.response.model = field::Empty,
            gen_ai.response.finish_reasons = field::Empty,
            gen_ai.usage.input_tokens = field::Empty,
            gen_ai.usage.output_tokens = field::Empty,
            error.r#type = field::Empty,
            samokoder.request_id = %self.id,
            samokoder.attempts = field::Empty,
            samokoder.cost_usd = field::Empty,
        );
    }

    /// The span that log lines of the request stand in.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The call was answered to its end, whole or by a stream that [began](Self::begins).
    pub(super) fn answered(mut self, account: &Account, finishes: &[Finish]) {
        self.reply(StatusCode::OK);
        let total_ms = self.started.elapsed().as_secs_f64() * 1_000.0;
        self.gateway.meters().answered(self.endpoint, account, total_ms);
        if self.trace.is_disabled() {
            return;
        }
        let reasons: Vec<&str> = finishes.iter().map(reason).collect();
        self.trace.record("gen_ai.provider.name", account.provider.as_str());
        self.trace.record("gen_ai.response.model", account.model.as_str());
        self.trace.record("gen_ai.response.finish_reasons", reasons.join(","));
        self.trace.record("gen_ai.usage.input_tokens", account.usage.input_tokens());
        self.trace.record("gen_ai.usage.output_tokens", account.usage.output_tokens);
        self.trace.record("samokoder.attempts", account.attempts.len());
        if let Some(cost) = account.cost.amount {
            self.trace.record("samokoder.cost_usd", field::display(cost));
        }
    }

    /// The request was answered without a call.
    pub(super) fn done(mut self, status: StatusCode) {
        self.reply(status);
    }

    /// A kept answer was given again.
    pub(super) fn replayed(mut self, status: StatusCode) {
        self.reply(status);
        self.gateway.meters().replayed(self.endpoint);
        self.span.in_scope(|| tracing::info!("a kept answer is given again"));
    }

    /// The request was refused before a model was asked.
    pub(super) fn refused(mut self, fault: &Fault) -> Response {
        self.reply(fault.status);
        self.gateway.meters().failed(self.endpoint, fault.class);
        let status = fault.status.as_u16();
        let code = fault.code.as_ref();
        self.span.in_scope(|| tracing::info!(status, code, "refused with status {status}: {code}"));
        fault.response(self.wire)
    }

    /// The call had no answer, or half of one.
    pub(super) fn failed(mut self, fault: &Fault, attempts: &[Attempt]) {
        self.reply(fault.status);
        self.gateway.meters().attempted(attempts);
        self.gateway.meters().failed(self.endpoint, fault.class);
        self.trace.record("otel.status_code", "ERROR");
        self.trace.record("error.type", fault.code.as_ref());
        self.trace.record("samokoder.attempts", attempts.len());
    }

    /// The head of a stream goes out: whatever comes after it, it was a 200.
    pub(super) fn begins(&mut self) {
        self.has_begun = true;
        self.gateway.meters().replied(self.endpoint, StatusCode::OK.as_u16());
    }

    fn reply(&mut self, status: StatusCode) {
        self.is_over = true;
        if !self.has_begun {
            self.gateway.meters().replied(self.endpoint, status.as_u16());
        }
    }
}

impl Drop for Visit {
    /// Whoever goes before the end is a client that went away, or was cut off by the gateway's own end: the call is
    /// cancelled with it, and settled and logged by the router.
    fn drop(&mut self) {
        if !self.is_over {
            self.gateway.meters().failed(self.endpoint, "client_gone");
            self.trace.record("otel.status_code", "ERROR");
            self.trace.record("error.type", "client_gone");
        }
    }
}

/// Name of a reason in the conventions.
fn reason(finish: &Finish) -> &str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::ContentFilter => "content_filter",
        Finish::Other(name) => name,
    }
}
