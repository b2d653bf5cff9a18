//! Completes a spec by what somebody else found in its prose: he may add, and never change what the user said.

mod compare;
mod prepare;

use std::collections::BTreeSet;

use serde_json::Value;

use super::format::Format;
use super::reader::{self, Outcome};
use super::{FILE_MAX_BYTES, PROBLEMS_MAX, check, surface, tree};
use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, Spec};

/// What came of completing a spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The spec; `Some` exactly when `problems` is empty.
    pub spec: Option<Spec>,
    /// Everything that is wrong with the answer, without places in a file: the paths tell where.
    pub problems: Vec<Problem>,
}

/// Completes what was asked with an answer in the JSON form of specs.
///
/// The answer may leave out all that the user said. It may add entities, relations, fields and sample rows that are not
/// there, sign-in when the user asked for none (and then who may do what with his entities), title and summary when he gave
/// none. What he said stays: where the answer says something else there is a problem, but not over words for people and
/// choices of display (`title`, `label`, `description`, `sort` and the like), where what the answer says is left out. The
/// answer is read as any spec is, and the whole is checked as any spec is. `complete(spec, &surface(spec))` is `spec`.
#[must_use]
pub fn complete(asked: &Spec, answer: &Value) -> Completed {
    let mut problems = Vec::new();
    let prepared = prepare::prepared(asked, answer, &mut problems);
    let outcome = match outcome(&prepared) {
        Ok(outcome) => outcome,
        Err(problem) => {
            problems.push(problem);
            return Completed { spec: None, problems };
        }
    };
    let Outcome { spec: told, problems: misread, left_out, elsewhere, .. } = outcome;
    problems.extend(misread);
    let spec = told.map(|told| merged(asked, told, &mut problems));
    if let Some(spec) = &spec {
        let found = check::check_part(spec, &left_out, &|_| None);
        problems.extend(found.into_iter().map(|problem| {
            let there = elsewhere.iter().find(|(called, _)| *called == problem.path);
            let path = there.map_or(problem.path.clone(), |(_, there)| there.clone());
            demanded_of_samples(asked, Problem { path, ..problem })
        }));
    }
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert((problem.path.clone(), problem.code.clone())));
    problems.truncate(PROBLEMS_MAX);
    for problem in &mut problems {
        problem.position = None;
    }
    Completed { spec: spec.filter(|_| problems.is_empty()), problems }
}

fn outcome(prepared: &Value) -> Result<Outcome, Problem> {
    let text = prepared.to_string();
    if text.len() > FILE_MAX_BYTES {
        return Err(Problem::new("file_too_large", "").with("bytes", text.len()).with("most", FILE_MAX_BYTES));
    }
    let root = tree::parse(Format::Json, &text)
        .map_err(|broken| Problem { position: None, ..broken.problem(Format::Json) })?;
    Ok(reader::read(&root, true))
}

/// What was asked, with what else is told.
fn merged(asked: &Spec, told: Spec, problems: &mut Vec<Problem>) -> Spec {
    let mut spec = asked.clone();
    if !prepare::gave_title(asked) {
        spec.title = told.title;
    }
    if spec.summary.is_empty() {
        spec.summary = told.summary;
    }
    spec.sign_in = spec.sign_in.or(told.sign_in);
    for entity in told.entities {
        match spec.entities.iter_mut().find(|known| known.name == entity.name) {
            Some(known) => extend(known, entity, asked.sign_in.is_none(), problems),
            None => spec.entities.push(entity),
        }
    }
    let mut added = Vec::new();
    for relation in told.relations {
        match asked.relations.iter().find(|known| compare::is_one(known, &relation)) {
            Some(known) => problems.extend(compare::changed_relation(known, &relation)),
            None => added.push(relation),
        }
    }
    surface::add(&mut spec, added);
    spec
}

/// Adds to an entity of the user's what it has not.
fn extend(known: &mut Entity, told: Entity, takes_access: bool, problems: &mut Vec<Problem>) {
    let count = known.fields.len();
    for field in told.fields {
        match known.fields.iter().take(count).find(|own| own.name == field.name) {
            Some(own) => problems.extend(compare::changed_field(&known.name, own, &field)),
            None => known.fields.push(field),
        }
    }
    if known.samples.is_empty() && !known.without_samples {
        known.samples = told.samples;
        known.without_samples = told.without_samples;
    }
    if takes_access {
        known.read_roles = told.read_roles;
        known.write_roles = told.write_roles;
    }
}

/// A value that is missing in a row of the user's is the fault of the field that demands it, as the row stays what it is.
fn demanded_of_samples(asked: &Spec, problem: Problem) -> Problem {
    let owner = asked.entities.iter().find(|entity| {
        !entity.samples.is_empty() && problem.path.starts_with(&format!("entities.{}.samples[", entity.name))
    });
    match (owner, problem.params.get("field")) {
        (Some(entity), Some(field)) if problem.code == "sample_value_missing" => {
            let path = format!("entities.{}.fields.{field}.required", entity.name);
            Problem::new("answer_demands_of_samples", path).with("field", field).with("entity", &entity.name)
        }
        _ => problem,
    }
}

#[cfg(test)]
#[path = "complete_tests.rs"]
mod tests;
