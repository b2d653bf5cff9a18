//! A question to a model and its answer, whole or piece by piece.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use tracing::Instrument as _;

use super::{
    body, facts,
    fault::Fault,
    gateway::Gateway,
    idempotency::{self, Claim, Found, KeptAnswer, Recording},
    key::KeyHolder,
    meters::Endpoint,
    refusal,
    streaming::{self, Beginning},
    visit::Visit,
    wire::Wire,
    wishes,
};
use crate::router::{Answer, Error, call::Call, completion::Finish};

/// Header with which a caller names a request, so that it can be sent again (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A question that was read and may be asked.
struct Question {
    call: Call,
    model: String,
    stream: bool,
    include_usage: bool,
    claim: Option<Claim>,
}

/// What becomes of a request before a model is asked.
enum Opening {
    Ask(Box<Question>),
    Replay(Arc<KeptAnswer>),
}

/// Answers one request.
pub(super) async fn answer(gateway: Arc<Gateway>, endpoint: Endpoint, wire: Wire, request: Request) -> Response {
    let mut visit = Visit::begin(&gateway, endpoint, wire);
    let id = visit.id;
    let (head, body) = request.into_parts();
    let opening = open(&gateway, wire, &head, body).await;
    let mut response = match opening {
        Err(fault) => {
            let response = fault.response(wire);
            visit.replied(response.status());
            visit.refused(&fault);
            response
        }
        Ok(Opening::Replay(kept)) => {
            visit.replied(kept.status);
            visit.replayed();
            replay(&kept)
        }
        Ok(Opening::Ask(question)) => {
            visit.asks("chat", &question.model, question.stream);
            let span = visit.span();
            if question.stream {
                stream(visit, *question).instrument(span).await
            } else {
                whole(visit, *question).instrument(span).await
            }
        }
    };
    facts::name_request(response.headers_mut(), id);
    response
}

async fn open(gateway: &Arc<Gateway>, wire: Wire, head: &Parts, body: Body) -> Result<Opening, Fault> {
    let holder = gateway.keys.holder(head)?;
    let bytes = body::read_json(&head.headers, body, &gateway.settings).await?;
    let read = wire.read(&head.headers, &bytes)?;
    let call = wishes::call(read.request, &read.model, &holder, &head.headers)?;
    let claim = match claim(gateway, &holder, head, &bytes)? {
        Some(Found::Answer(kept)) => return Ok(Opening::Replay(kept)),
        Some(Found::First(claim)) => Some(claim),
        None => None,
    };
    let (model, stream, include_usage) = (read.model, read.stream, read.include_usage);
    Ok(Opening::Ask(Box::new(Question { call, model, stream, include_usage, claim })))
}

/// Looks under the caller's key, if there is one. What an answer depends on is path, body and the headers of ours.
fn claim(gateway: &Gateway, holder: &KeyHolder, head: &Parts, body: &Bytes) -> Result<Option<Found>, Fault> {
    let Some(value) = head.headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = idempotency::read_key(value.as_bytes())?;
    let wishes = wishes::fingerprint(&head.headers);
    let whose = [holder.tenant.as_str(), holder.name.as_deref().unwrap_or_default()];
    gateway.answers.find(&whose, &key, &[head.uri.path().as_bytes(), &wishes, body]).map(Some)
}

fn replay(kept: &KeptAnswer) -> Response {
    let mut response = Response::new(Body::from(kept.body.clone()));
    *response.status_mut() = kept.status;
    *response.headers_mut() = kept.headers.clone();
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

async fn whole(visit: Visit, question: Question) -> Response {
    let Answer { mut completion, account } = match visit.gateway.router.complete(question.call).await {
        Ok(answer) => answer,
        Err(error) => return refuse(visit, &error, question.claim),
    };
    let body = visit.wire.write(&mut completion, &account.model, visit.id);
    let mut response = Response::new(Body::from(body.clone()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    facts::tell(headers, &account);
    if let Some(claim) = question.claim {
        claim.keep(KeptAnswer { status: StatusCode::OK, headers: headers.clone(), body });
    }
    let finishes: Vec<Finish> = completion.choices.into_iter().map(|choice| choice.finish).collect();
    visit.replied(StatusCode::OK);
    visit.answered(&account, &finishes);
    response
}

async fn stream(visit: Visit, question: Question) -> Response {
    let pieces = match visit.gateway.router.stream(question.call).await {
        Ok(pieces) => pieces,
        Err(error) => return refuse(visit, &error, question.claim),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    facts::tell_so_far(&mut headers, pieces.account());
    visit.replied(StatusCode::OK);
    let writer = visit.wire.begin(&pieces.account().model, visit.id, question.include_usage);
    let recording = question.claim.map(|claim| Recording::new(claim, headers.clone()));
    let body = streaming::body(Beginning { visit, pieces, writer, recording });
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
}

/// Tells a caller that there is no answer. What is the caller's own fault would be no other if the request was sent
/// again, so that it is kept; any other failure frees the key.
fn refuse(visit: Visit, error: &Error, claim: Option<Claim>) -> Response {
    let fault = refusal::fault(error);
    let mut response = fault.response(visit.wire);
    facts::tell_attempts(response.headers_mut(), refusal::attempts(error));
    if let Some(claim) = claim.filter(|_| refusal::is_lasting(error)) {
        let body = fault.body(visit.wire).into();
        claim.keep(KeptAnswer { status: fault.status, headers: response.headers().clone(), body });
    }
    visit.replied(fault.status);
    visit.failed(&fault, refusal::attempts(error));
    response
}
