//! Copies of the records, and records from a copy.

use std::path::Path;

use sqlx::Row as _;

use super::{
    Error, Records,
    lease::{Moving, id_of},
};
use crate::domain::generation::Status;

impl Records {
    /// Copies the records, as they are at one instant, into a file that is not there yet; only where they are in a file
    /// themselves. Nobody who writes has to wait for it. The copy is not synced.
    ///
    /// # Errors
    /// When the database fails, or is none in a file.
    pub async fn copy_into(&self, file: &Path) -> Result<(), Error> {
        sqlx::query("vacuum into $1").bind(file.display().to_string()).execute(&self.reader).await?;
        Ok(())
    }

    /// What is wrong with the file of the records; none when it is whole.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub async fn fault(&self) -> Result<Option<String>, Error> {
        let found: String = sqlx::query("pragma integrity_check").fetch_one(&self.reader).await?.try_get(0)?;
        Ok((found != "ok").then_some(found))
    }

    /// Queues what was being worked on when a copy was made, by processes that know nothing of the copy; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_interrupted(&self) -> Result<usize, Error> {
        let select = "select id from generations where status = 'running' and deleted_at is null";
        let rows = sqlx::query(select).fetch_all(&self.reader).await?;
        for row in &rows {
            let id = id_of(&row.try_get::<String, _>("id")?)?;
            let update = "update generations set status = 'queued', holder = null, lease_until = 0, claims = 0, \
                          run_at = {now}, updated_at = {now}, last_event = last_event + 1 \
                          where id = $1 and status = 'running' returning last_event";
            let mut transaction = self.begin().await?;
            let updated = sqlx::query(self.sql(update)).bind(id.to_string()).fetch_all(&mut *transaction).await?;
            let Some(row) = updated.first() else { continue };
            let moved = Moving { id: &id, last_event: row.try_get("last_event")?, status: Status::Queued, why: None };
            self.moved(&mut transaction, &moved).await?;
            transaction.commit().await?;
        }
        Ok(rows.len())
    }
}
