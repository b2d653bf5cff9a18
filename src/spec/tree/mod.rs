//! The one tree that YAML, JSON and TOML are parsed into: values that know where they stand.

mod json;
mod toml;
mod yaml;

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::format::Format;
use crate::domain::lines::Lines;
use crate::domain::problem::{Position, Problem};

/// Deepest nesting of lists and tables in a file.
pub(super) const DEPTH_MAX: usize = 64;
/// Most values in a file, aliases counted where they are used.
pub(super) const NODES_MAX: usize = 1_000_000;

/// A value and where it stands: at its key in a table, else at its own first character.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) position: Position,
    pub(super) value: Value,
}

/// A value of any of the formats.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    /// A date or time that the format has as a type of its own, in its ISO 8601 form.
    Moment(String),
    List(Vec<Node>),
    /// Entries in the order of the file; a key may come twice until [`repeated_keys`] has been asked.
    Table(Vec<(String, Node)>),
}

impl Value {
    /// What the value is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Moment(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// A number as written, and its exact value where that fits 96 bits and 28 decimal places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) exact: Option<Decimal>,
}

impl Number {
    /// Reads decimal notation, with or without an exponent and `_` between digits.
    fn decimal(text: &str) -> Self {
        let digits = text.replace('_', "");
        let unsigned = digits.strip_prefix('+').unwrap_or(&digits);
        let exact = Decimal::from_str_exact(unsigned).or_else(|_| Decimal::from_scientific(unsigned)).ok();
        Self { text: text.to_owned(), exact }
    }

    /// Keeps a whole number that was written in another base.
    fn whole(text: &str, value: i64) -> Self {
        Self { text: text.to_owned(), exact: Some(Decimal::from(value)) }
    }
}

/// A file's text cannot be read as its format at all.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) position: Position,
    pub(super) code: &'static str,
    /// What the parser says, when it is more than the code tells.
    pub(super) message: String,
}

impl Broken {
    /// Tells it of a text in a format.
    pub(super) fn problem(self, format: Format) -> Problem {
        let mut problem = Problem::new(self.code, "").with("format", format.name()).with("message", self.message);
        problem.position = Some(self.position);
        problem
    }
}

/// Parses a text in one of the three tree formats.
pub(super) fn parse(format: Format, text: &str) -> Result<Node, Broken> {
    match format {
        Format::Json => json::parse(text),
        Format::Toml => toml::parse(text),
        Format::Yaml | Format::Jdl | Format::Prose => yaml::parse(text),
    }
}

/// Where the character after a text stands.
pub(super) fn position_at_end(text: &str) -> Position {
    Lines::of(text).position(text.len())
}

/// Moves a tree that was parsed by itself to where its text begins in a file.
pub(super) fn move_down(node: &mut Node, lines: u32) {
    node.position.line = node.position.line.saturating_add(lines);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| move_down(item, lines)),
        Value::Table(entries) => entries.iter_mut().for_each(|(_, entry)| move_down(entry, lines)),
        Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Text(_) | Value::Moment(_) => {}
    }
}

/// Path of an entry of the table at `parent`.
pub(super) fn key_path(parent: &str, key: &str) -> String {
    const SHOWN_MAX_CHARS: usize = 80;
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let shown: String = key.chars().take(SHOWN_MAX_CHARS).collect();
    match (plain, parent.is_empty()) {
        (true, true) => shown,
        (true, false) => format!("{parent}.{shown}"),
        (false, _) => format!("{parent}[\"{}\"]", shown.escape_default()),
    }
}

/// Path of an item of the list at `parent`.
pub(super) fn item_path(parent: &str, index: usize) -> String {
    format!("{parent}[{index}]")
}

/// Every key that stands twice in one table, at its second place.
pub(super) fn repeated_keys(root: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    collect_repeated_keys(root, "", &mut problems);
    problems
}

fn collect_repeated_keys(node: &Node, path: &str, problems: &mut Vec<Problem>) {
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_repeated_keys(item, &item_path(path, index), problems);
            }
        }
        Value::Table(entries) => {
            let mut seen = HashSet::new();
            for (key, entry) in entries {
                let entry_path = key_path(path, key);
                if seen.insert(key) {
                    collect_repeated_keys(entry, &entry_path, problems);
                } else {
                    let mut problem = Problem::new("key_repeated", entry_path).with("key", key);
                    problem.position = Some(entry.position);
                    problems.push(problem);
                }
            }
        }
        Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Text(_) | Value::Moment(_) => {}
    }
}

/// Calls `visit` with the path and node of every value, parents first.
pub(super) fn walk<'a>(node: &'a Node, path: &str, visit: &mut impl FnMut(&str, &'a Node)) {
    visit(path, node);
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &item_path(path, index), visit);
            }
        }
        Value::Table(entries) => {
            for (key, entry) in entries {
                walk(entry, &key_path(path, key), visit);
            }
        }
        Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Text(_) | Value::Moment(_) => {}
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
