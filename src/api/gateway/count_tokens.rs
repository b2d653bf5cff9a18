//! `POST /v1/messages/count_tokens`: about how many tokens a question has.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use http::{StatusCode, request::Parts};
use serde_json::{Map, Value, json};

use super::{
    body,
    fault::Fault,
    looks,
    meters::Endpoint,
    routes::Gateway,
    wire::{Question, Wire},
};
use crate::{api::body::Held, router::NotDone};

/// When to ask again for a count that found no thread: a text of common length is counted in less.
const THREAD_AGAIN: Duration = Duration::from_secs(5);

/// Counts by `OpenAI`'s tables, for other vendors' models too, as those publish none. No provider is asked, nothing is
/// spent. Texts are as long as a body may be, and few are counted at once: counting takes a core.
pub(super) async fn answer(gateway: Arc<Gateway>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    looks::answer(&gateway, Endpoint::CountTokens, Wire::Anthropic, count(&gateway, &head, body)).await
}

async fn count(gateway: &Gateway, head: &Parts, body: Body) -> Result<Response, Fault> {
    let holder = gateway.keys.holder(head)?;
    let _place = holder.begin()?;
    let Held { bytes, room: _room } = body::read_json(&head.headers, body, gateway).await?;
    let Question { request, model, .. } = Wire::Anthropic.read(&head.headers, &with_a_limit(&bytes)?)?;
    drop(bytes);
    let input_tokens = gateway.router.count_tokens(request, model).await.map_err(not_counted)?;
    Ok(looks::json(&json!({ "input_tokens": input_tokens })))
}

fn not_counted(why: NotDone) -> Fault {
    match why {
        NotDone::Busy => Fault::new(StatusCode::SERVICE_UNAVAILABLE, "counting_busy", why.to_string())
            .retry_after(Some(THREAD_AGAIN))
            .of_class("busy"),
        NotDone::Broken => Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "count_failed", why.to_string()),
    }
}

/// The body with the token limit that a question must have, and a count has not.
fn with_a_limit(body: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| Fault::invalid("the body must be a JSON object"))?;
    fields.entry("max_tokens").or_insert_with(|| 1.into());
    Ok(Value::Object(fields).to_string().into_bytes())
}

#[cfg(test)]
#[path = "count_tokens_tests.rs"]
mod tests;
