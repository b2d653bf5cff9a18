//! Who can mend what failed: the tester what is wrong with a test itself, the debugger all else, and nobody what lies in
//! files that nobody may change.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    findings::{FailedCheck, Findings},
    testers::prefix,
};
use crate::{
    agents::failures::{Failure, FailureKind},
    domain::{path::ProjectPath, requirements::Story},
    pipeline::{briefing::Briefing, imports, snapshot::Snapshot, stages::analyze::Analysis},
};

/// Failures that the report names when nobody can mend anything.
const NAMED_MAX: usize = 5;

/// A failure and its check.
pub(super) type Found<'f> = (&'f FailedCheck, &'f Failure);

/// What failed, by who can mend it.
#[derive(Default)]
pub(super) struct Shares<'f> {
    /// For the tester of each story, by the story's place among the stories.
    pub(super) tester: BTreeMap<usize, Vec<Found<'f>>>,
    /// For the debugger.
    pub(super) debugger: Vec<Found<'f>>,
    nobody: Vec<Found<'f>>,
}

/// What a fix may not touch.
pub(super) struct Rules {
    /// The folder of features' tests, with a `/` at its end.
    pub(super) tests: String,
    acceptance: Vec<ProjectPath>,
}

impl Rules {
    pub(super) fn of(briefing: &Briefing<'_>, analysis: &Analysis) -> Self {
        let tests = briefing.pack.manifest().feature_tests_folder();
        let acceptance = analysis.spec.acceptance.iter().flat_map(|one| one.files.keys().cloned()).collect();
        Self { tests: format!("{tests}/"), acceptance }
    }

    pub(super) fn is_test(&self, path: &ProjectPath) -> bool {
        path.as_str().starts_with(&self.tests) || self.acceptance.contains(path)
    }

    /// Lets a fix change a file, or says why not.
    pub(super) fn permit(&self, briefing: &Briefing<'_>, path: &ProjectPath) -> Result<(), String> {
        if self.is_test(path) {
            return Err(format!("`{path}` is a test and cannot be changed by a fix; if it is wrong, dispute it"));
        }
        briefing.packages.permit(path)?;
        if briefing.pack.is_protected(path) {
            return Err(format!("`{path}` is protected and cannot be changed"));
        }
        Ok(())
    }
}

/// What is known of the project when failures are shared out.
pub(super) struct Facts<'a> {
    pub(super) briefing: &'a Briefing<'a>,
    pub(super) rules: &'a Rules,
    pub(super) stories: &'a [Story],
    pub(super) files: &'a Snapshot,
    /// Files that agents wrote.
    pub(super) written: &'a BTreeSet<ProjectPath>,
    /// Whether the tester of a story may still be asked about a failure of a kind.
    pub(super) may_ask: &'a dyn Fn(&Story, FailureKind) -> bool,
}

/// Who is to mend a failure.
enum Share {
    Tester(usize),
    Debugger,
    Nobody,
}

impl<'f> Shares<'f> {
    pub(super) fn of(findings: &'f Findings, facts: &Facts<'_>) -> Self {
        let mut shares = Self::default();
        for check in &findings.failures {
            for failure in &check.found {
                match facts.share(failure) {
                    Share::Tester(story) => shares.tester.entry(story).or_default().push((check, failure)),
                    Share::Debugger => shares.debugger.push((check, failure)),
                    Share::Nobody => shares.nobody.push((check, failure)),
                }
            }
        }
        // What a test does when it runs says nothing while the test itself is being mended.
        let rewritten: BTreeSet<&str> =
            shares.tester.values().flatten().filter_map(|(_, failure)| failure.file.as_deref()).collect();
        shares.debugger.retain(|(_, failure)| failure.file.as_deref().is_none_or(|file| !rewritten.contains(file)));
        shares
    }

    /// Why nothing can be mended, when that is so.
    pub(super) fn hopeless(&self) -> Option<String> {
        if !self.tester.is_empty() || !self.debugger.is_empty() || self.nobody.is_empty() {
            return None;
        }
        let line = |(check, failure): &Found<'_>| {
            let first = failure.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            format!("{}: {}", check.title, crate::domain::shown::shown(first.trim(), 200))
        };
        let lines: Vec<String> = self.nobody.iter().take(NAMED_MAX).map(line).collect();
        let more = self.nobody.len().saturating_sub(NAMED_MAX);
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        Some(format!("what is red cannot be mended by anybody who works on it: {}{more}", lines.join("; ")))
    }
}

impl Facts<'_> {
    fn share(&self, failure: &Failure) -> Share {
        let file = failure.file.as_deref().and_then(|file| ProjectPath::parse(file).ok());
        if let Some((index, story)) = self.story(failure, file.as_ref())
            && self.is_own_fault(failure)
        {
            return match failure.kind {
                kind if (self.may_ask)(story, kind) => Share::Tester(index),
                // The code may have to give what the test asks for.
                FailureKind::Types | FailureKind::Load | FailureKind::Run => Share::Debugger,
                FailureKind::Style | FailureKind::Missing => Share::Nobody,
            };
        }
        let Some(file) = file.filter(|file| self.rules.permit(self.briefing, file).is_err()) else {
            return Share::Debugger;
        };
        match failure.kind {
            FailureKind::Style => Share::Nobody,
            FailureKind::Types | FailureKind::Load if !imports::reaches(self.files, &file, self.written) => {
                Share::Nobody
            }
            FailureKind::Types | FailureKind::Load | FailureKind::Missing | FailureKind::Run => Share::Debugger,
        }
    }

    /// The story in whose tests a failure lies.
    fn story(&self, failure: &Failure, file: Option<&ProjectPath>) -> Option<(usize, &Story)> {
        let is_its = |story: &Story| match file {
            Some(file) => file.as_str().starts_with(&prefix(self.briefing, story)),
            None => story.criteria.iter().any(|criterion| criterion.id == failure.code),
        };
        self.stories.iter().enumerate().find(|(_, story)| is_its(story))
    }

    /// Whether the test itself is wrong: it was not loaded because of code that it imports, nor did it only fail.
    fn is_own_fault(&self, failure: &Failure) -> bool {
        let names_code = || {
            let named = failure.named.iter().filter_map(|path| ProjectPath::parse(path).ok());
            named.into_iter().any(|path| self.written.contains(&path) && !self.rules.is_test(&path))
        };
        match failure.kind {
            FailureKind::Style | FailureKind::Types | FailureKind::Missing => true,
            FailureKind::Load => !names_code(),
            FailureKind::Run => false,
        }
    }
}
