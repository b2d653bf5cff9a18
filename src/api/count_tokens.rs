//! `POST /v1/messages/count_tokens`: about how many tokens a question has.

use std::sync::Arc;

use axum::{body::Body, extract::Request, response::Response};
use http::{StatusCode, request::Parts};
use serde_json::{Map, Value, json};

use super::{body, fault::Fault, gateway::Gateway, looks, meters::Endpoint, wire::Wire};
use crate::router::tokens;

/// Counts by `OpenAI`'s tables, for other vendors' models too, as those publish none. No provider is asked, nothing is
/// spent.
pub(super) async fn answer(gateway: Arc<Gateway>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    looks::answer(&gateway, Endpoint::CountTokens, Wire::Anthropic, count(&gateway, &head, body)).await
}

async fn count(gateway: &Gateway, head: &Parts, body: Body) -> Result<Response, Fault> {
    gateway.keys.holder(head)?;
    let bytes = body::read_json(&head.headers, body, &gateway.settings).await?;
    let question = Wire::Anthropic.read(&head.headers, &with_a_limit(&bytes)?)?;
    // Long texts take long, and other requests would wait.
    let counting = tokio::task::spawn_blocking(move || tokens::count_request(&question.request, &question.model));
    let input_tokens = counting.await.map_err(|_| {
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "count_failed", "the tokens could not be counted")
    })?;
    Ok(looks::json(&json!({ "input_tokens": input_tokens })))
}

/// The body with the token limit that a question must have, and a count has not.
fn with_a_limit(body: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| Fault::invalid("the body must be a JSON object"))?;
    fields.entry("max_tokens").or_insert_with(|| 1.into());
    Ok(Value::Object(fields).to_string().into_bytes())
}
