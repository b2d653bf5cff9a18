//! The roles, and what `agent.toml` says of one.

use serde::{Deserialize, Serialize};

use crate::domain::lines::Lines;
use crate::domain::model_class::{Effort, ModelClass};

/// Who is asked. The name is the role's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleName {
    /// Completes a spec from prose.
    Analyst,
    /// Designs the project.
    Architect,
    /// Breaks the design into tasks.
    Lead,
    /// Writes code.
    Developer,
    /// Reads a task's changes against its criteria.
    Reviewer,
    /// Writes tests.
    Tester,
    /// Mends what the checks find.
    Debugger,
}

impl RoleName {
    /// All of them, in the order in which they work.
    pub const ALL: [Self; 7] =
        [Self::Analyst, Self::Architect, Self::Lead, Self::Developer, Self::Reviewer, Self::Tester, Self::Debugger];

    /// Name of the folder, in journals and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Architect => "architect",
            Self::Lead => "lead",
            Self::Developer => "developer",
            Self::Reviewer => "reviewer",
            Self::Tester => "tester",
            Self::Debugger => "debugger",
        }
    }
}

impl std::fmt::Display for RoleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What `agent.toml` says: how a role is asked.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Which models may answer.
    pub(super) class: ModelClass,
    /// How long a reasoning model may think; the model's own when absent.
    #[serde(default)]
    pub(super) effort: Option<Effort>,
    /// Sampling temperature; the model's own when absent.
    #[serde(default)]
    pub(super) temperature: Option<f64>,
    /// What an answer may take.
    pub(super) limits: RoleLimits,
}

/// What an answer of a role may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleLimits {
    /// Most tokens of one answer, reasoning included.
    pub answer_tokens_max: u32,
    /// Most bytes of one answer with its continuations; what is longer is not read at all.
    pub answer_bytes_max: usize,
    /// How often problems of an answer go back to the model.
    pub repairs_max: u32,
    /// How often an answer that was cut off is continued.
    pub continuations_max: u32,
}

impl Settings {
    /// Reads `agent.toml`.
    ///
    /// # Errors
    /// With everything that is wrong, as far as the first syntax error lets it be seen.
    pub(super) fn parse(text: &str) -> Result<Self, Vec<String>> {
        let settings: Self = toml::from_str(text).map_err(|error| {
            let at = Lines::of(text).position(error.span().map_or(0, |span| span.start));
            vec![format!("line {}, column {}: {}", at.line, at.column, error.message().trim())]
        })?;
        let limits = settings.limits;
        let rules = [
            (settings.temperature.is_none_or(|degree| (0.0..=2.0).contains(&degree)), "`temperature` is from 0 to 2"),
            ((1..=1_000_000).contains(&limits.answer_tokens_max), "`answer_tokens_max` is from 1 to 1,000,000"),
            (
                (1..=ANSWER_MAX_BYTES).contains(&limits.answer_bytes_max),
                "`answer_bytes_max` is from 1 to 4,194,304 (4 MiB)",
            ),
            (limits.repairs_max <= 10, "`repairs_max` is from 0 to 10"),
            (limits.continuations_max <= 10, "`continuations_max` is from 0 to 10"),
        ];
        let broken: Vec<_> = rules.into_iter().filter(|(kept, _)| !kept).map(|(_, rule)| rule.to_owned()).collect();
        if broken.is_empty() { Ok(settings) } else { Err(broken) }
    }
}

/// Most bytes of an answer that any role may be given: what the readers of answers are measured with.
pub(super) const ANSWER_MAX_BYTES: usize = 4 * 1024 * 1024;
