//! Holds the tests that ran against the acceptance criteria: one without a test that passed is not met, however green the
//! checks are.

use std::{fs, path::Path, sync::LazyLock};

use regex::Regex;

use crate::{
    agents::{
        failures::{Failure, FailureKind},
        test_report::{self, Test, TestEnd},
    },
    domain::{
        generation::Verdict,
        path::ProjectPath,
        requirements::{Criterion, Story},
    },
    pipeline::{report::Check, snapshot::Snapshot},
    template::{TestReport, Verify},
};

/// The check's name in a round.
pub(super) const ID: &str = "criteria";
/// What it checks, for people.
pub(super) const TITLE: &str = "Each acceptance criterion has a test that passes";
/// What a line says of a test that is there and does not pass; the test's own check says why.
const DID_NOT_PASS: &str = "its test does not pass";

/// Most lines that the verdict names; all are in its tail.
const NAMED_MAX: usize = 5;

/// A call that makes a test.
static MAKES_TEST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(?:test|it)(?:\.\w+)*\s*(?:\(|<)").ok());

/// The check of a pack that tells of its tests.
pub(super) struct Teller {
    /// Its name.
    pub(super) check: String,
    report: TestReport,
}

/// The command as a teller, if it is one.
pub(super) fn teller(verify: &Verify) -> Option<Teller> {
    verify.test_report.map(|report| Teller { check: verify.id.clone(), report })
}

/// What the criteria come to after the tests ran.
pub(super) fn check(
    (teller, tested): (&Teller, Option<&Check>),
    stories: &[Story],
    (folder, files): (&str, &Snapshot),
) -> Check {
    let check = Check::passed(ID, TITLE);
    let not_run = |reason: &str| Check { verdict: Verdict::NotRun { reason: reason.to_owned() }, ..check.clone() };
    let Some(tested) = tested.filter(|tested| !matches!(tested.verdict, Verdict::NotRun { .. })) else {
        return not_run("the tests were not run");
    };
    let log = tested.log.as_deref().and_then(|path| fs::read(Path::new(path)).ok()).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let tests = match teller.report {
        TestReport::Vitest => test_report::of_vitest(&log),
    };
    if tests.is_empty() && tested.verdict != Verdict::Passed {
        return not_run("the runner told of no test");
    }
    let lines = unmet(&tests, stories, folder).into_iter().chain(unheard(&tests, (folder, files)));
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return check;
    }
    let more = lines.len().saturating_sub(NAMED_MAX);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    let reason = format!("{}{more}", lines.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join("; "));
    Check { verdict: Verdict::Failed { reason }, tail: lines, ..check }
}

/// Criteria without a test that passes, a line each.
fn unmet(tests: &[Test], stories: &[Story], folder: &str) -> Vec<String> {
    let line = |story: &Story, criterion: &Criterion| {
        let prefix = format!("{folder}/{}-", story.id.to_lowercase());
        let about: Vec<&Test> = tests
            .iter()
            .filter(|test| test.file.trim_start_matches("./").starts_with(&prefix) && test.is_about(&criterion.id))
            .collect();
        let has = |end: TestEnd| about.iter().any(|test| test.end == end);
        let id = &criterion.id;
        match (has(TestEnd::Failed), has(TestEnd::Passed)) {
            (true, _) => Some(format!("{id}: {DID_NOT_PASS}")),
            (false, true) => None,
            (false, false) if about.is_empty() => Some(format!("{id}: no test has a title that begins with {id}")),
            (false, false) => Some(format!("{id}: its test is left out")),
        }
    };
    stories.iter().flat_map(|story| story.criteria.iter().filter_map(|criterion| line(story, criterion))).collect()
}

/// Files with tests of which the runner told none, a line each.
fn unheard(tests: &[Test], (folder, files): (&str, &Snapshot)) -> Vec<String> {
    let folder = format!("{folder}/");
    let makes_tests = |path: &ProjectPath| {
        let text = files.text(path).unwrap_or_default();
        MAKES_TEST.as_ref().is_some_and(|makes| makes.is_match(text))
    };
    let is_heard = |path: &ProjectPath| tests.iter().any(|test| test.file.trim_start_matches("./") == path.as_str());
    files
        .paths()
        .filter(|path| path.as_str().starts_with(&folder) && !is_heard(path) && makes_tests(path))
        .map(|path| format!("{path}: the runner told of none of its tests"))
        .collect()
}

/// What the check found, failure by failure.
pub(super) fn failures(check: &Check) -> Vec<Failure> {
    let failure = |line: &String| {
        let (about, rest) = line.split_once(": ").unwrap_or((line, ""));
        let file = ProjectPath::parse(about).ok().filter(|_| about.contains('/')).map(|path| path.to_string());
        Failure {
            kind: if rest == DID_NOT_PASS { FailureKind::Run } else { FailureKind::Missing },
            code: about.to_owned(),
            named: file.iter().cloned().collect(),
            file,
            text: line.clone(),
        }
    };
    check.tail.iter().map(failure).collect()
}
