//! The tables, and how a connection to `SQLite` is made to keep what it acknowledges.

use std::time::Duration;

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::{Dialect, Error, Records};

/// Every version of the schema by the statements that lead to it from the one before.
const VERSIONS: [&str; 1] = [include_str!("schema.sql")];
/// Key of PostgreSQL's advisory lock under which one process at a time changes the schema: "samokode" in ASCII.
const SCHEMA_LOCK: i64 = 0x7361_6d6f_6b6f_6465;

/// `PRAGMA synchronous` as a number (<https://sqlite.org/pragma.html#pragma_synchronous>).
const FULL: i64 = 2;

/// Makes a connection durable, and makes sure that it is.
pub(super) async fn prepare_sqlite(connection: &mut AnyConnection, busy: Duration) -> Result<(), sqlx::Error> {
    let pragmas = format!(
        "pragma busy_timeout = {}; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on",
        busy.as_millis()
    );
    sqlx::raw_sql(AssertSqlSafe(pragmas)).execute(&mut *connection).await?;
    let synchronous: i64 = sqlx::query("pragma synchronous").fetch_one(&mut *connection).await?.try_get(0)?;
    let mode: String = sqlx::query("pragma journal_mode").fetch_one(&mut *connection).await?.try_get(0)?;
    if synchronous >= FULL && mode == "wal" {
        return Ok(());
    }
    let reason = format!(
        "it is in journal mode {mode} with synchronous {synchronous}, so that what it acknowledges may be lost; put it on a \
         disk of this machine's own"
    );
    Err(sqlx::Error::Configuration(reason.into()))
}

/// Has PostgreSQL take its locks back from a holder that was cut off in the middle of a transaction: TCP would tell it of
/// that after hours (<https://www.postgresql.org/docs/current/runtime-config-client.html>).
pub(super) async fn prepare_postgres(connection: &mut AnyConnection, patience: Duration) -> Result<(), sqlx::Error> {
    let patience = patience.as_millis();
    let settings = format!(
        "set idle_in_transaction_session_timeout = {patience}; set lock_timeout = {patience}; \
         set statement_timeout = {}",
        patience * 2
    );
    sqlx::raw_sql(AssertSqlSafe(settings)).execute(connection).await?;
    Ok(())
}

impl Records {
    /// Brings the tables to the newest version; done by one process while others wait.
    pub(super) async fn bring_up_to_date(&self) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            sqlx::query("select pg_advisory_xact_lock($1)").bind(SCHEMA_LOCK).execute(&mut *transaction).await?;
        }
        let table = "create table if not exists schema_version (version bigint not null)";
        sqlx::query(table).execute(&mut *transaction).await?;
        let found = sqlx::query("select version from schema_version").fetch_optional(&mut *transaction).await?;
        let version: i64 = found.as_ref().map_or(Ok(0), |row| row.try_get(0))?;
        let known = i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX);
        if version > known {
            return Err(Error::NewerSchema { found: version, known });
        }
        if version == known {
            return Ok(());
        }
        for statements in VERSIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
            sqlx::raw_sql(*statements).execute(&mut *transaction).await?;
        }
        let recorded = if found.is_some() {
            "update schema_version set version = $1"
        } else {
            "insert into schema_version (version) values ($1)"
        };
        sqlx::query(recorded).bind(known).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}
