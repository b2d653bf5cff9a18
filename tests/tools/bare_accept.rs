//! The least that a server can do that keeps what it is sent: one row in `SQLite`, durable before it answers 202.
//!
//! `bare_accept PORT FILE`: what `POST /v1/generations` of the service is measured against.

use std::time::Duration;

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use samokoder::domain::id::GenerationId;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().unwrap_or_default().parse()?;
    let options = SqliteConnectOptions::new()
        .filename(arguments.next().unwrap_or_default())
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10));
    // One connection, since one can write: with more of them, each write first waits in vain for the others.
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::query("create table accepted (id text primary key, body text not null)").execute(&pool).await?;
    let app = Router::new().route("/v1/generations", post(accept)).with_state(pool);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(axum::serve(listener, app).await?)
}

async fn accept(State(pool): State<SqlitePool>, body: Bytes) -> (StatusCode, String) {
    let id = GenerationId::mint().to_string();
    let insert = sqlx::query("insert into accepted (id, body) values ($1, $2)").bind(&id);
    match insert.bind(String::from_utf8_lossy(&body).into_owned()).execute(&pool).await {
        Ok(_) => (StatusCode::ACCEPTED, format!("{{\"id\":\"{id}\",\"status\":\"queued\"}}")),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
