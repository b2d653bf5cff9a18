//! Problems of a file and where they are.

use crate::domain::{
    lines::{Lines, saturated},
    problem::{Position, Problem},
};

/// Collects the problems of one file.
#[derive(Debug)]
pub(super) struct Places<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<(usize, Problem)>,
}

impl<'a> Places<'a> {
    /// Begins with none. `file` is its name for people.
    pub(super) const fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// Adds a problem at a byte of the file.
    pub(super) fn add(&mut self, problem: Problem, offset: usize) {
        self.found.push((offset, problem));
    }

    /// All of them, in the file's order, with line and column.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|(offset, _)| *offset);
        if self.found.is_empty() {
            return Vec::new();
        }
        let lines = Lines::of(self.text);
        let located = self.found.into_iter().map(|(offset, problem)| problem.at(self.file, lines.position(offset)));
        located.collect()
    }

    /// Where a parser of JSON stopped. Its columns count bytes.
    pub(super) fn of_json(error: &serde_json::Error) -> Position {
        Position { line: saturated(error.line().max(1)), column: saturated(error.column().max(1)) }
    }
}
