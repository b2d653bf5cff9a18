//! Names that are safe wherever they end up: in code, in paths, in SQL, on a command line.

use serde::{Deserialize, Serialize};

/// Most characters an identifier may have.
pub const IDENTIFIER_MAX_CHARS: usize = 60;
/// Most characters a project name may have.
pub const PROJECT_NAME_MAX_CHARS: usize = 63;

/// A name was not of the form it must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a valid {what}: {rule}")]
pub struct InvalidName {
    /// What kind of name.
    pub what: &'static str,
    /// The text, cut to 80 characters.
    pub value: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

fn invalid(what: &'static str, value: &str, rule: &'static str) -> InvalidName {
    InvalidName { what, value: value.chars().take(80).collect(), rule }
}

/// The name of an entity, field, relation, role or enumeration value: `^[A-Za-z][A-Za-z0-9_]{0,59}$`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identifier(String);

impl Identifier {
    /// Rule in words.
    pub const RULE: &'static str =
        "it starts with an ASCII letter and has only ASCII letters, digits and `_`, at most 60 characters";

    /// Parses an identifier.
    ///
    /// # Errors
    /// When the text breaks [`Self::RULE`].
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let mut chars = text.chars();
        let starts = chars.next().is_some_and(|first| first.is_ascii_alphabetic());
        let goes_on = chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if starts && goes_on && text.len() <= IDENTIFIER_MAX_CHARS {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid("identifier", text, Self::RULE))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The machine name of a project: `^[a-z][a-z0-9-]{0,62}$`, not ending in `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(String);

impl ProjectName {
    /// Rule in words.
    pub const RULE: &'static str = "it starts with a small ASCII letter and has only small ASCII letters, digits and inner `-`, at most 63 characters";

    /// Parses a project name.
    ///
    /// # Errors
    /// When the text breaks [`Self::RULE`].
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let mut chars = text.chars();
        let starts = chars.next().is_some_and(|first| first.is_ascii_lowercase());
        let goes_on = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if starts && goes_on && !text.ends_with('-') && text.len() <= PROJECT_NAME_MAX_CHARS {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid("project name", text, Self::RULE))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_conversions {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
text_conversions!(Identifier);
text_conversions!(ProjectName);
