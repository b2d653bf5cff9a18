//! Keys that callers of the service show. Their digests are recorded, never they themselves.

use sqlx::{Row as _, any::AnyRow};

use super::{Dialect, Error, Records, generation::time};
use crate::domain::{clock::Timestamp, digest::Digest, submission::Owner};

/// How often the use of a key is recorded at most.
const USE_EVERY_MS: i64 = 60_000;

const COLUMNS: &str = "id, tenant, owner, name, digest, last_four, created_at, last_used_at, revoked_at";

/// A key that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The part of its text that it is found by, and that may be shown.
    pub id: String,
    /// Whose requests it stands for.
    pub owner: Owner,
    /// Name for people.
    pub name: String,
    /// Digest of its whole text.
    pub digest: Digest,
    /// The last four characters of its text.
    pub last_four: String,
}

/// A key as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it was recorded with.
    pub key: NewKey,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Since when it is good for nothing.
    pub revoked_at: Option<Timestamp>,
}

impl Key {
    fn read(row: &AnyRow) -> Result<Self, Error> {
        let id: String = row.try_get("id")?;
        let digest = serde_json::from_value(serde_json::Value::String(row.try_get("digest")?));
        let digest =
            digest.map_err(|error| Error::Recorded { what: format!("key {id}"), reason: error.to_string() })?;
        let at = |column| row.try_get::<Option<i64>, _>(column).map(|at| at.map(time));
        Ok(Self {
            key: NewKey {
                id,
                owner: Owner { tenant: row.try_get("tenant")?, owner: row.try_get("owner")? },
                name: row.try_get("name")?,
                digest,
                last_four: row.try_get("last_four")?,
            },
            created_at: time(row.try_get("created_at")?),
            last_used_at: at("last_used_at")?,
            revoked_at: at("revoked_at")?,
        })
    }
}

impl Records {
    /// Records a key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_key(&self, key: &NewKey) -> Result<(), Error> {
        self.insert_key(key, "values ($1, $2, $3, $4, $5, $6, {now})").await.map(drop)
    }

    /// Records a key unless there is one, revoked ones counted; whether it was recorded. Of processes that start at once one
    /// records its key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_first_key(&self, key: &NewKey) -> Result<bool, Error> {
        let values = "select $1, $2, $3, $4, $5, $6, {now} where not exists (select 1 from api_keys)";
        self.insert_key(key, values).await
    }

    async fn insert_key(&self, key: &NewKey, values: &str) -> Result<bool, Error> {
        let insert = format!("insert into api_keys (id, tenant, owner, name, digest, last_four, created_at) {values}");
        let mut transaction = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            // Two that look at once would both find no key; SQLite lets one begin at a time.
            sqlx::query("lock table api_keys in share row exclusive mode").execute(&mut *transaction).await?;
        }
        let inserted = sqlx::query(self.sql(&insert))
            .bind(&key.id)
            .bind(&key.owner.tenant)
            .bind(&key.owner.owner)
            .bind(&key.name)
            .bind(key.digest.to_string())
            .bind(&key.last_four)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// A key by the part of its text that may be shown, whosever it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key(&self, id: &str) -> Result<Option<Key>, Error> {
        let select = format!("select {COLUMNS} from api_keys where id = $1");
        let row = sqlx::query(self.sql(&select)).bind(id).fetch_optional(&self.reader).await?;
        row.as_ref().map(Key::read).transpose()
    }

    /// An owner's keys, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self, owner: &Owner) -> Result<Vec<Key>, Error> {
        let select = format!("select {COLUMNS} from api_keys where tenant = $1 and owner = $2 order by created_at, id");
        let rows =
            sqlx::query(self.sql(&select)).bind(&owner.tenant).bind(&owner.owner).fetch_all(&self.reader).await?;
        rows.iter().map(Key::read).collect()
    }

    /// Makes a key good for nothing; false when the owner has no such key. Revoking twice changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_key(&self, owner: &Owner, id: &str) -> Result<bool, Error> {
        let update = "update api_keys set revoked_at = coalesce(revoked_at, {now}) \
                      where id = $1 and tenant = $2 and owner = $3";
        let updated =
            sqlx::query(self.sql(update)).bind(id).bind(&owner.tenant).bind(&owner.owner).execute(&self.writer).await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Records that a key was used, at most once a minute; whether it was recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_key(&self, id: &str) -> Result<bool, Error> {
        let update = "update api_keys set last_used_at = {now} \
                      where id = $1 and (last_used_at is null or last_used_at <= {now} - $2)";
        let updated = sqlx::query(self.sql(update)).bind(id).bind(USE_EVERY_MS).execute(&self.writer).await?;
        Ok(updated.rows_affected() == 1)
    }
}
