//! A registry that asks nobody and answers from a script.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};

use super::{PackageFacts, PackageRegistry, RegistryFailure, Release};
use crate::domain::clock::Timestamp;

/// A registry that asks nobody: it has the packages that it was given.
#[derive(Debug, Default)]
pub struct ScriptedRegistry {
    packages: BTreeMap<String, Result<PackageFacts, RegistryFailure>>,
    asked: Mutex<Vec<String>>,
    delay: Duration,
}

impl ScriptedRegistry {
    /// Makes a registry without packages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a package with one version, published at a time, that needs no install scripts.
    #[must_use]
    pub fn with_package(self, name: &str, version: &str, published_at: Timestamp) -> Self {
        let release = Release {
            version: version.to_owned(),
            published_at: Some(published_at),
            deprecated: None,
            has_install_scripts: false,
        };
        let first_published_at = Some(published_at);
        self.with(PackageFacts { name: name.to_owned(), first_published_at, releases: vec![release] })
    }

    /// Adds a package.
    #[must_use]
    pub fn with(mut self, facts: PackageFacts) -> Self {
        self.packages.insert(facts.name.clone(), Ok(facts));
        self
    }

    /// Lets every question about a package fail.
    #[must_use]
    pub fn failing(mut self, name: &str, message: &str) -> Self {
        self.packages.insert(name.to_owned(), Err(RegistryFailure::new(message)));
        self
    }

    /// Lets every answer take a time.
    #[must_use]
    pub fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Names that were asked for so far, in order.
    pub fn asked(&self) -> Vec<String> {
        self.names().clone()
    }

    fn names(&self) -> MutexGuard<'_, Vec<String>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PackageRegistry for ScriptedRegistry {
    fn facts<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<PackageFacts>, RegistryFailure>> {
        self.names().push(name.to_owned());
        let facts = self.packages.get(name).cloned().transpose();
        let delay = self.delay;
        async move {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            facts
        }
        .boxed()
    }

    fn host(&self) -> &'static str {
        "registry.test"
    }

    fn has_own_registry(&self, scope: &str) -> bool {
        scope == "@private"
    }
}
