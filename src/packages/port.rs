//! The port through which a registry is asked about packages.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;

/// Tells what a registry knows of packages.
pub trait PackageRegistry: Send + Sync {
    /// Facts of one package; none when the registry has no such package. An implementation asks again by itself what may
    /// be worth asking again; whoever calls does not. Dropping the future gives the question up.
    ///
    /// # Errors
    /// When the registry does not answer, or not in the form that is expected.
    fn facts<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<PackageFacts>, RegistryFailure>>;

    /// Host from which packages come, as it stands in addresses of a lockfile: a name or a name and a port.
    fn host(&self) -> &str;

    /// Whether packages of a scope (`@name`) come from another registry, by the operator's settings.
    fn has_own_registry(&self, scope: &str) -> bool;
}

/// What a registry tells of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// Its name.
    pub name: String,
    /// When its first version was published; none when the registry does not tell.
    pub first_published_at: Option<Timestamp>,
    /// Its stable versions up to the one that its author calls the latest, the newest first; at most
    /// [`PackageFacts::RELEASES_MAX`].
    pub releases: Vec<Release>,
}

impl PackageFacts {
    /// Most versions that are told of a package.
    pub const RELEASES_MAX: usize = 30;
}

/// A version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The exact version (Semantic Versioning 2.0.0), without a pre-release part.
    pub version: String,
    /// When it was published; none when the registry does not tell.
    pub published_at: Option<Timestamp>,
    /// Why it should not be used any more, by its author; foreign text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Whether it wants programs of its own run when it is installed.
    pub has_install_scripts: bool,
}

/// A registry did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RegistryFailure {
    /// What happened, for people; holds neither addresses nor keys.
    pub message: String,
}

impl RegistryFailure {
    /// A failure, in a sentence.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}
