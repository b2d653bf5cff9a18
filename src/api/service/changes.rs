//! Changes: what is to be different in a project that was delivered.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Shared,
    answer::{json, located},
    asked::{Id, read_json},
    callers::Caller,
    codes, drafts,
    fault::{Fault, ProblemView},
    generation_view::GenerationView,
    generations,
    sent_spec::{Format, Options, SentSpec},
    submit,
};
use crate::{
    domain::{id::GenerationId, problem::Problem, spec::Spec, submission::Change},
    spec,
    store::Moved,
};

/// Most bytes of a change in words.
const WORDS_MAX_BYTES: usize = 100_000;

/// What is to be different: in words, or by a whole new spec.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeWish {
    /// What is to change, in words; this, `spec` or `text`.
    #[serde(default)]
    words: Option<String>,
    /// The new spec as JSON, whole.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    spec: Option<Box<RawValue>>,
    /// The new spec as a text of another format, whole.
    #[serde(default)]
    text: Option<String>,
    /// Format of `text`; told by its content when absent.
    #[serde(default)]
    format: Option<Format>,
    /// Texts that the words refer to.
    #[serde(default)]
    attachments: Vec<AttachedText>,
    /// Whether rows may be lost where the new data model has no place for them.
    #[serde(default)]
    drops_data: bool,
}

/// A text that words refer to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AttachedText {
    /// Its name.
    name: String,
    /// The text.
    text: String,
}

/// Has what a generation delivered changed.
#[utoipa::path(post, path = "/v1/generations/{id}/changes", tag = "generations", params(("id" = String, Path)),
    request_body = ChangeWish,
    responses((status = 202, body = GenerationView, headers(("Location" = String))),
        (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn ask(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let generation = generations::find(&shared, &caller, &id).await?;
    let wish: ChangeWish = read_json(&shared, &headers, body).await?;
    let template = generation.terms.template;
    let mut base = shared.ports.records.submission(&id).await?.ok_or_else(Fault::not_found)?.spec;
    let change = submit::reading(move || change(wish, &template, &mut base)).await??;
    drafts::check_models(&shared, !change.words.is_empty()).await?;
    let moved = shared.ports.records.ask_change(&caller.owner, &id, &change).await?;
    generations::check_kept(&moved)?;
    match moved {
        Moved::Yes(generation) => {
            shared.ports.doorbell.ring(&generation.id);
            shared.ports.news.tell(&generation.id);
            let view = json(StatusCode::ACCEPTED, &GenerationView::new(&generation))?;
            located(view, &format!("/v1/generations/{id}"))
        }
        moved => generations::answer(&shared, moved, "only what was delivered, and has ended, is changed"),
    }
}

fn change(wish: ChangeWish, template: &str, base: &mut Spec) -> Result<Change, Fault> {
    let invalid = |detail: &str| Fault::new(codes::INVALID_FIELD, detail);
    let (file_name, text) = match (wish.words, wish.spec, wish.text) {
        (Some(words), None, None) => return in_words(words, wish.attachments, wish.drops_data, base),
        (None, Some(spec), None) => (Format::Json.file_name(), spec.get().to_owned()),
        (None, None, Some(text)) => (wish.format.map_or("spec", Format::file_name), text),
        _ => return Err(invalid("the change is said in one of `words`, `spec` and `text`")),
    };
    let attachments = wish
        .attachments
        .into_iter()
        .map(|attached| super::sent_spec::Attached { name: attached.name, bytes: attached.text.into() });
    let sent = SentSpec {
        file_name: file_name.to_owned(),
        text: text.into(),
        attachments: attachments.collect(),
        options: Options { template: Some(template.to_owned()), ..Options::default() },
    };
    let read = drafts::read_spec(&sent).map_err(Fault::spec_refused)?;
    if read.template != template {
        let problem =
            Problem::new("change_of_template", "template").with("known", template).with("named", &read.template);
        return Err(Fault::spec_refused(vec![ProblemView::from(&problem)]));
    }
    let (words, drops_data) = (String::new(), wish.drops_data);
    Ok(Change { words, attachments: Vec::new(), spec: Some(read.spec), ignored: read.ignored, drops_data })
}

fn in_words(words: String, attachments: Vec<AttachedText>, drops_data: bool, base: &mut Spec) -> Result<Change, Fault> {
    if words.trim().is_empty() || words.len() > WORDS_MAX_BYTES || words.contains('\0') {
        let detail = format!("`words` has 1 to {WORDS_MAX_BYTES} bytes of text");
        return Err(Fault::new(codes::INVALID_FIELD, detail));
    }
    // Attachments of a change are held to what those of a spec in words are.
    base.prose.clone_from(&words);
    base.attachments.clear();
    let mut problems = Vec::new();
    for attached in &attachments {
        if let Err(problem) = spec::attach(base, &attached.name, attached.text.as_bytes()) {
            problems.push(ProblemView::from(&problem));
        }
    }
    if !problems.is_empty() {
        return Err(Fault::spec_refused(problems));
    }
    let attachments = std::mem::take(&mut base.attachments);
    Ok(Change { words, attachments, drops_data, ..Change::default() })
}
