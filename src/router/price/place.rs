//! Problems of a file and where they are.

use crate::domain::problem::{Position, Problem};

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
        // One walk through the text for all of them.
        let (mut seen, mut position) = (0, Position { line: 1, column: 1 });
        let located = self.found.into_iter().map(|(offset, problem)| {
            for character in self.text.get(seen..offset).unwrap_or_default().chars() {
                position = if character == '\n' {
                    Position { line: position.line.saturating_add(1), column: 1 }
                } else {
                    Position { line: position.line, column: position.column.saturating_add(1) }
                };
            }
            seen = seen.max(offset);
            problem.at(self.file, position)
        });
        located.collect()
    }

    /// Where a parser of JSON stopped. Its columns count bytes.
    pub(super) fn of_json(error: &serde_json::Error) -> Position {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).max(1);
        Position { line: number(error.line()), column: number(error.column()) }
    }
}
