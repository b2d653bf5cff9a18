//! Reads an app spec in YAML, JSON, TOML, JDL or prose into [`domain::spec::Spec`](crate::domain::spec::Spec), or tells
//! everything that is wrong with it at once.
//!
//! Each of the first three formats is parsed into one tree of nodes that know their place in the file; one reader goes
//! from that tree to the spec. JDL has its own reader; a Markdown or text file is prose, with structure in its front matter
//! and fenced blocks. Whatever the format, `check` then looks at what only the
//! whole can tell: names that clash, relations to nothing, bounds that contradict each other.

mod attachment;
mod bounds;
mod check;
mod complete;
mod digest;
mod format;
mod forms;
pub mod jdl;
mod kinds;
mod languages;
mod names;
mod pattern;
mod prose;
mod reader;
mod schema;
mod surface;
mod text;
mod tree;

use std::collections::{BTreeMap, HashSet};

use crate::domain::problem::{Position, Problem};
use crate::domain::spec::Spec;

pub use self::attachment::{ATTACHMENT_MAX_BYTES, attach};
pub use self::complete::{Completed, complete};
pub use self::digest::digest;
use self::format::Format;
pub use self::schema::{format_guide, json_schema, starter};
pub use self::surface::{surface, surface_yaml};

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
    match format {
        Format::Jdl => jdl::read(file_name, text),
        Format::Prose => prose::read(file_name, text),
        Format::Yaml | Format::Json | Format::Toml => match tree::parse(format, text) {
            Ok(root) => read_tree(file_name, &root),
            Err(broken) => Reading::refused(file_name, broken.position, broken.problem(format)),
        },
    }
}

/// A file whose parts were read, before anything looked at the whole.
#[derive(Default)]
struct Draft {
    spec: Option<Spec>,
    problems: Vec<Problem>,
    ignored: Vec<Problem>,
    /// Paths of the parts that are not well formed.
    left_out: HashSet<String>,
    /// Paths by which the check calls something that the file has elsewhere, and where.
    elsewhere: BTreeMap<String, String>,
    positions: BTreeMap<String, Position>,
}

impl Draft {
    /// Reads a tree; entities may stand in another part of its file.
    fn of_tree(root: &tree::Node, entities_elsewhere: bool) -> Self {
        let mut positions: BTreeMap<String, Position> = BTreeMap::new();
        tree::walk(root, "", &mut |path, node| {
            positions.entry(path.to_owned()).or_insert(node.position);
        });
        let mut problems = tree::repeated_keys(root);
        let outcome = reader::read(root, entities_elsewhere);
        problems.extend(outcome.problems);
        Self {
            spec: outcome.spec,
            problems,
            ignored: outcome.ignored,
            left_out: outcome.left_out,
            elsewhere: outcome.elsewhere.into_iter().collect(),
            positions,
        }
    }

    /// Everything that contradicts itself in the whole.
    fn contradictions(&self) -> Vec<Problem> {
        let Some(spec) = &self.spec else { return Vec::new() };
        let in_file = |path: &str| self.elsewhere.get(path).map_or(path, String::as_str).to_owned();
        let locate = |path: &str| self.positions.get(&in_file(path)).copied();
        let found = check::check_part(spec, &self.left_out, &locate);
        found.into_iter().map(|problem| Problem { path: in_file(&problem.path), ..problem }).collect()
    }

    fn finished(self, file_name: &str) -> Reading {
        let Self { spec, mut problems, mut ignored, positions, .. } = self;
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
        ignored.sort_by_key(|ignored| ignored.position);
        for ignored in &mut ignored {
            ignored.file = Some(file_name.to_owned());
        }
        let places = Places { file: file_name.to_owned(), positions };
        let spec = spec.filter(|_| problems.is_empty());
        Reading { spec, problems, ignored, places }
    }
}

fn read_tree(file_name: &str, root: &tree::Node) -> Reading {
    let mut draft = Draft::of_tree(root, false);
    draft.problems.extend(draft.contradictions());
    draft.finished(file_name)
}

#[cfg(test)]
mod tests;
