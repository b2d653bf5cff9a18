//! What an owner wants of a generation that is there: end it, go on with it, say yes to its plan, change it, forget it.

use sqlx::Row as _;

use super::{
    Error, Generation, Records,
    generation::{COLUMNS, text_of},
    lease::Moving,
};
use crate::domain::{
    generation::Status,
    id::GenerationId,
    spec::Limits,
    submission::{Before, Change, Owner, Wanted},
};

/// What became of a wish.
#[derive(Debug, Clone, PartialEq)]
pub enum Moved {
    /// It is recorded; the generation as it is now.
    Yes(Box<Generation>),
    /// Its status does not allow it; the generation as it is.
    No(Box<Generation>),
    /// The owner has no such generation.
    Unknown,
}

impl Records {
    /// Ends a generation: at once when nobody works on it, else as soon as its worker hears of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cancel(&self, owner: &Owner, id: &GenerationId) -> Result<Moved, Error> {
        self.change_row(owner, id, |generation| match generation.status {
            Status::Running => Some(Row { cancel: true, ..Row::of(generation) }),
            Status::Queued | Status::Paused | Status::AwaitingApproval => {
                Some(Row { status: Status::Cancelled, ..Row::of(generation) })
            }
            Status::Succeeded | Status::Unverified | Status::Failed | Status::Cancelled => None,
        })
        .await
    }

    /// Has a generation go on that failed, was cancelled, or stopped by itself, under these limits where they are given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resume(&self, owner: &Owner, id: &GenerationId, limits: &Limits) -> Result<Moved, Error> {
        self.change_row(owner, id, |generation| {
            let mut wanted = generation.wanted.clone();
            if generation.expired.workspace {
                return None;
            }
            match generation.status {
                Status::Failed => wanted.retries += 1,
                Status::Cancelled | Status::Paused => {}
                Status::Queued
                | Status::Running
                | Status::AwaitingApproval
                | Status::Succeeded
                | Status::Unverified => return None,
            }
            wanted.limits = joined(&wanted.limits, limits);
            Some(Row { status: Status::Queued, wanted, ..Row::of(generation) })
        })
        .await
    }

    /// Says yes to the plan of a generation that waits for that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approve(&self, owner: &Owner, id: &GenerationId) -> Result<Moved, Error> {
        self.change_row(owner, id, |generation| {
            let wanted = Wanted { approved: true, ..generation.wanted.clone() };
            (generation.status == Status::AwaitingApproval).then(|| Row {
                status: Status::Queued,
                wanted,
                ..Row::of(generation)
            })
        })
        .await
    }

    /// Has what a generation delivered changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_change(&self, owner: &Owner, id: &GenerationId, change: &Change) -> Result<Moved, Error> {
        self.change_row(owner, id, |generation| {
            let is_delivered = generation.artifact.is_some() && !generation.expired.workspace;
            let is_at_its_end = matches!(generation.status, Status::Succeeded | Status::Unverified | Status::Failed);
            let Wanted { retries, approved, .. } = generation.wanted;
            let before = Some(Before { status: generation.status, retries, approved });
            let mut wanted = Wanted { retries: 0, approved: false, before, ..generation.wanted.clone() };
            wanted.changes.push(change.clone());
            (is_delivered && is_at_its_end).then(|| Row { status: Status::Queued, wanted, ..Row::of(generation) })
        })
        .await
    }

    /// Has a generation forgotten that nobody works on: it is not there any more, and what is kept of it may be removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete(&self, owner: &Owner, id: &GenerationId) -> Result<Moved, Error> {
        self.change_row(owner, id, |generation| {
            (generation.status != Status::Running).then(|| Row { deleted: true, ..Row::of(generation) })
        })
        .await
    }

    /// Changes a generation's row as a function of what it is, unless somebody else changed it meanwhile: then once more.
    async fn change_row(
        &self,
        owner: &Owner,
        id: &GenerationId,
        change: impl Fn(&Generation) -> Option<Row> + Send,
    ) -> Result<Moved, Error> {
        loop {
            let Some(generation) = self.generation(owner, id).await? else { return Ok(Moved::Unknown) };
            let Some(row) = change(&generation) else { return Ok(Moved::No(Box::new(generation))) };
            if let Some(generation) = self.write_row(&generation, &row).await? {
                return Ok(Moved::Yes(Box::new(generation)));
            }
        }
    }

    async fn write_row(&self, before: &Generation, row: &Row) -> Result<Option<Generation>, Error> {
        let is_moved = row.status != before.status;
        // What is compared is what decided: a claim and an end raise the epoch or change the status.
        let update = format!(
            "update generations set status = $3, cancel = $4, wanted = $5, updated_at = {{now}}, \
             deleted_at = case when $6 = 1 then {{now}} else null end, last_event = last_event + $7, \
             run_at = case when $7 = 1 then {{now}} else run_at end, claims = case when $7 = 1 then 0 else claims end, \
             cause = case when $7 = 1 then null else cause end, reason = case when $7 = 1 then null else reason end, \
             finished_at = case when $7 = 0 then finished_at when $8 = 1 then {{now}} else null end \
             where id = $1 and epoch = $2 and status = $9 and wanted = $10 and (workspace_gone <> 0) = ($11 = 1) \
             and deleted_at is null returning {COLUMNS}"
        );
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(self.sql(&update))
            .bind(before.id.to_string())
            .bind(before.epoch)
            .bind(row.status.name())
            .bind(i64::from(row.cancel))
            .bind(text_of(&row.wanted))
            .bind(i64::from(row.deleted))
            .bind(i64::from(is_moved))
            .bind(i64::from(row.status.is_end()))
            .bind(before.status.name())
            .bind(text_of(&before.wanted))
            .bind(i64::from(before.expired.workspace))
            .fetch_all(&mut *transaction)
            .await?;
        let Some(found) = rows.first() else { return Ok(None) };
        let generation = Generation::read(found)?;
        if is_moved {
            let last_event: i64 = found.try_get("last_event")?;
            let moved = Moving { id: &before.id, last_event, status: row.status, why: None };
            self.moved(&mut transaction, &moved).await?;
        }
        transaction.commit().await?;
        Ok(Some(generation))
    }
}

/// What an owner's wish changes.
struct Row {
    status: Status,
    cancel: bool,
    wanted: Wanted,
    deleted: bool,
}

impl Row {
    fn of(generation: &Generation) -> Self {
        Self { status: generation.status, cancel: generation.cancel, wanted: generation.wanted.clone(), deleted: false }
    }
}

/// The limits of `before`, replaced where `given` has one.
fn joined(before: &Limits, given: &Limits) -> Limits {
    Limits {
        minutes: given.minutes.or(before.minutes),
        cost_usd: given.cost_usd.or(before.cost_usd),
        calls: given.calls.or(before.calls),
        tokens: given.tokens.or(before.tokens),
    }
}
