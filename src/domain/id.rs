//! Identities: each is minted here and nowhere else.

use serde::{Deserialize, Serialize};

/// Identity of a generation: a UUID version 7 (RFC 9562).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GenerationId(uuid::Uuid);

impl GenerationId {
    /// Makes a new identity.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "identities are minted in this module")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::now_v7())
    }
}

impl std::fmt::Display for GenerationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of one request to a vendor that wants each to have one: a random UUID (version 4, RFC 9562).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VendorRequestId(uuid::Uuid);

impl VendorRequestId {
    /// Makes a new identity.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "identities are minted in this module")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::new_v4())
    }
}

impl std::fmt::Display for VendorRequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of a git commit: 40 small hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommitId(pub String);

impl std::fmt::Display for CommitId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Stable key of a step within its generation, such as `code/render/data-model`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepKey(pub String);

impl StepKey {
    /// Key of a step of a stage.
    #[must_use]
    pub fn new(stage: super::stage::Stage, name: &str) -> Self {
        Self(format!("{}/{name}", stage.name()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for StepKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
