//! What a call took so far.

use std::time::Duration;

use crate::{
    domain::{money::Usd, usage::Usage},
    router::{
        Error,
        account::{Account, Attempt, Cost},
        call::Call,
        failure::FailureClass,
    },
};

/// Where the lines of calls are found in a log.
pub(in crate::router) const LOG_TARGET: &str = "samokoder::router";

/// What a call took so far. All times by the monotonic clock.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) started: Duration,
    /// Spent waiting for providers.
    pub(super) waited: Duration,
    /// When the first piece of the answer was there.
    pub(super) first_piece: Option<Duration>,
    /// Who answers, and why he was asked.
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) choice: String,
    pub(super) attempts: Vec<Attempt>,
    usage: Usage,
    cost: Cost,
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

impl Tally {
    pub(super) fn new(started: Duration) -> Self {
        Self {
            started,
            waited: Duration::ZERO,
            first_piece: None,
            provider: String::new(),
            model: String::new(),
            choice: String::new(),
            attempts: Vec::new(),
            usage: Usage::default(),
            cost: Cost::FREE,
        }
    }

    /// Adds an attempt that ended.
    pub(super) fn add(&mut self, attempt: Attempt, usage: Usage) {
        self.usage += usage;
        self.cost = self.cost.and(attempt.cost);
        self.attempts.push(attempt);
    }

    /// Money of the attempts that ended, as far as it is known.
    pub(super) fn spent(&self) -> Usd {
        self.attempts.iter().filter_map(|attempt| attempt.cost.amount).sum()
    }

    /// The account as it stands at a time.
    pub(super) fn account(&self, now: Duration) -> Account {
        let since_start = |time: Duration| time.saturating_sub(self.started).as_secs_f64() * 1_000.0;
        Account {
            provider: self.provider.clone(),
            model: self.model.clone(),
            attempts: self.attempts.clone(),
            usage: self.usage,
            cost: self.cost,
            total_ms: since_start(now),
            provider_ms: self.waited.as_secs_f64() * 1_000.0,
            first_piece_ms: self.first_piece.map(since_start),
            cached: false,
            choice: self.choice.clone(),
        }
    }

    /// Writes the one line of a call. It holds nothing of what was asked and answered, and no word of a provider's.
    pub(super) fn log(&self, call: &Call, now: Duration, end: &End<'_>) {
        let account = self.account(now);
        let route = account.attempts.last().map_or("nobody", |attempt| attempt.route.as_str());
        let (result, class) = match end {
            End::Answered => ("answered", None),
            End::Failed(error) => (kind(error), Some(error.class())),
            End::Abandoned => ("abandoned", None),
        };
        let last = account.attempts.last().and_then(|attempt| attempt.failed.as_ref());
        tracing::info!(
            target: LOG_TARGET,
            tenant = call.caller.tenant,
            key = call.caller.key,
            generation = call.caller.generation.as_ref().map(tracing::field::display),
            asked = call.wanted.name(),
            route,
            result,
            class = class.map(FailureClass::name),
            status = last.and_then(|failed| failed.status),
            code = last.and_then(|failed| failed.code.as_deref()),
            attempts = account.attempts.len(),
            input_tokens = account.usage.input_tokens(),
            output_tokens = account.usage.output_tokens,
            cost_usd = account.cost.amount.map(tracing::field::display),
            total_ms = account.total_ms,
            provider_ms = account.provider_ms,
            first_piece_ms = account.first_piece_ms,
            choice = account.choice,
            "model call {result} by {route} after {:.0} ms, attempts: {}",
            account.total_ms,
            account.attempts.len(),
        );
    }
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
