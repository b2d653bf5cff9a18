//! What happened to a generation: numbered from 1, without a gap, each durable with what it tells of.

use std::sync::atomic::Ordering;

use sqlx::{AnyConnection, Row as _};

use super::{
    Error, Records,
    generation::{text_of, time},
    lease::Claim,
};
use crate::domain::{clock::Timestamp, event::Event, generation::Status, id::GenerationId};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its number within the generation, from 1.
    pub sequence: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// Why something changed: to branch on, and for people.
pub(super) type Why<'a> = Option<(&'a str, &'a str)>;

pub(super) fn status_changed(status: Status, why: Why<'_>) -> Event {
    let (cause, reason) = why.unzip();
    Event::StatusChanged { status, cause: cause.map(str::to_owned), reason: reason.map(str::to_owned) }
}

/// Adds an event under a number that the caller took from the generation's row in the same transaction.
pub(super) async fn insert(
    records: &Records,
    transaction: &mut AnyConnection,
    generation: &GenerationId,
    sequence: i64,
    event: &Event,
) -> Result<(), Error> {
    let insert = "insert into events (generation, sequence, at, event) values ($1, $2, {now}, $3)";
    sqlx::query(records.sql(insert))
        .bind(generation.to_string())
        .bind(sequence)
        .bind(text_of(event))
        .execute(transaction)
        .await?;
    Ok(())
}

impl Records {
    /// Adds what happened during a claim, with how far the generation is by now. False when the claim is lost; then nothing
    /// is recorded. A durable step among it says that there is progress: each is told once, so that what a claim could not tell
    /// before it died counts for the next. Who does not know whether it was recorded may tell the same once more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell(&self, claim: &Claim, events: &[Event], progress: &super::Progress) -> Result<bool, Error> {
        let has_step = events.iter().any(|event| matches!(event, Event::StepFinished { .. }));
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let mut transaction = self.begin().await?;
        let update = "update generations set last_event = last_event + $3, progress = $4, updated_at = {now}, \
                      claims = case when $5 = 1 then 0 else claims end \
                      where id = $1 and epoch = $2 and status = 'running' and last_event = $6 returning last_event";
        let told = claim.told.load(Ordering::Acquire);
        let rows = sqlx::query(self.sql(update))
            .bind(claim.generation.id.to_string())
            .bind(claim.epoch())
            .bind(count)
            .bind(text_of(progress))
            .bind(i64::from(has_step))
            .bind(told)
            .fetch_all(&mut *transaction)
            .await?;
        let Some(row) = rows.first() else { return self.was_told(&mut transaction, claim, told + count).await };
        let last: i64 = row.try_get("last_event")?;
        for (sequence, event) in (last - count + 1..).zip(events) {
            insert(self, &mut transaction, &claim.generation.id, sequence, event).await?;
        }
        transaction.commit().await?;
        claim.told.store(last, Ordering::Release);
        Ok(true)
    }

    /// Whether the last event of a claim has a number already: who told it was not answered, as when the database died.
    async fn was_told(&self, transaction: &mut AnyConnection, claim: &Claim, last: i64) -> Result<bool, Error> {
        let select = "select last_event from generations where id = $1 and epoch = $2 and status = 'running'";
        let rows = sqlx::query(select)
            .bind(claim.generation.id.to_string())
            .bind(claim.epoch())
            .fetch_all(transaction)
            .await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let is_told = row.try_get::<i64, _>("last_event")? == last;
        if is_told {
            claim.told.store(last, Ordering::Release);
        }
        Ok(is_told)
    }

    /// Events after a number, oldest first, at most `most` of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events(&self, generation: &GenerationId, after: i64, most: u32) -> Result<Vec<Told>, Error> {
        let select = "select sequence, at, event from events where generation = $1 and sequence > $2 \
                      order by sequence limit $3";
        let rows = sqlx::query(select)
            .bind(generation.to_string())
            .bind(after)
            .bind(i64::from(most))
            .fetch_all(&self.reader)
            .await?;
        rows.iter()
            .map(|row| {
                let sequence: i64 = row.try_get("sequence")?;
                let text: String = row.try_get("event")?;
                let event = serde_json::from_str(&text).map_err(|error| Error::Recorded {
                    what: format!("event {sequence} of generation {generation}"),
                    reason: error.to_string(),
                })?;
                Ok(Told { sequence, at: time(row.try_get("at")?), event })
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
