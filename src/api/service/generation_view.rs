//! A generation as its owner sees it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::rfc3339;
use crate::{domain::spec::Limits, store::Generation};

/// A generation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Generation)]
pub(super) struct GenerationView {
    /// Identity.
    #[schema(format = "uuid")]
    id: String,
    /// Project that it belongs to.
    #[schema(format = "uuid")]
    project: String,
    /// Name, as the spec says.
    name: String,
    /// Where it is in its life.
    #[schema(value_type = StatusName)]
    status: &'static str,
    /// Why it is paused or failed, or `change_refused` when the last change cannot be made; to branch on.
    cause: Option<String>,
    /// The same for people.
    reason: Option<String>,
    /// Whether it is to end as soon as its worker hears of it.
    cancel_wanted: bool,
    /// How far it is.
    progress: ProgressView,
    /// Model calls, tokens and money so far.
    cost: CostView,
    /// Template pack.
    template: String,
    /// Whether the project is built and tested.
    verify: bool,
    /// Whether the ZIP holds the git history.
    with_history: bool,
    /// Higher goes first.
    priority: i32,
    /// Limits in force, where there are some.
    limits: LimitsView,
    /// Changes that were asked for.
    changes: usize,
    /// Number of its last event.
    last_event: i64,
    /// What was delivered; null while there is nothing, and when it is not kept any more.
    artifact: Option<ArtifactView>,
    /// Parts that are not kept any more: `workspace`, `artifact`, `logs`. Without the workspace nothing goes on.
    expired: Vec<&'static str>,
    /// What was found when the result was run.
    verification: Option<VerificationView>,
    /// When it was accepted (RFC 3339).
    created_at: String,
    /// When it was changed last.
    updated_at: String,
    /// When it was first worked on.
    started_at: Option<String>,
    /// When it came to its end.
    finished_at: Option<String>,
}

/// Where a generation is in its life.
#[derive(utoipa::ToSchema)]
#[schema(as = Status)]
#[expect(dead_code, reason = "it is the description of a text")]
#[allow(clippy::allow_attributes, non_camel_case_types, reason = "the names are those of the API")]
pub(super) enum StatusName {
    queued,
    running,
    awaiting_approval,
    paused,
    succeeded,
    unverified,
    failed,
    cancelled,
}

/// How far a generation is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Progress)]
struct ProgressView {
    /// Stage that it is in: analyze, architect, code or test.
    stage: Option<&'static str>,
    /// Step that it is at.
    step: Option<String>,
    /// The step, for people.
    title: Option<String>,
    /// Steps of the stage that are done.
    steps_done: usize,
    /// Steps that the stage has, as far as is known.
    steps: usize,
}

/// What a generation took so far.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Cost)]
struct CostView {
    /// Model calls.
    calls: u64,
    /// Tokens, in and out.
    tokens: u64,
    /// US dollars, as a decimal number; what nobody knows the price of is not in it.
    usd: String,
}

/// Limits on the work of a generation; what is absent is the operator's.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Limits)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsView {
    /// Wall-clock minutes of work.
    minutes: Option<u32>,
    /// Money for model calls, in US dollars, as a decimal number in a text.
    #[schema(value_type = Option<String>, pattern = r"^\d{1,9}(\.\d{1,9})?$")]
    cost_usd: Option<String>,
    /// Number of model calls.
    calls: Option<u32>,
    /// Tokens in and out.
    tokens: Option<u64>,
}

impl LimitsView {
    /// The limits; `None` when the money is not a decimal number.
    pub(super) fn limits(&self) -> Option<Limits> {
        let cost_usd = match &self.cost_usd {
            None => None,
            Some(text) => Some(text.parse().ok().filter(|cost: &rust_decimal::Decimal| !cost.is_sign_negative())?),
        };
        Some(Limits { minutes: self.minutes, cost_usd, calls: self.calls, tokens: self.tokens })
    }

    fn of(generation: &Generation) -> Self {
        let (wanted, spec) = (&generation.wanted.limits, &generation.terms.limits);
        let cost = wanted.cost_usd.or(spec.cost_usd);
        Self {
            minutes: wanted.minutes.or(spec.minutes),
            cost_usd: cost.map(|cost| cost.to_string()),
            calls: wanted.calls.or(spec.calls),
            tokens: wanted.tokens.or(spec.tokens),
        }
    }
}

/// A delivered ZIP.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Artifact)]
struct ArtifactView {
    /// Name of the file.
    name: String,
    /// Its size.
    bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    sha256: String,
    /// Files in it.
    files: usize,
    /// Where it is fetched.
    location: String,
}

/// What was found when the result was run.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Verification)]
struct VerificationView {
    /// succeeded, unverified or failed.
    state: String,
    /// Every check of the last round.
    checks: Vec<CheckView>,
}

/// A check.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Check)]
struct CheckView {
    /// Name of the check.
    id: String,
    /// The same for people.
    title: String,
    /// `passed`, `failed` or `not_run`.
    verdict: String,
    /// Why, unless it passed.
    reason: Option<String>,
}

impl GenerationView {
    /// Everything about a generation.
    pub(super) fn new(generation: &Generation) -> Self {
        let progress = &generation.progress;
        Self {
            id: generation.id.to_string(),
            project: generation.project.to_string(),
            name: generation.name.clone(),
            status: generation.status.name(),
            cause: generation.cause.clone(),
            reason: generation.reason.clone(),
            cancel_wanted: generation.cancel,
            progress: ProgressView {
                stage: progress.stage.map(crate::domain::stage::Stage::name),
                step: progress.step.clone(),
                title: progress.title.clone(),
                steps_done: progress.steps_done,
                steps: progress.steps,
            },
            cost: CostView {
                calls: progress.calls,
                tokens: progress.tokens,
                usd: progress.cost.amount().normalize().to_string(),
            },
            template: generation.terms.template.clone(),
            verify: generation.terms.verify,
            with_history: generation.terms.with_history,
            priority: generation.terms.priority,
            limits: LimitsView::of(generation),
            changes: generation.wanted.changes.len(),
            last_event: generation.last_event,
            artifact: generation.artifact.as_ref().filter(|_| !generation.expired.artifact).map(|kept| ArtifactView {
                name: kept.name.clone(),
                bytes: kept.bytes,
                sha256: kept.digest.to_string(),
                files: kept.files,
                location: format!("/v1/generations/{}/artifact", generation.id),
            }),
            expired: [
                ("workspace", generation.expired.workspace),
                ("artifact", generation.expired.artifact),
                ("logs", generation.expired.logs),
            ]
            .into_iter()
            .filter_map(|(name, is_gone)| is_gone.then_some(name))
            .collect(),
            verification: generation.report.as_deref().and_then(verification),
            created_at: rfc3339(generation.created_at),
            updated_at: rfc3339(generation.updated_at),
            started_at: generation.started_at.map(rfc3339),
            finished_at: generation.finished_at.map(rfc3339),
        }
    }

    /// The same for a list, without the single checks.
    pub(super) fn row(generation: &Generation) -> Self {
        let mut row = Self::new(generation);
        if let Some(verification) = &mut row.verification {
            verification.checks.clear();
        }
        row
    }
}

/// What a report says; reports of other versions may have other fields.
fn verification(report: &str) -> Option<VerificationView> {
    let report: Value = serde_json::from_str(report).ok()?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let check = |check: &Value| CheckView {
        id: text(check, "id"),
        title: text(check, "title"),
        verdict: check.get("verdict").map(|verdict| verdict_of(verdict).0).unwrap_or_default(),
        reason: check.get("verdict").and_then(|verdict| verdict_of(verdict).1),
    };
    let checks = report.get("checks").and_then(Value::as_array);
    Some(VerificationView {
        state: text(&report, "state"),
        checks: checks.map(|checks| checks.iter().map(check).collect()).unwrap_or_default(),
    })
}

/// A verdict is an object with the field `verdict`, or that field's text.
fn verdict_of(verdict: &Value) -> (String, Option<String>) {
    let name = verdict.as_str().or_else(|| verdict.get("verdict")?.as_str()).unwrap_or_default();
    (name.to_owned(), verdict.get("reason").and_then(Value::as_str).map(str::to_owned))
}
