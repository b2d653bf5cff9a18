//! Reads what models answer: a value and everything that is wrong, both as data. Never an error, never a panic.

pub mod continuation;
pub mod files;
mod json;
mod placeholder;
pub mod structured;
mod tag;

use serde::{Deserialize, Serialize};

/// One thing wrong with an answer, said so that a model can mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerProblem {
    /// What kind.
    pub kind: ProblemKind,
    /// Where: a JSON pointer (RFC 6901) in a JSON answer, else the file's path as the model wrote it; empty for the
    /// whole answer. Text of the model, cut to 200 characters.
    pub path: String,
    /// What is wrong and what to do instead, in one sentence or two. May quote the answer.
    pub message: String,
}

impl AnswerProblem {
    /// A problem at a place.
    #[must_use]
    pub fn new(kind: ProblemKind, path: &str, message: impl Into<String>) -> Self {
        Self { kind, path: crate::domain::shown::shown(path, 200), message: message.into() }
    }
}

/// What can be wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// There is nothing in it that the form asks for.
    Empty,
    /// It ends in the middle; to be continued rather than asked again.
    CutOff,
    /// It is longer, deeper or has more parts than is read.
    TooLarge,
    /// It does not keep to the form.
    Syntax,
    /// The JSON is not what the schema says.
    Schema,
    /// A path that a project may not have.
    UnsafePath,
    /// Two parts for one file.
    Repeated,
    /// Part of a file is left out.
    Placeholder,
    /// A block of an edit cannot be applied.
    Edit,
    /// A package that cannot be added.
    Package,
}

/// Most problems that are told at once: more do not help a model.
pub(super) const PROBLEMS_MAX: usize = 30;
