//! From candidate to candidate: at once while there is another, with waits on the last, all before one deadline.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    domain::money::Usd,
    router::{
        Error,
        afterwork::NotDone,
        choice::{Candidate, Choice, Facts, Need, Postponed, Why},
        failure::{Failure, FailureClass},
        route::RefusalKind,
        settings::Retries,
        tokens,
    },
};

use super::{
    exchange::{Ask, Got, Stop, left_alone},
    record::LOG_TARGET,
    run::Run,
};

/// Longer than any deadline that means something; keeps `Duration::MAX` from overflowing an instant.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Code of a call for which no thread was free to count its tokens.
const COUNTING_BUSY: &str = "counting_busy";

/// Until when a call must be answered.
#[derive(Debug, Clone, Copy)]
pub(in crate::router) struct Deadline {
    /// The moment.
    pub(in crate::router) at: Instant,
    /// The time that there was from the beginning.
    pub(in crate::router) limit: Duration,
}

impl Deadline {
    /// A time after a call began.
    pub(in crate::router) fn after(began: Instant, limit: Duration) -> Self {
        let limit = limit.min(FOREVER);
        Self { at: began + limit, limit }
    }
}

/// The candidate that is asked again.
struct Again<'c> {
    candidate: &'c Candidate,
    /// How long it asked to wait.
    told: Option<Duration>,
}

impl Run {
    /// Asks until somebody answers, within the call's deadline, which counts from when it `began`; says until when that is.
    ///
    /// Boxed, as its type would be that of everything that a call may do: the compiler takes minutes over it in every
    /// place that asks whether it may change threads.
    pub(in crate::router) fn first_answer<'a>(
        &'a mut self,
        ask: &'a Ask,
        began: Instant,
    ) -> BoxFuture<'a, Result<(Got, Deadline), Error>> {
        Box::pin(async move {
            let choice = self.choose(ask).await?;
            let patient = choice.candidates.first().or_else(|| choice.postponed.first().map(|later| &later.candidate));
            let usual = patient.map_or(FOREVER, |candidate| candidate.timeouts.deadline);
            let deadline = Deadline::after(began, self.call.deadline.unwrap_or(usual));
            match timeout_at(deadline.at, self.walk(&choice, ask, deadline.at)).await {
                Ok(got) => got.map(|got| (got, deadline)),
                Err(_) => Err(self.past_deadline(deadline.limit)),
            }
        })
    }

    /// Chooses; counts tokens only when nothing but an estimate of them stands in the way.
    pub(in crate::router) async fn choose(&self, ask: &Ask) -> Result<Choice, Error> {
        let need = Need::of(&self.call.request, matches!(ask, Ask::Stream));
        let choice = self.choose_for(&need)?;
        // A count is rarely less than half of an estimate.
        let is_by_estimate = |why: &Why| match *why {
            Why::Context { input_tokens, output_tokens, context_tokens } => {
                (input_tokens / 2).saturating_add(output_tokens) <= context_tokens
            }
            _ => false,
        };
        let nobody_else = choice.candidates.is_empty() && choice.postponed.is_empty();
        let Some(refused) = choice.refused.iter().find(|refused| nobody_else && is_by_estimate(&refused.why)) else {
            return Ok(choice);
        };
        let (call, model) = (std::sync::Arc::clone(&self.call), refused.route.model.clone());
        let counted = self.shared.afterwork.result(move || tokens::count_request(&call.request, &model)).await;
        match counted {
            Ok(input_tokens) => self.choose_for(&need.with_input_tokens(input_tokens)),
            Err(NotDone::Broken) => Ok(choice),
            Err(busy @ NotDone::Busy) => {
                Err(nobody(Failure::new(FailureClass::Overload, COUNTING_BUSY, busy.to_string())))
            }
        }
    }

    fn choose_for(&self, need: &Need) -> Result<Choice, Error> {
        let shared = &self.shared;
        shared.chooser.choose(
            &self.call,
            need,
            &Facts {
                credential: &|provider| self.keys.credential(provider),
                pricing: shared.as_ref(),
                breakers: &shared.breakers,
                refused_keys: &shared.refused_keys,
                rate_limits: &shared.rate_limits,
                latencies: &shared.latencies,
                budget_left: shared.ledger.left(&self.call.caller, shared.today()),
            },
        )
    }

    async fn walk(&mut self, choice: &Choice, ask: &Ask, deadline: Instant) -> Result<Got, Error> {
        let mut unasked = None;
        let mut last = None;
        for (place, candidate) in choice.candidates.iter().enumerate() {
            let is_last = place.saturating_add(1) == choice.candidates.len();
            let patience = if is_last { deadline } else { Instant::now() };
            match self.attempt(candidate, ask, patience).await {
                Ok(got) => return Ok(self.chosen(choice, candidate, got)),
                Err(Stop::NotAsked(error)) => {
                    unasked.get_or_insert(error);
                }
                Err(Stop::Failed(failure)) if failure.class.may_fall_over() => last = Some((candidate, failure)),
                Err(Stop::Failed(failure)) => return Err(nobody(failure)),
            }
        }
        let told = last.as_ref().filter(|(_, failure)| failure.class.may_retry());
        let again = told.map(|(candidate, failure)| Again { candidate, told: failure.retry_after });
        let later = choice.postponed.iter().find(|later| matches!(later.why, Why::Limit { .. }));
        let again = again.or_else(|| later.map(|later| Again { candidate: &later.candidate, told: Some(later.wait) }));
        let mut decided = last.map(|(_, failure)| failure);
        if let Some(again) = again {
            match self.ask_again(again, ask, deadline).await {
                Ok((candidate, got)) => return Ok(self.chosen(choice, candidate, got)),
                Err(failure) => decided = failure.or(decided),
            }
        }
        match (decided, unasked) {
            (Some(failure), _) => Err(nobody(failure)),
            (None, Some(error)) => Err(error),
            (None, None) => Err(self.nobody_may(choice)),
        }
    }

    /// Asks one candidate again, each time after a wait: as long as it asked for, else of the settings' own. Nothing is
    /// waited for that would end after the deadline.
    async fn ask_again<'c>(
        &mut self,
        mut again: Again<'c>,
        ask: &Ask,
        deadline: Instant,
    ) -> Result<(&'c Candidate, Got), Option<Failure>> {
        let mut decided = None;
        for own in waits(self.shared.retries) {
            let wait = again.told.unwrap_or(own);
            if Instant::now().checked_add(wait).is_none_or(|until| until >= deadline) {
                break;
            }
            sleep(wait).await;
            match self.attempt(again.candidate, ask, deadline).await {
                Ok(got) => return Ok((again.candidate, got)),
                Err(Stop::NotAsked(_)) => break,
                Err(Stop::Failed(failure)) => {
                    let may_retry = failure.class.may_retry();
                    again.told = failure.retry_after;
                    decided = Some(failure);
                    if !may_retry {
                        break;
                    }
                }
            }
        }
        Err(decided)
    }

    /// Notes who answers, and why he was asked.
    fn chosen(&mut self, choice: &Choice, candidate: &Candidate, got: Got) -> Got {
        let model = match &got {
            Got::Whole(completion) => completion.model.as_str(),
            Got::Embeddings(embeddings) => embeddings.model.as_str(),
            Got::Stream(flow) => flow.model(),
        };
        let model = if model.is_empty() { &candidate.route.model } else { model };
        model.clone_into(&mut self.tally.model);
        self.tally.provider.clone_from(&candidate.provider.name);
        self.tally.choice = choice.because(candidate);
        got
    }

    /// The error of a call that nobody was asked for.
    fn nobody_may(&self, choice: &Choice) -> Error {
        let Some(Postponed { candidate, wait, why }) = choice.postponed.first() else {
            return self.above_budget(choice).unwrap_or_else(|| self.nobody_ever(choice));
        };
        let mut failure = match why {
            Why::Limit { .. } => {
                Failure::new(FailureClass::RateLimit, "rate_limited", format!("{}: {why}", candidate.name()))
            }
            _ => left_alone(candidate.name(), *wait),
        };
        failure.retry_after = Some(*wait);
        nobody(failure)
    }
}

impl Run {
    /// The error of a call that no time helps. What only the operator can mend is told him.
    fn nobody_ever(&self, choice: &Choice) -> Error {
        let key_refused = choice.refused.iter().find_map(|refused| match refused.why {
            Why::KeyRefused(passed_over) => Some(self.key_refused(&refused.route, passed_over)),
            _ => None,
        });
        let settings = choice.refused.iter().filter(|refused| refused.why.kind() == RefusalKind::Settings);
        let reasons: Vec<_> = settings.map(|refused| format!("{}: {}", refused.route.name, refused.why)).collect();
        if !reasons.is_empty() {
            let (asked, reasons) = (choice.asked.as_str(), reasons.join("; "));
            tracing::warn!(target: LOG_TARGET, asked, reasons, "nobody could be asked for {asked}: {reasons}");
        }
        key_refused.map_or_else(|| choice.no_route(), nobody)
    }
}

/// The error of a call that nobody answered; it gets its attempts at the call's end.
fn nobody(failure: Failure) -> Error {
    Error::Failed { failure, attempts: Vec::new() }
}

impl Run {
    /// The error of a call whose cheapest route a budget does not allow; the ledger knows whose.
    fn above_budget(&self, choice: &Choice) -> Option<Error> {
        let costs = choice.refused.iter().filter_map(|refused| match refused.why {
            Why::Cost { most, .. } => Some(most),
            _ => None,
        });
        match self.shared.ledger.reserve(&self.call.caller, self.shared.today(), costs.min()?) {
            Err(error) => Some(error),
            // The call's own cap stood in the way, or other calls have settled meanwhile.
            Ok(reservation) => {
                let _ = self.shared.ledger.settle(reservation, Usd::ZERO);
                None
            }
        }
    }
}

/// Waits of ours: each twice as long as the one before, and up to twice that, by chance.
fn waits(retries: Retries) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(retries.first_wait)
        .with_max_delay(retries.longest_wait)
        .with_max_times(usize::try_from(retries.most).unwrap_or(usize::MAX))
        .with_jitter()
        .build()
}
