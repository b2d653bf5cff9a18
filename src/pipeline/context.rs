//! What a stage works with, and the one way in which it gets anything done: [`Context::step`].

use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Error, Interruption, Ports,
    order::{Entered, Order},
};
use crate::{
    domain::{
        event::Event,
        generation::Verdict,
        id::{CommitId, StepKey},
        stage::Stage,
    },
    journal::{Journal, Replay},
    template::Pack,
    workspace::Workspace,
};

/// Hears what happens to a generation.
pub trait EventSink: Send + Sync {
    /// Takes an event. Must not block; cannot fail.
    fn emit(&self, event: Event);
}

/// What a step's result tells the events.
pub(crate) trait StepResult: Serialize + DeserializeOwned {
    /// The commit that it made.
    fn commit(&self) -> Option<&CommitId> {
        None
    }
    /// What became of a verification command.
    fn verdict(&self) -> Option<&Verdict> {
        None
    }
}

/// A generation at work.
pub(crate) struct Context<'a> {
    pub(crate) order: Order,
    pub(crate) pack: Arc<Pack>,
    pub(crate) workspace: Workspace,
    pub(crate) ports: Ports<'a>,
    journal: Journal,
    recorded: Replay,
    parked: Vec<String>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(entered: Entered, ports: Ports<'a>) -> Self {
        let Entered { order, pack, workspace, journal, recorded } = entered;
        Self { order, pack, workspace, ports, journal, recorded, parked: Vec::new() }
    }

    /// Puts the tree to the last recorded commit; what nobody recorded is parked.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let settlement = self.workspace.settle(last_commit(&self.recorded).as_ref())?;
        self.parked = settlement.parked;
        Ok(())
    }

    /// Refs that keep work which nobody recorded.
    pub(crate) fn parked(&self) -> &[String] {
        &self.parked
    }

    /// Results that were recorded, by this run and earlier ones.
    pub(crate) fn recorded(&self) -> &Replay {
        &self.recorded
    }

    /// A step's recorded result.
    pub(crate) fn result<T: DeserializeOwned>(&self, key: &StepKey) -> Result<Option<T>, Error> {
        self.recorded
            .get(key)
            .map(|value| serde_json::from_value(value.clone()))
            .transpose()
            .map_err(|source| Error::Recorded { what: key.to_string(), source })
    }

    /// Does a step, unless its result is recorded; the result is durable before it is returned.
    ///
    /// Whoever stopped the process in the middle of `work` finds it done again by the next run: it must lead to the same
    /// result from any point at which it can be cut off.
    pub(crate) async fn step<T: StepResult>(
        &mut self,
        key: StepKey,
        title: &str,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, Interruption>,
    ) -> Result<T, Interruption> {
        if let Some(result) = self.result::<T>(&key)? {
            self.finished(key, &result, true, 0);
            return Ok(result);
        }
        if self.ports.stop.is_cancelled() {
            return Err(Interruption::Stopped);
        }
        let started = self.ports.clock.monotonic();
        self.ports.events.emit(Event::StepStarted { step: key.clone(), title: title.to_owned() });
        let result = work(self).await?;
        let value =
            serde_json::to_value(&result).map_err(|source| Error::Recorded { what: key.to_string(), source })?;
        self.journal.append(&key, &value).map_err(Error::from)?;
        self.recorded.record(key.clone(), value);
        let duration_ms = self.milliseconds_since(started);
        self.finished(key, &result, false, duration_ms);
        Ok(result)
    }

    fn finished<T: StepResult>(&self, step: StepKey, result: &T, replayed: bool, duration_ms: u64) {
        self.ports.events.emit(Event::StepFinished {
            step,
            commit: result.commit().cloned(),
            verdict: result.verdict().cloned(),
            replayed,
            duration_ms,
        });
    }

    /// Tells that a stage began, and how many steps it has.
    pub(crate) fn begin_stage(&self, stage: Stage, steps: usize) {
        self.ports.events.emit(Event::StageStarted { stage, steps });
    }

    /// Tells that a stage ended.
    pub(crate) fn end_stage(&self, stage: Stage) {
        self.ports.events.emit(Event::StageFinished { stage });
    }

    /// Milliseconds since a time of the monotonic clock.
    pub(crate) fn milliseconds_since(&self, started: Duration) -> u64 {
        let passed = self.ports.clock.monotonic().saturating_sub(started);
        u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The last commit that a recorded step made.
pub(crate) fn last_commit(recorded: &Replay) -> Option<CommitId> {
    recorded
        .iter()
        .filter_map(|(_, result)| result.get("commit").and_then(serde_json::Value::as_str))
        .last()
        .map(|commit| CommitId(commit.to_owned()))
}
