//! What a call took so far.

use std::time::Duration;

use tokio::sync::oneshot;

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
    attempts: Vec<Attempt>,
    usage: Usage,
    /// Attempts whose tokens are being counted, by their place.
    counting: Vec<(usize, oneshot::Receiver<(Attempt, Usage)>)>,
}

/// How a call ended.
pub(in crate::router) enum End<'a> {
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
            counting: Vec::new(),
        }
    }

    /// Adds an attempt that ended.
    pub(super) fn add(&mut self, attempt: Attempt, usage: Usage) {
        self.usage += usage;
        self.attempts.push(attempt);
    }

    /// Adds an attempt that ended, and whose cost will be told.
    pub(super) fn add_uncounted(&mut self, attempt: Attempt, told: oneshot::Receiver<(Attempt, Usage)>) {
        self.counting.push((self.attempts.len(), told));
        self.attempts.push(attempt);
    }

    /// Waits until the cost of every attempt is known that can be.
    pub(super) async fn counted(&mut self) {
        while let Some((place, told)) = self.counting.last_mut() {
            let (place, told) = (*place, told.await);
            self.counting.pop();
            self.replace(place, told.ok());
        }
    }

    /// Takes in what was counted until now.
    pub(super) fn counted_until_now(&mut self) {
        for (place, mut told) in std::mem::take(&mut self.counting) {
            self.replace(place, told.try_recv().ok());
        }
    }

    fn replace(&mut self, place: usize, told: Option<(Attempt, Usage)>) {
        if let (Some(attempt), Some((counted, usage))) = (self.attempts.get_mut(place), told) {
            *attempt = counted;
            self.usage += usage;
        }
    }

    /// Attempts that ended.
    pub(super) fn attempts(&self) -> &[Attempt] {
        &self.attempts
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
            cost: self.attempts.iter().fold(Cost::FREE, |cost, attempt| cost.and(attempt.cost)),
            total_ms: since_start(now),
            provider_ms: self.waited.as_secs_f64() * 1_000.0,
            first_piece_ms: self.first_piece.map(since_start),
            cached: false,
            shared: false,
            choice: self.choice.clone(),
        }
    }
}

/// Writes the one line of a call. It holds nothing of what was asked and answered, and no word of a provider's.
pub(in crate::router) fn log(call: &Call, account: &Account, end: &End<'_>) {
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
        "model call {result} by {route} after {:.0} ms, attempts: {}",
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
