//! What every request goes through, whatever it asks for, and every answer.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::{Shared, codes, fault::Fault, openapi};
use crate::domain::id::RequestId;

/// Names the request, in answers and in the log.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How long browsers may remember what a preflight said.
const PREFLIGHT_S: u32 = 600;
/// Headers of answers that web pages may read.
const EXPOSED: &str = "Location, ETag, Retry-After, Content-Digest, Content-Range, Content-Disposition, X-Request-Id";
/// Headers that web pages may send.
const SENT: &str = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, If-None-Match, If-Range, Range";
const METHODS: &str = "GET, HEAD, POST, PATCH, DELETE";

/// Headers of all answers, as OWASP's list for REST has them. A page that answers with headers of its own keeps those.
const SECURITY: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Names the request, lets nobody in without a key, makes an answer of a panic, and dresses the answer.
pub(super) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let id = RequestId::mint();
    let method = request.method().clone();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let measured = shared.meters.begin(&request);
    let answering = AssertUnwindSafe(admit(&shared, request, next)).catch_unwind();
    let mut response = match answering.await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(request = %id, "a request panicked");
            Fault::new(codes::INTERNAL, "").into_response()
        }
    };
    measured.end(response.status());
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request = %id, "a request failed: {method}");
    }
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    share(&shared, origin.as_ref(), headers);
    response
}

async fn admit(shared: &Arc<Shared>, mut request: Request, next: Next) -> Response {
    if let Some(answer) = preflight(shared, &request) {
        return answer;
    }
    let path = request.uri().path();
    if !openapi::is_public(path) {
        match shared.callers.find(request.headers()).await {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
            }
            Err(fault) => return fault.into_response(),
        }
    }
    next.run(request).await
}

/// Answers whether a web page may ask (Fetch standard, section 3.2.2).
fn preflight(shared: &Shared, request: &Request) -> Option<Response> {
    let headers = request.headers();
    let asks = request.method() == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let origin = headers.get(header::ORIGIN).filter(|_| asks)?;
    allowed(shared, origin)?;
    let mut response = super::answer::empty();
    let own = response.headers_mut();
    own.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    own.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(SENT));
    own.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(PREFLIGHT_S));
    Some(response)
}

/// Lets a web page read the answer.
fn share(shared: &Shared, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    let cross_origin = &shared.settings.cross_origin;
    if cross_origin.origins.is_empty() {
        return;
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(allowed) = origin.and_then(|origin| allowed(shared, origin)) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    if cross_origin.credentials {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

/// What a page of an origin is told, when it may ask. `null`, which any page can have, is nobody's origin.
fn allowed(shared: &Shared, origin: &HeaderValue) -> Option<HeaderValue> {
    let origins = &shared.settings.cross_origin.origins;
    if origins.iter().any(|allowed| origin == allowed.as_str()) {
        return Some(origin.clone());
    }
    (origins.iter().any(|allowed| allowed == "*") && origin != "null").then(|| HeaderValue::from_static("*"))
}

/// Nothing is at the address.
pub(super) async fn no_such_path() -> Fault {
    Fault::not_found()
}

/// The address does not know the method; which it knows is in `Allow`.
pub(super) async fn no_such_method() -> Fault {
    Fault::new(codes::METHOD_NOT_ALLOWED, "")
}

/// Refuses what accepts none of the types that an address gives.
pub(super) async fn check_accepted(request: Request, next: Next) -> Response {
    let given = openapi::given(openapi::pattern_of(request.uri().path()));
    let accepts: Vec<&str> =
        request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if accepts.is_empty() || given.iter().any(|given| accepts.iter().any(|accepted| takes(accepted, given))) {
        return next.run(request).await;
    }
    Fault::new(codes::NOT_ACCEPTABLE, format!("this address gives {}", given.join(", "))).into_response()
}

/// Whether a list of accepted types has one in it (RFC 9110, section 12.5.1).
pub(super) fn takes(accepted: &str, given: &str) -> bool {
    accepted.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let wanted = parts.next().unwrap_or_default().to_ascii_lowercase();
        let is_refused = parts.any(|part| {
            part.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()).is_some_and(|weight| weight <= 0.0)
        });
        let kind = given.split_once('/').map_or(given, |(kind, _)| kind);
        let matches = wanted == "*/*" || wanted == given || given == "*/*" || wanted.strip_suffix("/*") == Some(kind);
        matches && !is_refused
    })
}
