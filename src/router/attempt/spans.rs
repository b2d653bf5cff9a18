//! Spans of calls and of attempts, by OpenTelemetry's conventions for generative AI
//! (<https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/>).
//!
//! A call is one span over all of its attempts, as the conventions want it; tokens stand there alone, so that whoever adds
//! spans up counts none twice. Each attempt is a span under it. They hold nothing of what was asked and answered, and no
//! word of a provider's but the model's name.

use std::time::Duration;

use tracing::{Span, field};

use crate::router::{
    Error,
    account::{Account, Attempt},
    call::Call,
    choice::Candidate,
    completion::Finish,
};

/// Target of these spans. Nothing but an exporter wants them: without one nothing of them is made.
pub const SPAN_TARGET: &str = "samokoder::gen_ai";

/// What a model is asked to do.
#[derive(Debug, Clone, Copy)]
pub(in crate::router) enum Operation {
    /// To answer at once.
    Chat,
    /// To answer piece by piece.
    ChatStream,
    /// To make vectors of texts.
    Embeddings,
}

impl Operation {
    /// Name in the conventions.
    const fn name(self) -> &'static str {
        match self {
            Self::Chat | Self::ChatStream => "chat",
            Self::Embeddings => "embeddings",
        }
    }
}

/// Begins the span of a call, under the span that is current.
pub(super) fn of_call(operation: Operation, call: &Call) -> Span {
    let (name, model) = (operation.name(), call.wanted.name());
    tracing::info_span!(
        target: SPAN_TARGET,
        "model call",
        otel.name = %format_args!("{name} {model}"),
        otel.kind = "client",
        otel.status_code = field::Empty,
        gen_ai.operation.name = name,
        gen_ai.request.model = model,
        gen_ai.request.stream = matches!(operation, Operation::ChatStream),
        gen_ai.provider.name = field::Empty,
        gen_ai.response.model = field::Empty,
        gen_ai.response.finish_reasons = field::Empty,
        gen_ai.response.time_to_first_chunk = field::Empty,
        gen_ai.usage.input_tokens = field::Empty,
        gen_ai.usage.output_tokens = field::Empty,
        gen_ai.usage.cache_read.input_tokens = field::Empty,
        gen_ai.usage.cache_creation.input_tokens = field::Empty,
        server.address = field::Empty,
        server.port = field::Empty,
        "error.type" = field::Empty,
        samokoder.tenant = call.caller.tenant,
        samokoder.attempts = field::Empty,
        samokoder.cached = field::Empty,
        samokoder.cost_usd = field::Empty,
        samokoder.cost_basis = field::Empty,
    )
}

/// Says on a call's span what it took; `error` is [`error_type`] of what became of it.
pub(super) fn end_call(span: &Span, account: &Account, error: Option<&'static str>) {
    if span.is_disabled() {
        return;
    }
    let last = account.attempts.last().and_then(|attempt| attempt.route.split_once('/'));
    let provider =
        if account.provider.is_empty() { last.map(|(provider, _)| provider) } else { Some(&*account.provider) };
    if let Some(provider) = provider {
        span.record("gen_ai.provider.name", name_of(provider));
    }
    if !account.model.is_empty() {
        span.record("gen_ai.response.model", account.model.as_str());
    }
    if let Some(first_piece_ms) = account.first_piece_ms {
        span.record("gen_ai.response.time_to_first_chunk", first_piece_ms / 1_000.0);
    }
    span.record("gen_ai.usage.input_tokens", account.usage.input_tokens());
    span.record("gen_ai.usage.output_tokens", account.usage.output_tokens);
    span.record("gen_ai.usage.cache_read.input_tokens", account.usage.cache_read_tokens);
    let written = account.usage.cache_write_tokens.saturating_add(account.usage.cache_write_1h_tokens);
    span.record("gen_ai.usage.cache_creation.input_tokens", written);
    span.record("samokoder.attempts", account.attempts.len());
    span.record("samokoder.cached", account.cached);
    if let Some(amount) = account.cost.amount {
        span.record("samokoder.cost_usd", field::display(amount));
        span.record("samokoder.cost_basis", account.cost.basis.name());
    }
    if let Some(error) = error {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", error);
    }
}

/// Begins the span of an attempt, under that of its call.
pub(super) fn of_attempt(call: &Span, candidate: &Candidate) -> Span {
    if call.is_disabled() {
        return Span::none();
    }
    let span = tracing::info_span!(
        target: SPAN_TARGET,
        parent: call,
        "attempt",
        otel.name = %format_args!("attempt {}", candidate.name()),
        otel.kind = "client",
        otel.status_code = field::Empty,
        gen_ai.provider.name = name_of(&candidate.provider.name),
        gen_ai.request.model = candidate.route.model,
        gen_ai.response.time_to_first_chunk = field::Empty,
        server.address = field::Empty,
        server.port = field::Empty,
        http.response.status_code = field::Empty,
        "error.type" = field::Empty,
        samokoder.outcome = field::Empty,
        samokoder.cost_usd = field::Empty,
        samokoder.cost_basis = field::Empty,
    );
    // A call's own address is the one that was asked last.
    for span in [call, &span] {
        tell_address(span, &candidate.provider.base_url);
    }
    span
}

/// Says on an attempt's span how it ended.
pub(super) fn end_attempt(span: &Span, attempt: &Attempt, first_piece_after: Option<Duration>) {
    if span.is_disabled() {
        return;
    }
    span.record("samokoder.outcome", attempt.outcome());
    if let Some(first_piece_after) = first_piece_after {
        span.record("gen_ai.response.time_to_first_chunk", first_piece_after.as_secs_f64());
    }
    if let Some(amount) = attempt.cost.amount {
        span.record("samokoder.cost_usd", field::display(amount));
        span.record("samokoder.cost_basis", attempt.cost.basis.name());
    }
    let Some(failed) = &attempt.failed else { return };
    if let Some(status) = failed.status {
        span.record("http.response.status_code", status);
    }
    span.record("otel.status_code", "ERROR");
    span.record("error.type", attempt.outcome());
}

/// What a call without an answer is called: a word of a few, never of a provider's own.
pub(super) const fn error_type(error: &Error) -> &'static str {
    match error {
        Error::Failed { failure, .. } => failure.class.name(),
        Error::NoRoute { .. } => "no_route",
        Error::UnknownModel(_) => "unknown_model",
        Error::Budget { .. } => "budget",
        Error::Deadline { .. } => "deadline",
        Error::Settings(_) => "settings",
    }
}

/// Name of a reason in the conventions.
pub(super) fn finish_reason(finish: &Finish) -> &str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::ContentFilter => "content_filter",
        Finish::Other(name) => name,
    }
}

fn tell_address(span: &Span, base_url: &str) {
    let Ok(url) = base_url.parse::<http::Uri>() else { return };
    let Some(host) = url.host() else { return };
    let usual = if url.scheme_str() == Some("http") { 80 } else { 443 };
    span.record("server.address", host);
    span.record("server.port", url.port_u16().unwrap_or(usual));
}

/// The conventions' name of a provider, where it is not ours.
fn name_of(provider: &str) -> &str {
    match provider {
        "mistral" => "mistral_ai",
        "openai-responses" => "openai",
        own => own,
    }
}
