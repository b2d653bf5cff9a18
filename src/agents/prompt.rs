//! One question to a model.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::role::RoleLimits;
use crate::domain::digest::Digest;
use crate::domain::model_class::{Effort, ModelClass};

/// One question to a model, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Who the model is and how it answers; the same for all prompts of a role, so that providers can cache it.
    pub system: String,
    /// What is asked.
    pub user: String,
    /// Which models may answer.
    pub class: ModelClass,
    /// How long a reasoning model may think; the model's own when none.
    pub effort: Option<Effort>,
    /// Sampling temperature; the model's own when none.
    pub temperature: Option<f64>,
    /// What the answer must be; none when it is text (code in tags).
    pub schema: Option<AnswerSchema>,
    /// What the answer may take.
    pub limits: RoleLimits,
    /// Digest of the system prompt, the task's template with every partial, and the schema: what the journal records as
    /// the prompt's version. What stands in the context does not change it.
    pub digest: Digest,
}

/// What a JSON answer must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerSchema {
    /// Name for providers that want one: `<role>_<task>`.
    pub name: String,
    /// JSON Schema (2020-12) of the answer; an object.
    pub schema: Value,
}

impl AnswerSchema {
    /// What to add to a prompt when the provider cannot be given the schema.
    #[must_use]
    pub fn instruction(&self) -> String {
        format!(
            "Answer with one JSON value and nothing else: no fence, no comment, no text around it. It must be valid by \
             this JSON Schema:\n\n{:#}\n",
            self.schema
        )
    }
}
