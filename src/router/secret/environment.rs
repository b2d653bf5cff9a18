//! Secrets from the environment.

use std::collections::BTreeMap;

use futures::future::{self, BoxFuture};

use super::{Secret, SecretError, SecretSource};

/// Secrets by the names of environment variables. It does not look at the environment itself: whoever starts the program
/// hands over what it found there, once.
#[derive(Debug, Clone, Default)]
pub struct EnvironmentSecrets {
    by_name: BTreeMap<String, Secret>,
}

impl EnvironmentSecrets {
    /// Keeps variables. White space around a value is not part of it (a file's last line feed often gets in), and an empty
    /// value is none.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let by_name = variables.into_iter().filter_map(|(name, value)| Some((name, Secret::trimmed(value)?)));
        Self { by_name: by_name.collect() }
    }
}

impl SecretSource for EnvironmentSecrets {
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret>, SecretError>> {
        Box::pin(future::ready(Ok(self.by_name.get(name).cloned())))
    }
}
