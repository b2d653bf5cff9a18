//! One generation as it is recorded.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{Row as _, any::AnyRow};

use super::{Error, Expired};
use crate::domain::{
    clock::Timestamp,
    generation::Status,
    id::{GenerationId, HolderId, ProjectId},
    kept::Kept,
    money::Usd,
    stage::Stage,
    submission::{Owner, Terms, Wanted},
};

/// Columns that [`Generation`] is read from.
pub(super) const COLUMNS: &str = "id, tenant, owner, project, name, status, cause, reason, terms, wanted, priority, \
    run_at, created_at, updated_at, started_at, finished_at, epoch, claims, holder, lease_until, cancel, last_event, \
    progress, workspace, artifact, report, workspace_gone, artifact_gone, logs_gone, deleted_at";

/// A generation as it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// Identity.
    pub id: GenerationId,
    /// Whose it is.
    pub owner: Owner,
    /// Project that it belongs to.
    pub project: ProjectId,
    /// The project's name, as the spec says.
    pub name: String,
    /// Where it is in its life.
    pub status: Status,
    /// Why it is paused or failed, to branch on.
    pub cause: Option<String>,
    /// The same for people: what happened, and what to do.
    pub reason: Option<String>,
    /// The small part of what was handed in.
    pub terms: Terms,
    /// What is wanted of it since.
    pub wanted: Wanted,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// When it was first worked on.
    pub started_at: Option<Timestamp>,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
    /// Number of its last claim.
    pub epoch: i64,
    /// Claims since the last durable step.
    pub claims: i64,
    /// Who works on it.
    pub holder: Option<HolderId>,
    /// Until when that is so without a sign of life.
    pub lease_until: Timestamp,
    /// Whether its owner wants it to end.
    pub cancel: bool,
    /// Number of its last event; 0 before the first.
    pub last_event: i64,
    /// How far it is.
    pub progress: Progress,
    /// Where its workspace is kept.
    pub workspace: Option<String>,
    /// What was delivered.
    pub artifact: Option<Kept>,
    /// The report on the last delivery, as JSON.
    pub report: Option<String>,
    /// What of it is not kept any more.
    pub expired: Expired,
}

/// How far a generation is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Stage that it is in.
    pub stage: Option<Stage>,
    /// Step that it is at.
    pub step: Option<String>,
    /// The step, for people.
    pub title: Option<String>,
    /// Steps of the stage that are done.
    pub steps_done: usize,
    /// Steps that the stage has, as far as is known.
    pub steps: usize,
    /// Model calls so far.
    pub calls: u64,
    /// Tokens so far.
    pub tokens: u64,
    /// Money so far, in USD; what nobody knows the price of is not in it.
    pub cost: Usd,
}

impl Generation {
    pub(super) fn read(row: &AnyRow) -> Result<Self, Error> {
        let id: String = row.try_get("id")?;
        let unreadable = |reason: String| Error::Recorded { what: format!("generation {id}"), reason };
        let status: String = row.try_get("status")?;
        let holder: Option<String> = row.try_get("holder")?;
        let project: String = row.try_get("project")?;
        let artifact: Option<String> = row.try_get("artifact")?;
        Ok(Self {
            id: id.parse().map_err(|error: uuid::Error| unreadable(error.to_string()))?,
            owner: Owner { tenant: row.try_get("tenant")?, owner: row.try_get("owner")? },
            project: project.parse().map_err(|error: uuid::Error| unreadable(error.to_string()))?,
            name: row.try_get("name")?,
            status: Status::named(&status).ok_or_else(|| unreadable(format!("it has the status {status}")))?,
            cause: row.try_get("cause")?,
            reason: row.try_get("reason")?,
            terms: json(&row.try_get::<String, _>("terms")?).map_err(unreadable)?,
            wanted: json(&row.try_get::<String, _>("wanted")?).map_err(unreadable)?,
            created_at: time(row.try_get("created_at")?),
            updated_at: time(row.try_get("updated_at")?),
            started_at: row.try_get::<Option<i64>, _>("started_at")?.map(time),
            finished_at: row.try_get::<Option<i64>, _>("finished_at")?.map(time),
            epoch: row.try_get("epoch")?,
            claims: row.try_get("claims")?,
            holder: holder.and_then(|holder| holder.parse().ok()),
            lease_until: time(row.try_get("lease_until")?),
            cancel: row.try_get::<i64, _>("cancel")? != 0,
            last_event: row.try_get("last_event")?,
            progress: json(&row.try_get::<String, _>("progress")?).map_err(unreadable)?,
            workspace: row.try_get("workspace")?,
            artifact: artifact.map(|text| json(&text)).transpose().map_err(unreadable)?,
            report: row.try_get("report")?,
            expired: Expired {
                workspace: row.try_get::<i64, _>("workspace_gone")? != 0,
                artifact: row.try_get::<i64, _>("artifact_gone")? != 0,
                logs: row.try_get::<i64, _>("logs_gone")? != 0,
            },
        })
    }
}

/// A time of the database's.
pub(super) fn time(milliseconds: i64) -> Timestamp {
    Timestamp(u64::try_from(milliseconds).unwrap_or(0))
}

pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// A value as it is recorded. The records hold nothing that JSON cannot say: keys are texts, numbers finite.
pub(super) fn text_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
