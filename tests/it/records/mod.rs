//! The records on both databases: `SQLite` in a file, and a real PostgreSQL.

mod acceptance;
mod claims;
mod lists;
mod outage;
mod retention;
pub(crate) mod support;
mod wishes;
