//! One request from its arrival to the end of its answer: measured, logged and traced once, however it ends.

use std::{sync::Arc, time::Instant};

use tracing::{Span, field};

use super::{
    fault::Fault,
    gateway::Gateway,
    meters::{Endpoint, InFlight},
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

/// One request on its way.
pub(super) struct Visit {
    /// Where it is answered.
    pub(super) gateway: Arc<Gateway>,
    /// Where it came in.
    pub(super) endpoint: Endpoint,
    /// What its caller speaks.
    pub(super) wire: Wire,
    /// Its identity.
    pub(super) id: RequestId,
    started: Instant,
    key: Option<String>,
    model: String,
    span: Span,
    over: bool,
    _in_flight: InFlight,
}

impl Visit {
    pub(super) fn begin(gateway: &Arc<Gateway>, endpoint: Endpoint, wire: Wire) -> Self {
        Self {
            _in_flight: InFlight::begin(gateway.meters()),
            gateway: Arc::clone(gateway),
            endpoint,
            wire,
            id: RequestId::mint(),
            started: Instant::now(),
            key: None,
            model: String::new(),
            span: Span::none(),
            over: false,
        }
    }

    /// Says whose request it is.
    pub(super) fn of_key(&mut self, name: Option<&str>) {
        self.key = name.map(str::to_owned);
    }

    /// A model is asked. `operation` is a name of the conventions: `chat`, `embeddings`.
    pub(super) fn asks(&mut self, operation: &'static str, model: &str, stream: bool) {
        model.clone_into(&mut self.model);
        self.span = tracing::info_span!(
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
            error.type = field::Empty,
            samokoder.request_id = %self.id,
            samokoder.attempts = field::Empty,
            samokoder.cost_usd = field::Empty,
        );
    }

    /// The span in which the model is asked.
    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// The call was answered to its end.
    pub(super) fn answered(mut self, account: &Account, finishes: &[Finish]) {
        self.over = true;
        let total_ms = self.elapsed_ms();
        self.gateway.meters().answered(self.endpoint, account, total_ms);
        self.trace(account, finishes);
        let route = account.attempts.last().map_or("the cache", |attempt| attempt.route.as_str());
        tracing::info!(
            target: "samokoder::call",
            request_id = %self.id,
            endpoint = self.endpoint.name(),
            key = self.key.as_deref(),
            asked = self.model,
            provider = account.provider,
            model = account.model,
            attempts = account.attempts.len(),
            input_tokens = account.usage.input_tokens(),
            output_tokens = account.usage.output_tokens,
            cost_usd = account.cost.amount.map(field::display),
            total_ms,
            provider_ms = account.provider_ms,
            first_piece_ms = account.first_piece_ms,
            cached = account.cached,
            choice = account.choice,
            "{route} answered in {total_ms:.1} ms"
        );
    }

    /// The request was done without asking a model.
    pub(super) fn done(mut self) {
        self.over = true;
    }

    /// A kept answer was given again.
    pub(super) fn replayed(mut self) {
        self.over = true;
        self.gateway.meters().replayed(self.endpoint);
        tracing::info!(
            target: "samokoder::call",
            request_id = %self.id,
            endpoint = self.endpoint.name(),
            key = self.key.as_deref(),
            "a kept answer was given again"
        );
    }

    /// The request got no answer, or half of one.
    pub(super) fn failed(mut self, fault: &Fault, attempts: &[Attempt]) {
        self.over = true;
        self.gateway.meters().attempted(attempts);
        self.gateway.meters().failed(self.endpoint, fault.class);
        self.span.record("otel.status_code", "ERROR");
        self.span.record("error.type", fault.code.as_ref());
        self.span.record("samokoder.attempts", attempts.len());
        let tried: Vec<&str> = attempts.iter().map(|attempt| attempt.route.as_str()).collect();
        tracing::warn!(
            target: "samokoder::call",
            request_id = %self.id,
            endpoint = self.endpoint.name(),
            key = self.key.as_deref(),
            asked = self.model,
            status = fault.status.as_u16(),
            code = fault.code.as_ref(),
            class = fault.class,
            attempts = tried.len(),
            tried = tried.join(", "),
            total_ms = self.elapsed_ms(),
            "no answer: {}",
            fault.code
        );
    }

    fn trace(&self, account: &Account, finishes: &[Finish]) {
        if self.span.is_disabled() {
            return;
        }
        let reasons: Vec<&str> = finishes.iter().map(reason).collect();
        self.span.record("gen_ai.provider.name", account.provider.as_str());
        self.span.record("gen_ai.response.model", account.model.as_str());
        self.span.record("gen_ai.response.finish_reasons", reasons.join(","));
        self.span.record("gen_ai.usage.input_tokens", account.usage.input_tokens());
        self.span.record("gen_ai.usage.output_tokens", account.usage.output_tokens);
        self.span.record("samokoder.attempts", account.attempts.len());
        if let Some(cost) = account.cost.amount {
            self.span.record("samokoder.cost_usd", field::display(cost));
        }
    }

    fn elapsed_ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1000.0
    }
}

impl Drop for Visit {
    /// Whoever goes before the end is a client that went away, or the gateway's own end: the call is cancelled with it.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.gateway.meters().failed(self.endpoint, "client_gone");
        self.span.record("otel.status_code", "ERROR");
        self.span.record("error.type", "client_gone");
        tracing::warn!(
            target: "samokoder::call",
            request_id = %self.id,
            endpoint = self.endpoint.name(),
            key = self.key.as_deref(),
            asked = self.model,
            total_ms = self.elapsed_ms(),
            "the client went before its answer was whole"
        );
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
