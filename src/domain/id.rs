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

impl std::str::FromStr for GenerationId {
    type Err = uuid::Error;

    /// Reads the text of an identity.
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        uuid::Uuid::try_parse(text).map(Self)
    }
}

impl std::fmt::Display for GenerationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of a request that came in: a UUID version 7 (RFC 9562), so that ids of a log stand in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(uuid::Uuid);

impl RequestId {
    /// Makes a new identity.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "identities are minted in this module")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::now_v7())
    }

    /// When it was minted, in seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn minted_at_s(&self) -> u64 {
        self.0.get_timestamp().map_or(0, |timestamp| timestamp.to_unix().0)
    }
}

impl std::fmt::Display for RequestId {
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
