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

use super::{Reading, check};
use findings::Findings;

/// Reads a JDL file; `file_name` is shown with problems and names the project when the file does not.
pub fn read(file_name: &str, text: &str) -> Reading {
    let (file, mistakes) = parser::parse(file_name, text);
    let is_whole = mistakes.is_empty();
    let mut findings = Findings::new(file_name, mistakes);
    let spec = meaning::spec(file_name, &file, &mut findings);
    if is_whole {
        let problems = check(&spec, &|path| findings.position(path));
        findings.problems.extend(problems);
    }
    let Findings { mut problems, mut ignored, .. } = findings;
    problems.sort_by_key(|problem| problem.position);
    ignored.sort_by_key(|ignored| ignored.position);
    Reading { spec: problems.is_empty().then_some(spec), problems, ignored }
}

#[cfg(test)]
#[path = "jdl_tests.rs"]
mod tests;
