//! The gateway's routes and what they share.

use std::sync::Arc;

use super::{
    count_tokens, exchange,
    idempotency::Answers,
    key::Keys,
    looks,
    meters::{Endpoint, Meters},
    models,
    settings::Settings,
    wire::Wire,
};
use crate::{api::bound::Bound, router::Router};
use axum::{
    extract::{Path, Request, State},
    response::Response,
    routing::{get, post},
};

type Shared = State<Arc<Gateway>>;

/// What all requests share.
pub(super) struct Gateway {
    /// The operator's settings.
    pub(super) settings: Settings,
    /// Who may ask.
    pub(super) keys: Keys,
    /// Who answers.
    pub(super) router: Router,
    /// Answers that are kept for `Idempotency-Key`.
    pub(super) answers: Arc<Answers>,
    /// Bytes of bodies that may be in memory at once.
    pub(super) body_room: Arc<Bound>,
    meters: Arc<Meters>,
}

impl Gateway {
    pub(super) fn new(settings: Settings, router: &Router) -> Self {
        let meters = Arc::new(Meters::new(models::routes(router.catalog())));
        Self {
            keys: Keys::new(&settings.keys, settings.requests_per_key),
            body_room: Bound::new(settings.total_body_bytes.max(settings.body_cap_bytes)),
            answers: Arc::new(Answers::new(settings.idempotency.clone())),
            // What a call took is known to the router alone, and when its client went away, to nobody else.
            router: router.observed_by(Arc::clone(&meters) as _),
            meters,
            settings,
        }
    }

    /// What is measured.
    pub(super) fn meters(&self) -> &Meters {
        &self.meters
    }

    /// The routes.
    pub(super) fn app(self: &Arc<Self>) -> axum::Router {
        axum::Router::new()
            .route("/v1/chat/completions", post(chat))
            .route("/v1/messages", post(messages))
            .route("/v1/messages/count_tokens", post(count))
            .route("/v1/embeddings", post(embeddings))
            .route("/v1/models", get(list_models))
            .route("/v1/models/{*name}", get(show_model))
            .route("/healthz", get(health))
            .route("/metrics", get(metrics))
            .fallback(no_such_path)
            .method_not_allowed_fallback(no_such_method)
            .with_state(Arc::clone(self))
    }
}

async fn chat(State(gateway): Shared, request: Request) -> Response {
    exchange::answer(gateway, Endpoint::Chat, Wire::OpenAi, request).await
}

async fn messages(State(gateway): Shared, request: Request) -> Response {
    exchange::answer(gateway, Endpoint::Messages, Wire::Anthropic, request).await
}

async fn count(State(gateway): Shared, request: Request) -> Response {
    count_tokens::answer(gateway, request).await
}

async fn embeddings(State(gateway): Shared, request: Request) -> Response {
    exchange::answer(gateway, Endpoint::Embeddings, Wire::OpenAi, request).await
}

async fn list_models(State(gateway): Shared, request: Request) -> Response {
    models::answer(gateway, None, request).await
}

async fn show_model(State(gateway): Shared, Path(name): Path<String>, request: Request) -> Response {
    models::answer(gateway, Some(name), request).await
}

async fn health() -> Response {
    looks::health()
}

async fn metrics(State(gateway): Shared, request: Request) -> Response {
    looks::metrics(gateway, request).await
}

async fn no_such_path(State(gateway): Shared, request: Request) -> Response {
    looks::no_such_path(gateway, request).await
}

async fn no_such_method(State(gateway): Shared, request: Request) -> Response {
    looks::no_such_method(gateway, request).await
}
