//! What only the whole spec can tell, whatever format it came in.

mod access;
mod fields;
mod names;
mod relations;
mod values;

use std::collections::HashSet;

use crate::domain::problem::{Position, Problem};
use crate::domain::spec::{Relation, Spec};

/// Finds everything that contradicts itself in a spec whose parts are each well formed.
///
/// A reader leaves parts out that are not well formed: it gives their paths in `left_out`, and nothing is said about their
/// absence. Paths are those of the YAML surface: `entities.Post`, `entities.Post.fields.title.max_length`,
/// `entities.Post.relations.author` (at the owner), `entities.Post.samples[0].title`, `sign_in.roles[0]`. `locate` tells
/// where in the file a path stands; a path that it does not know is asked for again without its last part.
pub(super) fn check_part(
    spec: &Spec,
    left_out: &HashSet<String>,
    locate: &dyn Fn(&str) -> Option<Position>,
) -> Vec<Problem> {
    let mut checker = Checker { spec, left_out, problems: Vec::new() };
    names::check(&mut checker);
    fields::check(&mut checker);
    values::check(&mut checker);
    relations::check(&mut checker);
    access::check(&mut checker);
    let mut problems = checker.problems;
    for problem in &mut problems {
        problem.position = nearest_position(&problem.path, locate);
    }
    problems
}

/// The spec under the check, and what was found so far.
struct Checker<'a> {
    spec: &'a Spec,
    left_out: &'a HashSet<String>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Whether the part at a path was there but not well formed.
    fn was_left_out(&self, path: &str) -> bool {
        self.left_out.contains(path)
    }
}

/// Path of a relation at its owner.
fn relation_path(relation: &Relation) -> String {
    let name = relation.from.name.as_ref().unwrap_or(&relation.to.entity);
    format!("entities.{}.relations.{name}", relation.from.entity)
}

/// Where a path stands, or else the nearest part around it that has a place of its own.
pub(super) fn nearest_position(path: &str, locate: &dyn Fn(&str) -> Option<Position>) -> Option<Position> {
    let mut rest = path;
    loop {
        if let Some(position) = locate(rest) {
            return Some(position);
        }
        let end = rest.rfind(['.', '['])?;
        rest = rest.get(..end)?;
    }
}
