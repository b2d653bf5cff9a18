//! Has mended what the checks found, and knows when to stop: after some rounds, when a failure comes back, or when nobody
//! has an answer. The best state is kept.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::round::{self, Verification, key};
use crate::{
    agents::{RoleName, signature},
    domain::{
        digest::Digest,
        generation::{State, Verdict},
        id::CommitId,
        path::ProjectPath,
    },
    pipeline::{
        Error, Interruption,
        briefing::Briefing,
        context::{Context, StepResult},
        dialogue::{Complaint, Dialogue},
        packages::{Addition, Seen},
        report::Check,
        snapshot::Snapshot,
        stages::analyze::Analysis,
        writing::{Draft, Written},
    },
    workspace::Change,
};

/// Rounds that are mended after.
const ROUNDS_MAX: u32 = 5;
/// Most bytes of a failed check's log that the debugger sees.
const EXCERPT_MAX_BYTES: usize = 12 * 1024;

/// What follows from a round.
pub(super) enum End {
    /// Something was mended: the checks are run again.
    Again,
    /// The round's verdict stands.
    Stands,
    /// An earlier round was better: its state was put back.
    BackTo(u32),
}

/// What a round found, durable before anything is made of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Failures {
    failures: Vec<Failure>,
    /// The commit that was checked.
    checked: CommitId,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Failure {
    check: String,
    title: String,
    signature: Digest,
    excerpt: String,
}

impl StepResult for Failures {}

impl Failures {
    fn signatures(&self) -> Vec<&Digest> {
        self.failures.iter().map(|failure| &failure.signature).collect()
    }
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
    let failures = look(context, number, &verification.checks).await?;
    let reason = match reason_to_stop(context, number, &failures)? {
        Some(reason) => reason,
        None => match ask(context, briefing, analysis, number, &failures).await? {
            Ok(()) => return Ok(End::Again),
            Err(reason) => reason,
        },
    };
    stop(context, number, reason).await
}

/// Records what failed, with the part of the logs that matters.
async fn look(context: &mut Context<'_>, number: u32, checks: &[Check]) -> Result<Failures, Interruption> {
    context
        .step(key(context, number, "failures"), "Look at what failed", async |context| {
            let failed = checks.iter().filter(|check| matches!(check.verdict, Verdict::Failed { .. }));
            let failures = failed.map(failure).collect();
            let checked = context.workspace.head().cloned().ok_or(Error::NothingCommitted)?;
            Ok(Failures { failures, checked })
        })
        .await
}

fn failure(check: &Check) -> Failure {
    let log = check.log.as_deref().and_then(|path| fs::read(Path::new(path)).ok()).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let reason = match &check.verdict {
        Verdict::Failed { reason } => reason.as_str(),
        Verdict::Passed | Verdict::NotRun { .. } => "",
    };
    Failure {
        check: check.id.clone(),
        title: check.title.clone(),
        signature: signature::of(&check.id, &log).digest,
        excerpt: format!("{reason}\n{}", signature::excerpt(&log, EXCERPT_MAX_BYTES)),
    }
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

fn reason_to_stop(context: &Context<'_>, number: u32, failures: &Failures) -> Result<Option<String>, Error> {
    let first = first_round(context, number);
    for earlier in first..number {
        let Some(before) = context.record.get::<Failures>(&key(context, earlier, "failures"))? else { continue };
        if before.signatures() == failures.signatures() {
            return Ok(Some(format!("what failed in round {earlier} failed again in round {number}")));
        }
    }
    Ok((number - first >= ROUNDS_MAX)
        .then(|| format!("{ROUNDS_MAX} rounds of mending did not lead to a project that passes")))
}

/// Has the debugger mend it; the reason when nothing came of it.
async fn ask(
    context: &mut Context<'_>,
    briefing: &Briefing<'_>,
    analysis: &Analysis,
    number: u32,
    failures: &Failures,
) -> Result<Result<(), String>, Interruption> {
    let step = key(context, number, "mend");
    if context.record.has(&step) {
        return Ok(Ok(()));
    }
    let files = Snapshot::of(&context.workspace, &failures.checked)?;
    let rules = Rules::of(context, analysis);
    let written = match mended(context, briefing, &rules, &files, (number, failures)).await? {
        Ok(written) => written,
        Err(reason) => return Ok(Err(reason)),
    };
    let (mut changes, packages) = (written.changes, written.packages);
    for (path, reason) in &written.disputes {
        changes.extend(disputed(context, briefing, &files, (number, path, reason)).await?);
    }
    let (manifest, packages) = context.packages.add(&files, &packages).await?;
    changes.extend(manifest);
    if changes.is_empty() {
        return Ok(Err("the debugger holds the tests to be wrong, and the tester does not".to_owned()));
    }
    let checks: Vec<&str> = failures.failures.iter().map(|failure| failure.title.as_str()).collect();
    let message = format!("Mend what the checks found\n\nRound {number}: {}.", checks.join(", "));
    context
        .step(step.clone(), "Mend what failed", async |context| {
            Ok(Mended { commit: Some(context.workspace.commit(&step, &message, &changes)?), packages })
        })
        .await?;
    Ok(Ok(()))
}

/// What a fix came to.
#[derive(Serialize, Deserialize)]
struct Mended {
    commit: Option<CommitId>,
    /// Packages that the commit added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packages: Vec<Addition>,
}

impl StepResult for Mended {
    fn commit(&self) -> Option<&CommitId> {
        self.commit.as_ref()
    }
}

/// What a debugger may not touch.
struct Rules {
    tests: String,
    acceptance: Vec<ProjectPath>,
}

impl Rules {
    fn of(context: &Context<'_>, analysis: &Analysis) -> Self {
        let tests = context.pack.manifest().feature_tests_folder().to_owned();
        let acceptance = analysis.spec.acceptance.iter().flat_map(|one| one.files.keys().cloned()).collect();
        Self { tests: format!("{tests}/"), acceptance }
    }

    fn permit(&self, briefing: &Briefing<'_>, path: &ProjectPath) -> Result<(), String> {
        if path.as_str().starts_with(&self.tests) || self.acceptance.contains(path) {
            return Err(format!("`{path}` is a test and cannot be changed by a fix; if it is wrong, dispute it"));
        }
        briefing.packages.permit(path)?;
        if briefing.pack.is_protected(path) {
            return Err(format!("`{path}` is protected and cannot be changed"));
        }
        Ok(())
    }
}

async fn mended(
    context: &Context<'_>,
    briefing: &Briefing<'_>,
    rules: &Rules,
    files: &Snapshot,
    (number, failures): (u32, &Failures),
) -> Result<Result<Written, String>, Interruption> {
    let excerpts = failures.failures.iter().map(|failure| failure.excerpt.as_str()).collect::<Vec<_>>().join("\n");
    let named: Vec<&ProjectPath> = files.paths().filter(|path| excerpts.contains(path.as_str())).collect();
    let mut contents = briefing.texts(files, named);
    let written = files.changes_since(&context.pristine_snapshot()?);
    briefing.add(&mut contents, files, written.iter().map(|change| &change.path));
    let shown: Vec<_> =
        failures.failures.iter().map(|failure| json!({"check": failure.title, "log": failure.excerpt})).collect();
    let prompt = briefing.team.prompt(
        RoleName::Debugger,
        "mend",
        &json!({
            "failures": shown,
            "guide": briefing.guide,
            "data_model": briefing.data_model,
            "files": briefing.listing(files),
            "contents": contents,
            "edit_format": briefing.edit_format,
            "protected": [&rules.tests],
        }),
    )?;
    let Briefing { asking, team, .. } = briefing;
    let dialogue = Dialogue { asking, team, agent: RoleName::Debugger, key: key(context, number, "debugger") };
    let permit = |path: &ProjectPath| rules.permit(briefing, path);
    let mut draft = Draft::new(RoleName::Debugger, files, &permit);
    let seen = Seen { files: files.clone(), packages: context.packages.added_to(files) };
    let read = async |text: &str| {
        let answers = context.packages.answer(&seen, &draft.given(), &Draft::wishes(text)).await?;
        let written = draft.take_with(text, &answers);
        Ok(written.and_then(|written| disputes_of_tests(&written, rules, files).map(|()| written)))
    };
    Ok(dialogue.until_looked_up(prompt, read).await?.map_err(|gave_up| gave_up.reason))
}

fn disputes_of_tests(written: &Written, rules: &Rules, files: &Snapshot) -> Result<(), Complaint> {
    let problems: Vec<String> = written
        .disputes
        .iter()
        .filter(|(path, _)| !path.as_str().starts_with(&rules.tests) || !files.has(path))
        .map(|(path, _)| format!("`{path}` cannot be disputed: it is no test below `{}`", rules.tests))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Complaint::of_content(problems)) }
}

/// Lets the tester look at a test again, once in the life of a project. No change: the test stands.
async fn disputed(
    context: &Context<'_>,
    briefing: &Briefing<'_>,
    files: &Snapshot,
    (number, path, reason): (u32, &ProjectPath, &str),
) -> Result<Vec<Change>, Interruption> {
    let name = path.as_str().replace('/', "-");
    let was_replaced =
        (1..number).any(|earlier| context.record.has_any(key(context, earlier, &format!("dispute/{name}/")).as_str()));
    if was_replaced {
        return Ok(Vec::new());
    }
    let prompt = briefing.team.prompt(
        RoleName::Tester,
        "dispute",
        &json!({
            "path": path,
            "reason": reason,
            "guide": briefing.guide,
            "data_model": briefing.data_model,
            "contents": briefing.texts(files, [path]),
            "edit_format": "whole",
        }),
    )?;
    let Briefing { asking, team, .. } = briefing;
    let key = key(context, number, &format!("dispute/{name}"));
    let dialogue = Dialogue { asking, team, agent: RoleName::Tester, key };
    let permit = |written: &ProjectPath| {
        if written == path { Ok(()) } else { Err(format!("only `{path}` is in question")) }
    };
    let mut draft = Draft::new(RoleName::Tester, files, &permit);
    let read = |text: &str| {
        if text.trim_end().trim_end_matches("<done/>").trim() == "<keep/>" {
            return Ok(Written::default());
        }
        draft.take(text)
    };
    let answer = dialogue.until(prompt, read).await?;
    Ok(answer.map(|written| written.changes).unwrap_or_default())
}

/// Ends the mending with the best state that was reached.
async fn stop(context: &mut Context<'_>, number: u32, reason: String) -> Result<End, Interruption> {
    let step = key(context, number, "stopped");
    let stopped = context
        .step(step.clone(), "Keep the best state", async |context| {
            let mut best: Option<(usize, u32, CommitId)> = None;
            for round in 1..=number {
                if let Some(found) = context.record.get::<Failures>(&key(context, round, "failures"))? {
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
