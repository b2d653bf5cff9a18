//! Reads JHipster's domain language, JDL.
//!
//! Text becomes [`token`]s, tokens become the statements of [`syntax`], and [`meaning`] makes the spec of them. What a
//! file says about things that do not exist here (Java packages, microservices, deployments) is listed, never dropped in
//! silence. Which statement means what is written in `docs/jdl.md`.

mod findings;
mod meaning;
mod parser;
mod syntax;
mod token;
mod words;

use crate::domain::problem::Problem;

use super::Reading;
use super::check::check_part;
use findings::{Findings, PROBLEMS_MAX};

/// Reads a JDL file; `file_name` is shown with problems and names the project when the file does not.
pub fn read(file_name: &str, text: &str) -> Reading {
    let (file, mistakes) = parser::parse(file_name, text);
    let is_whole = mistakes.is_empty();
    let mut findings = Findings::new(file_name, mistakes);
    let spec = meaning::spec(file_name, &file, &mut findings);
    if !is_whole {
        // What is missing may stand where the text could not be read.
        findings.problems.retain(|problem| !problem.code.starts_with("jdl_unknown_"));
    } else if let Some(spec) = &spec {
        let problems = check_part(spec, &findings.left_out, &|path| findings.position(path));
        let in_file = |problem| Problem { file: Some(file_name.to_owned()), ..problem };
        findings.problems.extend(problems.into_iter().map(in_file));
    }
    let Findings { mut problems, mut ignored, .. } = findings;
    problems.sort_by_key(|problem| problem.position);
    if problems.len() > PROBLEMS_MAX {
        problems.truncate(PROBLEMS_MAX);
        let last = problems.last().and_then(|problem| problem.position);
        let more = Problem::new("jdl_more_problems", "").with("shown", PROBLEMS_MAX);
        problems.push(Problem { file: Some(file_name.to_owned()), position: last, ..more });
    }
    ignored.sort_by_key(|ignored| ignored.position);
    Reading { spec: spec.filter(|_| problems.is_empty()), problems, ignored }
}

#[cfg(test)]
#[path = "jdl_tests.rs"]
mod tests;
