//! The four stages of a generation.

use serde::{Deserialize, Serialize};

/// A stage of a generation, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Completes what was asked.
    Analyze,
    /// Decides every name, table, route and file.
    Architect,
    /// Writes the project, one commit a section.
    Code,
    /// Runs the project's own checks.
    Test,
}

impl Stage {
    /// All stages in the order in which they run.
    pub const ALL: [Self; 4] = [Self::Analyze, Self::Architect, Self::Code, Self::Test];

    /// Name as it stands in keys, events and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
            Self::Architect => "architect",
            Self::Code => "code",
            Self::Test => "test",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
