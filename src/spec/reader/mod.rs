//! Reads the tree of a spec file into a spec and collects every problem on the way.

mod acceptance;
mod entity;
mod field;
mod project;
mod relation;
mod scalars;
mod value;
mod words;

use std::collections::HashSet;

use super::names::nearest;
use super::tree::{Node, Value, item_path, key_path};
use crate::domain::problem::{Position, Problem};
use crate::domain::spec::Spec;

pub(super) use self::project::{KEYS as TOP_KEYS, title_of};

/// What the reader made of a tree.
pub(super) struct Outcome {
    /// What could be read; parts that are not well formed are not in it.
    pub(super) spec: Option<Spec>,
    /// What is not well formed.
    pub(super) problems: Vec<Problem>,
    /// What is well formed but used nowhere.
    pub(super) ignored: Vec<Problem>,
    /// Paths of the parts that are not well formed.
    pub(super) left_out: HashSet<String>,
    /// Paths by which the check calls something that the file has elsewhere, and where.
    pub(super) elsewhere: Vec<(String, String)>,
}

/// Reads a spec from the root of a tree; it need have no entities when the same file has some elsewhere.
pub(super) fn read(root: &Node, entities_elsewhere: bool) -> Outcome {
    let mut reader = Reader::default();
    let spec = project::read(&mut reader, &At { node: root, path: String::new() }, entities_elsewhere);
    let Reader { problems, ignored, left_out, elsewhere, .. } = reader;
    Outcome { spec, problems, ignored, left_out, elsewhere }
}

/// The keys of each table, by the place of the table's properties in the JSON Schema.
#[cfg(test)]
pub(super) fn known_keys() -> Vec<(&'static str, &'static [&'static str])> {
    vec![
        ("/properties", &project::KEYS),
        ("/properties/sign_in/oneOf/1/properties", &project::SIGN_IN_KEYS),
        ("/properties/sample_data/oneOf/1/properties", &project::SAMPLE_DATA_KEYS),
        ("/properties/limits/properties", &project::LIMITS_KEYS),
        ("/$defs/entity/properties", &entity::KEYS),
        ("/$defs/entity/properties/pagination/oneOf/1/properties", &entity::PAGINATION_KEYS),
        ("/$defs/entity/properties/access/properties", &entity::ACCESS_KEYS),
        ("/$defs/field_table/properties", &field::KEYS),
        ("/$defs/relation_table/properties", &relation::KEYS),
        ("/$defs/acceptance/properties", &acceptance::KEYS),
        ("/$defs/attachment/properties", &words::ATTACHMENT_KEYS),
        ("/$defs/value/oneOf/3/properties", &value::FILE_KEYS),
    ]
}

/// A value and its path.
#[derive(Debug, Clone)]
struct At<'a> {
    node: &'a Node,
    path: String,
}

/// A table whose keys are all known.
struct Table<'a> {
    path: String,
    position: Position,
    entries: &'a [(String, Node)],
}

impl<'a> Table<'a> {
    fn get(&self, key: &str) -> Option<At<'a>> {
        let (_, node) = self.entries.iter().find(|(name, _)| name == key)?;
        Some(At { node, path: key_path(&self.path, key) })
    }

    fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }
}

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    ignored: Vec<Problem>,
    left_out: HashSet<String>,
    elsewhere: Vec<(String, String)>,
    used_enums: HashSet<String>,
}

impl Reader {
    /// Notes a problem with the value at a place, which is then left out of the spec.
    fn refuse(&mut self, at: &At<'_>, problem: Problem) {
        self.left_out.insert(at.path.clone());
        self.note(at.node.position, problem);
    }

    /// Whether anything below a path is not well formed.
    fn has_left_out_below(&self, path: &str) -> bool {
        self.left_out.iter().any(|left_out| left_out.len() > path.len() && left_out.starts_with(path))
    }

    /// Notes a problem that leaves the rest of the spec as it is.
    fn note(&mut self, position: Position, mut problem: Problem) {
        problem.position = Some(position);
        self.problems.push(problem);
    }

    /// The value is of another type than it must be.
    fn refuse_type(&mut self, at: &At<'_>, expected: &str) {
        let problem = match &at.node.value {
            Value::Null => Problem::new("nothing_given", &at.path).with("expected", expected),
            other => Problem::new("wrong_type", &at.path).with("expected", expected).with("found", other.kind()),
        };
        self.refuse(at, problem);
    }

    /// The entries of a table of named things.
    fn entries<'a>(&mut self, at: &At<'a>, expected: &str) -> Option<Vec<(&'a str, At<'a>)>> {
        match &at.node.value {
            Value::Table(entries) => {
                let mut seen = HashSet::new();
                let named = entries.iter().filter(|(key, _)| seen.insert(key.as_str()));
                Some(named.map(|(key, node)| (key.as_str(), At { node, path: key_path(&at.path, key) })).collect())
            }
            _ => {
                self.refuse_type(at, expected);
                None
            }
        }
    }

    /// A table that may hold the known keys and no other.
    fn table<'a>(&mut self, at: &At<'a>, expected: &str, known: &[&str]) -> Option<Table<'a>> {
        let Value::Table(entries) = &at.node.value else {
            self.refuse_type(at, expected);
            return None;
        };
        for (key, node) in entries {
            if !known.contains(&key.as_str()) {
                let path = key_path(&at.path, key);
                let problem = match nearest(key, known.iter().copied()) {
                    Some(meant) => Problem::new("key_misspelt", path).with("key", key).with("meant", meant),
                    None => Problem::new("key_unknown", path).with("key", key).with("known", known.join("`, `")),
                };
                self.note(node.position, problem);
            }
        }
        Some(Table { path: at.path.clone(), position: at.node.position, entries })
    }

    /// The items of a list.
    fn items<'a>(&mut self, at: &At<'a>, expected: &str, most: usize) -> Option<Vec<At<'a>>> {
        match &at.node.value {
            Value::List(items) if items.len() > most => {
                let problem = Problem::new("too_many", &at.path).with("count", items.len()).with("most", most);
                self.refuse(at, problem);
                None
            }
            Value::List(items) => {
                let at_items = items.iter().enumerate();
                Some(at_items.map(|(index, node)| At { node, path: item_path(&at.path, index) }).collect())
            }
            _ => {
                self.refuse_type(at, expected);
                None
            }
        }
    }

    /// A key that must be there is not.
    fn missing(&mut self, table: &Table<'_>, key: &str, example: &str) {
        let path = key_path(&table.path, key);
        self.left_out.insert(path.clone());
        self.note(table.position, Problem::new("key_missing", path).with("key", key).with("example", example));
    }
}
