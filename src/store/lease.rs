//! Who works on a generation: claims, and everything that only the holder of one may record.
//!
//! A claim is a number (the *epoch*) and a time until which it holds without a sign of life. Whatever its holder records
//! names the epoch, and is refused once another has claimed: a worker that was cut off or frozen changes nothing.

use std::{
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use sqlx::{AnyConnection, Row as _};

use super::{
    Error, Records,
    deliveries::Notification,
    events::{self, Why, status_changed},
    generation::{COLUMNS, Generation, json, text_of},
};
use crate::domain::{
    generation::Status,
    id::{GenerationId, HolderId},
    kept::Kept,
    submission::Submission,
};

/// Claims without a durable step after which a generation is retired: whatever it does kills its workers.
pub const LIVES: i64 = 3;

/// The right to work on a generation.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The generation as it was claimed.
    pub generation: Generation,
    /// What was handed in.
    pub submission: Arc<Submission>,
    /// Number of the last event that is known to be recorded under the claim; clones share it.
    pub(super) told: Arc<AtomicI64>,
}

impl Claim {
    /// Number of the claim, from 1: later ones have higher numbers.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.generation.epoch
    }
}

/// Where a workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workspace<'a> {
    /// In a folder of this name, among this host's workspaces.
    Here(&'a str),
    /// In the storage, under this key.
    Kept(&'a str),
}

/// What a sign of life was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// The claim holds.
    Held,
    /// It holds, and the owner wants the work to end.
    CancelWanted,
    /// Another has claimed, or the work was ended; nothing that is recorded under this claim is kept any more.
    Lost,
}

/// How a claim ends.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// The work came to its end with a project.
    Delivered {
        /// Succeeded, unverified or failed.
        status: Status,
        /// What was delivered.
        artifact: Kept,
        /// The report on it, as JSON.
        report: String,
    },
    /// It ended without a project, stopped by itself, waits for a yes, or was cancelled.
    Stopped {
        /// Failed, paused, awaiting approval or cancelled.
        status: Status,
        /// Why, to branch on.
        cause: Option<String>,
        /// Why, for people.
        reason: Option<String>,
        /// After how long a paused generation goes on by itself; `None`: when its owner resumes it.
        again_after: Option<Duration>,
    },
    /// A change that was asked for cannot be made, and nothing of it was begun: the generation is again what it was before.
    ChangeRefused {
        /// Changes that were begun; those after them are not wanted any more.
        begun: usize,
        /// Why, for people.
        reason: String,
    },
    /// The holder has to leave: another goes on.
    GivenBack {
        /// How long nobody is to go on.
        after: Duration,
        /// Whether the holder left in order, so that the claim counts not toward [`LIVES`].
        in_order: bool,
    },
}

impl Records {
    /// Claims a generation that is queued, or whose holder gave no sign of life for too long; `None` when it is not to be
    /// had, as when its workspace is on another host. Of many that try at once one gets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(&self, id: &GenerationId, holder: &HolderId, lease: Duration) -> Result<Option<Claim>, Error> {
        let update = format!(
            "update generations set status = 'running', holder = $2, epoch = epoch + 1, claims = claims + 1, \
             lease_until = {{now}} + $3, started_at = coalesce(started_at, {{now}}), updated_at = {{now}}, \
             cause = null, reason = null, finished_at = null, logs_gone = 0, last_event = last_event + 1 \
             where id = $1 and cancel = 0 and deleted_at is null and claims < $4 and (host is null or host = $5) \
             and ((status = 'queued' and run_at <= {{now}}) or (status = 'running' and lease_until < {{now}})) \
             returning {COLUMNS}, submission"
        );
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(self.sql(&update))
            .bind(id.to_string())
            .bind(holder.to_string())
            .bind(milliseconds(lease))
            .bind(LIVES)
            .bind(self.host())
            .fetch_all(&mut *transaction)
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let generation = Generation::read(row)?;
        let unreadable = |reason| Error::Recorded { what: format!("the submission of generation {id}"), reason };
        let submission = json(&row.try_get::<String, _>("submission")?).map_err(unreadable)?;
        let event = status_changed(Status::Running, None);
        events::insert(self, &mut transaction, id, generation.last_event, &event).await?;
        transaction.commit().await?;
        let told = Arc::new(AtomicI64::new(generation.last_event));
        Ok(Some(Claim { generation, submission: Arc::new(submission), told }))
    }

    /// Says that the holder of a claim is alive.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew(&self, claim: &Claim, lease: Duration) -> Result<Renewal, Error> {
        let update = "update generations set lease_until = {now} + $3 \
                      where id = $1 and epoch = $2 and status = 'running' returning cancel";
        let rows = sqlx::query(self.sql(update))
            .bind(claim.generation.id.to_string())
            .bind(claim.epoch())
            .bind(milliseconds(lease))
            .fetch_all(&self.writer)
            .await?;
        let Some(row) = rows.first() else { return Ok(Renewal::Lost) };
        let cancel: i64 = row.try_get("cancel")?;
        Ok(if cancel == 0 { Renewal::Held } else { Renewal::CancelWanted })
    }

    /// Records where the workspace is kept as of now: in a folder of this host, which alone can go on then, or where every
    /// host can have it. False when the claim is lost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_workspace(&self, claim: &Claim, workspace: &Workspace<'_>) -> Result<bool, Error> {
        let (name, host) = match workspace {
            Workspace::Here(name) => (*name, self.host()),
            Workspace::Kept(key) => (*key, None),
        };
        let update =
            "update generations set workspace = $3, host = $4 where id = $1 and epoch = $2 and status = 'running'";
        let updated = sqlx::query(update)
            .bind(claim.generation.id.to_string())
            .bind(claim.epoch())
            .bind(name)
            .bind(host)
            .execute(&self.writer)
            .await?;
        Ok(updated.rows_affected() == 1)
    }

    fn host(&self) -> Option<String> {
        self.host.as_ref().map(ToString::to_string)
    }

    /// Ends a claim. False when it was lost before; then nothing is recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(&self, claim: &Claim, end: &End) -> Result<bool, Error> {
        let (wanted, before) = match end {
            End::ChangeRefused { begun, .. } => claim.generation.wanted.without_changes_from(*begun),
            End::Delivered { .. } | End::Stopped { .. } | End::GivenBack { .. } => {
                (claim.generation.wanted.clone(), Status::Failed)
            }
        };
        let (status, why, delivered) = match end {
            End::Delivered { status, artifact, report } => (*status, None, Some((text_of(artifact), report.as_str()))),
            End::Stopped { status, cause, reason, .. } => {
                (*status, cause.as_deref().map(|cause| (cause, reason.as_deref().unwrap_or(""))), None)
            }
            End::ChangeRefused { reason, .. } => (before, Some((REFUSED, reason.as_str())), None),
            End::GivenBack { .. } => (Status::Queued, None, None),
        };
        let (wait, in_order) = match end {
            End::GivenBack { after, in_order } => (milliseconds(*after), *in_order),
            End::Stopped { again_after: Some(after), .. } => (milliseconds(*after), true),
            End::Delivered { .. } | End::Stopped { again_after: None, .. } | End::ChangeRefused { .. } => {
                (NOT_BY_ITSELF_MS, true)
            }
        };
        let update = "update generations set status = $3, cause = $4, reason = $5, artifact = coalesce($6, artifact), \
                      report = coalesce($7, report), run_at = {now} + $8, updated_at = {now}, holder = null, \
                      lease_until = 0, cancel = 0, last_event = last_event + 1, \
                      claims = case when $9 = 1 and claims > 0 then claims - 1 else claims end, \
                      finished_at = case when $10 = 1 then {now} else null end, wanted = $11, \
                      artifact_gone = case when $6 is null then artifact_gone else 0 end \
                      where id = $1 and epoch = $2 and status = 'running' returning last_event, tenant, owner";
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(self.sql(update))
            .bind(claim.generation.id.to_string())
            .bind(claim.epoch())
            .bind(status.name())
            .bind(why.map(|(cause, _)| cause))
            .bind(why.map(|(_, reason)| reason))
            .bind(delivered.as_ref().map(|(artifact, _)| artifact.as_str()))
            .bind(delivered.as_ref().map(|(_, report)| *report))
            .bind(wait)
            .bind(i64::from(in_order))
            .bind(i64::from(status.is_end()))
            .bind(text_of(&wanted))
            .fetch_all(&mut *transaction)
            .await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let moved = Moving { id: &claim.generation.id, last_event: row.try_get("last_event")?, status, why };
        self.moved(&mut transaction, &moved).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Generations that this host may claim now, those to be worked on first in front.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claimable(&self, most: u32) -> Result<Vec<GenerationId>, Error> {
        let select = "select id from generations where status in ('queued', 'running') and cancel = 0 and claims < $1 \
                      and deleted_at is null and (host is null or host = $3) \
                      and ((status = 'queued' and run_at <= {now}) or (status = 'running' and lease_until < {now})) \
                      order by priority desc, run_at, id limit $2";
        let query = sqlx::query(self.sql(select)).bind(LIVES).bind(i64::from(most)).bind(self.host());
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(|row| id_of(&row.try_get::<String, _>("id")?)).collect()
    }

    /// Ends what nobody will claim: what kills its workers, and what its owner cancelled while its worker died.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire(&self) -> Result<Vec<GenerationId>, Error> {
        let condition = "status in ('queued', 'running') and (status = 'queued' or lease_until < {now}) \
                         and (claims >= $1 or cancel = 1)";
        let select = format!("select id from generations where {condition} limit 100");
        let rows = sqlx::query(self.sql(&select)).bind(LIVES).fetch_all(&self.reader).await?;
        let mut retired = Vec::new();
        for row in &rows {
            let id = id_of(&row.try_get::<String, _>("id")?)?;
            if self.retire_one(&id, condition).await? {
                retired.push(id);
            }
        }
        Ok(retired)
    }

    async fn retire_one(&self, id: &GenerationId, condition: &str) -> Result<bool, Error> {
        let reason = format!(
            "{LIVES} workers in a row died while they worked on it, before they got anywhere; look for what kills them \
             in their logs, then resume it"
        );
        let update = format!(
            "update generations set status = case when cancel = 1 then 'cancelled' else 'failed' end, \
             cause = case when cancel = 1 then null else $3 end, reason = case when cancel = 1 then null else $4 end, \
             holder = null, lease_until = 0, cancel = 0, finished_at = {{now}}, updated_at = {{now}}, \
             last_event = last_event + 1 where id = $2 and {condition} returning last_event, status"
        );
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(self.sql(&update))
            .bind(LIVES)
            .bind(id.to_string())
            .bind(DIED)
            .bind(&reason)
            .fetch_all(&mut *transaction)
            .await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let is_cancelled = row.try_get::<String, _>("status")? == Status::Cancelled.name();
        let (status, why) =
            if is_cancelled { (Status::Cancelled, None) } else { (Status::Failed, Some((DIED, reason.as_str()))) };
        let moved = Moving { id, last_event: row.try_get("last_event")?, status, why };
        self.moved(&mut transaction, &moved).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Has those go on that stopped by themselves for a time that is over; which they were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wake(&self) -> Result<Vec<GenerationId>, Error> {
        let select = "select id from generations where status = 'paused' and run_at <= {now} limit 100";
        let rows = sqlx::query(self.sql(select)).fetch_all(&self.reader).await?;
        let mut woken = Vec::new();
        for row in &rows {
            let id = id_of(&row.try_get::<String, _>("id")?)?;
            let update = "update generations set status = 'queued', cause = null, reason = null, updated_at = {now}, \
                          last_event = last_event + 1 \
                          where id = $1 and status = 'paused' and run_at <= {now} returning last_event";
            let mut transaction = self.begin().await?;
            let rows = sqlx::query(self.sql(update)).bind(id.to_string()).fetch_all(&mut *transaction).await?;
            let Some(row) = rows.first() else { continue };
            let moved = Moving { id: &id, last_event: row.try_get("last_event")?, status: Status::Queued, why: None };
            self.moved(&mut transaction, &moved).await?;
            transaction.commit().await?;
            woken.push(id);
        }
        Ok(woken)
    }

    /// What a holder works on and its owner wants to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cancel_wanted(&self, holder: &HolderId) -> Result<Vec<GenerationId>, Error> {
        let select = "select id from generations where status = 'running' and cancel = 1 and holder = $1";
        let rows = sqlx::query(select).bind(holder.to_string()).fetch_all(&self.reader).await?;
        rows.iter().map(|row| id_of(&row.try_get::<String, _>("id")?)).collect()
    }

    /// Those who hold claims.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holders(&self) -> Result<Vec<HolderId>, Error> {
        let select = "select distinct holder from generations where status = 'running' and holder is not null";
        let rows = sqlx::query(select).fetch_all(&self.reader).await?;
        let texts: Result<Vec<String>, sqlx::Error> = rows.iter().map(|row| row.try_get("holder")).collect();
        Ok(texts?.iter().filter_map(|text| text.parse().ok()).collect())
    }

    /// Ends the leases of a holder that is known to be dead, and its duties, so that others need not wait for them; how many
    /// leases there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&self, dead: &HolderId) -> Result<u64, Error> {
        let duties = "update duties set until = 0 where holder = $1";
        sqlx::query(duties).bind(dead.to_string()).execute(&self.writer).await?;
        let update =
            "update generations set lease_until = 0 where status = 'running' and holder = $1 and lease_until > 0";
        Ok(sqlx::query(update).bind(dead.to_string()).execute(&self.writer).await?.rows_affected())
    }

    /// A generation, whosever it is; for those who work on it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn generation_of_any(&self, id: &GenerationId) -> Result<Option<Generation>, Error> {
        let select = format!("select {COLUMNS} from generations where id = $1 and deleted_at is null");
        let row = sqlx::query(self.sql(&select)).bind(id.to_string()).fetch_optional(&self.reader).await?;
        row.as_ref().map(Generation::read).transpose()
    }

    /// Records that a generation moved, in the transaction that moved it.
    pub(super) async fn moved(&self, transaction: &mut AnyConnection, moved: &Moving<'_>) -> Result<(), Error> {
        let event = status_changed(moved.status, moved.why);
        events::insert(self, transaction, moved.id, moved.last_event, &event).await?;
        if moved.status.is_told() {
            let told = Notification { generation: moved.id.clone(), sequence: moved.last_event, event };
            self.add_delivery(transaction, &told).await?;
        }
        Ok(())
    }
}

/// A move of a generation that its row has been given.
pub(super) struct Moving<'a> {
    pub(super) id: &'a GenerationId,
    pub(super) last_event: i64,
    pub(super) status: Status,
    pub(super) why: Why<'a>,
}

/// A thousand years: what ended goes on when its owner says so.
pub(super) const NOT_BY_ITSELF_MS: i64 = 1000 * 365 * 24 * 60 * 60 * 1000;

/// Cause of a generation whose last change was refused.
const REFUSED: &str = "change_refused";
/// Cause of a generation that was retired.
const DIED: &str = "worker_died_repeatedly";

pub(super) fn id_of(text: &str) -> Result<GenerationId, Error> {
    text.parse()
        .map_err(|error: uuid::Error| Error::Recorded { what: format!("generation {text}"), reason: error.to_string() })
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
