//! What failed in a round, failure by failure, durable before anything is made of it.

use std::{collections::BTreeSet, fs, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    criteria,
    round::{self, key},
};
use crate::{
    agents::{
        failures::{self, Failure, Place},
        signature,
    },
    domain::{digest::Digest, generation::Verdict, id::CommitId, path::ProjectPath},
    pipeline::{
        Error, Interruption,
        context::{Context, StepResult},
        report::Check,
        snapshot::Snapshot,
    },
    process::WORK_INSIDE,
};

/// Most bytes of one check's failures that are kept whole; of later ones the first line is.
const KEPT_MAX_BYTES: usize = 48 * 1024;

/// What failed in a round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Findings {
    pub(super) failures: Vec<FailedCheck>,
    /// The commit that was checked.
    pub(super) checked: CommitId,
}

/// A check that failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FailedCheck {
    check: String,
    pub(super) title: String,
    signature: Digest,
    /// How it ended.
    #[serde(default)]
    pub(super) reason: String,
    /// What its log tells of.
    #[serde(default)]
    pub(super) found: Vec<Failure>,
}

impl StepResult for Findings {}

impl Findings {
    /// What tells a round from another that failed otherwise.
    pub(super) fn signatures(&self) -> Vec<&Digest> {
        self.failures.iter().map(|failed| &failed.signature).collect()
    }
}

/// Records what failed.
pub(super) async fn look(context: &mut Context<'_>, number: u32, checks: &[Check]) -> Result<Findings, Interruption> {
    context
        .step(key(context, number, "failures"), "Look at what failed", async |context| {
            let checked = context.workspace.head().cloned().ok_or(Error::NothingCommitted)?;
            let files = Snapshot::of(&context.workspace, &checked)?;
            let project = context.workspace.scratch_path().join(round::folder(context, number)).join("project");
            let roots = [format!("{WORK_INSIDE}/"), format!("{}/", project.display())];
            let is_file = |path: &str| ProjectPath::parse(path).is_ok_and(|path| files.has(&path));
            let place = Place { roots: &roots, is_file: &is_file };
            let failed = checks.iter().filter_map(|check| match &check.verdict {
                Verdict::Failed { reason } => Some(failed_check(check, reason, &place)),
                Verdict::Passed | Verdict::NotRun { .. } => None,
            });
            Ok(Findings { failures: failed.collect(), checked })
        })
        .await
}

fn failed_check(check: &Check, reason: &str, place: &Place<'_>) -> FailedCheck {
    let (signature, mut found) = if check.id == criteria::ID {
        (signature::of(&check.id, &check.tail.join("\n")), criteria::failures(check))
    } else {
        let log = check.log.as_deref().and_then(|path| fs::read(Path::new(path)).ok()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        (signature::of(&check.id, &log), failures::read(&log, place))
    };
    let mut kept = 0;
    for failure in &mut found {
        kept += failure.text.len();
        if kept > KEPT_MAX_BYTES {
            failure.text = failure.text.lines().next().unwrap_or_default().to_owned();
        }
    }
    FailedCheck {
        check: check.id.clone(),
        title: check.title.clone(),
        signature: signature.digest,
        reason: reason.to_owned(),
        found,
    }
}

/// Some failures of some checks, as prompts show them: check by check, folded, in so many bytes all together.
pub(super) fn shown(found: &[(&FailedCheck, &Failure)], most_bytes: usize) -> Vec<serde_json::Value> {
    let mut checks: Vec<&FailedCheck> = Vec::new();
    for (check, _) in found {
        if !checks.iter().any(|known| known.check == check.check) {
            checks.push(check);
        }
    }
    let each_bytes = most_bytes / checks.len().max(1);
    let log = |check: &FailedCheck| {
        let its = found.iter().filter(|(of, _)| of.check == check.check).map(|(_, failure)| *failure);
        let excerpt = failures::excerpt(its, each_bytes);
        if check.check == criteria::ID { excerpt } else { format!("{}\n\n{excerpt}", check.reason) }
    };
    checks.into_iter().map(|check| serde_json::json!({"check": check.title, "log": log(check)})).collect()
}

/// Files that some failures name, in their order, each once.
pub(super) fn named(found: &[(&FailedCheck, &Failure)]) -> Vec<ProjectPath> {
    let mut seen = BTreeSet::new();
    let all = found.iter().flat_map(|(_, failure)| &failure.named);
    all.filter_map(|path| ProjectPath::parse(path).ok()).filter(|path| seen.insert(path.clone())).collect()
}
