//! What a claim's end is recorded as.

use std::{path::Path, time::Duration};

use serde_json::Value;

use super::{
    halt::Why,
    trouble::{Class, Trouble},
};
use crate::{
    domain::{
        event::Event,
        generation::{PauseCause, Status},
        kept::Kept,
    },
    pipeline::{Outcome, Pause, Report},
    storage::Storage,
    store::{Claim, End},
};

/// How long a generation waits for a provider, or for room on the disk, before it is tried again.
const PROVIDER_AGAIN: Duration = Duration::from_secs(60);
const ROOM_AGAIN: Duration = Duration::from_secs(30);
/// How long nobody tries what failed for a reason that may pass.
const TRANSIENT_AGAIN: Duration = Duration::from_secs(10);

/// What came of the work on a claim.
pub(super) type Came = Result<Outcome, Trouble>;

/// What is recorded of what came of the work; none when it is another's by now.
pub(super) async fn end_of(
    came: Came,
    why: Option<Why>,
    claim: &Claim,
    (storage, folder): (&Storage, &Path),
) -> Option<End> {
    match came {
        Ok(Outcome::Finished(report)) => match keep(storage, claim, &report).await {
            Ok(artifact) => {
                let report = told(&report, claim, folder);
                Some(End::Delivered { status: report.0, artifact, report: report.1 })
            }
            Err(trouble) => of_trouble(&trouble, claim, folder),
        },
        Ok(Outcome::Stopped) => match why {
            Some(Why::Shutdown) => Some(End::GivenBack { after: Duration::ZERO, in_order: true }),
            Some(Why::Cancelled) => Some(stopped(Status::Cancelled, None)),
            Some(Why::Lost) | None => None,
        },
        Ok(Outcome::Paused(pause)) => Some(paused(pause)),
        Ok(Outcome::AwaitingApproval { .. }) => Some(stopped(Status::AwaitingApproval, None)),
        Ok(Outcome::GaveUp { reason }) => Some(stopped(Status::Failed, Some(("gave_up", reason)))),
        Err(trouble) => of_trouble(&trouble, claim, folder),
    }
}

/// What is told before the end, where the end alone does not say all.
pub(super) fn last_event(came: &Came, claim: &Claim) -> Option<Event> {
    let Ok(Outcome::AwaitingApproval { estimate }) = came else { return None };
    let (calls, tokens) = estimate.as_ref().map_or((0, 0), |estimate| (estimate.calls, estimate.tokens));
    let cost = estimate.as_ref().and_then(|estimate| estimate.cost);
    Some(Event::AwaitingApproval { calls, tokens, cost, workspace: claim.generation.id.to_string() })
}

async fn keep(storage: &Storage, claim: &Claim, report: &Report) -> Result<Kept, Trouble> {
    let record = &report.artifact;
    let file = Path::new(&record.path);
    Ok(storage.keep_artifact(&claim.generation.id, claim.epoch(), (file, &record.digest, record.files)).await?)
}

fn paused(pause: Pause) -> End {
    let again_after = match pause.cause {
        PauseCause::BudgetExhausted => None,
        PauseCause::NoProvider => Some(PROVIDER_AGAIN),
        PauseCause::StorageFull => Some(ROOM_AGAIN),
    };
    let (cause, reason) = (Some(pause.cause.name().to_owned()), Some(pause.message));
    End::Stopped { status: Status::Paused, cause, reason, again_after }
}

fn stopped(status: Status, why: Option<(&str, String)>) -> End {
    let (cause, reason) = why.unzip();
    End::Stopped { status, cause: cause.map(str::to_owned), reason, again_after: None }
}

fn of_trouble(trouble: &Trouble, claim: &Claim, folder: &Path) -> Option<End> {
    let generation = &claim.generation.id;
    let reason = without_places(&trouble.to_string(), claim, folder);
    match trouble.class() {
        Class::Lost => None,
        Class::StorageFull => {
            tracing::error!(%generation, "paused, as the disk is full: {trouble}");
            Some(paused(Pause { cause: PauseCause::StorageFull, message: reason }))
        }
        Class::Transient => {
            tracing::warn!(%generation, "given back: {trouble}");
            Some(End::GivenBack { after: TRANSIENT_AGAIN, in_order: false })
        }
        Class::Permanent => {
            if let Trouble::Refused(begun, reason) = trouble {
                tracing::info!(%generation, "a change is refused: {reason}");
                return Some(End::ChangeRefused { begun: *begun, reason: reason.clone() });
            }
            tracing::error!(%generation, "failed: {trouble}");
            let cause = match trouble {
                Trouble::Panicked => "program_error",
                _ => "work_failed",
            };
            Some(stopped(Status::Failed, Some((cause, reason))))
        }
    }
}

/// The report as its owner sees it.
fn told(report: &Report, claim: &Claim, folder: &Path) -> (Status, String) {
    let mut report = report.clone();
    let file = Path::new(&report.artifact.path);
    let delivered = file.parent().map(Path::to_owned);
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    report.artifact.path = name.unwrap_or_default();
    report.workspace = claim.generation.id.to_string();
    // A report holds nothing that JSON cannot say.
    let mut value = serde_json::to_value(&report).unwrap_or_default();
    each_text(&mut value, &mut |text| {
        *text = without_places(text, claim, folder);
        if let Some(delivered) = &delivered {
            *text = text.replace(&format!("{}/", delivered.display()), "");
        }
    });
    (report.state.into(), value.to_string())
}

/// A text without the places of this host.
fn without_places(text: &str, claim: &Claim, folder: &Path) -> String {
    let inside = text.replace(&format!("{}/", folder.display()), "");
    let whole = inside.replace(&folder.display().to_string(), &claim.generation.id.to_string());
    match folder.parent().and_then(Path::parent) {
        Some(data) => whole.replace(&data.display().to_string(), ""),
        None => whole,
    }
}

fn each_text(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(entries) => entries.values_mut().for_each(|item| each_text(item, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
