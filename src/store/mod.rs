//! The records: what was accepted and whose it is, who works on it, how far it is, and what happened.
//!
//! One code for two databases: `SQLite` in a file for one host, PostgreSQL for many. A method that changes something has
//! made it durable when it returns: `SQLite` runs with `synchronous=FULL` on every connection (measured: with the
//! defaults of others an acknowledged row is lost in a power cut), PostgreSQL with its default `synchronous_commit`.
//! Nobody retries in here.

mod acceptance;
mod adoption;
mod copies;
mod deliveries;
mod error;
mod events;
mod generation;
mod keys;
mod lease;
mod listing;
mod projects;
mod retention;
mod schema;
mod wishes;

use std::{path::Path, time::Duration};

use sqlx::{
    Any, AnyPool, AssertSqlSafe, Connection as _, Transaction,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use crate::domain::id::HostId;

pub use self::{
    acceptance::{Accepted, Answered, Idempotency},
    adoption::Adoption,
    deliveries::Delivery,
    error::{Class, Error},
    events::Told,
    generation::{Generation, Progress},
    keys::{Key, NewKey},
    lease::{Claim, End, LIVES, Renewal, Workspace},
    listing::{Cursor, Filter},
    projects::{Deletion, Project, ProjectFilter, ProjectWish},
    retention::{Expired, Fate, Part},
    wishes::Moved,
};

/// Connections that read, or that read and write where the database lets many write.
const CONNECTIONS: u32 = 8;
/// How long a connection waits for another to have written.
const BUSY: Duration = Duration::from_secs(10);
/// How long a caller waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(3);

/// How long a database on another host is waited for: a new connection, a lock, and the next word of a transaction.
const PATIENCE: Duration = Duration::from_secs(5);

/// The records. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Records {
    /// One connection where only one can write.
    writer: AnyPool,
    reader: AnyPool,
    dialect: Dialect,
    /// Whose workers work through this, where other hosts share the records.
    host: Option<HostId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The database's own time in milliseconds: hosts whose clocks differ must agree on leases.
    const fn now(self) -> &'static str {
        match self {
            Self::Sqlite => "cast(round(unixepoch('subsec') * 1000) as integer)",
            Self::Postgres => "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
        }
    }

    /// How a transaction begins that will write: `SQLite` takes the right to write at once, as one that reads first may not
    /// get it any more.
    const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "begin immediate",
            Self::Postgres => "begin",
        }
    }
}

impl Records {
    /// Opens the records in a file, which is made when absent.
    ///
    /// # Errors
    /// When it is no database of this product, is a newer version's, or its disk does not keep what it acknowledges.
    pub async fn open_file(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let unusable = |reason: String| Error::Unusable { database: name.clone(), reason };
        let url = reqwest::Url::from_file_path(path)
            .map_err(|()| unusable("its path is not absolute".to_owned()))?
            .to_string()
            .replacen("file://", "sqlite://", 1);
        let options = |mode: &str| connect_options(&format!("{url}?mode={mode}"));
        let writer = sqlite_pool(1).connect_with(options("rwc")?).await.map_err(|error| unusable(error.to_string()))?;
        let reader =
            sqlite_pool(CONNECTIONS).connect_with(options("rw")?).await.map_err(|e| unusable(e.to_string()))?;
        let records = Self { writer, reader, dialect: Dialect::Sqlite, host: None };
        records.bring_up_to_date().await?;
        Ok(records)
    }

    /// Opens the records in a PostgreSQL database.
    ///
    /// # Errors
    /// When it cannot be reached, or is a newer version's.
    pub async fn open_postgres(url: &str) -> Result<Self, Error> {
        let pool = pool(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| Box::pin(schema::prepare_postgres(connection, PATIENCE)))
            .connect_with(connect_options(url)?)
            .await?;
        let records = Self { writer: pool.clone(), reader: pool, dialect: Dialect::Postgres, host: None };
        records.bring_up_to_date().await?;
        Ok(records)
    }

    /// The same for the workers of a host: a generation whose workspace is on another host is not theirs to claim.
    #[must_use]
    pub fn seen_from(self, host: &HostId) -> Self {
        Self { host: Some(host.clone()), ..self }
    }

    /// Whether the records answer.
    ///
    /// # Errors
    /// When they do not.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("select 1").fetch_one(&self.reader).await?;
        Ok(())
    }

    /// Closes the connections; what was recorded is whole in the database's own file then.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    async fn begin(&self) -> Result<Transaction<'static, Any>, Error> {
        Ok(self.writer.begin_with(self.dialect.begin()).await?)
    }

    /// A query's text with the database's own time in place of `{now}`. No part of it comes from outside.
    fn sql(&self, text: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(text.replace("{now}", self.dialect.now()))
    }
}

fn connect_options(url: &str) -> Result<AnyConnectOptions, Error> {
    sqlx::any::install_default_drivers();
    Ok(url.parse::<AnyConnectOptions>()?)
}

fn pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE)
}

fn sqlite_pool(connections: u32) -> AnyPoolOptions {
    let pool = pool(connections).after_connect(|connection, _| Box::pin(schema::prepare_sqlite(connection, BUSY)));
    // `SQLite` takes a transaction back by itself when the disk is full (<https://sqlite.org/lang_transaction.html>), the
    // driver fails to do so once more, and begins none on that connection ever again.
    pool.before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}
