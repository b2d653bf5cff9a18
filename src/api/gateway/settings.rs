//! What an operator decides about the gateway.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    str::FromStr,
    time::Duration,
};

use sha2::{Digest as _, Sha256};

use super::trace_parent::JoinTrace;
use crate::{api::ConnectionSettings, domain::money::Usd};

/// Where the gateway listens when nobody says.
const DEFAULT_PORT: u16 = 4040;

/// The gateway's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen. Without keys, loopback addresses only.
    pub listen: SocketAddr,
    /// Who may ask.
    pub keys: Vec<ApiKey>,
    /// Most bytes of a request's body; more is refused with 413.
    pub body_cap_bytes: usize,
    /// How long a client may take to send its body.
    pub body_timeout: Duration,
    /// Most bytes of all bodies that requests in flight came with; a request that has no room any more is refused with 503.
    /// At least one body of the greatest size fits.
    pub total_body_bytes: usize,
    /// Most requests of one key at once; more are refused with 429.
    pub requests_per_key: usize,
    /// How many connections there may be, and how long they may be silent.
    pub connections: ConnectionSettings,
    /// How long requests in flight may go on after the gateway was told to stop; then they are cut off.
    pub grace: Duration,
    /// Answers that are kept for `Idempotency-Key`.
    pub idempotency: IdempotencySettings,
    /// Makes a request's span a part of its caller's trace (`traceparent`), for whoever takes spans of
    /// [`REQUEST_TARGET`](super::REQUEST_TARGET); without it each begins a trace of its own.
    pub join_trace: Option<JoinTrace>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            keys: Vec::new(),
            body_cap_bytes: 10 * 1024 * 1024,
            body_timeout: Duration::from_secs(60),
            // Some 25 of the largest bodies. What is made of a body to work with it takes about as much again.
            total_body_bytes: 256 * 1024 * 1024,
            // A quarter of all connections, so that four keys are needed to fill the gateway with requests over HTTP/1.
            requests_per_key: 1024,
            connections: ConnectionSettings::default(),
            grace: Duration::from_secs(30),
            idempotency: IdempotencySettings::default(),
            join_trace: None,
        }
    }
}

/// Which answers are kept for `Idempotency-Key`, and how long.
#[derive(Debug, Clone)]
pub struct IdempotencySettings {
    /// How long an answer is kept.
    pub keep_for: Duration,
    /// Most bytes of all answers together; the oldest go first.
    pub total_bytes: usize,
    /// Most bytes of one answer; of a larger one only the fact is kept that it was given.
    pub answer_bytes: usize,
}

impl Default for IdempotencySettings {
    fn default() -> Self {
        Self {
            keep_for: Duration::from_secs(24 * 60 * 60),
            total_bytes: 64 * 1024 * 1024,
            answer_bytes: 4 * 1024 * 1024,
        }
    }
}

/// A key that a caller may show. The gateway knows its digest alone.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// For logs, budgets and people; unique.
    pub name: String,
    /// Whose it is: caches, stored answers and records never cross it.
    pub tenant: String,
    /// What the key must hash to.
    pub digest: KeyDigest,
    /// Most money that one call may cost; none is no limit. What all calls may cost is in the router's budgets, by `name`.
    pub call_cap: Option<Usd>,
}

/// SHA-256 (FIPS 180-4) of a key. Keys are 256 random bits, so that no slow hash and no salt is called for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// Digest of a key's text.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyDigest {
    type Err = NotADigest;

    /// Reads 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() {
            return Err(NotADigest);
        }
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() {
            return Err(NotADigest);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

fn digit(byte: u8) -> Result<u8, NotADigest> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(NotADigest)
}

/// A text is no SHA-256 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key's sha256 is 64 hexadecimal digits; `samokoder gateway --new-key NAME` prints one")]
pub struct NotADigest;
