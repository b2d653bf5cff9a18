//! The tests that a runner tells of, by file and title.

use std::sync::LazyLock;

use regex::Regex;

use super::signature::{bare, pattern};

/// Most tests of a log that are read.
const TESTS_MAX: usize = 20_000;

/// A test that a runner tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its file, as the runner names it.
    pub file: String,
    /// The titles of its groups and its own, outermost first.
    pub titles: Vec<String>,
    /// What became of it.
    pub end: TestEnd,
}

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TestEnd {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It was left out.
    LeftOut,
}

impl Test {
    /// Whether a title of it begins with a criterion's number: `S1.1` is not the beginning of `S1.10`.
    #[must_use]
    pub fn is_about(&self, criterion: &str) -> bool {
        let begins = |title: &String| {
            let rest = title.trim_start_matches(['[', '(', '`', '"']).strip_prefix(criterion);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        };
        self.titles.iter().any(begins)
    }
}

/// ` ✓ |server| tests/a.test.ts > group > title 12ms`, as vitest's reporter `verbose` has it: `✓` passed, `×` failed, `↓`
/// was left out, `□` is to be written.
static TEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"^\s*(?P<mark>[✓√×✗↓□])\s+(?:\|[^|]*\|\s+)?(?:\S+\s+)??(?P<file>\S+\.\w+) > (?P<titles>.*?)(?:\s+[0-9.]+\s?m?s)?(?:\s+\(retry x\d+\))?\s*$",
    )
});

/// Reads what vitest's reporter `verbose` writes; lines of another form are passed over.
#[must_use]
pub fn of_vitest(log: &str) -> Vec<Test> {
    let test = |line: &str| {
        let line = bare(line);
        let captures = TEST.as_ref()?.captures(&line)?;
        let part = |name: &str| captures.name(name).map_or("", |part| part.as_str());
        Some(Test {
            file: part("file").to_owned(),
            titles: part("titles").split(" > ").map(|title| title.trim().to_owned()).collect(),
            end: match part("mark") {
                "✓" | "√" => TestEnd::Passed,
                "↓" | "□" => TestEnd::LeftOut,
                _ => TestEnd::Failed,
            },
        })
    };
    log.lines().filter_map(test).take(TESTS_MAX).collect()
}

#[cfg(test)]
#[path = "test_report_tests.rs"]
mod tests;
