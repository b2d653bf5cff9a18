//! Handing in: one spec, or many, all or none.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    Shared,
    answer::{located, typed},
    asked::{Wishes, media_type, parse_json, read_body},
    callers::Caller,
    codes, drafts,
    fault::{Fault, ProblemView},
    idempotency,
    sent_spec::{self, Format, Options, SentSpec},
};
use crate::{
    domain::submission::Submission,
    store::{Accepted, Idempotency},
};

/// Most specs of a batch.
const BATCH_MAX: usize = 100;
/// Names of the routes that answers are kept for.
const ONE: &str = "POST /v1/generations";
const MANY: &str = "POST /v1/generations/batch";

/// A generation that was accepted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Accepted)]
pub(super) struct AcceptedView {
    /// Identity.
    #[schema(format = "uuid")]
    id: String,
    /// Always `queued`: it is recorded, and waits for a worker.
    status: &'static str,
    /// Its address.
    location: String,
    /// What the spec had that has no meaning here.
    ignored: Vec<ProblemView>,
    /// What webhooks are signed with, when one was made; it is told only here.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_secret: Option<String>,
}

/// Generations that were accepted together.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct AcceptedBatch {
    /// In the order in which their specs were sent.
    items: Vec<AcceptedView>,
}

/// Specs that are accepted together, or not at all.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    /// The specs, 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    items: Vec<BatchItem>,
}

/// A spec of a batch.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchItem {
    /// The spec as JSON; this or `text`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    spec: Option<Box<RawValue>>,
    /// The spec as a text of another format.
    #[serde(default)]
    text: Option<String>,
    /// Format of `text`; told by its content when absent.
    #[serde(default)]
    format: Option<Format>,
    /// How its generation is to go.
    #[serde(default)]
    options: Options,
}

impl AcceptedView {
    fn new(submission: &Submission, options: &Options) -> Self {
        let made = submission.webhook.as_ref().filter(|_| options.webhook_secret.is_none());
        Self {
            id: submission.generation.to_string(),
            status: "queued",
            location: format!("/v1/generations/{}", submission.generation),
            ignored: drafts::views(&submission.ignored),
            webhook_secret: made.map(|webhook| webhook.secret.clone()),
        }
    }
}

/// Hands in a spec.
///
/// The generation is durable when the answer comes. With an `Idempotency-Key`, the same request sent again within 24 hours
/// gets the same answer, and nothing is done twice.
#[utoipa::path(post, path = "/v1/generations", tag = "generations",
    params(Options, ("Idempotency-Key" = Option<String>, Header, description = "Any text in quotes; the same request is sent with the same one.")),
    request_body(content((Object = "application/json"), (String = "application/yaml"), (String = "text/yaml"), (String = "application/toml"),
        (String = "text/x-jdl"), (String = "text/markdown"), (String = "text/plain"), (Object = "multipart/form-data"))),
    responses((status = 202, body = AcceptedView, headers(("Location" = String)))))]
pub(super) async fn submit(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Wishes(options): Wishes<Options>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let sent = media_type(&headers)?;
    let held = read_body(&shared, &headers, body).await?;
    let asked = format!("{options:?}");
    let parts = [("type", sent.whole.as_bytes()), ("options", asked.as_bytes()), ("body", &held.bytes)];
    let idempotency = idempotency::of_request(&headers, ONE, &parts)?;
    let sent = sent_spec::read(&sent, held.bytes.clone(), options).await?;
    let options = sent.options.clone();
    let read = reading(move || drafts::read_spec(&sent)).await?.map_err(Fault::spec_refused)?;
    drafts::check_models(&shared, read.spec.needs_model()).await?;
    let submission = drafts::submission(read, &options, &shared.settings.webhooks)?;
    let answer = text_of(&AcceptedView::new(&submission, &options))?;
    let location = format!("/v1/generations/{}", submission.generation);
    let told = accept(&shared, &caller, &[submission], answer, idempotency).await?;
    let location = location_of(&told).unwrap_or(location);
    located(typed(StatusCode::ACCEPTED, "application/json", told), &location)
}

/// Hands in many specs: all are accepted, or none is and every problem of each is told.
#[utoipa::path(post, path = "/v1/generations/batch", tag = "generations", request_body = Batch,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text in quotes; the same request is sent with the same one.")),
    responses((status = 202, body = AcceptedBatch)))]
pub(super) async fn submit_batch(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    if media_type(&headers)?.essence != "application/json" {
        let detail = "send the body with Content-Type: application/json";
        return Err(Fault::new(codes::CONTENT_TYPE, detail).closing());
    }
    let held = read_body(&shared, &headers, body).await?;
    let idempotency = idempotency::of_request(&headers, MANY, &[("body", &held.bytes)])?;
    let batch: Batch = parse_json(&held.bytes)?;
    if !(1..=BATCH_MAX).contains(&batch.items.len()) {
        return Err(Fault::new(codes::INVALID_FIELD, format!("`items` has 1 to {BATCH_MAX} specs")));
    }
    let sent = batch.items.into_iter().map(sent_item).collect::<Result<Vec<_>, _>>()?;
    let options: Vec<Options> = sent.iter().map(|sent| sent.options.clone()).collect();
    let read = reading(move || read_all(&sent)).await?.map_err(Fault::spec_refused)?;
    drafts::check_models(&shared, read.iter().any(|read| read.spec.needs_model())).await?;
    let submissions = read
        .into_iter()
        .zip(&options)
        .map(|(read, options)| drafts::submission(read, options, &shared.settings.webhooks))
        .collect::<Result<Vec<_>, _>>()?;
    let views = submissions.iter().zip(&options).map(|(submission, options)| AcceptedView::new(submission, options));
    let answer = text_of(&AcceptedBatch { items: views.collect() })?;
    let told = accept(&shared, &caller, &submissions, answer, idempotency).await?;
    Ok(typed(StatusCode::ACCEPTED, "application/json", told))
}

fn sent_item(item: BatchItem) -> Result<SentSpec, Fault> {
    let (file_name, text) = match (item.spec, item.text) {
        (Some(spec), None) => (Format::Json.file_name(), spec.get().to_owned()),
        (None, Some(text)) => (item.format.map_or("spec", Format::file_name), text),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Fault::new(codes::INVALID_FIELD, "each of `items` has either `spec` or `text`"));
        }
    };
    Ok(SentSpec { file_name: file_name.to_owned(), text: text.into(), attachments: Vec::new(), options: item.options })
}

fn read_all(sent: &[SentSpec]) -> Result<Vec<drafts::ReadSpec>, Vec<ProblemView>> {
    let mut problems = Vec::new();
    let mut all = Vec::new();
    for (item, sent) in sent.iter().enumerate() {
        match drafts::read_spec(sent) {
            Ok(read) => all.push(read),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.of_item(item))),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

/// Does what takes long enough to keep others from being answered on a thread of its own.
pub(super) async fn reading<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Fault::internal(&error))
}

fn text_of(answer: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(answer).map_err(|error| Fault::internal(&error))
}

/// Records submissions with their answer, rings for them, and gives the answer, or the one that was given before.
async fn accept(
    shared: &Shared,
    caller: &Caller,
    submissions: &[Submission],
    answer: String,
    idempotency: Option<Idempotency>,
) -> Result<String, Fault> {
    let ports = &shared.ports;
    match ports.records.accept(&caller.owner, submissions, &answer, idempotency.as_ref()).await? {
        Accepted::New => {
            for submission in submissions {
                ports.doorbell.ring(&submission.generation);
            }
            Ok(answer)
        }
        Accepted::Before(before) => Ok(before.answer),
        Accepted::OtherRequest => {
            let detail =
                "the Idempotency-Key was used within 24 hours for a request with another body or other options";
            Err(Fault::new(codes::IDEMPOTENCY_KEY_REUSED, detail))
        }
        Accepted::NoProject => Err(drafts::no_project()),
    }
}

/// The address in an answer that was given before.
fn location_of(answer: &str) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(answer).ok()?;
    answer.get("location")?.as_str().map(str::to_owned)
}
