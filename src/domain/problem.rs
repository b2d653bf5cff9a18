//! Problems as data: a code, where, and parameters; sentences are made at the edge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A place in a text, counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// Something wrong with an input, or worth telling about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind, stable across versions: a key of the sentence tables.
    pub code: String,
    /// Where in the spec, such as `entities.Post.fields.title.max_length`; empty for the whole.
    pub path: String,
    /// File as the user named it, when it came from one.
    pub file: Option<String>,
    /// Where in the file.
    pub position: Option<Position>,
    /// Values that the sentences speak of.
    pub params: BTreeMap<String, String>,
}

impl Problem {
    /// A problem of a kind at a place in the spec.
    #[must_use]
    pub fn new(code: &str, path: impl Into<String>) -> Self {
        Self { code: code.to_owned(), path: path.into(), file: None, position: None, params: BTreeMap::new() }
    }

    /// Adds a value that the sentences speak of.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// Says where in which file.
    #[must_use]
    pub fn at(mut self, file: &str, position: Position) -> Self {
        self.file = Some(file.to_owned());
        self.position = Some(position);
        self
    }
}
