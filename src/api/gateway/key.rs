//! Keys that callers show: checking them, and making new ones.

use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts, uri::Authority};

use super::{
    fault::Fault,
    settings::{ApiKey, KeyDigest},
};
use crate::{
    api::bound::{Bound, Share},
    domain::money::Usd,
    router::call::Caller,
};

/// What our keys begin with, so that scanners for leaked secrets can know them.
const KEY_START: &str = "sk-samokoder-";
/// Longest key that is looked at: hashing a longer one would be work for a stranger.
const LONGEST_KEY_BYTES: usize = 512;
/// Longest name of a key: it stands in logs.
const LONGEST_NAME_BYTES: usize = 64;

/// When to ask again, where nobody knows: requests end in seconds.
const SOON: Duration = Duration::from_secs(1);

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who may ask.
#[derive(Debug)]
pub(super) enum Keys {
    /// Everybody who can reach the gateway; it listens on loopback alone.
    Open(Arc<KeyHolder>),
    /// Holders of keys, by the keys' digests.
    Digests(HashMap<KeyDigest, Arc<KeyHolder>>),
}

/// Whoever showed a key.
#[derive(Debug)]
pub(super) struct KeyHolder {
    /// As the operator named the key; none where no key is asked for.
    pub(super) name: Option<String>,
    /// Whose it is.
    pub(super) tenant: String,
    /// Most that one call may cost.
    pub(super) call_cap: Option<Usd>,
    /// Requests that may be in flight at once.
    pub(super) requests: Arc<Bound>,
}

impl KeyHolder {
    /// A request begins; it is in flight until the result is dropped.
    pub(super) fn begin(&self) -> Result<Share, Fault> {
        self.requests.take(1).ok_or_else(|| {
            let message = format!("as many requests of this key are in flight as may be: {}", self.requests.most());
            Fault::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests_in_flight", message)
                .retry_after(Some(SOON))
                .of_class("busy")
        })
    }

    /// The holder as the router knows callers.
    pub(super) fn caller(&self) -> Caller {
        Caller { tenant: self.tenant.clone(), key: self.name.clone(), generation: None, own_keys: Vec::new() }
    }
}

impl Keys {
    /// Holders of these keys, each with so many requests at once.
    pub(super) fn new(keys: &[ApiKey], requests_per_key: usize) -> Self {
        let holder = |name, tenant, call_cap| {
            Arc::new(KeyHolder { name, tenant, call_cap, requests: Bound::new(requests_per_key) })
        };
        if keys.is_empty() {
            let local = Caller::local();
            return Self::Open(holder(local.key, local.tenant, None));
        }
        Self::Digests(
            keys.iter()
                .map(|key| {
                    let holder = holder(Some(key.name.clone()), key.tenant.clone(), key.call_cap);
                    (key.digest, holder)
                })
                .collect(),
        )
    }

    /// Finds who asks, by `Authorization: Bearer` (RFC 6750) or `x-api-key`.
    ///
    /// The table is looked up by the digest of what was shown: how long that takes tells something about the digest of
    /// a guess, never about a key.
    ///
    /// Where no key is asked for, the request must name this machine as its host: a web page whose name was made to lead
    /// here (DNS rebinding) names another.
    pub(super) fn holder(&self, head: &Parts) -> Result<Arc<KeyHolder>, Fault> {
        let digests = match self {
            Self::Open(holder) if names_this_machine(head) => return Ok(Arc::clone(holder)),
            Self::Open(_) => {
                let message = "this gateway asks for no key, and serves requests for localhost alone";
                return Err(Fault::new(StatusCode::FORBIDDEN, "foreign_host", message).of_class("unauthorized"));
            }
            Self::Digests(digests) => digests,
        };
        let Some(shown) = shown(&head.headers) else {
            return Err(Fault::unauthorized("no API key: send it as `Authorization: Bearer KEY` or `x-api-key: KEY`"));
        };
        let known = (shown.len() <= LONGEST_KEY_BYTES).then(|| digests.get(&KeyDigest::of(shown))).flatten();
        known.map(Arc::clone).ok_or_else(|| Fault::unauthorized("this API key is not known here"))
    }
}

fn names_this_machine(head: &Parts) -> bool {
    let host = head.headers.get(header::HOST).map(HeaderValue::as_bytes);
    let host = host.or_else(|| head.uri.authority().map(|authority| authority.as_str().as_bytes()));
    let Some(authority) = host.and_then(|host| Authority::try_from(host).ok()) else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_local_name = name.eq_ignore_ascii_case("localhost");
    is_local_name || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn shown(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| key.trim());
    }
    headers.get(X_API_KEY)?.to_str().ok().map(str::trim)
}

/// A key that was made just now. Its text exists nowhere else.
pub struct NewKey {
    /// The key.
    pub key: String,
    /// What the configuration file must say for the gateway to know it (TOML).
    pub config: String,
}

/// Makes a key of 256 random bits.
///
/// # Errors
/// The name cannot stand in logs and configuration, or the system gives no random bytes.
pub fn new_key(name: &str) -> Result<NewKey, NewKeyError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.is_empty() || name.len() > LONGEST_NAME_BYTES || !name.bytes().all(plain) {
        return Err(NewKeyError::Name { name: name.to_owned() });
    }
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|error| NewKeyError::Random { reason: error.to_string() })?;
    let key = format!("{KEY_START}{}", URL_SAFE_NO_PAD.encode(random));
    let config =
        format!("[[gateway.keys]]\nname = \"{name}\"\ntenant = \"{name}\"\nsha256 = \"{}\"\n", KeyDigest::of(&key));
    Ok(NewKey { key, config })
}

/// A key could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NewKeyError {
    /// The name is not of the allowed form.
    #[error("a key's name has 1 to 64 letters, digits, dots, hyphens and underscores; {name:?} has not")]
    Name {
        /// As it was given.
        name: String,
    },
    /// There are no random bytes.
    #[error("the system gave no random bytes: {reason}")]
    Random {
        /// Why.
        reason: String,
    },
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
