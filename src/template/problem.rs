//! What can be wrong with a template pack.

use crate::domain::problem::Position;

/// One thing wrong with a template pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackProblem {
    /// File inside the pack; empty for the pack as a whole.
    pub file: String,
    /// Where in the file, when it is known.
    pub position: Option<Position>,
    /// What is wrong.
    pub fault: Fault,
}

impl PackProblem {
    /// A fault of a file, or of a place in it.
    #[must_use]
    pub fn new(file: impl Into<String>, position: Option<Position>, fault: Fault) -> Self {
        Self { file: file.into(), position, fault }
    }
}

impl std::fmt::Display for PackProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = if self.file.is_empty() { "pack" } else { &self.file };
        match self.position {
            Some(at) => write!(f, "{file}:{}:{}: {}", at.line, at.column, self.fault),
            None => write!(f, "{file}: {}", self.fault),
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// TOML or a template does not parse, or names something that does not exist.
    #[error("{message}")]
    Syntax {
        /// In the parser's words.
        message: String,
    },
    /// A key that has no meaning.
    #[error("`{key}` is not known here; the keys are {}", listed(known))]
    UnknownKey {
        /// The key.
        key: String,
        /// Those that have one.
        known: Vec<String>,
    },
    /// A key that must be there.
    #[error("`{key}` is missing")]
    MissingKey {
        /// The key.
        key: String,
    },
    /// A value of the wrong type.
    #[error("`{key}` must be {expected}, not {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A value that breaks a rule.
    #[error("`{key}` is `{value}`: {rule}")]
    BadValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// The rule.
        rule: String,
    },
    /// A file that must not be in a pack, or a name that is refused.
    #[error("the file is refused: {reason}")]
    RefusedFile {
        /// Why.
        reason: String,
    },
    /// A file that belongs to no section, or to several.
    #[error("{}", match sections.as_slice() { [] => "no section lists the file".to_owned(), many => format!("the sections {} all list the file", listed(many)) })]
    NotInOneSection {
        /// Ids of those that list it.
        sections: Vec<String>,
    },
    /// A pattern that matches no file.
    #[error("the pattern `{pattern}` of {place} matches no file")]
    PatternMatchesNothing {
        /// The pattern.
        pattern: String,
        /// Where it stands.
        place: String,
    },
    /// A file of which the pack does not say what it is for, though it says so of others.
    #[error("`purposes` does not say what the file is for")]
    NoPurpose,
    /// A part that the guide does not have.
    #[error("the guide has no part `## {heading}`, which `guide_parts` names")]
    NoGuidePart {
        /// Its heading.
        heading: String,
    },
    /// A name in a condition that is no boolean of the blueprint.
    #[error("`{name}` is no boolean of the blueprint")]
    NotABoolean {
        /// The name.
        name: String,
    },
    /// A template uses a variable that will not be there.
    #[error("the variable `{name}` does not exist here; there are {}", listed(available))]
    UnknownVariable {
        /// The variable.
        name: String,
        /// Those that exist.
        available: Vec<String>,
    },
    /// A path holds a placeholder that means nothing.
    #[error("the placeholder `{{{placeholder}}}` is not known; write {known}")]
    UnknownPlaceholder {
        /// The placeholder, without braces.
        placeholder: String,
        /// Those that are.
        known: &'static str,
    },
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
