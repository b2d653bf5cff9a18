//! What reading a file finds beside the spec: problems, what is left out, and where everything stands.

use std::collections::HashMap;

use crate::domain::name::Identifier;
use crate::domain::problem::{Position, Problem};

use super::syntax::Word;

/// Collects what a reading finds.
pub(super) struct Findings<'f> {
    file_name: &'f str,
    pub(super) problems: Vec<Problem>,
    pub(super) ignored: Vec<Problem>,
    positions: HashMap<String, Position>,
}

impl<'f> Findings<'f> {
    pub(super) fn new(file_name: &'f str, problems: Vec<Problem>) -> Self {
        Self { file_name, problems, ignored: Vec::new(), positions: HashMap::new() }
    }

    /// Adds a problem at a place in the file.
    pub(super) fn problem(&mut self, problem: Problem, position: Position) {
        self.problems.push(problem.at(self.file_name, position));
    }

    /// Adds something that has no meaning here.
    pub(super) fn ignore(&mut self, what: Problem, position: Position) {
        self.ignored.push(what.at(self.file_name, position));
    }

    /// Remembers where a part of the spec stands; the last place of a path counts, as a clash is the second's fault.
    pub(super) fn place(&mut self, path: String, position: Position) {
        self.positions.insert(path, position);
    }

    /// Where a part of the spec stands.
    pub(super) fn position(&self, path: &str) -> Option<Position> {
        self.positions.get(path).copied()
    }

    /// The word as an identifier, or a problem of the given code.
    pub(super) fn identifier(&mut self, code: &str, path: &str, word: Word<'_>) -> Option<Identifier> {
        let identifier = Identifier::parse(word.text).ok();
        if identifier.is_none() {
            let shown: String = word.text.chars().take(80).collect();
            self.problem(Problem::new(code, path).with("name", shown), word.position);
        }
        identifier
    }
}
