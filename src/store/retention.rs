//! What is not kept for ever: parts of what ended, what was deleted, what was told long ago.
//!
//! A part is given up in two moves, so that nobody begins to use what is being removed: first its row says that it is
//! gone, which only holds for what came to its end, then the bytes are removed, as often as it takes.

use std::time::Duration;

use sqlx::Row as _;

use super::{Error, Records, generation::time, lease::id_of};
use crate::domain::{
    clock::Timestamp,
    generation::Status,
    id::{GenerationId, HolderId},
};

/// Rows that one statement removes, so that others get their turn to write.
const AT_ONCE: i64 = 5000;
/// Most that is looked at in one round; the next goes on.
const ROUND: i64 = 1000;
/// How long is remembered that a generation was forgotten, so that hosts that were away remove their folders of it: 90 days.
const REMEMBERED_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// A part of what is kept of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The workspace; without it nothing goes on.
    Workspace,
    /// What was delivered.
    Artifact,
    /// What commands wrote.
    Logs,
}

/// Parts that are not kept any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// The workspace.
    pub workspace: bool,
    /// What was delivered.
    pub artifact: bool,
    /// What commands wrote.
    pub logs: bool,
}

/// What is to become of a folder of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Nothing is known of the generation.
    Unknown,
    /// The generation was deleted, or its workspace is not kept any more.
    Gone,
    /// It may be in use.
    InUse,
    /// It came to its end and is kept.
    Ended {
        /// When it ended.
        finished_at: Timestamp,
        /// Whether its logs are not kept any more.
        without_logs: bool,
        /// Where its workspace is kept.
        workspace: Option<String>,
    },
}

impl Part {
    const fn column(self) -> &'static str {
        match self {
            Self::Workspace => "workspace_gone",
            Self::Artifact => "artifact_gone",
            Self::Logs => "logs_gone",
        }
    }

    /// A condition under which there is such a part.
    const fn is_there(self) -> &'static str {
        match self {
            Self::Workspace | Self::Logs => "true",
            Self::Artifact => "artifact is not null",
        }
    }
}

/// A condition under which nobody goes on with a generation unless its owner says so.
const ENDED: &str = "status in ('succeeded', 'unverified', 'failed', 'cancelled') and deleted_at is null";

impl Records {
    /// Takes a duty that one process at a time does, until it is [left](Self::leave_duty), or for a time when its holder dies.
    /// False when another has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_duty(&self, name: &'static str, holder: &HolderId, lease: Duration) -> Result<bool, Error> {
        let insert = "insert into duties (name, holder, until) values ($1, $2, {now} + $3) on conflict (name) do update \
                      set holder = excluded.holder, until = excluded.until \
                      where duties.until < {now} or duties.holder = excluded.holder";
        let taken = sqlx::query(self.sql(insert))
            .bind(name)
            .bind(holder.to_string())
            .bind(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX))
            .execute(&self.writer)
            .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Leaves a duty to whoever takes it next.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leave_duty(&self, name: &'static str, holder: &HolderId) -> Result<(), Error> {
        let update = "update duties set until = 0 where name = $1 and holder = $2";
        sqlx::query(update).bind(name).bind(holder.to_string()).execute(&self.writer).await?;
        Ok(())
    }

    /// Generations that ended and have a part still, those that ended first in front; only those that ended so long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expirable(&self, part: Part, ended_before: Duration) -> Result<Vec<GenerationId>, Error> {
        let select = format!(
            "select id from generations where {ENDED} and {} = 0 and {} and finished_at <= {{now}} - $1 \
             order by finished_at, id limit $2",
            part.column(),
            part.is_there()
        );
        let age = i64::try_from(ended_before.as_millis()).unwrap_or(i64::MAX);
        let rows = sqlx::query(self.sql(&select)).bind(age).bind(ROUND).fetch_all(&self.reader).await?;
        rows.iter().map(|row| id_of(&row.try_get::<String, _>("id")?)).collect()
    }

    /// Says that a part of a generation is not kept any more. False when somebody goes on with it, or it was said before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire(&self, part: Part, id: &GenerationId) -> Result<bool, Error> {
        let column = part.column();
        let update = format!("update generations set {column} = 1 where id = $1 and {column} = 0 and {ENDED}");
        let updated = sqlx::query(self.sql(&update)).bind(id.to_string()).execute(&self.writer).await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Generations a part of which is not kept any more and was not removed from the storage yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expired(&self, part: Part) -> Result<Vec<GenerationId>, Error> {
        let select = format!("select id from generations where {} = 1 and deleted_at is null limit $1", part.column());
        let rows = sqlx::query(self.sql(&select)).bind(ROUND).fetch_all(&self.reader).await?;
        rows.iter().map(|row| id_of(&row.try_get::<String, _>("id")?)).collect()
    }

    /// Says that a part was removed from the storage.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn removed(&self, part: Part, id: &GenerationId) -> Result<(), Error> {
        let column = part.column();
        let update = format!("update generations set {column} = 2 where id = $1 and {column} = 1");
        sqlx::query(self.sql(&update)).bind(id.to_string()).execute(&self.writer).await?;
        Ok(())
    }

    /// Generations that their owners deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deleted(&self) -> Result<Vec<GenerationId>, Error> {
        let select = "select id from generations where deleted_at is not null order by deleted_at limit $1";
        let rows = sqlx::query(select).bind(ROUND).fetch_all(&self.reader).await?;
        rows.iter().map(|row| id_of(&row.try_get::<String, _>("id")?)).collect()
    }

    /// Removes all that is recorded of a deleted generation, but that it was there.
    ///
    /// # Errors
    /// When the database fails; the same goes on with it.
    pub async fn erase(&self, id: &GenerationId) -> Result<(), Error> {
        while self.drop_events(id, i64::MAX).await? > 0 {}
        let mut transaction = self.begin().await?;
        let insert = "insert into forgotten (generation, at) values ($1, {now}) on conflict (generation) do nothing";
        sqlx::query(self.sql(insert)).bind(id.to_string()).execute(&mut *transaction).await?;
        for delete in [
            "delete from deliveries where generation = $1",
            "delete from generations where id = $1 and deleted_at is not null",
        ] {
            sqlx::query(delete).bind(id.to_string()).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Removes what is recorded of deleted projects, and that generations were forgotten long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy(&self) -> Result<(), Error> {
        let projects = "delete from projects where deleted_at is not null \
                        and not exists (select 1 from generations where generations.project = projects.id)";
        sqlx::query(projects).execute(&self.writer).await?;
        let forgotten = "delete from forgotten where at < {now} - $1";
        sqlx::query(self.sql(forgotten)).bind(REMEMBERED_MS).execute(&self.writer).await?;
        Ok(())
    }

    /// Forgets what was told of generations that ended so long ago, but the last event of each, and messages that were
    /// settled as long ago; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_events(&self, ended_before: Duration) -> Result<u64, Error> {
        let age = i64::try_from(ended_before.as_millis()).unwrap_or(i64::MAX);
        let select = format!(
            "select id, last_event from generations where {ENDED} and finished_at <= {{now}} - $1 and exists \
             (select 1 from events where events.generation = generations.id and sequence < last_event) limit $2"
        );
        let rows = sqlx::query(self.sql(&select)).bind(age).bind(ROUND).fetch_all(&self.reader).await?;
        let mut forgotten = 0;
        for row in &rows {
            let id = id_of(&row.try_get::<String, _>("id")?)?;
            let last: i64 = row.try_get("last_event")?;
            loop {
                let dropped = self.drop_events(&id, last).await?;
                forgotten += dropped;
                if dropped == 0 {
                    break;
                }
            }
        }
        let delete = "delete from deliveries where done_at is not null and done_at <= {now} - $1";
        forgotten += sqlx::query(self.sql(delete)).bind(age).execute(&self.writer).await?.rows_affected();
        Ok(forgotten)
    }

    /// Removes some events before a number, the oldest first; how many there were.
    async fn drop_events(&self, id: &GenerationId, before: i64) -> Result<u64, Error> {
        let delete = "delete from events where generation = $1 and sequence < $2 and sequence < $3 + \
                      (select min(sequence) from events where generation = $1)";
        let deleted = sqlx::query(delete).bind(id.to_string()).bind(before).bind(AT_ONCE).execute(&self.writer).await?;
        Ok(deleted.rows_affected())
    }

    /// What is to become of a folder of a generation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fate(&self, id: &GenerationId) -> Result<Fate, Error> {
        let select = "select status, workspace, workspace_gone, logs_gone, deleted_at, finished_at from generations \
                      where id = $1";
        let row = sqlx::query(select).bind(id.to_string()).fetch_optional(&self.reader).await?;
        let Some(row) = row else {
            let select = "select generation from forgotten where generation = $1";
            let found = sqlx::query(select).bind(id.to_string()).fetch_optional(&self.reader).await?;
            return Ok(if found.is_some() { Fate::Gone } else { Fate::Unknown });
        };
        let is_deleted = row.try_get::<Option<i64>, _>("deleted_at")?.is_some();
        if is_deleted || row.try_get::<i64, _>("workspace_gone")? != 0 {
            return Ok(Fate::Gone);
        }
        let status: String = row.try_get("status")?;
        let finished_at: Option<i64> = row.try_get("finished_at")?;
        let Some(finished_at) = finished_at.filter(|_| Status::named(&status).is_some_and(Status::is_end)) else {
            return Ok(Fate::InUse);
        };
        let without_logs = row.try_get::<i64, _>("logs_gone")? != 0;
        Ok(Fate::Ended { finished_at: time(finished_at), without_logs, workspace: row.try_get("workspace")? })
    }
}
