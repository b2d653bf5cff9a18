//! What is to be told to those who asked to be told: written in the transaction of what it tells of, so that it is neither
//! lost nor told of what did not happen; sent by whoever takes it, as often as it takes.

use std::time::Duration;

use serde::Serialize;
use sqlx::{AnyConnection, Row as _};

use super::{Error, Records, generation::text_of};
use crate::domain::{
    event::{EVENT_VERSION, Event},
    id::{DeliveryId, GenerationId},
    submission::Webhook,
};

/// A message that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its identity, the same at every try.
    pub id: String,
    /// Who is told, and by which secret he knows who tells.
    pub webhook: Webhook,
    /// What is sent: JSON.
    pub body: String,
    /// Number of this try, from 1.
    pub attempt: u32,
}

/// What a message says: an event, and whose.
#[derive(Serialize)]
pub(super) struct Notification {
    pub(super) generation: GenerationId,
    pub(super) sequence: i64,
    #[serde(flatten)]
    pub(super) event: Event,
}

#[derive(Serialize)]
struct Versioned<'a> {
    version: u32,
    #[serde(flatten)]
    told: &'a Notification,
}

impl Records {
    /// Adds a message, where somebody asked to be told.
    pub(super) async fn add_delivery(&self, transaction: &mut AnyConnection, told: &Notification) -> Result<(), Error> {
        let insert = "insert into deliveries (id, generation, body, run_at) \
                      select $1, id, $2, {now} from generations where id = $3 and webhook is not null";
        sqlx::query(self.sql(insert))
            .bind(DeliveryId::mint().to_string())
            .bind(text_of(&Versioned { version: EVENT_VERSION, told }))
            .bind(told.generation.to_string())
            .execute(transaction)
            .await?;
        Ok(())
    }

    /// Takes messages that are due, at most `most` of them; each falls due again after a time that `wait` gives for the number
    /// of the try, unless it is [settled](Records::settle_delivery) before. Of many that take at once each message goes to one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_deliveries(&self, most: u32, wait: impl Fn(u32) -> Duration) -> Result<Vec<Delivery>, Error> {
        let select = "select deliveries.id as id, body, attempts, webhook from deliveries \
                      join generations on generations.id = generation \
                      where done_at is null and deliveries.run_at <= {now} order by deliveries.run_at limit $1";
        let rows = sqlx::query(self.sql(select)).bind(i64::from(most)).fetch_all(&self.reader).await?;
        let mut taken = Vec::new();
        for row in &rows {
            let (id, attempts): (String, i64) = (row.try_get("id")?, row.try_get("attempts")?);
            let attempt = u32::try_from(attempts + 1).unwrap_or(u32::MAX);
            let update = "update deliveries set attempts = attempts + 1, run_at = {now} + $3 \
                          where id = $1 and attempts = $2 and done_at is null";
            let updated = sqlx::query(self.sql(update))
                .bind(&id)
                .bind(attempts)
                .bind(i64::try_from(wait(attempt).as_millis()).unwrap_or(i64::MAX))
                .execute(&self.writer)
                .await?;
            let webhook: Option<String> = row.try_get("webhook")?;
            let webhook = webhook.and_then(|text| serde_json::from_str(&text).ok());
            if let Some(webhook) = webhook.filter(|_| updated.rows_affected() == 1) {
                taken.push(Delivery { id, webhook, body: row.try_get("body")?, attempt });
            }
        }
        Ok(taken)
    }

    /// Ends a message: it was taken by its receiver, or is given up for a reason.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_delivery(&self, id: &str, gave_up: Option<&str>) -> Result<(), Error> {
        let update = "update deliveries set done_at = {now}, last_error = $2 where id = $1";
        sqlx::query(self.sql(update)).bind(id).bind(gave_up).execute(&self.writer).await?;
        Ok(())
    }

    /// Records why a try failed; the message stays due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_failed_delivery(&self, id: &str, reason: &str) -> Result<(), Error> {
        sqlx::query("update deliveries set last_error = $2 where id = $1")
            .bind(id)
            .bind(reason)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
