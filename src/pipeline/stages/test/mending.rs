//! Has mended what the checks found, and knows when to stop: after some rounds, when a failure comes back, or when nobody
//! has an answer. The best state is kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    debugging,
    findings::{Findings, look},
    retesting,
    round::{self, Verification, key},
    shares::{Facts, Found, Rules, Shares},
};
use crate::{
    agents::failures::FailureKind,
    domain::{generation::State, id::CommitId, path::ProjectPath, requirements::Story},
    pipeline::{
        Error, Interruption,
        briefing::Briefing,
        context::{Context, StepResult},
        packages::Addition,
        snapshot::Snapshot,
        stages::analyze::Analysis,
        writing::Written,
    },
    workspace::{self, Change},
};

/// Rounds that are mended after.
const ROUNDS_MAX: u32 = 5;
/// How often a story's tester is asked to mend tests that are wrong in themselves.
const RETESTS_MAX: usize = 2;
/// How often he is asked for tests that are missing.
const ASKED_FOR_MISSING_MAX: usize = 1;

/// What follows from a round.
pub(super) enum End {
    /// Something was mended: the checks are run again.
    Again,
    /// The round's verdict stands.
    Stands,
    /// An earlier round was better: its state was put back.
    BackTo(u32),
}

/// Why nothing more is mended.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stopped {
    reason: String,
    best: u32,
    commit: Option<CommitId>,
}

impl StepResult for Stopped {
    fn commit(&self) -> Option<&CommitId> {
        self.commit.as_ref()
    }
}

/// What was mended in a round.
#[derive(Serialize, Deserialize)]
struct Mended {
    commit: Option<CommitId>,
    /// Packages that the commit added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packages: Vec<Addition>,
    /// Whether the testers alone had something to mend.
    #[serde(default)]
    is_of_tests_alone: bool,
    /// What was done, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    told: Vec<String>,
}

impl StepResult for Mended {
    fn commit(&self) -> Option<&CommitId> {
        self.commit.as_ref()
    }
}

pub(super) async fn mend(
    context: &mut Context<'_>,
    briefing: &Briefing<'_>,
    analysis: &Analysis,
    number: u32,
    verification: &Verification,
) -> Result<End, Interruption> {
    if verification.state != State::Failed {
        return Ok(End::Stands);
    }
    if context.record.has(&key(context, number, "stopped")) && !stands(context, number) {
        return Ok(End::Again);
    }
    let findings = look(context, number, &verification.checks).await?;
    let reason = match reason_to_stop(context, number, &findings)? {
        Some(reason) => reason,
        None => match ask(context, briefing, analysis, (number, &findings)).await? {
            Ok(()) => return Ok(End::Again),
            Err(reason) => reason,
        },
    };
    stop(context, number, reason).await
}

/// Whether mending ended for good with a round: the user did not have it tried anew since.
pub(super) fn stands(context: &Context<'_>, number: u32) -> bool {
    let stops = (1..=number).filter(|round| context.record.has(&key(context, *round, "stopped"))).count();
    context.record.has(&key(context, number, "stopped")) && stops > context.record.retries() as usize
}

/// The first round of the present try.
fn first_round(context: &Context<'_>, number: u32) -> u32 {
    (1..number)
        .rev()
        .find(|round| context.record.has(&key(context, *round, "stopped")))
        .map_or(1, |stopped| stopped + 1)
}

fn reason_to_stop(context: &Context<'_>, number: u32, findings: &Findings) -> Result<Option<String>, Error> {
    let first = first_round(context, number);
    for earlier in same_rounds(context, number, findings)? {
        // What testers alone could not mend is the debugger's next.
        let mended: Option<Mended> = context.record.get(&key(context, earlier, "mend"))?;
        if !mended.is_some_and(|mended| mended.is_of_tests_alone) {
            return Ok(Some(format!("what failed in round {earlier} failed again in round {number}")));
        }
    }
    Ok((number - first >= ROUNDS_MAX)
        .then(|| format!("{ROUNDS_MAX} rounds of mending did not lead to a project that passes")))
}

/// Earlier rounds of the present try that failed as this one does.
fn same_rounds(context: &Context<'_>, number: u32, findings: &Findings) -> Result<Vec<u32>, Error> {
    let mut same = Vec::new();
    for earlier in first_round(context, number)..number {
        let before: Option<Findings> = context.record.get(&key(context, earlier, "failures"))?;
        if before.is_some_and(|before| before.signatures() == findings.signatures()) {
            same.push(earlier);
        }
    }
    Ok(same)
}

/// Has testers and debugger mend it; the reason when nothing came of it.
async fn ask(
    context: &mut Context<'_>,
    briefing: &Briefing<'_>,
    analysis: &Analysis,
    (number, findings): (u32, &Findings),
) -> Result<Result<(), String>, Interruption> {
    let step = key(context, number, "mend");
    if context.record.has(&step) {
        return Ok(Ok(()));
    }
    let files = Snapshot::of(&context.workspace, &findings.checked)?;
    let changed = files.changes_since(&context.pristine_snapshot()?);
    let written: BTreeSet<ProjectPath> =
        changed.into_iter().filter(|change| change.content.is_some()).map(|change| change.path).collect();
    let rules = Rules::of(briefing, analysis);
    let is_stuck = !same_rounds(context, number, findings)?.is_empty();
    let first = first_round(context, number);
    let asked = |story: &Story| {
        let step = format!("{}/", retesting::step_name(story));
        (first..number).filter(|round| context.record.has_any(key(context, *round, &step).as_str())).count()
    };
    let may_ask = |story: &Story, kind: FailureKind| {
        let most = if kind == FailureKind::Missing { ASKED_FOR_MISSING_MAX } else { RETESTS_MAX };
        !is_stuck && asked(story) < most
    };
    // A change may break tests of stories that it does not touch.
    let stories = &analysis.whole().stories;
    let facts = Facts { briefing, rules: &rules, stories, files: &files, written: &written, may_ask: &may_ask };
    let shares = Shares::of(findings, &facts);
    if let Some(reason) = shares.hopeless() {
        return Ok(Err(reason));
    }
    let mut fix = Fix::default();
    for (story, found) in &shares.tester {
        if let Some(story) = stories.get(*story) {
            fix.retest(context, &facts, number, (story, found)).await?;
        }
    }
    if !shares.debugger.is_empty() {
        fix.debug(context, &facts, (number, &shares.debugger)).await?;
    }
    let is_of_tests_alone = shares.debugger.is_empty();
    let Fix { mut changes, packages, told, unmended } = fix;
    let (manifest, packages) = context.packages.add(&files, &packages).await?;
    changes.extend(manifest.into_iter().map(|change| (change.path.clone(), change)));
    if changes.is_empty() {
        return Ok(Err(unmended.join("; ")));
    }
    let changes: Vec<Change> = changes.into_values().collect();
    let checks: Vec<&str> = findings.failures.iter().map(|failed| failed.title.as_str()).collect();
    let message = format!("Mend what the checks found\n\nRound {number}: {}.", checks.join(", "));
    context
        .step(step.clone(), "Mend what failed", async |context| {
            let mut told: Vec<String> = told.into_iter().chain(unmended).collect();
            let commit = match context.workspace.commit(&step, &message, &changes) {
                Ok(commit) => Some(commit),
                // Such as two names that some file system takes for one.
                Err(error) if error.class() == workspace::Class::Refused => {
                    told.push(error.to_string());
                    None
                }
                Err(error) => return Err(error.into()),
            };
            let told = told.into_iter().map(|line| format!("round {number}: {line}")).collect();
            Ok(Mended { commit, packages, is_of_tests_alone, told })
        })
        .await?;
    Ok(Ok(()))
}

/// What testers and debugger did about a round's failures.
#[derive(Default)]
struct Fix {
    changes: BTreeMap<ProjectPath, Change>,
    packages: Vec<Addition>,
    /// What was done, for people.
    told: Vec<String>,
    /// Why something was not.
    unmended: Vec<String>,
}

impl Fix {
    /// Has a story's tester mend its tests.
    async fn retest(
        &mut self,
        context: &Context<'_>,
        facts: &Facts<'_>,
        number: u32,
        (story, found): (&Story, &[Found<'_>]),
    ) -> Result<(), Interruption> {
        match Box::pin(retesting::mend(context, facts, number, (story, found))).await? {
            Ok(written) => {
                let checks: BTreeSet<&str> = found.iter().map(|(check, _)| check.title.as_str()).collect();
                let checks: Vec<&str> = checks.into_iter().collect();
                self.told.push(format!("the tests of {} went back to their tester: {}", story.id, checks.join(", ")));
                self.take(written.changes);
            }
            Err(gave_up) => {
                self.unmended.push(format!("the tester of {} came to no usable answer: {}", story.id, gave_up.reason));
            }
        }
        Ok(())
    }

    /// Has the debugger mend his share.
    async fn debug(
        &mut self,
        context: &Context<'_>,
        facts: &Facts<'_>,
        (number, found): (u32, &[Found<'_>]),
    ) -> Result<(), Interruption> {
        let written = match Box::pin(debugging::mended(context, facts, (number, found))).await? {
            Ok(written) => written,
            Err(reason) => {
                self.unmended.push(reason);
                return Ok(());
            }
        };
        let Written { changes, disputes, packages, blocked } = written;
        let mut is_idle = changes.is_empty() && packages.is_empty();
        self.take(changes);
        self.packages = packages;
        for (path, reason) in &disputes {
            if self.changes.contains_key(path) {
                continue;
            }
            let replaced = Box::pin(debugging::disputed(context, facts, (number, path, reason))).await?;
            is_idle &= replaced.is_empty();
            let end = if replaced.is_empty() { "it stands" } else { "its tester replaced it" };
            self.told.push(format!("the test {path} was disputed, {end}: {reason}"));
            self.take(replaced);
        }
        if let Some(reason) = blocked {
            self.unmended.push(format!("the debugger says that only a protected file could mend it: {reason}"));
        } else if is_idle && !disputes.is_empty() {
            self.unmended.push("the debugger holds the tests to be wrong, and the tester does not".to_owned());
        }
        Ok(())
    }

    fn take(&mut self, changes: Vec<Change>) {
        self.changes.extend(changes.into_iter().map(|change| (change.path.clone(), change)));
    }
}

/// Ends the mending with the best state that was reached.
async fn stop(context: &mut Context<'_>, number: u32, reason: String) -> Result<End, Interruption> {
    let step = key(context, number, "stopped");
    let stopped = context
        .step(step.clone(), "Keep the best state", async |context| {
            let mut best: Option<(usize, u32, CommitId)> = None;
            for round in 1..=number {
                if let Some(found) = context.record.get::<Findings>(&key(context, round, "failures"))? {
                    let count = found.failures.len();
                    if best.as_ref().is_none_or(|(least, ..)| count < *least) {
                        best = Some((count, round, found.checked));
                    }
                }
            }
            let Some((_, best, commit)) = best.filter(|(_, best, _)| *best < number) else {
                return Ok(Stopped { reason, best: number, commit: None });
            };
            let now = context.last_snapshot()?;
            let changes = Snapshot::of(&context.workspace, &commit)?.changes_since(&now);
            let message = format!("Go back to the state of round {best}\n\nIn later rounds more checks failed.");
            let commit =
                if changes.is_empty() { None } else { Some(context.workspace.commit(&step, &message, &changes)?) };
            Ok(Stopped { reason, best, commit })
        })
        .await?;
    Ok(if stopped.best == number { End::Stands } else { End::BackTo(stopped.best) })
}

/// Why mending was given up, when it was and nobody had it tried anew since.
pub(crate) fn why_stopped(context: &Context<'_>) -> Result<Option<String>, Error> {
    let mut number = 1;
    while round::is_recorded(context, number) {
        if let Some(stopped) = context.record.get::<Stopped>(&key(context, number, "stopped"))?
            && stands(context, number)
        {
            return Ok(Some(stopped.reason));
        }
        number += 1;
    }
    Ok(None)
}

/// What was done about failures, round by round, for people.
pub(crate) fn what_was_mended(context: &Context<'_>) -> Result<Vec<String>, Error> {
    let mut told = Vec::new();
    let mut number = 1;
    while round::is_recorded(context, number) {
        let mended: Option<Mended> = context.record.get(&key(context, number, "mend"))?;
        told.extend(mended.into_iter().flat_map(|mended| mended.told));
        number += 1;
    }
    Ok(told)
}
