//! Keys: where they come from, and how they are kept from being seen.

mod chain;
mod environment;
mod file;
mod settings;

use std::fmt;

pub use chain::ChainedSecrets;
pub use environment::EnvironmentSecrets;
pub use file::{FileSecrets, SecretFileError};
pub use settings::SecretSettings;

use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::digest::Digest;

/// A key. `Debug` and `Display` do not show it; its memory is wiped when it goes.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Keeps a text secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Keeps a text without the white space around it; none when nothing is left.
    fn trimmed(text: String) -> Option<Self> {
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| Self::new(trimmed.to_owned()))
    }

    /// The text. Only for what goes over the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Names the key without telling it: the first 16 hexadecimal digits of its SHA-256 digest.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Digest::of(self.expose().as_bytes()).to_string().chars().take(16).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Where keys come from. Nobody retries; a source that is slow or remote keeps what it fetched.
pub trait SecretSource: Send + Sync {
    /// The secret of a name, such as `OPENAI_API_KEY`; none when this source has none.
    ///
    /// # Errors
    /// The source cannot be read; the sentence says which and what to do, and holds no secret.
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret>, SecretError>>;
}

/// A source of secrets cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("could not read the secret {name} from {source_name}: {reason}")]
pub struct SecretError {
    /// The secret's name.
    pub name: String,
    /// The source, for people.
    pub source_name: String,
    /// Why, and what to do.
    pub reason: String,
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
