//! Requests that look, and ask no model: health, measurements, paths that are not there.

use std::{future::Future, sync::Arc};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderValue, StatusCode, header, request::Parts};

use super::{facts, fault::Fault, meter_names, meters::Endpoint, routes::Gateway, visit::Visit, wire::Wire};
use crate::router::breaker::Health;

/// Header that Anthropic's clients always send, and no others.
const ANTHROPIC_VERSION: &str = "anthropic-version";

/// Answers a request for which no model is asked.
pub(super) async fn answer<F: Future<Output = Result<Response, Fault>>>(
    gateway: &Arc<Gateway>,
    endpoint: Endpoint,
    wire: Wire,
    made: F,
) -> Response {
    let visit = Visit::begin(gateway, endpoint, wire);
    let id = visit.id;
    let mut response = match made.await {
        Ok(response) => {
            visit.done(response.status());
            response
        }
        Err(fault) => visit.refused(&fault),
    };
    facts::name_request(response.headers_mut(), id);
    response
}

/// An answer of JSON.
pub(super) fn json(body: &serde_json::Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What the sender of a head speaks, where a path serves both.
pub(super) fn wire_of(head: &Parts) -> Wire {
    if head.headers.contains_key(ANTHROPIC_VERSION) { Wire::Anthropic } else { Wire::OpenAi }
}

/// `GET /healthz`: the process serves. It asks no provider: a provider that is down is no reason to restart the gateway.
pub(super) fn health() -> Response {
    json(&serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /metrics`: what was measured, in Prometheus' text format, for holders of keys: it tells what is spent on what.
pub(super) async fn metrics(gateway: Arc<Gateway>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    answer(&gateway, Endpoint::Metrics, Wire::OpenAi, async {
        gateway.keys.holder(&head)?;
        look_at_breakers(&gateway);
        gateway.meters().kept_answer_bytes.set(gateway.answers.bytes() as f64);
        let mut response = Response::new(Body::from(gateway.meters().text()));
        let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        Ok(response)
    })
    .await
}

/// A provider's figure is that of its worst key: 0 closed, 1 trying, 2 open.
fn look_at_breakers(gateway: &Gateway) {
    let states = gateway.router.breakers().states();
    for provider in gateway.router.catalog().providers() {
        let own = states.iter().filter(|(key, _)| key.provider == provider.name);
        let worst = own.map(|(_, health)| grade(*health)).max().unwrap_or(0);
        let labels = [("provider", provider.name.as_str())];
        gateway.meters().set_gauge(meter_names::BREAKER, &labels, f64::from(worst));
    }
}

fn grade(health: Health) -> u8 {
    match health {
        Health::Closed => 0,
        Health::ProbeDue | Health::Probing => 1,
        Health::Open { .. } => 2,
    }
}

/// A path that is not there.
pub(super) async fn no_such_path(gateway: Arc<Gateway>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let message = format!("there is no {} here", head.uri.path());
    let fault = Fault::new(StatusCode::NOT_FOUND, "no_such_path", message).closing();
    answer(&gateway, Endpoint::Unknown, wire_of(&head), async { Err(fault) }).await
}

/// A path that is there, for another method.
pub(super) async fn no_such_method(gateway: Arc<Gateway>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let message = format!("{} is not for {}", head.uri.path(), head.method);
    let fault = Fault::new(StatusCode::METHOD_NOT_ALLOWED, "no_such_method", message).closing();
    answer(&gateway, Endpoint::Unknown, wire_of(&head), async { Err(fault) }).await
}
