//! GigaChat's tokens: had for a key, good for thirty minutes.
//!
//! Source: developers.sber.ru, GigaChat API, `POST /api/v2/oauth`, and the vendor's own Python library, release 0.2.3.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use http::{HeaderValue, header};
use serde_json::Value;

use crate::domain::{
    clock::{Clock, Timestamp},
    digest::Digest,
    id::VendorRequestId,
};

use super::{
    failure::{Failure, FailureClass},
    provider::Provider,
    retry_after::retry_after,
    secret::Secret,
    transport::{Incoming, Outgoing, Timeouts, Transport},
};

/// How long a token is good, as documented.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// A token is replaced so long before its end, so that none ends on its way or in the vendor's queue.
const EARLY: Duration = Duration::from_secs(60);
const TIMEOUTS: Timeouts =
    Timeouts { first_byte: Duration::from_secs(15), idle: Duration::from_secs(5), total: Duration::from_secs(20) };
const ANSWER_CAP_BYTES: usize = 64 * 1024;
/// Numbers above it are milliseconds since 1970: in seconds it is the year 5138.
const SECONDS_LIMIT: f64 = 1e11;

/// Has tokens for keys, and keeps them while they are good. Clones share what they keep.
///
/// Calls that need the same token at the same time send one request together; it goes on as long as one of them waits.
/// Nothing is asked twice: a failure goes to all who waited, and the next call asks again.
#[derive(Clone)]
pub struct GigachatTokens {
    tokens: Arc<Tokens>,
}

struct Tokens {
    clock: Arc<dyn Clock>,
    by_key: Mutex<HashMap<TokenOf, State>>,
}

/// What a token is good for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct TokenOf {
    url: String,
    scope: String,
    key: Digest,
}

enum State {
    Asked(WeakShared<Asking>),
    Held(Token),
}

type Asking = BoxFuture<'static, Result<Secret, Failure>>;

struct Token {
    text: Secret,
    /// By [`Clock::monotonic`].
    good_until: Duration,
}

impl std::fmt::Debug for GigachatTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GigachatTokens").finish_non_exhaustive()
    }
}

impl GigachatTokens {
    /// Keeps none yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { tokens: Arc::new(Tokens { clock, by_key: Mutex::default() }) }
    }

    /// A token for a key, to be shown as `Authorization: Bearer TOKEN`: one that is kept, or a new one, within 20 s.
    ///
    /// # Errors
    /// [`FailureClass::Key`] when the vendor knows no such key, or the key has no such scope (code `gigachat_scope`);
    /// else what kept the vendor from answering.
    pub async fn token(&self, transport: &Transport, provider: &Provider, key: &Secret) -> Result<Secret, Failure> {
        let of = TokenOf::new(provider, key)?;
        let asking = {
            let mut by_key = self.tokens.lock();
            match by_key.get(&of) {
                Some(State::Held(token)) if self.tokens.is_good(token) => return Ok(token.text.clone()),
                Some(State::Asked(asking)) => asking.upgrade(),
                Some(State::Held(_)) | None => None,
            }
            .unwrap_or_else(|| {
                let asking = self.asking(of.clone(), transport, provider, key).shared();
                self.tokens.expect(&mut by_key, of, &asking);
                asking
            })
        };
        asking.await
    }

    fn asking(&self, of: TokenOf, transport: &Transport, provider: &Provider, key: &Secret) -> Asking {
        let (tokens, transport, provider, key) =
            (Arc::clone(&self.tokens), transport.clone(), provider.name.clone(), key.clone());
        async move {
            let answer = ask(&transport, &provider, &of, &key, &*tokens.clock).await;
            tokens.keep(of, answer)
        }
        .boxed()
    }

    /// Forgets a token that the vendor refused (401). A newer one that came in the meantime is kept.
    pub fn forget(&self, provider: &Provider, key: &Secret, refused: &Secret) {
        let Ok(of) = TokenOf::new(provider, key) else { return };
        let mut by_key = self.tokens.lock();
        if matches!(by_key.get(&of), Some(State::Held(token)) if token.text.expose() == refused.expose()) {
            by_key.remove(&of);
        }
    }
}

impl Tokens {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TokenOf, State>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_good(&self, token: &Token) -> bool {
        self.clock.monotonic().saturating_add(EARLY) < token.good_until
    }

    /// Writes down that a token is asked for.
    fn expect(&self, by_key: &mut HashMap<TokenOf, State>, of: TokenOf, asking: &Shared<Asking>) {
        // Rarely: once in half an hour for each key. What nobody will use would otherwise add up with callers' own keys.
        by_key.retain(|_, state| match state {
            State::Held(token) => self.is_good(token),
            State::Asked(asking) => asking.upgrade().is_some(),
        });
        if let Some(asking) = asking.downgrade() {
            by_key.insert(of, State::Asked(asking));
        }
    }

    fn keep(&self, of: TokenOf, answer: Result<Granted, Failure>) -> Result<Secret, Failure> {
        let mut by_key = self.lock();
        let granted = answer.inspect_err(|_| drop(by_key.remove(&of)))?;
        let good_until = self.clock.monotonic().saturating_add(lifetime(granted.expires_at, self.clock.now().0));
        by_key.insert(of, State::Held(Token { text: granted.token.clone(), good_until }));
        Ok(granted.token)
    }
}

impl TokenOf {
    fn new(provider: &Provider, key: &Secret) -> Result<Self, Failure> {
        let setting = |name: &str, value: &Option<String>| {
            value.clone().ok_or_else(|| {
                let message =
                    format!("{name} of the provider {} is not set; without it there is no token", provider.name);
                Failure::new(FailureClass::Key, "gigachat_settings", message)
            })
        };
        Ok(Self {
            url: setting("token_url", &provider.token_url)?,
            scope: setting("token_scope", &provider.token_scope)?,
            key: Digest::of(key.expose().as_bytes()),
        })
    }
}

/// What the vendor granted.
struct Granted {
    token: Secret,
    /// As it was sent: milliseconds or seconds since 1970.
    expires_at: Option<f64>,
}

async fn ask(
    transport: &Transport,
    provider: &str,
    of: &TokenOf,
    key: &Secret,
    clock: &dyn Clock,
) -> Result<Granted, Failure> {
    let unsayable = |what: &str| {
        Failure::new(
            FailureClass::Key,
            "gigachat_settings",
            format!("{what} of {provider} holds characters it cannot have"),
        )
    };
    if !of.scope.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(unsayable("the token's scope"));
    }
    let basic = HeaderValue::from_str(&format!("Basic {}", key.expose())).map_err(|_| unsayable("the key"))?;
    let id =
        HeaderValue::from_str(&VendorRequestId::mint().to_string()).map_err(|_| unsayable("the request's identity"))?;
    let headers = [
        ("rquid", id),
        ("accept", HeaderValue::from_static("application/json")),
        ("content-type", HeaderValue::from_static("application/x-www-form-urlencoded")),
    ];
    let outgoing = Outgoing {
        path: "",
        headers: &headers,
        authorization: Some((header::AUTHORIZATION, basic)),
        body: format!("scope={}", of.scope).into_bytes(),
        timeouts: TIMEOUTS,
    };
    let incoming = transport.send_to(&of.url, outgoing).await?;
    if incoming.status == 200 {
        return granted(provider, &incoming.whole(ANSWER_CAP_BYTES).await?);
    }
    Err(refused(provider, &of.scope, incoming, clock.now()).await)
}

/// Reads `{"access_token", "expires_at"}`, or the older `{"tok", "exp"}`.
fn granted(provider: &str, body: &Bytes) -> Result<Granted, Failure> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str, older: &str| answer.get(name).or_else(|| answer.get(older));
    let token = field("access_token", "tok").and_then(Value::as_str).unwrap_or_default();
    // As RFC 6750, section 2.1, has it; anything else could not be shown in a header.
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::damaged(format!("{provider} answered a request for a token without one")));
    }
    let expires_at = field("expires_at", "exp").and_then(Value::as_f64);
    Ok(Granted { token: Secret::new(token.to_owned()), expires_at })
}

/// How long a token is good from now. A time that lies before now, or more than the documented thirty minutes after,
/// says that the clocks disagree: then the thirty minutes are taken, and a 401 mends a wrong guess.
fn lifetime(expires_at: Option<f64>, now_ms: u64) -> Duration {
    let Some(expires_at) = expires_at else {
        return LIFETIME;
    };
    let expires_at_ms = if expires_at > SECONDS_LIMIT { expires_at } else { expires_at * 1000.0 };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit for 285,000 years")]
    let left_ms = expires_at_ms - now_ms as f64;
    match Duration::try_from_secs_f64(left_ms / 1000.0) {
        Ok(left) if !left.is_zero() && left <= LIFETIME => left,
        Ok(_) | Err(_) => LIFETIME,
    }
}

/// Reads a refusal, `{"code", "message"}`.
async fn refused(provider: &str, scope: &str, incoming: Incoming, now: Timestamp) -> Failure {
    let status = incoming.status;
    let retry_after = retry_after(&incoming.headers, now);
    let body: Value = match incoming.whole(ANSWER_CAP_BYTES).await {
        Ok(body) => serde_json::from_slice(&body).unwrap_or_default(),
        Err(_) => Value::Null,
    };
    let number = body.get("code").and_then(Value::as_i64);
    let (code, reason) = match number {
        Some(1) => ("gigachat_request", "it says that the request is malformed".to_owned()),
        Some(5) => ("gigachat_scope", "it says that the scope is empty; set token_scope".to_owned()),
        Some(7) => {
            ("gigachat_scope", format!("the key is not for the scope {scope}; set token_scope to the key's own"))
        }
        Some(_) | None if matches!(status, 401 | 403) => ("gigachat_key", "it does not know the key".to_owned()),
        Some(_) | None => ("gigachat_token", format!("it answered with status {status}")),
    };
    let class = match FailureClass::of_status(status) {
        // The request holds the key and its settings, and nothing of the caller's.
        FailureClass::Caller => FailureClass::Key,
        class
        @ (FailureClass::Key | FailureClass::RateLimit | FailureClass::Overload | FailureClass::ContentFilter) => class,
    };
    let mut failure = Failure::new(class, code, format!("{provider} gives no token: {reason}"));
    failure.status = Some(status);
    failure.retry_after = retry_after;
    failure
}

#[cfg(test)]
#[path = "gigachat_token_tests.rs"]
mod tests;
