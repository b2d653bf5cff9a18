//! The kinds of sandbox.

use serde::{Deserialize, Serialize};

/// A kind of sandbox, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Namespaces made by bubblewrap.
    Bubblewrap,
    /// The same namespaces made by our own warden process.
    Namespaces,
    /// No namespaces: landlock hides files, seccomp takes away sockets, resource limits bound the rest.
    Landlock,
    /// Resource limits, a time limit and a cleared environment; no isolation.
    None,
}

impl Tier {
    /// Every tier, best first.
    pub const ALL: [Self; 4] = [Self::Bubblewrap, Self::Namespaces, Self::Landlock, Self::None];

    /// The name in reports and settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bubblewrap => "bubblewrap",
            Self::Namespaces => "namespaces",
            Self::Landlock => "landlock",
            Self::None => "none",
        }
    }

    /// Whether a verified command has a loopback of its own.
    #[must_use]
    pub fn has_loopback(self) -> bool {
        !matches!(self, Self::Landlock)
    }

    /// Whether commands see a file system of their own, with the work folder at `/work`.
    #[must_use]
    pub fn has_own_files(self) -> bool {
        matches!(self, Self::Bubblewrap | Self::Namespaces)
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
