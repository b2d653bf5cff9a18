//! Projects: what generations belong to.

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{Error, Records, generation::time};
use crate::domain::{clock::Timestamp, id::ProjectId, submission::Owner};

/// A project as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Identity.
    pub id: ProjectId,
    /// Name for people.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Since when it takes no more generations.
    pub archived_at: Option<Timestamp>,
    /// Generations that belong to it.
    pub generations: u64,
}

/// Which projects are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFilter {
    /// Only archived ones, or only others.
    pub archived: Option<bool>,
    /// Only those whose name has this text in it, in letters of either case.
    pub name: Option<String>,
}

/// What is wanted of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectWish {
    /// Its new name.
    pub name: Option<String>,
    /// Whether it is archived from now on.
    pub archived: Option<bool>,
}

/// What became of a wish to delete a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It is not there any more, nor are its generations.
    Done,
    /// It has generations, and whoever asked said nothing of them.
    HasGenerations,
    /// Somebody works on one of its generations.
    Running,
    /// The owner has no such project.
    Unknown,
}

/// Columns that [`Project`] is read from.
const SELECT: &str = "select id, name, created_at, updated_at, archived_at, (select count(*) from generations \
    where generations.project = projects.id and generations.deleted_at is null) as generations \
    from projects where tenant = $1 and owner = $2 and deleted_at is null";

impl Project {
    fn read(row: &AnyRow) -> Result<Self, Error> {
        let id: String = row.try_get("id")?;
        Ok(Self {
            name: row.try_get("name")?,
            created_at: time(row.try_get("created_at")?),
            updated_at: time(row.try_get("updated_at")?),
            archived_at: row.try_get::<Option<i64>, _>("archived_at")?.map(time),
            generations: u64::try_from(row.try_get::<i64, _>("generations")?).unwrap_or(0),
            id: id.parse().map_err(|error: uuid::Error| Error::Recorded {
                what: format!("project {id}"),
                reason: error.to_string(),
            })?,
        })
    }
}

impl Records {
    /// Makes a project.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_project(&self, owner: &Owner, id: &ProjectId, name: &str) -> Result<(), Error> {
        let insert = "insert into projects (id, tenant, owner, name, created_at, updated_at) \
                      values ($1, $2, $3, $4, {now}, {now})";
        sqlx::query(self.sql(insert))
            .bind(id.to_string())
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(name)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// A project of an owner's. What is another's is not there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn project(&self, owner: &Owner, id: &ProjectId) -> Result<Option<Project>, Error> {
        let select = format!("{SELECT} and id = $3");
        let row = sqlx::query(self.sql(&select))
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(Project::read).transpose()
    }

    /// Projects of an owner's, the newest first, those after one of them, at most `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn projects(
        &self,
        owner: &Owner,
        filter: &ProjectFilter,
        after: Option<&ProjectId>,
        most: u32,
    ) -> Result<Vec<Project>, Error> {
        let select = format!(
            "{SELECT} and ($3 = '' or id < $3) and ($4 = -1 or (archived_at is not null) = ($4 = 1)) \
             and ($5 = '' or lower(name) like $5 escape '\\') order by id desc limit $6"
        );
        let rows = sqlx::query(self.sql(&select))
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(after.map(ToString::to_string).unwrap_or_default())
            .bind(filter.archived.map_or(-1, i64::from))
            .bind(filter.name.as_deref().map(super::listing::pattern).unwrap_or_default())
            .bind(i64::from(most))
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(Project::read).collect()
    }

    /// Renames or archives a project; the project as it is then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_project(
        &self,
        owner: &Owner,
        id: &ProjectId,
        wish: &ProjectWish,
    ) -> Result<Option<Project>, Error> {
        let update = "update projects set name = coalesce($4, name), updated_at = {now}, \
                      archived_at = case $5 when -1 then archived_at when 0 then null \
                      else coalesce(archived_at, {now}) end \
                      where id = $1 and tenant = $2 and owner = $3 and deleted_at is null";
        sqlx::query(self.sql(update))
            .bind(id.to_string())
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(wish.name.as_deref())
            .bind(wish.archived.map_or(-1, i64::from))
            .execute(&self.writer)
            .await?;
        self.project(owner, id).await
    }

    /// Deletes a project that nobody works in: with its generations, or only when it has none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_project(
        &self,
        owner: &Owner,
        id: &ProjectId,
        with_generations: bool,
    ) -> Result<Deletion, Error> {
        let mut transaction = self.begin().await?;
        // First, so that no generation is accepted into it meanwhile.
        let update = "update projects set deleted_at = {now} \
                      where id = $1 and tenant = $2 and owner = $3 and deleted_at is null";
        let updated = sqlx::query(self.sql(update))
            .bind(id.to_string())
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .execute(&mut *transaction)
            .await?;
        if updated.rows_affected() == 0 {
            return Ok(Deletion::Unknown);
        }
        let (all, running) = self.generations_in(&mut transaction, id).await?;
        if all > 0 && !with_generations {
            return Ok(Deletion::HasGenerations);
        }
        if running > 0 {
            return Ok(Deletion::Running);
        }
        let update = "update generations set deleted_at = {now}, updated_at = {now} \
                      where project = $1 and deleted_at is null and status <> 'running'";
        let deleted = sqlx::query(self.sql(update)).bind(id.to_string()).execute(&mut *transaction).await?;
        if deleted.rows_affected() < all {
            // One was claimed after it was counted, which PostgreSQL lets happen.
            return Ok(Deletion::Running);
        }
        transaction.commit().await?;
        Ok(Deletion::Done)
    }

    /// Generations of a project, and how many of them somebody works on.
    async fn generations_in(&self, transaction: &mut AnyConnection, id: &ProjectId) -> Result<(u64, u64), Error> {
        let select = "select count(*) as total, count(case when status = 'running' then 1 end) as running \
                      from generations where project = $1 and deleted_at is null";
        let row = sqlx::query(select).bind(id.to_string()).fetch_one(transaction).await?;
        let count = |column| row.try_get::<i64, _>(column).map(|count| u64::try_from(count).unwrap_or(0));
        Ok((count("total")?, count("running")?))
    }
}
