//! A call on its way: what it took, and the attempt that is being made.

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use crate::{
    domain::money::Usd,
    router::{
        Error,
        account::{ABANDONED, Account, DEADLINE},
        breaker::Admission,
        budget::Reservation,
        call::Call,
        choice::{Candidate, Why},
        completion::{Delta, Finish, Piece},
        dialect::Encoded,
        failure::{Failure, FailureClass},
        keyring::Keyring,
        redact::redact_failure,
        secret::Secret,
        shared::Shared,
    },
};

use super::{
    flow::Flow,
    record::{End, Record},
    reserve::{self, Sent},
    running::{Ended, Running, given_up},
    tally::Tally,
};

/// A call on its way.
///
/// Dropping it before its end gives it up: the provider sees that nobody waits any more, what it cost is settled, and the
/// call's line is written, by [`Afterwork`](crate::router::afterwork::Afterwork).
pub(in crate::router) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) call: Arc<Call>,
    pub(super) keys: Keyring,
    pub(super) tally: Tally,
    pub(super) running: Option<Running>,
    pub(super) record: Record,
    is_over: bool,
}

impl Run {
    pub(in crate::router) async fn begin(shared: &Arc<Shared>, call: Call, record: Record) -> Self {
        let started = shared.clock.monotonic();
        Self {
            keys: shared.keys.ring(&call.caller).await,
            tally: Tally::new(started),
            shared: Arc::clone(shared),
            call: Arc::new(call),
            running: None,
            record,
            is_over: false,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.shared.clock.monotonic()
    }

    /// Reserves the most that an attempt can cost; nothing for a caller whose money nothing limits.
    pub(super) async fn reserve(
        &mut self,
        candidate: &Candidate,
        encoded: &Encoded,
        is_embedding: bool,
    ) -> Result<Reservation, Error> {
        if self.call.cost_cap.is_some() {
            self.tally.counted().await;
        }
        let caller = &self.call.caller;
        let refused = |why: Why| Error::NoRoute {
            asked: self.call.wanted.name().to_owned(),
            refused: vec![why.of(candidate.name())],
        };
        let day = self.shared.today();
        let is_limited = self.call.cost_cap.is_some() || self.shared.ledger.left(caller, day).is_some();
        let most = if is_limited { self.most(candidate, encoded, is_embedding) } else { Ok(Usd::ZERO) };
        let most = most.map_err(refused)?;
        // What failed attempts of this call were billed is part of what it costs.
        let left = self.call.cost_cap.map(|cap| cap.less(self.tally.spent()));
        if let Some(cap) = left.filter(|left| most > *left) {
            return Err(refused(Why::Cost { most, cap }));
        }
        self.shared.ledger.reserve(caller, day, most)
    }

    /// The most that an attempt can cost.
    ///
    /// # Errors
    /// Its price is not known, or nothing bounds it.
    pub(super) fn most(&self, candidate: &Candidate, encoded: &Encoded, is_embedding: bool) -> Result<Usd, Why> {
        let sent = Sent {
            request: &self.call.request,
            encoded,
            model: &candidate.route.model,
            limit_name: candidate.quirks().max_tokens_field.as_deref(),
            is_embedding,
        };
        reserve::most(candidate, &sent, &self.shared.prices)
    }

    /// Counts the time that was waited for the provider until now.
    pub(super) fn stop_waiting(&mut self) {
        let now = self.now();
        if let Some(since) = self.running.as_mut().and_then(|running| running.waiting_since.take()) {
            self.tally.waited = self.tally.waited.saturating_add(now.saturating_sub(since));
        }
    }

    /// The first piece of a stream is there: a probe has shown that the provider works.
    pub(in crate::router) fn note_first_piece(&mut self) {
        let now = self.now();
        self.tally.first_piece.get_or_insert(now);
        let Some(running) = &mut self.running else { return };
        running.first_piece_after = Some(now.saturating_sub(running.began));
        if let Some(pass) = running.pass.take_if(|pass| pass.is_probe()) {
            pass.succeeded();
        }
    }

    /// Reads on in a stream.
    ///
    /// # Errors
    /// Those of the stream, without keys.
    pub(in crate::router) async fn read(&mut self, flow: &mut Flow) -> Result<(), Failure> {
        let now = self.now();
        let Some(running) = &mut self.running else {
            return Err(Failure::new(FailureClass::Overload, "no_attempt", "the attempt is over"));
        };
        running.waiting_since = Some(now);
        let outcome = flow.read(&mut running.bill).await;
        self.stop_waiting();
        outcome
    }

    /// Ends the attempt that is being made with an answer.
    pub(in crate::router) fn end_attempt(&mut self) {
        if let Some(running) = &self.running {
            let (route, latencies) = (running.candidate.name(), &self.shared.latencies);
            let duration = self.now().saturating_sub(running.began);
            let output_tokens = running.bill.output_tokens();
            match running.first_piece_after {
                Some(first) => latencies.note_stream(route, first, output_tokens, duration.saturating_sub(first)),
                None => latencies.note_whole(route, duration, output_tokens),
            }
        }
        self.close(None);
    }

    /// Ends the attempt that is being made with a failure; gives it without keys.
    pub(in crate::router) fn fail_attempt(&mut self, mut failure: Failure) -> Failure {
        self.stop_waiting();
        if let Some(running) = &mut self.running {
            let keys: Vec<&Secret> = running.key.iter().map(|key| &key.secret).chain(running.token.as_ref()).collect();
            redact_failure(&mut failure, &keys);
            let (key, model) = (&running.candidate.key, &running.candidate.route.model);
            self.shared.rate_limits.learn_failure(key, model, &failure);
            if failure.class == FailureClass::Key {
                self.shared.keys.doubt();
            }
            if running.pass.is_none()
                && let Admission::Admitted(pass) = self.shared.breakers.admit(key)
            {
                running.pass = Some(pass);
            }
            running.bill.hear_usage(failure.usage, failure.provider_cost);
        }
        self.close(Some(failure.clone()));
        failure
    }

    fn close(&mut self, failure: Option<Failure>) {
        let Some(running) = self.running.take() else { return };
        match running.end(failure, self.now()) {
            Ended::Known(attempt, usage) => self.tally.add(attempt, usage),
            Ended::ToCount(counting) => {
                // Nobody waits for it here: the next candidate is asked meanwhile.
                let (tell, told) = oneshot::channel();
                self.tally.add_uncounted(counting.attempt(), told);
                self.shared.afterwork.add(move || {
                    // Whoever waited may be gone.
                    let _ = tell.send(counting.count());
                });
            }
        }
    }

    /// Ends the attempt that the deadline cut off; the provider is not marked for it.
    pub(in crate::router) fn past_deadline(&mut self, deadline: Duration) -> Error {
        self.stop_waiting();
        if let Some(running) = &mut self.running {
            running.let_go();
        }
        self.close(Some(given_up(DEADLINE, "the call's deadline passed")));
        Error::Deadline { deadline, attempts: Vec::new() }
    }

    /// Notes why an answer, or one of several, ended.
    pub(in crate::router) fn note_finish(&mut self, finish: &Finish) {
        self.record.note_finish(finish);
    }

    /// The same for what a piece of a stream says of it.
    pub(in crate::router) fn note_finishes(&mut self, piece: &Piece) {
        for delta in &piece.deltas {
            if let Delta::Finish { finish, .. } = delta {
                self.record.note_finish(finish);
            }
        }
    }

    /// The account as it stands.
    pub(in crate::router) fn account(&self) -> Account {
        self.tally.account(self.now())
    }

    /// Ends a call that nobody was to be asked for.
    pub(in crate::router) fn leave(&mut self) {
        self.is_over = true;
    }

    /// Ends the call with its answer.
    pub(in crate::router) async fn answered(&mut self) -> Account {
        self.end_attempt();
        self.tally.counted().await;
        self.is_over = true;
        let account = self.account();
        self.record.end(&self.call, &account, &End::Answered);
        account
    }

    /// Ends the call without its answer, or with half of it; the error gets all attempts.
    pub(in crate::router) async fn failed(&mut self, mut error: Error) -> Error {
        self.tally.counted().await;
        self.is_over = true;
        if let Error::Failed { attempts, .. } | Error::Deadline { attempts, .. } = &mut error {
            *attempts = self.tally.attempts().to_vec();
        }
        self.record.end(&self.call, &self.account(), &End::Failed(&error));
        error
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        self.stop_waiting();
        let now = self.now();
        let (call, mut running) = (Arc::clone(&self.call), self.running.take());
        if let Some(running) = &mut running {
            running.let_go();
        }
        let mut tally = std::mem::replace(&mut self.tally, Tally::new(now));
        let record = std::mem::take(&mut self.record);
        let counted = tally.uncounted();
        self.shared.afterwork.add_after(counted, move |counted| {
            tally.take_in(counted);
            if let Some(running) = running {
                let failure = given_up(ABANDONED, "nobody waited for the answer any more");
                let (attempt, usage) = record.within(|| match running.end(Some(failure), now) {
                    Ended::Known(attempt, usage) => (attempt, usage),
                    Ended::ToCount(counting) => counting.count(),
                });
                tally.add(attempt, usage);
            }
            record.end(&call, &tally.account(now), &End::Abandoned);
        });
    }
}
