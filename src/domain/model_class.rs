//! What is wanted of a model: a class instead of a name, and how long it may think.

use serde::{Deserialize, Serialize};

/// What a model is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelClass {
    /// Long thought: plans, hard debugging.
    Reasoning,
    /// Writing and changing code.
    Coding,
    /// Short answers at once.
    Fast,
    /// Conversation.
    Chat,
}

impl ModelClass {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Reasoning, Self::Coding, Self::Fast, Self::Chat];

    /// Name in settings, requests and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reasoning => "reasoning",
            Self::Coding => "coding",
            Self::Fast => "fast",
            Self::Chat => "chat",
        }
    }
}

/// How long a reasoning model may think.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Not at all.
    None,
    /// As little as it can.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Long.
    High,
}
