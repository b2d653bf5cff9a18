//! What operators look at: whether the service lives, whether it can take work, and what it measured.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Serialize;

use super::{
    Shared,
    answer::{json, typed},
    fault::Fault,
};
use crate::domain::generation::Status;

/// Whether the service lives.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Health {
    /// Always `ok`: whatever does not live does not answer.
    status: &'static str,
    /// Version of the product.
    version: &'static str,
}

/// Whether the service can take work.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Readiness {
    /// Always `ready`: what is not is told by 503.
    status: &'static str,
    /// Generations that wait for a worker.
    queued: u64,
    /// Generations that are worked on.
    running: u64,
}

/// Says that the service lives; needs no key.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = Health)), security(()))]
pub(super) async fn health() -> Result<Response, Fault> {
    json(StatusCode::OK, &Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Says whether the service can take work: its records answer, and it is not about to end. Needs no key.
#[utoipa::path(get, path = "/ready", tag = "service", responses((status = 200, body = Readiness)), security(()))]
pub(super) async fn ready(State(shared): State<Arc<Shared>>) -> Result<Response, Fault> {
    if *shared.is_ending.borrow() {
        return Err(Fault::busy("the service is about to end"));
    }
    let counts = shared.ports.records.counts().await.map_err(|error| {
        tracing::warn!("the service is not ready: {error}");
        Fault::busy("the records do not answer now")
    })?;
    let of = |status| counts.iter().find(|(one, _)| *one == status).map_or(0, |(_, count)| *count);
    json(StatusCode::OK, &Readiness { status: "ready", queued: of(Status::Queued), running: of(Status::Running) })
}

/// What was measured, in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, content_type = "text/plain", body = String)))]
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Result<Response, Fault> {
    let counts = shared.ports.records.counts().await?;
    shared.meters.count_generations(&counts);
    Ok(typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", shared.meters.text()))
}
