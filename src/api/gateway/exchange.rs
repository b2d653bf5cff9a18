//! A question to a model and its answer, whole or piece by piece.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use tracing::Instrument as _;

use super::{
    body, embeddings, facts,
    fault::Fault,
    idempotency::{self, Claim, Found, KeptAnswer, Recording},
    key::KeyHolder,
    meters::Endpoint,
    refusal,
    routes::Gateway,
    streaming::{self, Beginning},
    visit::Visit,
    wire::Wire,
    wishes,
};
use crate::{
    api::{body::Held, bound::Share},
    router::{Answer, EmbeddingAnswer, EmbeddingRequest, Error, account::Account, call::Call, request::Request},
};

/// Header with which a caller names a request, so that it can be sent again (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A question that was read and may be asked.
struct Question {
    call: Call,
    form: Form,
    claim: Option<Claim>,
    /// Its place among the key's requests, and its body's room.
    held: [Share; 2],
}

/// The form that an answer is wanted in.
enum Form {
    Whole,
    Stream { include_usage: bool },
    Vectors(EmbeddingRequest),
}

/// What becomes of a request before a model is asked.
enum Opening {
    Ask(Box<Question>),
    Replay(Arc<KeptAnswer>),
}

/// Answers one request.
pub(super) async fn answer(
    gateway: Arc<Gateway>,
    endpoint: Endpoint,
    wire: Wire,
    request: axum::extract::Request,
) -> Response {
    let (head, body) = request.into_parts();
    let mut visit = Visit::begin_call(&gateway, endpoint, wire, &head.headers);
    let id = visit.id;
    let mut response = match open(&gateway, endpoint, wire, &head, body).await {
        Err(fault) => visit.refused(&fault),
        Ok(Opening::Replay(kept)) => {
            visit.replayed(kept.status);
            replay(&kept)
        }
        Ok(Opening::Ask(question)) => {
            let Question { call, form, claim, held } = *question;
            visit.holds(held);
            let span = visit.span();
            match form {
                Form::Whole => whole(visit, call, claim).instrument(span).await,
                Form::Stream { include_usage } => stream(visit, call, include_usage, claim).instrument(span).await,
                Form::Vectors(request) => vectors(visit, call, request, claim).instrument(span).await,
            }
        }
    };
    facts::name_request(response.headers_mut(), id);
    response
}

async fn open(
    gateway: &Arc<Gateway>,
    endpoint: Endpoint,
    wire: Wire,
    head: &Parts,
    body: Body,
) -> Result<Opening, Fault> {
    let holder = gateway.keys.holder(head)?;
    let place = holder.begin()?;
    let Held { bytes, room } = body::read_json(&head.headers, body, gateway).await?;
    let (call, form) = if endpoint == Endpoint::Embeddings {
        let (fields, model) = embeddings::read(&bytes)?;
        let request = Request { extra: fields, ..Request::default() };
        let mut call = wishes::call(request, &model, &holder, &head.headers)?;
        let request = EmbeddingRequest(std::mem::take(&mut call.request.extra));
        (call, Form::Vectors(request))
    } else {
        let read = wire.read(&head.headers, &bytes)?;
        let call = wishes::call(read.request, &read.model, &holder, &head.headers)?;
        let form = if read.stream { Form::Stream { include_usage: read.include_usage } } else { Form::Whole };
        (call, form)
    };
    let claim = match claim(gateway, &holder, head, &bytes)? {
        Some(Found::Answer(kept)) => return Ok(Opening::Replay(kept)),
        Some(Found::First(claim)) => Some(claim),
        None => None,
    };
    Ok(Opening::Ask(Box::new(Question { call, form, claim, held: [place, room] })))
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

async fn whole(visit: Visit, call: Call, claim: Option<Claim>) -> Response {
    // The router's futures are large, and would be copied into each future around them: here and below they stand on the heap.
    let Answer { mut completion, account } = match Box::pin(visit.gateway.router.complete(call)).await {
        Ok(answer) => answer,
        Err(error) => return refuse(visit, &error, claim),
    };
    let body = visit.wire.write(&mut completion, &account.model, visit.id);
    give(visit, body, &account, claim)
}

async fn vectors(visit: Visit, call: Call, request: EmbeddingRequest, claim: Option<Claim>) -> Response {
    match Box::pin(visit.gateway.router.embed(call, request)).await {
        Ok(EmbeddingAnswer { body, account }) => give(visit, body, &account, claim),
        Err(error) => refuse(visit, &error, claim),
    }
}

/// Gives a whole answer.
fn give(visit: Visit, body: Bytes, account: &Account, claim: Option<Claim>) -> Response {
    let mut response = Response::new(Body::from(body.clone()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    facts::tell(headers, account);
    if let Some(claim) = claim {
        claim.keep(KeptAnswer { status: StatusCode::OK, headers: headers.clone(), body });
    }
    visit.answered(account);
    response
}

async fn stream(visit: Visit, call: Call, include_usage: bool, claim: Option<Claim>) -> Response {
    let pieces = match Box::pin(visit.gateway.router.stream(call)).await {
        Ok(pieces) => pieces,
        Err(error) => return refuse(visit, &error, claim),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // nginx collects an answer before it hands it on, unless it is told not to.
    headers.insert(UNBUFFERED, HeaderValue::from_static("no"));
    facts::tell_so_far(&mut headers, pieces.account());
    let writer = visit.wire.begin(&pieces.account().model, visit.id, include_usage);
    let recording = claim.map(|claim| Recording::new(claim, headers.clone()));
    let mut response = Response::new(streaming::body(Beginning { visit, pieces, writer, recording }));
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
    visit.failed(&fault);
    response
}
