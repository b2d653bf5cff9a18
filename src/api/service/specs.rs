//! Specs that are only looked at: whether they are right, and what they would take.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::{
    Shared,
    answer::json,
    asked::{Wishes, media_type, read_body},
    drafts::{self, ReadSpec},
    estimate,
    fault::{Fault, ProblemView},
    sent_spec::{self, Options},
    submit::reading,
};
use crate::spec;

/// What was found of a spec.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Validation {
    /// Always true: what is wrong is told by 422.
    valid: bool,
    /// The project's name.
    name: String,
    /// Template pack that would make it.
    template: String,
    /// Whether a part of it is said in words, so that only a model can do it.
    needs_model: bool,
    /// Digest of its normal form: the same for every format and layout.
    digest: String,
    /// What it has that has no meaning here.
    ignored: Vec<ProblemView>,
}

/// Says whether a spec is right; nothing is recorded. It is sent as for a generation.
#[utoipa::path(post, path = "/v1/specs/validate", tag = "specs", params(Options),
    request_body(content((Object = "application/json"), (String = "application/yaml"), (String = "text/yaml"), (String = "application/toml"),
        (String = "text/x-jdl"), (String = "text/markdown"), (String = "text/plain"), (Object = "multipart/form-data"))),
    responses((status = 200, body = Validation)))]
pub(super) async fn validate(
    State(shared): State<Arc<Shared>>,
    Wishes(options): Wishes<Options>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let read = read(&shared, options, &headers, body).await?;
    let found = Validation {
        valid: true,
        name: read.spec.name.to_string(),
        needs_model: read.spec.needs_model(),
        digest: spec::digest(&read.spec).to_string(),
        template: read.template,
        ignored: drafts::views(&read.ignored),
    };
    json(StatusCode::OK, &found)
}

/// Says what a spec would take: model calls, tokens and money, as a range, and what that is reckoned from. It is sent as for
/// a generation; nothing is recorded, and no model is asked.
#[utoipa::path(post, path = "/v1/specs/estimate", tag = "specs", params(Options),
    request_body(content((Object = "application/json"), (String = "application/yaml"), (String = "text/yaml"), (String = "application/toml"),
        (String = "text/x-jdl"), (String = "text/markdown"), (String = "text/plain"), (Object = "multipart/form-data"))),
    responses((status = 200, body = estimate::Estimate)))]
pub(super) async fn estimate(
    State(shared): State<Arc<Shared>>,
    Wishes(options): Wishes<Options>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let read = read(&shared, options, &headers, body).await?;
    let estimate = estimate::of(&read.spec, &*shared.ports.models).await?;
    json(StatusCode::OK, &estimate)
}

async fn read(shared: &Arc<Shared>, options: Options, headers: &HeaderMap, body: Body) -> Result<ReadSpec, Fault> {
    let sent = media_type(headers)?;
    let held = read_body(shared, headers, body).await?;
    let sent = sent_spec::read(&sent, held.bytes.clone(), options).await?;
    reading(move || drafts::read_spec(&sent)).await?.map_err(Fault::spec_refused)
}

/// The JSON Schema of specs.
#[utoipa::path(get, path = "/v1/spec-schema", tag = "specs", responses((status = 200, body = Object)))]
pub(super) async fn schema() -> Result<Response, Fault> {
    json(StatusCode::OK, &spec::json_schema())
}
