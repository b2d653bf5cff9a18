//! Lists of generations, in pages.

use sqlx::Row as _;

use super::{Error, Generation, Records, generation::COLUMNS};
use crate::domain::{
    generation::Status,
    id::{GenerationId, ProjectId},
    submission::Owner,
};

/// Where a page begins: after this generation, the newest being first. Identities stand in the order of acceptance.
pub type Cursor = GenerationId;

/// Which generations are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of a status.
    pub status: Option<Status>,
    /// Only those of a project.
    pub project: Option<ProjectId>,
    /// Only those whose name has this text in it, in letters of either case.
    pub name: Option<String>,
}

impl Records {
    /// Generations of an owner's, the newest first, at most `most` of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &self,
        owner: &Owner,
        filter: &Filter,
        after: Option<&Cursor>,
        most: u32,
    ) -> Result<Vec<Generation>, Error> {
        // A condition that does not apply is always true: one text, so that one plan is kept for it.
        let select = format!(
            "select {COLUMNS} from generations where tenant = $1 and owner = $2 and deleted_at is null \
             and ($3 = '' or id < $3) and ($4 = '' or status = $4) and ($5 = '' or project = $5) \
             and ($6 = '' or lower(name) like $6 escape '\\') order by id desc limit $7"
        );
        let rows = sqlx::query(self.sql(&select))
            .bind(&owner.tenant)
            .bind(&owner.owner)
            .bind(after.map(ToString::to_string).unwrap_or_default())
            .bind(filter.status.map_or("", Status::name))
            .bind(filter.project.as_ref().map(ToString::to_string).unwrap_or_default())
            .bind(filter.name.as_deref().map(pattern).unwrap_or_default())
            .bind(i64::from(most))
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(Generation::read).collect()
    }

    /// How many generations there are of each status, whosever they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(&self) -> Result<Vec<(Status, u64)>, Error> {
        let select = "select status, count(*) as count from generations where deleted_at is null group by status";
        let rows = sqlx::query(select).fetch_all(&self.reader).await?;
        let mut counts = Vec::new();
        for row in &rows {
            let name: String = row.try_get("status")?;
            let count: i64 = row.try_get("count")?;
            counts.extend(Status::named(&name).map(|status| (status, u64::try_from(count).unwrap_or(0))));
        }
        Ok(counts)
    }
}

/// A pattern of `like` that finds a text anywhere.
pub(super) fn pattern(text: &str) -> String {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
