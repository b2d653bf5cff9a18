//! The gateway's routes and what they share.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use super::{
    embeddings, exchange, facts,
    fault::Fault,
    idempotency::Answers,
    key::Keys,
    meter_names,
    meters::{Endpoint, Meters},
    models,
    settings::Settings,
    visit::Visit,
};
use crate::router::Router;

/// What all requests share.
pub(super) struct Gateway {
    /// The operator's settings.
    pub(super) settings: Settings,
    /// Who may ask.
    pub(super) keys: Keys,
    /// Who answers.
    pub(super) router: Arc<Router>,
    /// Answers that are kept for `Idempotency-Key`.
    pub(super) answers: Arc<Answers>,
    meters: Meters,
}

impl Gateway {
    pub(super) fn new(settings: Settings, router: Arc<Router>) -> Self {
        Self {
            keys: Keys::new(&settings.keys),
            answers: Arc::new(Answers::new(settings.idempotency.clone())),
            meters: Meters::new(models::routes(&router)),
            settings,
            router,
        }
    }

    pub(super) fn meters(&self) -> &Meters {
        &self.meters
    }

    /// The routes.
    pub(super) fn app(self: &Arc<Self>) -> axum::Router {
        axum::Router::new()
            .route("/v1/chat/completions", post(chat_completions))
            .route("/v1/messages", post(messages))
            .route("/v1/messages/count_tokens", post(count_tokens))
            .route("/v1/embeddings", post(create_embeddings))
            .route("/v1/models", get(list_models))
            .route("/v1/models/{*name}", get(show_model))
            .route("/healthz", get(health))
            .route("/metrics", get(metrics))
            .fallback(no_such_path)
            .method_not_allowed_fallback(no_such_method)
            .with_state(Arc::clone(self))
    }

    /// Finishes an answer: every one says which request it is for.
    pub(super) fn reply(&self, visit_endpoint: Endpoint, id: crate::domain::id::RequestId, mut response: Response) -> Response {
        self.meters.replied(visit_endpoint, response.status().as_u16());
        facts::name_request(response.headers_mut(), id);
        response
    }
}
