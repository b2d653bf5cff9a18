//! What a call took so far.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::oneshot;

use crate::{
    domain::{money::Usd, usage::Usage},
    router::account::{Account, Attempt, Cost},
};

/// The place of an attempt, and what it cost; none when that could not be counted.
pub(super) type Counted = (usize, Option<(Attempt, Usage)>);

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

    /// Lets somebody else wait for that, who then gives what was told to [`Tally::take_in`].
    pub(super) fn uncounted(&mut self) -> BoxFuture<'static, Vec<Counted>> {
        let counting = std::mem::take(&mut self.counting);
        Box::pin(async move {
            let mut counted = Vec::with_capacity(counting.len());
            for (place, told) in counting {
                counted.push((place, told.await.ok()));
            }
            counted
        })
    }

    /// Takes in what was counted.
    pub(super) fn take_in(&mut self, counted: Vec<Counted>) {
        for (place, told) in counted {
            self.replace(place, told);
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
