//! An attempt on its way: what it holds, and what becomes of that however it ends.

use std::{sync::Arc, time::Duration};

use tracing::Span;

use crate::{
    domain::{money::Usd, usage::Usage},
    router::{
        account::{Attempt, AttemptFailure, CostBasis},
        breaker,
        budget::{Ledger, Reservation},
        choice::Candidate,
        concurrency,
        failure::{Failure, FailureClass},
        keyring::Key,
        secret::Secret,
        transport::URL_NOT_ALLOWED,
    },
};

use super::{
    bill::{Bill, Spent},
    spans,
};

/// An attempt on its way.
pub(super) struct Running {
    pub(super) candidate: Candidate,
    pub(super) key: Option<Key>,
    /// The token that was had for the key.
    pub(super) token: Option<Secret>,
    /// What is heard of its cost.
    pub(super) bill: Bill,
    /// The breaker's; none once a probe has shown that the provider works.
    pub(super) pass: Option<breaker::Permit>,
    /// A place among the requests that one key may have at once, until the answer's last byte.
    pub(super) place: Option<concurrency::Permit>,
    /// When it began, by the monotonic clock.
    pub(super) began: Duration,
    /// Since when the provider is waited for.
    pub(super) waiting_since: Option<Duration>,
    /// From the beginning to the first piece of the answer.
    pub(super) first_piece_after: Option<Duration>,
    pub(super) reached: Reached,
    /// Its span; ended with it.
    pub(super) span: Span,
    pub(super) reservation: Reservation,
    pub(super) ledger: Arc<dyn Ledger>,
}

/// How far an attempt came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// Nothing was sent.
    Nothing,
    /// The provider may have the request.
    Sent,
}

/// How an attempt ended, and so what it cost.
pub(super) enum Ended {
    /// This is known.
    Known(Attempt, Usage),
    /// Tokens must be counted to know it.
    ToCount(Box<ToCount>),
}

/// An attempt that ended and whose tokens must be counted.
pub(super) struct ToCount {
    running: Running,
    failure: Option<Failure>,
    /// The attempt was cut off before any of its answer came.
    unseen: bool,
    duration: Duration,
}

impl Running {
    /// Lets go of what others wait for: the provider is not to blame for how this ends.
    pub(super) fn let_go(&mut self) {
        self.pass = None;
        self.place = None;
    }

    /// Ends it: with an answer when there is no failure. The provider's own words on tokens decide what it cost, else
    /// counted tokens, if it may be billed at all.
    pub(super) fn end(mut self, failure: Option<Failure>, now: Duration) -> Ended {
        match (self.pass.take(), &failure) {
            (Some(pass), None) => pass.succeeded(),
            (Some(pass), Some(failure)) => pass.failed(failure.class),
            (None, _) => {}
        }
        self.place = None;
        let duration = now.saturating_sub(self.began);
        let may_cost = self.bill.is_told() || self.may_be_billed(failure.as_ref());
        match if may_cost { self.bill.told() } else { Some(Spent::NOTHING) } {
            Some(spent) => Ended::Known(self.settle(spent, failure.as_ref(), duration), spent.usage),
            None => {
                let unseen = failure.is_some() && !self.bill.heard_anything();
                Ended::ToCount(Box::new(ToCount { running: self, failure, unseen, duration }))
            }
        }
    }

    /// Whether an attempt that ended like this may be billed though the provider said nothing of it.
    ///
    /// A provider that answers with an error took nothing, or says what it took; one that was not reached took nothing. Any
    /// other that has the request may well bill what it read and wrote, whoever broke off, and however.
    fn may_be_billed(&self, failure: Option<&Failure>) -> bool {
        let Some(failure) = failure else { return true };
        let is_one_of = |codes: &[&str]| failure.code.as_deref().is_some_and(|code| codes.contains(&code));
        let was_refused = match failure.status {
            None => false,
            Some(200) => !is_one_of(&BROKEN_OFF),
            Some(_) => !is_one_of(&REDIRECTED),
        };
        self.bill.heard_anything() || (self.reached == Reached::Sent && !was_refused && !is_one_of(&UNREACHED))
    }

    fn settle(self, mut spent: Spent, failure: Option<&Failure>, duration: Duration) -> Attempt {
        if spent.cost.basis == CostBasis::Estimate && !self.reservation.scopes().is_empty() {
            // The reserve is the most that it can be; our own count is no better than that.
            spent.cost.amount = spent.cost.amount.map(|amount| amount.min(self.reservation.most()));
        }
        let attempt = self.attempt(spent, failure, duration);
        spans::end_attempt(&self.span, &attempt, self.first_piece_after);
        settle(&*self.ledger, self.reservation, spent, &attempt);
        attempt
    }

    fn attempt(&self, spent: Spent, failure: Option<&Failure>, duration: Duration) -> Attempt {
        Attempt {
            route: self.candidate.name().to_owned(),
            failed: failure.map(|failure| AttemptFailure {
                class: failure.class,
                status: failure.status,
                code: failure.code.clone(),
            }),
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            usage: spent.usage,
            cost: spent.cost,
            cost_not_believed: self.bill.cost_not_believed(),
        }
    }
}

/// Codes of attempts whose request no provider saw.
const UNREACHED: [&str; 4] = ["connect_failed", "timeout_connect", "tls_untrusted", URL_NOT_ALLOWED];
/// Code of an answer that only says where else to ask: whoever is there may have been asked on our behalf.
const REDIRECTED: [&str; 1] = ["redirect_refused"];
/// Reasons with which `OpenRouter`, Mistral and `DeepSeek` end half an answer.
const BROKEN_OFF: [&str; 2] = ["error", "insufficient_system_resource"];

/// The failure of an attempt that the provider is not to blame for.
pub(super) fn given_up(code: &'static str, sentence: &str) -> Failure {
    Failure::new(FailureClass::Overload, code, sentence)
}

impl ToCount {
    /// The attempt as far as it is known.
    pub(super) fn attempt(&self) -> Attempt {
        self.running.attempt(Spent::UNKNOWN, self.failure.as_ref(), self.duration)
    }

    /// Counts and settles. Slow: for a thread that serves nobody else.
    pub(super) fn count(self) -> (Attempt, Usage) {
        let spent = self.running.bill.counted(self.unseen);
        (self.running.settle(spent, self.failure.as_ref(), self.duration), spent.usage)
    }
}

fn settle(ledger: &dyn Ledger, reservation: Reservation, spent: Spent, attempt: &Attempt) {
    let route = attempt.route.as_str();
    if let Some(said) = attempt.cost_not_believed {
        tracing::warn!(route, said_usd = %said, "{route} said that a call cost {said} USD, which is not believed");
    }
    let (reserved, is_limited) = (reservation.most(), !reservation.scopes().is_empty());
    let settled = ledger.settle(reservation, spent.cost.amount.unwrap_or(Usd::ZERO));
    // Where nothing limits the caller, nothing was reserved.
    if let Some(above) = settled.above_reserve.filter(|_| is_limited) {
        tracing::warn!(route, reserved_usd = %reserved, above_usd = %above, "a call cost {above} USD more than was reserved");
    }
    for budget in settled.overspent {
        let (scope, cap, spent) = (budget.scope, budget.cap, budget.spent);
        tracing::warn!(route, scope = %scope, cap_usd = %cap, spent_usd = %spent, "the budget of {scope} is passed");
    }
}
