//! Which key each provider is asked with: the caller's own, else the operator's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderName, HeaderValue, header};

use crate::domain::clock::Clock;

use super::{
    call::Caller,
    choice::Credential,
    failure::{Failure, FailureClass},
    provider::{Authorization, Provider},
    secret::{Secret, SecretSource},
};

/// How long the operator's keys are used before their source is asked again, so that a new key counts without a restart. A
/// provider that refuses a key makes it be asked at once.
const FRESH: Duration = Duration::from_secs(30);

/// A key and its fingerprint, which costs a digest.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// The key.
    pub(super) secret: Secret,
    /// [`Secret::fingerprint`].
    pub(super) fingerprint: String,
}

impl Key {
    fn new(secret: Secret) -> Self {
        Self { fingerprint: secret.fingerprint(), secret }
    }

    /// The header that shows a key, or a token that was had for one.
    ///
    /// # Errors
    /// [`FailureClass::Key`] with code `malformed_key`: no header can hold it.
    pub(super) fn header(shown: &Secret, how: Authorization) -> Result<(HeaderName, HeaderValue), Failure> {
        let (name, value) = match how {
            Authorization::Bearer | Authorization::GigachatOauth => {
                (header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", shown.expose())))
            }
            Authorization::XApiKey => (HeaderName::from_static("x-api-key"), HeaderValue::from_str(shown.expose())),
        };
        let mut value = value.map_err(|_| {
            Failure::new(FailureClass::Key, "malformed_key", "the key has characters that no header can hold")
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// The operator's keys by provider.
type ByProvider = HashMap<String, Key>;

/// The operator's keys, as their source had them lately.
pub(super) struct OperatorKeys {
    source: Arc<dyn SecretSource>,
    clock: Arc<dyn Clock>,
    providers: Vec<Arc<Provider>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    read_at: Option<Duration>,
    keys: Arc<ByProvider>,
}

impl OperatorKeys {
    pub(super) fn new(source: Arc<dyn SecretSource>, clock: Arc<dyn Clock>, providers: &[Arc<Provider>]) -> Self {
        Self { source, clock, providers: providers.to_vec(), known: Mutex::default() }
    }

    /// The keys that a caller's providers are asked with.
    pub(super) async fn ring(&self, caller: &Caller) -> Keyring {
        let own = caller.own_keys.iter().map(|(provider, secret)| (provider.clone(), Key::new(secret.clone())));
        let own = own.collect();
        let (keys, is_fresh) = self.known();
        let operators = if is_fresh { keys } else { self.read(&keys).await };
        Keyring { operators, own }
    }

    /// Makes the next call ask the source: a provider refused a key.
    pub(super) fn doubt(&self) {
        self.lock().read_at = None;
    }

    fn known(&self) -> (Arc<ByProvider>, bool) {
        let now = self.clock.monotonic();
        let known = self.lock();
        (Arc::clone(&known.keys), known.read_at.is_some_and(|at| now.saturating_sub(at) < FRESH))
    }

    /// Asks the source for all keys. What it cannot say now stays as it was.
    async fn read(&self, before: &ByProvider) -> Arc<ByProvider> {
        let mut keys = ByProvider::new();
        for provider in &self.providers {
            for name in &provider.key_names {
                let found = match self.source.secret(name).await {
                    Ok(secret) => secret.map(Key::new),
                    Err(error) => {
                        tracing::warn!(provider = provider.name, "{error}");
                        before.get(&provider.name).cloned()
                    }
                };
                if let Some(key) = found {
                    keys.insert(provider.name.clone(), key);
                    break;
                }
            }
        }
        let keys = Arc::new(keys);
        *self.lock() = Known { read_at: Some(self.clock.monotonic()), keys: Arc::clone(&keys) };
        keys
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        // Both fields are replaced together.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys of one call.
#[derive(Debug, Clone)]
pub(super) struct Keyring {
    operators: Arc<ByProvider>,
    own: Vec<(String, Key)>,
}

impl Keyring {
    /// The key that a provider is asked with.
    pub(super) fn of(&self, provider: &str) -> Option<&Key> {
        let own = self.own.iter().find(|(name, _)| name == provider).map(|(_, key)| key);
        own.or_else(|| self.operators.get(provider))
    }

    /// Every key that may be shown to somebody in this call.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        self.own.iter().map(|(_, key)| key).chain(self.operators.values()).map(|key| &key.secret).collect()
    }

    /// Whether that key is the caller's own.
    pub(super) fn is_own(&self, provider: &str) -> bool {
        self.own.iter().any(|(name, _)| name == provider)
    }

    /// The same for a choice.
    pub(super) fn credential(&self, provider: &Provider) -> Credential {
        match self.of(&provider.name) {
            Some(key) => Credential::Key(key.fingerprint.clone()),
            None if provider.key_optional => Credential::NotNeeded,
            None => Credential::Missing,
        }
    }
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
