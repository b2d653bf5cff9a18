//! What can go wrong with the records.

/// The records could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database cannot be used as it is.
    #[error("the database {database} cannot be used: {reason}")]
    Unusable {
        /// Which, without its password.
        database: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The database was written by a newer version of the product.
    #[error(
        "the database has the schema {found}, which this version of the product (schema {known}) does not know; use the \
         version that wrote it, or a newer one"
    )]
    NewerSchema {
        /// Its schema.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// The disk has no room for what was to be recorded; nothing of it was.
    #[error("the database has no room: {0}; free some on its disk")]
    StorageFull(#[source] sqlx::Error),
    /// The database cannot be reached, or is busy; the same may work later.
    #[error("the database did not answer: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
    /// Something recorded does not have the form that this version reads.
    #[error("the record of {what} cannot be read: {reason}")]
    Recorded {
        /// Which.
        what: String,
        /// Why.
        reason: String,
    },
}

/// What a caller does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same may work a moment later.
    Transient,
    /// The same works when there is room.
    StorageFull,
    /// Somebody has to look at it.
    Permanent,
}

impl Error {
    /// What a caller does about it.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::StorageFull(_) => Class::StorageFull,
            Self::Unreachable(_) => Class::Transient,
            Self::Unusable { .. } | Self::NewerSchema { .. } | Self::Database(_) | Self::Recorded { .. } => {
                Class::Permanent
            }
        }
    }
}

/// Codes of `SQLite` that say that there is no room (<https://sqlite.org/rescode.html>).
///
/// The second is told when the index of the log, which is shared between processes, cannot grow.
const SQLITE_FULL: [&str; 2] = ["13", "4874"];
/// Codes of `SQLite` that say that another writes.
const SQLITE_BUSY: [&str; 3] = ["5", "261", "517"];
/// Classes of PostgreSQL's codes (<https://www.postgresql.org/docs/current/errcodes-appendix.html>): insufficient
/// resources but for a full disk, operator intervention, serialization, connection.
const POSTGRES_TRANSIENT: [&str; 4] = ["53", "57", "40", "08"];
/// Single codes of the same kind: another holds a lock, a transaction was silent for too long, the database only reads by now
/// as another took over.
const POSTGRES_TRANSIENT_CODES: [&str; 3] = ["55P03", "25P03", "25006"];
const POSTGRES_DISK_FULL: &str = "53100";

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().unwrap_or_default().into_owned();
                if SQLITE_FULL.contains(&code.as_str()) || code == POSTGRES_DISK_FULL {
                    Self::StorageFull(error)
                } else if SQLITE_BUSY.contains(&code.as_str())
                    || POSTGRES_TRANSIENT_CODES.contains(&code.as_str())
                    || (code.len() == 5 && POSTGRES_TRANSIENT.iter().any(|class| code.starts_with(class)))
                {
                    Self::Unreachable(error)
                } else {
                    Self::Database(error)
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Self::Unreachable(error),
            _ => Self::Database(error),
        }
    }
}
