//! What is left of a call for those who look on: its span, its line in the log, and whoever wants to hear of it.

use std::sync::Arc;

use tracing::Span;

use crate::router::{
    Error,
    account::Account,
    call::Call,
    choice::Candidate,
    completion::Finish,
    failure::FailureClass,
    observer::{CallEnd, CallObserver},
};

use super::spans::{self, Operation};

/// Where the lines of calls are found in a log.
pub(super) const LOG_TARGET: &str = "samokoder::router";

/// What is left of a call for those who look on. The default one leaves nothing but the line.
#[derive(Clone, Default)]
pub(in crate::router) struct Record {
    span: Option<Span>,
    /// The span in which the call was asked for: its line names the request, also when it is written by another thread.
    within: Option<Span>,
    observer: Option<Arc<dyn CallObserver>>,
    finish_reasons: String,
}

/// How a call ended.
pub(super) enum End<'a> {
    /// With an answer.
    Answered,
    /// Without one, or with half of one.
    Failed(&'a Error),
    /// Nobody waited for it any more.
    Abandoned,
}

impl Record {
    /// Of a call that begins.
    pub(in crate::router) fn begin(
        operation: Operation,
        call: &Call,
        observer: Option<&Arc<dyn CallObserver>>,
    ) -> Self {
        Self {
            span: Some(spans::of_call(operation, call)).filter(|span| !span.is_disabled()),
            within: Some(Span::current()).filter(|span| !span.is_disabled()),
            observer: observer.cloned(),
            finish_reasons: String::new(),
        }
    }

    /// Begins the span of an attempt.
    pub(super) fn attempt(&self, candidate: &Candidate) -> Span {
        self.span.as_ref().map_or_else(Span::none, |call| spans::of_attempt(call, candidate))
    }

    /// Notes why an answer, or one of several, ended.
    pub(super) fn note_finish(&mut self, finish: &Finish) {
        if self.span.is_none() {
            return;
        }
        if !self.finish_reasons.is_empty() {
            self.finish_reasons.push(',');
        }
        self.finish_reasons.push_str(spans::finish_reason(finish));
    }

    /// Does something where the call was asked for: lines that it writes name the request.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.within {
            Some(span) => span.in_scope(work),
            None => work(),
        }
    }

    /// The call ended, and this is what it took: said once.
    pub(super) fn end(&self, call: &Call, account: &Account, end: &End<'_>) {
        self.within(|| log(call, account, end));
        if let Some(span) = &self.span {
            if !self.finish_reasons.is_empty() {
                span.record("gen_ai.response.finish_reasons", self.finish_reasons.as_str());
            }
            let error = match end {
                End::Answered => None,
                End::Failed(error) => Some(spans::error_type(error)),
                End::Abandoned => Some("abandoned"),
            };
            spans::end_call(span, account, error);
        }
        self.tell(
            account,
            match end {
                End::Answered => CallEnd::Answered,
                End::Failed(_) => CallEnd::Failed,
                End::Abandoned => CallEnd::Abandoned,
            },
        );
    }

    /// The call ended without anybody being asked for it: with an answer of the cache or of an equal call, or with an error
    /// while it waited for that.
    pub(in crate::router) fn end_unasked(&self, call: &Call, account: &Account, error: Option<&Error>) {
        if let Some(error) = error {
            return self.end(call, account, &End::Failed(error));
        }
        log_cached(call, account);
        if let Some(span) = &self.span {
            spans::end_call(span, account, None);
        }
        self.tell(account, CallEnd::Answered);
    }

    fn tell(&self, account: &Account, end: CallEnd) {
        if let Some(observer) = &self.observer {
            observer.ended(account, end);
        }
    }
}

/// The line of a call that nobody was asked for.
fn log_cached(call: &Call, account: &Account) {
    let by = if account.shared { "an equal call" } else { "the cache" };
    tracing::info!(
        target: LOG_TARGET,
        tenant = call.caller.tenant,
        key = call.caller.key,
        generation = call.caller.generation.as_ref().map(tracing::field::display),
        asked = call.wanted.name(),
        result = "answered",
        cached = true,
        shared = account.shared.then_some(true),
        total_ms = account.total_ms,
        "model call answered by {by} after {:.0} ms",
        account.total_ms,
    );
}

/// Writes the one line of a call. It holds nothing of what was asked and answered, and no word of a provider's.
fn log(call: &Call, account: &Account, end: &End<'_>) {
    let last = account.attempts.last();
    let route = last.map_or("nobody", |attempt| attempt.route.as_str());
    let failed = last.and_then(|attempt| attempt.failed.as_ref());
    let (result, class) = match end {
        End::Answered => ("answered", None),
        End::Failed(error) => (kind(error), Some(error.class())),
        End::Abandoned => ("abandoned", None),
    };
    tracing::info!(
        target: LOG_TARGET,
        tenant = call.caller.tenant,
        key = call.caller.key,
        generation = call.caller.generation.as_ref().map(tracing::field::display),
        asked = call.wanted.name(),
        route,
        result,
        class = class.map(FailureClass::name),
        status = failed.and_then(|failed| failed.status),
        code = failed.and_then(|failed| failed.code.as_deref()),
        attempts = account.attempts.len(),
        input_tokens = account.usage.input_tokens(),
        output_tokens = account.usage.output_tokens,
        cost_usd = account.cost.amount.map(tracing::field::display),
        total_ms = account.total_ms,
        provider_ms = account.provider_ms,
        first_piece_ms = account.first_piece_ms,
        choice = account.choice,
        "model call {result} by {} after {:.0} ms, attempts: {}",
        // A caller may name a model as he likes: a line end in it would begin a line that nobody wrote.
        route.escape_debug(),
        account.total_ms,
        account.attempts.len(),
    );
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::NoRoute { .. } => "without a route",
        Error::UnknownModel(_) => "for an unknown model",
        Error::Failed { .. } => "failed",
        Error::Budget { .. } => "above a budget",
        Error::Deadline { .. } => "past its deadline",
        Error::Settings(_) => "with wrong settings",
    }
}
