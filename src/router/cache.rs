//! Answers that are kept for equal questions of the same tenant, and one call for all who ask the same at once.
//!
//! Opt-in twice, by the operator and by the call: a model that is asked twice may answer twice. Streams are always asked
//! anew. In memory only, bounded by bytes and time.

use std::{
    fmt::{self, Write as _},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use moka::future::Cache;
use sha2::{Digest as _, Sha256};
use tokio::time::sleep_until;

use super::{
    Answer, Error,
    account::{Account, Cost},
    attempt::Deadline,
    call::Call,
    completion::{Choice, Completion, Finish},
    failure::{Failure, FailureClass},
    settings::CacheSettings,
};

/// What an answer takes beside its texts: its own structures, those of the cache, and its key.
const AROUND_ANSWER_BYTES: usize = 1_024;

/// What makes two questions equal: a SHA-256 digest (FIPS 180-4).
type Key = [u8; 32];

/// Why there is nothing to keep.
enum NotKept {
    /// No answer.
    Failed(Error),
    /// One that should not be had twice.
    Passing(Arc<Answer>),
}

/// A call without an answer.
#[derive(Debug)]
pub(super) struct NoAnswer {
    /// Why.
    pub(super) error: Error,
    /// Whether it asked; else it waited for an equal call that did.
    pub(super) has_asked: bool,
}

/// Kept answers.
pub(super) struct AnswerCache {
    kept: Cache<Key, Arc<Answer>>,
}

impl AnswerCache {
    /// An empty one.
    pub(super) fn new(settings: CacheSettings) -> Self {
        let kept = Cache::builder()
            .weigher(|_, answer: &Arc<Answer>| u32::try_from(bytes_of(&answer.completion)).unwrap_or(u32::MAX))
            .max_capacity(settings.bytes)
            .time_to_live(settings.keep_for)
            .build();
        Self { kept }
    }

    /// Answers a call: with a kept answer, with that of an equal call that is being asked now, or by `ask`.
    ///
    /// When the call that asks for others is dropped, one of those goes on in its place. When it fails in a way that is its
    /// own (its budget, its deadline, its key), the others ask for themselves. Nobody waits for others beyond `deadline`; that
    /// of `ask` is its own matter.
    ///
    /// # Errors
    /// Those of `ask`, of this call or of the one that asked for it; that the deadline passed meanwhile.
    pub(super) async fn answer(
        &self,
        call: &Call,
        deadline: Deadline,
        ask: impl Future<Output = Result<Answer, Error>>,
    ) -> Result<Answer, NoAnswer> {
        let key = key_of(call);
        if let Some(answer) = self.kept.get(&key).await {
            return Ok(second_hand(&answer, false));
        }
        let mut ask = pin!(ask);
        let has_asked = AtomicBool::new(false);
        let led = async {
            has_asked.store(true, Ordering::Relaxed);
            match ask.as_mut().await {
                Ok(answer) if is_worth_keeping(&answer.completion) => Ok(Arc::new(answer)),
                Ok(answer) => Err(NotKept::Passing(Arc::new(answer))),
                Err(error) => Err(NotKept::Failed(error)),
            }
        };
        let had = {
            let mut flight = pin!(self.kept.try_get_with(key, led));
            tokio::select! {
                biased;
                had = &mut flight => Some(had),
                () = sleep_until(deadline.at) => {
                    if has_asked.load(Ordering::Relaxed) { Some(flight.await) } else { None }
                }
            }
        };
        let has_asked = has_asked.into_inner();
        let Some(had) = had else {
            let error = Error::Deadline { deadline: deadline.limit, attempts: Vec::new() };
            return Err(NoAnswer { error, has_asked });
        };
        match had.as_ref().map_err(Arc::as_ref) {
            Ok(answer) | Err(NotKept::Passing(answer)) if has_asked => Ok(Answer::clone(answer)),
            Ok(answer) | Err(NotKept::Passing(answer)) => Ok(second_hand(answer, true)),
            Err(NotKept::Failed(error)) if has_asked => Err(NoAnswer { error: error.clone(), has_asked }),
            Err(NotKept::Failed(error)) if concerns_all(error) => {
                Err(NoAnswer { error: second_hand_error(error), has_asked })
            }
            Err(NotKept::Failed(_)) => ask.await.map_err(|error| NoAnswer { error, has_asked: true }),
        }
    }
}

/// The digest of all that an answer depends on, and of the keys that pay for it. `Debug` of the question names each of its
/// fields, also those that will be added one day, and escapes texts, so that none flows into its neighbour.
fn key_of(call: &Call) -> Key {
    struct Hash(Sha256);
    impl fmt::Write for Hash {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.update(text.as_bytes());
            Ok(())
        }
    }
    let mut hash = Hash(Sha256::new());
    // Hashing cannot fail.
    let _ = write!(hash, "{:?} {:?} {:?} {:?}", call.caller.tenant, call.wanted, call.strategy, call.request);
    for (provider, secret) in &call.caller.own_keys {
        let _ = write!(hash, " {provider:?} {}", secret.fingerprint());
    }
    hash.0.finalize().into()
}

/// Whether the same question should have the same answer again: not when a filter, or something unheard of, cut it off.
fn is_worth_keeping(completion: &Completion) -> bool {
    let whole = |choice: &Choice| matches!(choice.finish, Finish::Stop | Finish::Length | Finish::ToolCalls);
    !completion.choices.is_empty() && completion.choices.iter().all(whole)
}

/// Whether whoever asks the same now would fail in the same way.
fn concerns_all(error: &Error) -> bool {
    match error {
        Error::Failed { failure, .. } => failure.class != FailureClass::Key,
        Error::UnknownModel(_) => true,
        Error::NoRoute { .. } | Error::Budget { .. } | Error::Deadline { .. } | Error::Settings(_) => false,
    }
}

/// An answer for a call that did not ask for it: nothing was spent.
fn second_hand(answer: &Answer, shared: bool) -> Answer {
    let Account { provider, model, choice, .. } = answer.account.clone();
    let account = Account { provider, model, choice, cost: Cost::FREE, cached: true, shared, ..Account::default() };
    Answer { completion: answer.completion.clone(), account }
}

/// The failure of a call that others waited for, as those are told it: its attempts, and what they cost, are not theirs.
fn second_hand_error(error: &Error) -> Error {
    let Error::Failed { failure, .. } = error else { return error.clone() };
    let message = format!("an equal call that was being asked had no answer: {error}");
    let failure = Failure { message, usage: None, ..failure.clone() };
    Error::Failed { failure, attempts: Vec::new() }
}

/// Memory that an answer takes, about.
fn bytes_of(completion: &Completion) -> usize {
    let texts = completion.choices.iter().map(|choice| {
        let calls: usize =
            choice.tool_calls.iter().map(|call| call.id.len() + call.name.len() + call.arguments.len()).sum();
        choice.text.len() + choice.reasoning.len() + choice.refusal.as_ref().map_or(0, String::len) + calls
    });
    let original = completion.original.as_ref().map_or(0, |original| original.body.len());
    texts.sum::<usize>() + original + AROUND_ANSWER_BYTES
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
