//! Reads an app spec in YAML, JSON, TOML or JDL into [`domain::spec::Spec`](crate::domain::spec::Spec), or tells
//! everything that is wrong with it at once.
//!
//! Each of the first three formats is parsed into one tree of nodes that know their place in the file; one reader goes
//! from that tree to the spec. JDL has its own reader. Whatever the format, `check` then looks at what only the
//! whole can tell: names that clash, relations to nothing, bounds that contradict each other.

mod bounds;
mod check;
mod digest;
mod format;
mod forms;
pub mod jdl;
mod kinds;
mod languages;
mod names;
mod pattern;
mod reader;
mod schema;
mod text;
mod tree;

use std::collections::BTreeMap;

use crate::domain::problem::{Position, Problem};
use crate::domain::spec::Spec;

pub use self::digest::digest;
use self::format::Format;
pub use self::schema::{json_schema, starter};

/// Largest spec file that is read, in bytes.
pub const FILE_MAX_BYTES: usize = 10 * 1024 * 1024;
/// Most entities in a spec.
pub const ENTITIES_MAX: usize = 500;
/// Most fields of one entity.
pub const FIELDS_MAX: usize = 200;
/// Most problems that are told of one file; beyond that many it is not the spec that is wrong but the file.
pub const PROBLEMS_MAX: usize = 1_000;

/// What came of reading a spec file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The spec; `Some` exactly when `problems` is empty.
    pub spec: Option<Spec>,
    /// Everything that is wrong, in the order of the file.
    pub problems: Vec<Problem>,
    /// What the file says that has no meaning here, or is used nowhere, and was left out.
    pub ignored: Vec<Problem>,
    /// Where each part of the spec stands in the file.
    pub places: Places,
}

/// Where the parts of a spec stand in its file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Places {
    file: String,
    positions: BTreeMap<String, Position>,
}

impl Places {
    /// Adds to a problem that was found later where its part of the spec stands: the nearest part around it that has a
    /// place of its own.
    #[must_use]
    pub fn locate(&self, problem: Problem) -> Problem {
        let start = Position { line: 1, column: 1 };
        let position = check::nearest_position(&problem.path, &|path| self.positions.get(path).copied());
        problem.at(&self.file, position.unwrap_or(start))
    }
}

impl Reading {
    /// Nothing could be read, for one reason.
    fn refused(file_name: &str, position: Position, problem: Problem) -> Self {
        Self {
            spec: None,
            problems: vec![problem.at(file_name, position)],
            ignored: Vec::new(),
            places: Places::default(),
        }
    }
}

/// Reads a spec file. The format is told by the ending of its name, or by the content when the ending says nothing.
///
/// A file that is not of its format at all has that one problem; in any other every problem is told at once, each with
/// its place in the file.
#[must_use]
pub fn read(file_name: &str, bytes: &[u8]) -> Reading {
    let start = Position { line: 1, column: 1 };
    if bytes.len() > FILE_MAX_BYTES {
        let problem = Problem::new("file_too_large", "").with("bytes", bytes.len()).with("most", FILE_MAX_BYTES);
        return Reading::refused(file_name, start, problem);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok());
            let place = tree::position_at_end(before.unwrap_or_default());
            return Reading::refused(file_name, place, Problem::new("file_not_utf8", ""));
        }
    };
    let format = Format::of(file_name, text);
    if text.trim().is_empty() {
        return Reading::refused(file_name, start, Problem::new("file_empty", ""));
    }
    if format == Format::Jdl {
        return jdl::read(file_name, text);
    }
    match tree::parse(format, text) {
        Ok(root) => read_tree(file_name, &root),
        Err(broken) => {
            let problem = Problem::new(broken.code, "").with("format", format.name()).with("message", broken.message);
            Reading::refused(file_name, broken.position, problem)
        }
    }
}

fn read_tree(file_name: &str, root: &tree::Node) -> Reading {
    let mut positions: BTreeMap<String, Position> = BTreeMap::new();
    tree::walk(root, "", &mut |path, node| {
        positions.entry(path.to_owned()).or_insert(node.position);
    });
    let mut problems = tree::repeated_keys(root);
    let outcome = reader::read(root);
    problems.extend(outcome.problems);
    if let Some(spec) = &outcome.spec {
        let called: BTreeMap<&str, &str> =
            outcome.elsewhere.iter().map(|(called, there)| (called.as_str(), there.as_str())).collect();
        let locate = |path: &str| positions.get(called.get(path).copied().unwrap_or(path)).copied();
        let found = check::check_part(spec, &outcome.left_out, &locate);
        problems.extend(found.into_iter().map(|mut problem| {
            if let Some(there) = called.get(problem.path.as_str()) {
                problem.path = (*there).to_owned();
            }
            problem
        }));
    }
    problems.sort_by_key(|problem| problem.position);
    for problem in &mut problems {
        problem.file = Some(file_name.to_owned());
    }
    if let Some(first_beyond) = problems.get(PROBLEMS_MAX).cloned() {
        let count = problems.len();
        problems.truncate(PROBLEMS_MAX);
        let more = Problem::new("more_problems", "").with("count", count - PROBLEMS_MAX);
        problems.push(Problem { position: first_beyond.position, file: first_beyond.file, ..more });
    }
    let mut ignored = outcome.ignored;
    ignored.sort_by_key(|ignored| ignored.position);
    for ignored in &mut ignored {
        ignored.file = Some(file_name.to_owned());
    }
    let places = Places { file: file_name.to_owned(), positions };
    let spec = outcome.spec.filter(|_| problems.is_empty());
    Reading { spec, problems, ignored, places }
}

#[cfg(test)]
mod tests;
