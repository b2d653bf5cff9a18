//! What reading a file finds beside the spec: problems, what is left out, and where everything stands.

use std::collections::{BTreeMap, HashSet};

use crate::domain::name::Identifier;
use crate::domain::problem::{Position, Problem};

use super::syntax::Word;
use super::words;
use crate::spec::bounds::{DESCRIPTION_MAX_CHARS, LABEL_MAX_CHARS};
use crate::spec::names::identifier_like;
use crate::spec::text::forbidden_character;

/// Problems of a file that are told; from then on they are more of the same.
pub(super) const PROBLEMS_MAX: usize = 100;
/// Characters of a text that a problem repeats.
const SHOWN_CHARS: usize = 160;

/// Collects what a reading finds.
pub(super) struct Findings<'f> {
    file_name: &'f str,
    pub(super) problems: Vec<Problem>,
    pub(super) ignored: Vec<Problem>,
    /// Paths of the parts that are not in the spec because they are not well formed.
    pub(super) left_out: HashSet<String>,
    pub(super) positions: BTreeMap<String, Position>,
}

impl<'f> Findings<'f> {
    pub(super) fn new(file_name: &'f str, problems: Vec<Problem>) -> Self {
        Self { file_name, problems, ignored: Vec::new(), left_out: HashSet::new(), positions: BTreeMap::new() }
    }

    /// Adds a problem at a place in the file, unless there are more than anyone reads.
    pub(super) fn problem(&mut self, problem: Problem, position: Position) {
        if !self.is_full() {
            self.problems.push(harmless(problem).at(self.file_name, position));
        }
    }

    /// Whether a further problem would not be kept, so that nobody needs to look for what is near to a wrong name.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() > PROBLEMS_MAX
    }

    /// Adds something that has no meaning here.
    pub(super) fn ignore(&mut self, what: Problem, position: Position) {
        self.ignored.push(harmless(what).at(self.file_name, position));
    }

    /// Remembers where a part of the spec stands; the last place of a path counts, as a clash is the second's fault.
    pub(super) fn place(&mut self, path: String, position: Position) {
        self.positions.insert(path, position);
    }

    /// Where a part of the spec stands.
    pub(super) fn position(&self, path: &str) -> Option<Position> {
        self.positions.get(path).copied()
    }

    /// The word as an identifier; a problem when it cannot be one.
    pub(super) fn identifier(&mut self, path: &str, word: Word<'_>) -> Option<Identifier> {
        match Identifier::parse(word.text) {
            Ok(identifier) => Some(identifier),
            Err(error) => {
                let type_style = word.text.starts_with(|first: char| first.is_ascii_uppercase());
                let problem = Problem::new("name_invalid", path)
                    .with("name", error.value)
                    .with("rule", Identifier::RULE)
                    .with("proposal", identifier_like(word.text, type_style));
                self.left_out.insert(path.to_owned());
                self.problem(problem, word.position);
                None
            }
        }
    }

    /// One line for people: as it stands, or a problem and nothing.
    pub(super) fn label(&mut self, path: &str, text: &str, position: Position) -> Option<String> {
        let count = text.chars().count();
        let problem = if text.trim().is_empty() {
            Problem::new("text_empty", path)
        } else if count > LABEL_MAX_CHARS {
            Problem::new("text_too_long", path).with("count", count).with("most", LABEL_MAX_CHARS)
        } else if let Some(character) = forbidden_character(text, false) {
            let number = u32::from(character);
            Problem::new("text_forbidden_character", path).with("character", format!("U+{number:04X}"))
        } else {
            return Some(text.trim().to_owned());
        };
        self.problem(problem, position);
        None
    }

    /// The comment's text; one that cannot stand in an application is left out and listed.
    pub(super) fn description(&mut self, path: &str, comment: Option<Word<'_>>) -> String {
        let Some(comment) = comment else { return String::new() };
        let prose = words::prose(comment.text);
        if prose.chars().count() > DESCRIPTION_MAX_CHARS || forbidden_character(&prose, true).is_some() {
            self.ignore_comment(path, comment);
            return String::new();
        }
        prose
    }

    /// Lists a comment that has no place here.
    pub(super) fn ignore_comment(&mut self, path: &str, comment: Word<'_>) {
        let excerpt = words::excerpt(comment.text);
        self.ignore(Problem::new("jdl_ignored_comment", path).with("comment", excerpt), comment.position);
    }

    /// Whether no more things than allowed are at a path; a problem when there are.
    pub(super) fn at_most(&mut self, most: usize, count: usize, path: &str, position: Position) -> bool {
        if count > most {
            self.problem(Problem::new("too_many", path).with("count", count).with("most", most), position);
        }
        count <= most
    }
}

/// The problem with parameters of a bounded length and without characters that hide something or control a terminal.
fn harmless(mut problem: Problem) -> Problem {
    for value in problem.params.values_mut() {
        *value = shown(value);
    }
    problem
}

/// A text as problems repeat it.
pub(super) fn shown(text: &str) -> String {
    let visible =
        |c: char| if forbidden_character(c.encode_utf8(&mut [0; 4]), false).is_some() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(SHOWN_CHARS).map(visible).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}
