//! The routes.

use std::sync::Arc;

use axum::{
    middleware::{from_fn, from_fn_with_state},
    routing::{delete, get, post},
};

use super::{
    Shared, artifact, catalog, changes, events, files, generations, guard, keys, looks, pages, projects, specs, submit,
};

/// All routes.
pub(super) fn app(shared: &Arc<Shared>) -> axum::Router {
    axum::Router::new()
        .merge(of_generations())
        .route("/v1/projects", get(projects::list).post(projects::create))
        .route("/v1/projects/{id}", get(projects::get).patch(projects::change).delete(projects::delete))
        .route("/v1/specs/validate", post(specs::validate))
        .route("/v1/specs/estimate", post(specs::estimate))
        .route("/v1/spec-schema", get(specs::schema))
        .route("/v1/templates", get(catalog::templates))
        .route("/v1/models", get(catalog::models))
        .route("/v1/keys", get(keys::list).post(keys::create))
        .route("/v1/keys/{id}", delete(keys::revoke))
        .route("/health", get(looks::health))
        .route("/ready", get(looks::ready))
        .route("/metrics", get(looks::metrics))
        .route("/openapi.json", get(pages::openapi))
        .route("/docs", get(pages::docs))
        .route("/docs.js", get(pages::script))
        .route("/docs.css", get(pages::style))
        .route("/problems/{id}", get(pages::problem))
        .fallback(guard::no_such_path)
        .method_not_allowed_fallback(guard::no_such_method)
        .route_layer(from_fn(guard::check_accepted))
        .layer(from_fn_with_state(Arc::clone(shared), guard::guard))
        .with_state(Arc::clone(shared))
}

fn of_generations() -> axum::Router<Arc<Shared>> {
    axum::Router::new()
        .route("/v1/generations", get(generations::list).post(submit::submit))
        .route("/v1/generations/batch", post(submit::submit_batch))
        .route("/v1/generations/{id}", get(generations::get).delete(generations::delete))
        .route("/v1/generations/{id}/events", get(events::events))
        .route("/v1/generations/{id}/files", get(files::list))
        .route("/v1/generations/{id}/files/{*rest}", get(files::file))
        .route("/v1/generations/{id}/commits", get(files::commits))
        .route("/v1/generations/{id}/diff", get(files::diff))
        .route("/v1/generations/{id}/log/{*rest}", get(files::log))
        .route("/v1/generations/{id}/report", get(artifact::report))
        .route("/v1/generations/{id}/artifact", get(artifact::artifact))
        .route("/v1/generations/{id}/cancel", post(generations::cancel))
        .route("/v1/generations/{id}/resume", post(generations::resume))
        .route("/v1/generations/{id}/approve", post(generations::approve))
        .route("/v1/generations/{id}/changes", post(changes::ask))
}
