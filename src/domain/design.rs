//! The architect's answer on what the stories need beyond the pack's own architecture.

use serde::{Deserialize, Serialize};

/// How the stories are to be met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Design {
    /// What is built, in a few sentences.
    #[serde(default)]
    pub summary: String,
    /// Parts of code, each with one purpose.
    pub modules: Vec<Module>,
    /// New addresses of the API.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// New pages.
    #[serde(default)]
    pub pages: Vec<Page>,
    /// How data goes from where it is typed to where it is kept and shown.
    #[serde(default)]
    pub data_flow: Vec<String>,
    /// What was decided, and why.
    #[serde(default)]
    pub decisions: Vec<Choice>,
    /// What may go wrong, and what is done about it.
    #[serde(default)]
    pub risks: Vec<Risk>,
}

/// A part of the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its files.
    #[serde(default)]
    pub files: Vec<DesignedFile>,
}

/// A file of a part. A proposal: the plan says which files there will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignedFile {
    /// Where it would be.
    pub path: String,
    /// What it would be for.
    pub purpose: String,
}

/// An address of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Path, with `:parameters`.
    pub path: String,
    /// What it does.
    pub purpose: String,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Path in the address bar.
    pub path: String,
    /// Its title.
    pub title: String,
    /// What a user does there.
    pub purpose: String,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What was decided.
    pub title: String,
    /// Why.
    pub reason: String,
}

/// Something that may go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// What.
    pub risk: String,
    /// How likely.
    pub probability: Level,
    /// How bad.
    pub impact: Level,
    /// What is done about it.
    pub mitigation: String,
}

/// How likely, or how bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

impl Level {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
