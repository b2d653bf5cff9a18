//! Taking a generation in that began elsewhere.

use sqlx::Row as _;

use super::{
    Error, Records,
    events::{self, status_changed},
    generation::{Progress, text_of},
};
use crate::domain::{
    generation::Status,
    id::ProjectId,
    submission::{Owner, Submission, Wanted},
};

/// A generation that began elsewhere.
#[derive(Debug, Clone)]
pub struct Adoption {
    /// What was handed in there, in the project that it names.
    pub submission: Submission,
    /// What was wanted of it since.
    pub wanted: Wanted,
    /// Where it is in its life: queued, paused or failed.
    pub status: Status,
    /// Why, to branch on and for people.
    pub why: Option<(&'static str, String)>,
    /// Where its workspace is kept.
    pub workspace: String,
}

impl Records {
    /// Whether a generation is known, whosever it is, deleted or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows(&self, submission: &Submission) -> Result<bool, Error> {
        let id = submission.generation.to_string();
        Ok(sqlx::query("select 1 from generations where id = $1")
            .bind(id)
            .fetch_optional(&self.reader)
            .await?
            .is_some())
    }

    /// Forgets that a generation was forgotten, so that its folder may be here again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn welcome(&self, submission: &Submission) -> Result<(), Error> {
        let delete = "delete from forgotten where generation = $1";
        sqlx::query(delete).bind(submission.generation.to_string()).execute(&self.writer).await?;
        Ok(())
    }

    /// Takes a generation in with its workspace; its project, or `None` when the project is not the owner's or takes none.
    ///
    /// # Errors
    /// When the database fails, as it does for one that is known.
    pub async fn adopt(&self, owner: &Owner, adoption: &Adoption) -> Result<Option<ProjectId>, Error> {
        let Adoption { submission, wanted, status, why, workspace } = adoption;
        let mut transaction = self.begin().await?;
        let Some(project) = self.project_for(&mut transaction, owner, submission).await? else { return Ok(None) };
        self.insert(&mut transaction, owner, &project, submission).await?;
        let update = "update generations set status = $2, cause = $3, reason = $4, wanted = $5, workspace = $6, \
                      progress = $7, last_event = 2, run_at = case when $2 = 'queued' then {now} else $8 end, \
                      finished_at = case when $9 = 1 then {now} else null end where id = $1 returning last_event";
        let rows = sqlx::query(self.sql(update))
            .bind(submission.generation.to_string())
            .bind(status.name())
            .bind(why.as_ref().map(|(cause, _)| *cause))
            .bind(why.as_ref().map(|(_, reason)| reason.as_str()))
            .bind(text_of(wanted))
            .bind(workspace)
            .bind(text_of(&Progress::default()))
            .bind(super::lease::NOT_BY_ITSELF_MS)
            .bind(i64::from(status.is_end()))
            .fetch_one(&mut *transaction)
            .await?;
        let sequence: i64 = rows.try_get("last_event")?;
        let why = why.as_ref().map(|(cause, reason)| (*cause, reason.as_str()));
        let event = status_changed(*status, why);
        events::insert(self, &mut transaction, &submission.generation, sequence, &event).await?;
        transaction.commit().await?;
        Ok(Some(project))
    }
}
