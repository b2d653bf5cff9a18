//! What a generation has recorded: read by key, added to durably, shared by all that work on it at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Error, Keeper};
use crate::{
    domain::{
        id::{Chapter, CommitId, StepKey},
        stage::Stage,
    },
    journal::{Journal, Replay},
};

/// The journal of a generation at work, with what it holds.
pub(crate) struct Record<'a> {
    chapter: Chapter,
    keeper: &'a dyn Keeper,
    inner: Mutex<Inner>,
}

struct Inner {
    journal: Journal,
    replay: Replay,
}

impl<'a> Record<'a> {
    pub(crate) fn new(chapter: Chapter, journal: Journal, replay: Replay, keeper: &'a dyn Keeper) -> Self {
        Self { chapter, keeper, inner: Mutex::new(Inner { journal, replay }) }
    }

    /// The chapter that is worked on.
    pub(crate) fn chapter(&self) -> Chapter {
        self.chapter
    }

    /// Key of a step of the chapter that is worked on.
    pub(crate) fn key(&self, stage: Stage, name: &str) -> StepKey {
        self.chapter.key(stage, name)
    }

    /// Number of this claim of the journal, from 1.
    pub(crate) fn epoch(&self) -> u64 {
        self.inner().journal.epoch()
    }

    /// How many steps are recorded.
    pub(crate) fn len(&self) -> usize {
        self.inner().replay.len()
    }

    /// Whether a step is recorded.
    pub(crate) fn has(&self, key: &StepKey) -> bool {
        self.inner().replay.get(key).is_some()
    }

    /// Whether any step whose key begins so is recorded.
    pub(crate) fn has_any(&self, prefix: &str) -> bool {
        self.inner().replay.iter().any(|(key, _)| key.as_str().starts_with(prefix))
    }

    /// A step's recorded result.
    pub(crate) fn get<T: DeserializeOwned>(&self, key: &StepKey) -> Result<Option<T>, Error> {
        let value = self.inner().replay.get(key).cloned();
        value
            .map(serde_json::from_value)
            .transpose()
            .map_err(|source| Error::Recorded { what: key.to_string(), source })
    }

    /// Records a step's result; it is durable on return, here and wherever the workspace is kept.
    pub(crate) fn put<T: Serialize>(&self, key: &StepKey, result: &T) -> Result<(), Error> {
        let value = serde_json::to_value(result).map_err(|source| Error::Recorded { what: key.to_string(), source })?;
        let mut inner = self.inner();
        inner.journal.append(key, &value)?;
        // What is known from here on has an effect: it has to be wherever the workspace has to be.
        self.keeper.keep().map_err(Error::Kept)?;
        inner.replay.record(key.clone(), value);
        Ok(())
    }

    /// All that is recorded.
    pub(crate) fn replay(&self) -> Replay {
        self.inner().replay.clone()
    }

    /// Every recorded step with its result, in the order in which they were recorded.
    pub(crate) fn all(&self) -> Vec<(StepKey, Value)> {
        self.inner().replay.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// How often the user had the work of this chapter tried anew after it ended without success.
    pub(crate) fn retries(&self) -> u32 {
        retries(&self.inner().replay, self.chapter)
    }

    /// Whether the user took a chapter back.
    pub(crate) fn is_abandoned(&self, chapter: Chapter) -> bool {
        is_abandoned(&self.inner().replay, chapter)
    }

    /// Key of the latest try of something that may be given up: after each retry of the user's, what was given up is tried
    /// under a key of its own.
    pub(crate) fn current_try(&self, first: &StepKey, gave_up: impl Fn(&Self, &StepKey) -> bool) -> StepKey {
        latest_try(first, self.retries(), |key| gave_up(self, key))
    }

    /// Whether a step is recorded that ended in giving up.
    pub(crate) fn gave_up(&self, key: &StepKey) -> bool {
        gave_up(&self.inner().replay, key)
    }

    /// The last commit that a recorded step made.
    pub(crate) fn last_commit(&self) -> Option<CommitId> {
        last_commit(&self.inner().replay)
    }

    /// The last commit that a step made before the first step of which `begins` is true was recorded.
    pub(crate) fn commit_before(&self, begins: impl Fn(&StepKey) -> bool) -> Option<CommitId> {
        commit_of(self.inner().replay.iter().take_while(|(key, _)| !begins(key)))
    }

    /// The commit of the last recorded step of which `is_one` is true that made one.
    pub(crate) fn commit_of_last(&self, is_one: impl Fn(&StepKey) -> bool) -> Option<CommitId> {
        commit_of(self.inner().replay.iter().filter(|(key, _)| is_one(key)))
    }

    /// No code runs under the lock that could panic half way; a poisoned record is as whole as any.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last commit that a recorded step made.
pub(crate) fn last_commit(recorded: &Replay) -> Option<CommitId> {
    commit_of(recorded.iter())
}

/// Key of the latest try of a step of a chapter that is recorded with what it gave up.
pub(crate) fn current_try(recorded: &Replay, chapter: Chapter, first: &StepKey) -> StepKey {
    latest_try(first, retries(recorded, chapter), |key| gave_up(recorded, key))
}

fn latest_try(first: &StepKey, retries: u32, gave_up: impl Fn(&StepKey) -> bool) -> StepKey {
    let mut current = first.clone();
    for number in 2..=retries + 1 {
        if !gave_up(&current) {
            break;
        }
        current = StepKey(format!("{first}/try-{number}"));
    }
    current
}

fn gave_up(recorded: &Replay, key: &StepKey) -> bool {
    recorded.get(key).is_some_and(|result| result.get("gave_up").is_some())
}

/// How often the work of a chapter was to be tried anew.
pub(crate) fn retries(recorded: &Replay, chapter: Chapter) -> u32 {
    let mut count = 0;
    while recorded.get(&retry_key(chapter, count + 1)).is_some() {
        count += 1;
    }
    count
}

/// Key of the user's wish to have the work tried anew.
pub(crate) fn retry_key(chapter: Chapter, number: u32) -> StepKey {
    chapter.own(&format!("retry/{number}"))
}

/// Key of the end of a try without success, from 1.
pub(crate) fn end_key(chapter: Chapter, number: u32) -> StepKey {
    chapter.own(&format!("end/{number}"))
}

/// Key of what a try delivered, from 1.
pub(crate) fn delivered_key(chapter: Chapter, number: u32) -> StepKey {
    chapter.own(&format!("delivered/{number}"))
}

/// Key of the user's wish to take a change back.
pub(crate) fn abandoned_key(chapter: Chapter) -> StepKey {
    chapter.own("abandoned")
}

/// Whether the user took a change back.
pub(crate) fn is_abandoned(recorded: &Replay, chapter: Chapter) -> bool {
    recorded.get(&abandoned_key(chapter)).is_some()
}

/// Whether the work of a chapter came to its end: what it delivered is recorded, and the user did not have it tried anew.
pub(crate) fn is_delivered(recorded: &Replay, chapter: Chapter) -> bool {
    recorded.get(&delivered_key(chapter, retries(recorded, chapter) + 1)).is_some()
}

fn commit_of<'a>(steps: impl Iterator<Item = (&'a StepKey, &'a Value)>) -> Option<CommitId> {
    steps
        .filter_map(|(_, result)| result.get("commit").and_then(Value::as_str))
        .last()
        .map(|commit| CommitId(commit.to_owned()))
}
