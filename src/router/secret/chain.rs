//! Several sources, one after the other.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::{Secret, SecretError, SecretSource};

/// Asks sources in order; the first that has a secret of the name gives it. A source that cannot be read ends the search
/// with its error: a later one might hold an older key of the same name.
#[derive(Clone, Default)]
pub struct ChainedSecrets {
    sources: Vec<Arc<dyn SecretSource>>,
}

impl ChainedSecrets {
    /// Sources, the first is asked first.
    #[must_use]
    pub fn new(sources: Vec<Arc<dyn SecretSource>>) -> Self {
        Self { sources }
    }
}

impl SecretSource for ChainedSecrets {
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret>, SecretError>> {
        Box::pin(async move {
            for source in &self.sources {
                if let Some(secret) = source.secret(name).await? {
                    return Ok(Some(secret));
                }
            }
            Ok(None)
        })
    }
}
