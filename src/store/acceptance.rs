//! Taking a generation in.

use sqlx::Row as _;

use super::{
    Error, Records,
    events::{self, status_changed},
    generation::{Progress, json, text_of},
};
use crate::domain::{
    digest::Digest,
    generation::Status,
    id::{GenerationId, ProjectId},
    submission::{Owner, Submission, Wanted},
};

/// How long a request is known by its key: 24 hours.
pub(super) const ANSWERS_KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// A request that its sender may send again: the same key leads to the same answer, as long as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Which kind of request; keys of two kinds have nothing to do with each other.
    pub route: &'static str,
    /// The key that the sender chose.
    pub key: String,
    /// Digest of what was sent.
    pub fingerprint: Digest,
}

/// What became of a request to take something in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// It is recorded.
    New,
    /// The same request was answered before; nothing was changed.
    Before(Answered),
    /// The key was used for another request; nothing was changed.
    OtherRequest,
    /// The project is not there, is another's, or is archived; nothing was changed.
    NoProject,
}

/// An answer that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its text.
    pub answer: String,
}

impl Records {
    /// Records generations, all or none, with the answer that their sender gets. They are durable on return, and claimable.
    ///
    /// # Errors
    /// When the database fails; then nothing was recorded, or all of it: the sender finds out by the same key.
    pub async fn accept(
        &self,
        owner: &Owner,
        submissions: &[Submission],
        answer: &str,
        idempotency: Option<&Idempotency>,
    ) -> Result<Accepted, Error> {
        let mut transaction = self.begin().await?;
        if let Some(idempotency) = idempotency
            && let Some(before) = self.remember(&mut transaction, owner, idempotency, answer).await?
        {
            return Ok(before);
        }
        for submission in submissions {
            let Some(project) = self.project_for(&mut transaction, owner, submission).await? else {
                return Ok(Accepted::NoProject);
            };
            self.insert(&mut transaction, owner, &project, submission).await?;
        }
        transaction.commit().await?;
        Ok(Accepted::New)
    }

    /// Records a request with its answer; what became of it when it was recorded before.
    async fn remember(
        &self,
        transaction: &mut sqlx::AnyConnection,
        owner: &Owner,
        idempotency: &Idempotency,
        answer: &str,
    ) -> Result<Option<Accepted>, Error> {
        let insert = "insert into idempotency (tenant, owner, route, key, fingerprint, answer, created_at) \
                      values ($1, $2, $3, $4, $5, $6, {now}) on conflict (tenant, owner, route, key) do update \
                      set fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = {now} \
                      where idempotency.created_at < {now} - $7";
        let inserted = sqlx::query(self.sql(insert))
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(idempotency.route)
            .bind(&idempotency.key)
            .bind(idempotency.fingerprint.to_string())
            .bind(answer)
            .bind(ANSWERS_KEPT_MS)
            .execute(&mut *transaction)
            .await?;
        if inserted.rows_affected() == 1 {
            return Ok(None);
        }
        let select = "select fingerprint, answer from idempotency \
                      where tenant = $1 and owner = $2 and route = $3 and key = $4";
        let row = sqlx::query(select)
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(idempotency.route)
            .bind(&idempotency.key)
            .fetch_one(&mut *transaction)
            .await?;
        let fingerprint: String = row.try_get("fingerprint")?;
        if fingerprint != idempotency.fingerprint.to_string() {
            return Ok(Some(Accepted::OtherRequest));
        }
        Ok(Some(Accepted::Before(Answered { answer: row.try_get("answer")? })))
    }

    /// The project of a submission, made when it names none.
    pub(super) async fn project_for(
        &self,
        transaction: &mut sqlx::AnyConnection,
        owner: &Owner,
        submission: &Submission,
    ) -> Result<Option<ProjectId>, Error> {
        if let Some(project) = &submission.project {
            let select = "select id from projects where id = $1 and tenant = $2 and owner = $3 and archived_at is null \
                          and deleted_at is null";
            let found = sqlx::query(select)
                .bind(project.to_string())
                .bind(&owner.tenant)
                .bind(&owner.owner)
                .fetch_optional(&mut *transaction)
                .await?;
            return Ok(found.map(|_| project.clone()));
        }
        let project = ProjectId::mint();
        let insert = "insert into projects (id, tenant, owner, name, created_at, updated_at) \
                      values ($1, $2, $3, $4, {now}, {now})";
        sqlx::query(self.sql(insert))
            .bind(project.to_string())
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(submission.spec.name.to_string())
            .execute(&mut *transaction)
            .await?;
        Ok(Some(project))
    }

    pub(super) async fn insert(
        &self,
        transaction: &mut sqlx::AnyConnection,
        owner: &Owner,
        project: &ProjectId,
        submission: &Submission,
    ) -> Result<(), Error> {
        let insert = "insert into generations (id, tenant, owner, project, name, status, submission, wanted, priority, \
                      run_at, created_at, updated_at, last_event, progress, webhook, terms) \
                      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, {now}, {now}, {now}, 1, $10, $11, $12)";
        sqlx::query(self.sql(insert))
            .bind(submission.generation.to_string())
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(project.to_string())
            .bind(submission.spec.name.to_string())
            .bind(Status::Queued.name())
            .bind(text_of(submission))
            .bind(text_of(&Wanted::default()))
            .bind(i64::from(submission.priority))
            .bind(text_of(&Progress::default()))
            .bind(submission.webhook.as_ref().map(text_of))
            .bind(text_of(&submission.terms()))
            .execute(&mut *transaction)
            .await?;
        let accepted = status_changed(Status::Queued, None);
        events::insert(self, transaction, &submission.generation, 1, &accepted).await
    }

    /// Forgets requests that were answered so many milliseconds ago; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_answers(&self, older_than_ms: u64) -> Result<u64, Error> {
        let older = i64::try_from(older_than_ms).unwrap_or(i64::MAX);
        let delete = sqlx::query(self.sql("delete from idempotency where created_at < {now} - $1")).bind(older);
        Ok(delete.execute(&self.writer).await?.rows_affected())
    }

    /// What was handed in for a generation, whosever it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submission(&self, id: &GenerationId) -> Result<Option<Submission>, Error> {
        let select = "select submission from generations where id = $1 and deleted_at is null";
        let row = sqlx::query(select).bind(id.to_string()).fetch_optional(&self.reader).await?;
        let Some(row) = row else { return Ok(None) };
        let text: String = row.try_get("submission")?;
        let unreadable = |reason| Error::Recorded { what: format!("the submission of generation {id}"), reason };
        json(&text).map(Some).map_err(unreadable)
    }

    /// A generation of an owner's. What is another's is not there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn generation(&self, owner: &Owner, id: &GenerationId) -> Result<Option<super::Generation>, Error> {
        let found = self.generation_of_any(id).await?;
        Ok(found.filter(|generation| generation.owner == *owner))
    }
}
