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

/// Identity of a project, which has generations: a UUID version 7 (RFC 9562).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProjectId(uuid::Uuid);

impl ProjectId {
    /// Makes a new identity.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "identities are minted in this module")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::now_v7())
    }
}

impl std::str::FromStr for ProjectId {
    type Err = uuid::Error;

    /// Reads the text of an identity.
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        uuid::Uuid::try_parse(text).map(Self)
    }
}

impl std::fmt::Display for ProjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of a folder of workspaces, and so of the host that has it, among those that share records: a UUID version 7
/// (RFC 9562).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostId(uuid::Uuid);

impl HostId {
    /// Makes a new identity.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "identities are minted in this module")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::now_v7())
    }
}

impl std::str::FromStr for HostId {
    type Err = uuid::Error;

    /// Reads the text of an identity.
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        uuid::Uuid::try_parse(text).map(Self)
    }
}

impl std::fmt::Display for HostId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of a process that works on generations: a UUID version 7 (RFC 9562), new at every start, so that a process
/// is never taken for the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HolderId(uuid::Uuid);

impl HolderId {
    /// Makes a new identity.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "identities are minted in this module")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::now_v7())
    }
}

impl std::str::FromStr for HolderId {
    type Err = uuid::Error;

    /// Reads the text of an identity.
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        uuid::Uuid::try_parse(text).map(Self)
    }
}

impl std::fmt::Display for HolderId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of a message to somebody who wants to be told: a UUID version 7 (RFC 9562), the same at every try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliveryId(uuid::Uuid);

impl DeliveryId {
    /// Makes a new identity.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "identities are minted in this module")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::now_v7())
    }
}

impl std::fmt::Display for DeliveryId {
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

/// A part of a generation's life: its beginning (0), or a change of what it delivered (from 1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chapter(pub u32);

impl Chapter {
    /// The chapter in which a generation begins.
    pub const FIRST: Self = Self(0);

    /// The chapter after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The chapter before it; `None` for the first.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    /// Key of a step of a stage in this chapter.
    #[must_use]
    pub fn key(self, stage: super::stage::Stage, name: &str) -> StepKey {
        self.own(&format!("{}/{name}", stage.name()))
    }

    /// Key of something recorded in this chapter.
    #[must_use]
    pub fn own(self, name: &str) -> StepKey {
        StepKey(format!("{}{name}", self.prefix()))
    }

    /// The key of one of its steps without the part that names the chapter; `None` when it is another chapter's.
    #[must_use]
    pub fn within(self, key: &str) -> Option<&str> {
        match self {
            Self::FIRST if key.starts_with(CHANGE) => None,
            chapter => key.strip_prefix(&chapter.prefix()),
        }
    }

    /// Name of a file or a folder of this chapter's own, of one that every chapter has.
    #[must_use]
    pub fn named(self, name: &str) -> String {
        match self {
            Self::FIRST => name.to_owned(),
            Self(number) => format!("{CHANGE}{number}-{name}"),
        }
    }

    fn prefix(self) -> String {
        match self {
            Self::FIRST => String::new(),
            Self(number) => format!("{CHANGE}{number}/"),
        }
    }
}

/// What keys and names of a change begin with.
const CHANGE: &str = "change-";

/// Stable key of a step within its generation, such as `code/render/data-model`, or `change-1/code/pack` in a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepKey(pub String);

impl StepKey {
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
