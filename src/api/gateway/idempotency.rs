//! Answers that are kept so that a request which is sent again is neither done nor paid for again
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! Kept in memory, not in a general cache: a cache may drop any entry, and to drop one of a request that still runs would
//! let its twin run beside it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::{fault::Fault, settings::IdempotencySettings};

/// Longest key that is taken.
const LONGEST_KEY_BYTES: usize = 255;
/// What an answer takes beside its body, about: its key, its place in the order, its headers.
const ENTRY_BYTES: usize = 1024;
/// When to look again whether the first request has its answer.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

type Digest = [u8; 32];

/// An answer as it went to the caller.
#[derive(Debug, Clone)]
pub(super) struct KeptAnswer {
    /// HTTP status.
    pub(super) status: StatusCode,
    /// Headers that belong to the answer.
    pub(super) headers: HeaderMap,
    /// The body; of a stream, all its bytes.
    pub(super) body: Bytes,
}

/// Answers by the keys under which they were asked for.
#[derive(Debug)]
pub(super) struct Answers {
    settings: IdempotencySettings,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<Digest, Entry>,
    /// Answered entries, oldest first.
    answered: VecDeque<(Instant, Digest)>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    /// Digest of the request.
    request: Digest,
    state: State,
}

#[derive(Debug)]
enum State {
    Running,
    Answered(Arc<KeptAnswer>),
    /// The answer was given and is too large to be kept.
    TooLarge,
}

impl State {
    fn bytes(&self) -> usize {
        match self {
            Self::Running => 0,
            Self::Answered(answer) => ENTRY_BYTES + answer.body.len(),
            Self::TooLarge => ENTRY_BYTES,
        }
    }
}

/// What a request finds under its key.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing: it is the first.
    First(Claim),
    /// The answer of an equal one.
    Answer(Arc<KeptAnswer>),
}

impl Answers {
    pub(super) fn new(settings: IdempotencySettings) -> Self {
        Self { settings, kept: Mutex::default() }
    }

    /// Takes a key for a request, or finds the answer that was given under it.
    ///
    /// `whose` and `key` together name the entry: nobody finds another's answer. `request` is everything that the answer
    /// depends on.
    ///
    /// # Errors
    /// 422 when another request was sent under the key, 409 when an equal one still runs or its answer was not kept.
    pub(super) fn find(self: &Arc<Self>, whose: &[&str], key: &str, request: &[&[u8]]) -> Result<Found, Fault> {
        let mut named: Vec<&[u8]> = whose.iter().map(|part| part.as_bytes()).collect();
        named.push(key.as_bytes());
        let (name, request) = (digest(&named), digest(request));
        let mut kept = self.lock();
        kept.forget_older_than(self.settings.keep_for);
        let Some(entry) = kept.entries.get(&name) else {
            kept.entries.insert(name, Entry { request, state: State::Running });
            return Ok(Found::First(Claim { answers: Arc::clone(self), name, settled: false }));
        };
        if entry.request != request {
            let message = "another request was sent under this Idempotency-Key: use a new key for a new request";
            return Err(
                Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", message).of_class("idempotency")
            );
        }
        match &entry.state {
            State::Answered(answer) => Ok(Found::Answer(Arc::clone(answer))),
            State::Running => {
                let message = "the first request with this Idempotency-Key still runs: ask again for its answer";
                Err(Fault::new(StatusCode::CONFLICT, "idempotency_key_in_use", message)
                    .of_class("idempotency")
                    .retry_after(Some(LOOK_AGAIN)))
            }
            State::TooLarge => {
                let message = "the answer under this Idempotency-Key was given and was too large to be kept: use a new key to ask (and pay) again";
                Err(Fault::new(StatusCode::CONFLICT, "idempotency_answer_not_kept", message).of_class("idempotency"))
            }
        }
    }

    /// Bytes that all kept answers take.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget_older_than(&mut self, keep_for: Duration) {
        let now = Instant::now();
        while let Some((at, name)) = self.answered.front().copied()
            && now.saturating_duration_since(at) >= keep_for
        {
            self.answered.pop_front();
            self.remove(&name);
        }
    }

    fn shrink_to(&mut self, total_bytes: usize) {
        while self.bytes > total_bytes
            && let Some((_, name)) = self.answered.pop_front()
        {
            self.remove(&name);
        }
    }

    fn remove(&mut self, name: &Digest) {
        if let Some(entry) = self.entries.remove(name) {
            self.bytes = self.bytes.saturating_sub(entry.state.bytes());
        }
    }
}

/// The right to answer under a key. When it goes without an answer, the key is free again.
#[derive(Debug)]
pub(super) struct Claim {
    answers: Arc<Answers>,
    name: Digest,
    settled: bool,
}

impl Claim {
    /// Keeps the answer for those who send the request again.
    pub(super) fn keep(self, answer: KeptAnswer) {
        let state = if answer.body.len() > self.answers.settings.answer_bytes {
            State::TooLarge
        } else {
            State::Answered(Arc::new(answer))
        };
        self.settle(state);
    }

    /// Most bytes of a body that is worth collecting.
    pub(super) fn answer_bytes(&self) -> usize {
        self.answers.settings.answer_bytes
    }

    fn settle(mut self, state: State) {
        self.settled = true;
        let mut kept = self.answers.lock();
        let bytes = state.bytes();
        if let Some(entry) = kept.entries.get_mut(&self.name) {
            entry.state = state;
            kept.bytes += bytes;
            kept.answered.push_back((Instant::now(), self.name));
        }
        kept.shrink_to(self.answers.settings.total_bytes);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.settled {
            self.answers.lock().entries.remove(&self.name);
        }
    }
}

/// A stream's bytes, collected for those who send the request again.
#[derive(Debug)]
pub(super) struct Recording {
    claim: Claim,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Recording {
    /// Starts with the headers that went out before the first byte.
    pub(super) fn new(claim: Claim, headers: HeaderMap) -> Self {
        Self { claim, headers, bytes: Vec::new() }
    }

    /// Adds what went to the caller. What is more than may be kept is not collected.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        if self.bytes.len() <= self.claim.answer_bytes() {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Keeps the whole stream.
    pub(super) fn keep(self) {
        self.claim.keep(KeptAnswer { status: StatusCode::OK, headers: self.headers, body: self.bytes.into() });
    }
}

/// Reads the value of an `Idempotency-Key` header: a string of RFC 9651 in quotes, as the draft has it, or the bare text
/// that most clients send.
///
/// # Errors
/// It is empty, too long, or not printable ASCII.
pub(super) fn read_key(value: &[u8]) -> Result<String, Fault> {
    let wrong = || {
        let message = "an Idempotency-Key has 1 to 255 printable ASCII characters";
        Fault::invalid(message).of_field("Idempotency-Key")
    };
    let text = str::from_utf8(value).map_err(|_| wrong())?.trim();
    let text = match text.strip_prefix('"') {
        Some(quoted) => unquoted(quoted).ok_or_else(wrong)?,
        None => text.to_owned(),
    };
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if text.is_empty() || text.len() > LONGEST_KEY_BYTES || !printable {
        return Err(wrong());
    }
    Ok(text)
}

/// The rest of a quoted string, without its escapes (RFC 9651, section 3.3.3).
fn unquoted(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            '"' => return rest.next().is_none().then_some(plain),
            '\\' => plain.push(rest.next().filter(|next| matches!(next, '"' | '\\'))?),
            other => plain.push(other),
        }
    }
}

/// Digest of parts in which none can flow into its neighbour, as each is preceded by its length.
fn digest(parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
#[path = "idempotency_tests.rs"]
mod tests;
