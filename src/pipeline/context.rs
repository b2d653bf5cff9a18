//! What a stage works with, and the one way in which it gets anything done: [`Context::step`].

use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Error, Interruption, Ports, asking::Asking, change::Standing, order::Order, packages::Packages, record::Record,
    snapshot::Snapshot,
};
use crate::{
    agents::Team,
    domain::{
        digest::Digest,
        event::Event,
        generation::Verdict,
        id::{CommitId, StepKey},
        stage::Stage,
    },
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
    /// What the chapter before came to; `None` where the generation begins.
    pub(crate) before: Option<Standing>,
    pub(crate) pack: Arc<Pack>,
    pub(crate) team: Option<Team>,
    pub(crate) workspace: Workspace,
    pub(crate) ports: Ports<'a>,
    pub(crate) record: &'a Record<'a>,
    pub(crate) asking: &'a Asking<'a>,
    pub(crate) packages: &'a Packages<'a>,
    /// Whether the plan is approved by this run, should it wait for that.
    pub(crate) approves: bool,
    pub(crate) parked: Vec<String>,
}

impl Context<'_> {
    /// Puts the tree to the last recorded commit; what nobody recorded is parked.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let settlement = self.workspace.settle(self.record.last_commit().as_ref())?;
        self.parked = settlement.parked;
        Ok(())
    }

    /// The agents of a generation that needs a model.
    pub(crate) fn team(&self) -> Result<&Team, Error> {
        self.team.as_ref().ok_or_else(|| Error::Altered { name: super::order::AGENTS_FILE.to_owned() })
    }

    /// A private file of this chapter that a step recorded by its digest.
    pub(crate) fn read_private_json<T: DeserializeOwned>(&self, name: &str, digest: &Digest) -> Result<T, Error> {
        read_private_json(&self.workspace, self.record.chapter().named(name), digest)
    }

    /// Writes a private file of this chapter, durably; its digest is for the step to record.
    pub(crate) fn write_private_json<T: Serialize>(&self, name: &str, value: &T) -> Result<Digest, Error> {
        let name = self.record.chapter().named(name);
        let bytes = serde_json::to_vec(value).map_err(|source| Error::Recorded { what: name.clone(), source })?;
        self.workspace.write_private(&name, &bytes)?;
        Ok(Digest::of(&bytes))
    }

    /// The files of the last commit.
    pub(crate) fn last_snapshot(&self) -> Result<Snapshot, Error> {
        let head = self.workspace.head().ok_or(Error::NothingCommitted)?;
        Snapshot::of(&self.workspace, head)
    }

    /// The files as the pack wrote them.
    pub(crate) fn pristine_snapshot(&self) -> Result<Snapshot, Error> {
        let pristine = self.workspace.pristine().ok_or(Error::NothingCommitted)?;
        Snapshot::of(&self.workspace, &pristine)
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
        if let Some(result) = self.record.get::<T>(&key)? {
            self.finished(key, &result, true, 0);
            return Ok(result);
        }
        if self.ports.stop.is_cancelled() {
            return Err(Interruption::Stopped);
        }
        let started = self.ports.clock.monotonic();
        self.ports.events.emit(Event::StepStarted { step: key.clone(), title: title.to_owned() });
        let result = work(self).await?;
        self.record.put(&key, &result)?;
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

    /// Key of a step of the chapter that is worked on.
    pub(crate) fn key(&self, stage: Stage, name: &str) -> StepKey {
        self.record.key(stage, name)
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

/// A private file of a workspace that a step recorded by its digest.
pub(crate) fn read_private_json<T: DeserializeOwned>(
    workspace: &Workspace,
    name: String,
    digest: &Digest,
) -> Result<T, Error> {
    let bytes = workspace.read_private(&name)?.unwrap_or_default();
    if Digest::of(&bytes) != *digest {
        return Err(Error::Altered { name });
    }
    serde_json::from_slice(&bytes).map_err(|source| Error::Recorded { what: name, source })
}
