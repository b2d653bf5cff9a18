//! Reads JHipster's domain language, JDL.
//!
//! Text becomes tokens (`token`), tokens become statements (`parser`, `syntax`), and `meaning` makes the spec of them. What a
//! file says about things that do not exist here (Java packages, microservices, deployments) is listed, never dropped in
//! silence. Which statement means what is written in `docs/jdl.md`.

mod findings;
mod meaning;
mod parser;
mod syntax;
mod token;
mod words;

use crate::domain::problem::Problem;

use super::{Draft, Reading};
use findings::{Findings, PROBLEMS_MAX};

/// Reads a JDL file; `file_name` is shown with problems and names the project when the file does not.
pub fn read(file_name: &str, text: &str) -> Reading {
    let (mut draft, is_whole) = draft(file_name, text, file_name);
    if is_whole {
        let contradictions = draft.contradictions();
        draft.problems.extend(contradictions);
    }
    draft.problems.sort_by_key(|problem| problem.position);
    if draft.problems.len() > PROBLEMS_MAX {
        draft.problems.truncate(PROBLEMS_MAX);
        let last = draft.problems.last().and_then(|problem| problem.position);
        let more = Problem::new("jdl_more_problems", "").with("shown", PROBLEMS_MAX);
        draft.problems.push(Problem { position: last, ..more });
    }
    draft.finished(file_name)
}

/// Reads JDL that is a file or stands in one, and tells whether all of it could be read; `named_by` names the project when
/// the text does not.
pub(super) fn draft(file_name: &str, text: &str, named_by: &str) -> (Draft, bool) {
    let (file, mistakes) = parser::parse(file_name, text);
    let is_whole = mistakes.is_empty();
    let mut findings = Findings::new(file_name, mistakes);
    let spec = meaning::spec(named_by, &file, &mut findings);
    if !is_whole {
        // What is missing may stand where the text could not be read.
        findings.problems.retain(|problem| !problem.code.starts_with("jdl_unknown_"));
    }
    let Findings { problems, ignored, left_out, positions, .. } = findings;
    (Draft { spec, problems, ignored, left_out, positions, ..Draft::default() }, is_whole)
}

#[cfg(test)]
#[path = "jdl_tests.rs"]
mod tests;
