//! Generations: the list, one of them, and what its owner wants of it.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};
use serde::{Deserialize, Serialize};

use super::{
    Shared,
    answer::{cursor, empty, json, next_page, page_size, read_cursor},
    asked::{Id, Wishes, media_type, parse_json, read_body},
    callers::Caller,
    codes,
    fault::Fault,
    generation_view::{GenerationView, LimitsView},
};
use crate::{
    domain::{
        generation::Status,
        id::{GenerationId, ProjectId},
        spec::Limits,
    },
    store::{Filter, Generation, Moved},
};

/// Longest text that names are looked through for.
const NAME_MAX_CHARS: usize = 200;

/// Which generations are listed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListWishes {
    /// Only those of a status.
    #[param(value_type = Option<super::generation_view::StatusName>)]
    status: Option<String>,
    /// Only those of a project.
    #[param(format = "uuid")]
    project: Option<String>,
    /// Only those whose name has this text in it.
    #[param(max_length = 200)]
    name: Option<String>,
    /// Rows of a page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Where the page begins: from `next` of the page before.
    cursor: Option<String>,
}

/// A page of generations, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct GenerationPage {
    /// The generations.
    items: Vec<GenerationView>,
    /// Address of the next page; none when this is the last.
    next: Option<String>,
}

/// Lists generations.
#[utoipa::path(get, path = "/v1/generations", tag = "generations", params(ListWishes),
    responses((status = 200, body = GenerationPage)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    uri: Uri,
    Wishes(wishes): Wishes<ListWishes>,
) -> Result<Response, Fault> {
    let status = match wishes.status.as_deref() {
        None => None,
        Some(name) => Some(Status::named(name).ok_or_else(|| Fault::invalid("`status` is none that there is"))?),
    };
    let project = match wishes.project.as_deref().map(str::parse::<ProjectId>) {
        None => None,
        Some(parsed) => Some(parsed.map_err(|_| Fault::invalid("`project` is no identity"))?),
    };
    if wishes.name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX_CHARS) {
        return Err(Fault::invalid(format!("`name` has more than {NAME_MAX_CHARS} characters")));
    }
    let size = page_size(wishes.limit)?;
    let after: Option<GenerationId> = read_cursor(wishes.cursor.as_deref())?;
    let filter = Filter { status, project, name: wishes.name };
    let mut found = shared.ports.records.list(&caller.owner, &filter, after.as_ref(), size + 1).await?;
    let has_more = found.len() > size as usize;
    found.truncate(size as usize);
    let last = found.last().filter(|_| has_more).map(|last| cursor(&last.id));
    let page = GenerationPage {
        items: found.iter().map(GenerationView::row).collect(),
        next: last.map(|last| next_page(&uri, &last)),
    };
    json(StatusCode::OK, &page)
}

/// Shows a generation: status, stage, step, progress, cost, verification.
#[utoipa::path(get, path = "/v1/generations/{id}", tag = "generations", params(("id" = String, Path)),
    responses((status = 200, body = GenerationView)))]
pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
) -> Result<Response, Fault> {
    let generation = find(&shared, &caller, &id).await?;
    json(StatusCode::OK, &GenerationView::new(&generation))
}

/// A generation of the caller's.
pub(super) async fn find(shared: &Shared, caller: &Caller, id: &GenerationId) -> Result<Generation, Fault> {
    shared.ports.records.generation(&caller.owner, id).await?.ok_or_else(Fault::not_found)
}

/// Ends a generation: at once when nobody works on it, else as soon as its worker hears of it.
#[utoipa::path(post, path = "/v1/generations/{id}/cancel", tag = "generations", params(("id" = String, Path)),
    responses((status = 200, body = GenerationView), (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn cancel(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
) -> Result<Response, Fault> {
    let moved = shared.ports.records.cancel(&caller.owner, &id).await?;
    answer(&shared, moved, "it has ended already")
}

/// Under which conditions a generation goes on.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Resume {
    /// Limits that go before those it had; what is absent stays.
    limits: LimitsView,
}

/// Has a generation go on that failed, was cancelled, or stopped by itself.
#[utoipa::path(post, path = "/v1/generations/{id}/resume", tag = "generations", params(("id" = String, Path)),
    request_body = Option<Resume>,
    responses((status = 200, body = GenerationView), (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn resume(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let limits = read_limits(&shared, &headers, body).await?;
    let moved = shared.ports.records.resume(&caller.owner, &id, &limits).await?;
    check_kept(&moved)?;
    answer(&shared, moved, "only what failed, was cancelled or is paused goes on")
}

async fn read_limits(shared: &Arc<Shared>, headers: &HeaderMap, body: Body) -> Result<Limits, Fault> {
    let held = read_body(shared, headers, body).await?;
    if held.bytes.is_empty() {
        return Ok(Limits::default());
    }
    if media_type(headers)?.essence != "application/json" {
        return Err(Fault::new(codes::CONTENT_TYPE, "send the body with Content-Type: application/json"));
    }
    let resume: Resume = parse_json(&held.bytes)?;
    let money = || Fault::new(codes::INVALID_FIELD, "`limits.cost_usd` is a decimal number that is not negative");
    resume.limits.limits().ok_or_else(money)
}

/// Says yes to the plan of a generation that waits for that.
#[utoipa::path(post, path = "/v1/generations/{id}/approve", tag = "generations", params(("id" = String, Path)),
    responses((status = 200, body = GenerationView), (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn approve(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
) -> Result<Response, Fault> {
    let moved = shared.ports.records.approve(&caller.owner, &id).await?;
    answer(&shared, moved, "its plan does not wait for a yes")
}

/// Forgets a generation that nobody works on, with all that is kept of it.
#[utoipa::path(delete, path = "/v1/generations/{id}", tag = "generations", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
) -> Result<Response, Fault> {
    match shared.ports.records.delete(&caller.owner, &id).await? {
        Moved::Yes(generation) => {
            shared.ports.news.tell(&generation.id);
            Ok(empty())
        }
        moved => answer(&shared, moved, "it is being worked on; cancel it first"),
    }
}

/// Without its workspace nothing goes on.
pub(super) fn check_kept(moved: &Moved) -> Result<(), Fault> {
    match moved {
        Moved::No(generation) if generation.expired.workspace => {
            let detail = "its workspace is not kept any more, so that nothing can go on in it; hand the spec in anew";
            Err(Fault::new(codes::EXPIRED, detail))
        }
        Moved::No(_) | Moved::Yes(_) | Moved::Unknown => Ok(()),
    }
}

/// What a wish came to. Whoever works, or watches, hears of it.
pub(super) fn answer(shared: &Shared, moved: Moved, refused: &str) -> Result<Response, Fault> {
    match moved {
        Moved::Yes(generation) => {
            shared.ports.doorbell.ring(&generation.id);
            shared.ports.news.tell(&generation.id);
            json(StatusCode::OK, &GenerationView::new(&generation))
        }
        Moved::No(generation) => {
            let status = generation.status.name();
            Err(Fault::new(codes::WRONG_STATUS, format!("the generation is {status}: {refused}")))
        }
        Moved::Unknown => Err(Fault::not_found()),
    }
}
