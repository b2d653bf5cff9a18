//! Projects: what generations belong to.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};
use serde::{Deserialize, Serialize};

use super::{
    Shared,
    answer::{cursor, empty, json, located, next_page, page_size, read_cursor, rfc3339},
    asked::{Id, Wishes, read_json},
    callers::Caller,
    codes,
    fault::Fault,
};
use crate::{
    domain::id::ProjectId,
    store::{Deletion, Project, ProjectFilter, ProjectWish},
};

/// Longest name.
const NAME_MAX_CHARS: usize = 200;

/// A project.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Project)]
pub(super) struct ProjectView {
    /// Identity.
    #[schema(format = "uuid")]
    id: String,
    /// Name for people.
    name: String,
    /// Whether it takes no more generations.
    archived: bool,
    /// Generations that belong to it; `GET /v1/generations?project=` lists them.
    generations: u64,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was changed last.
    updated_at: String,
}

impl ProjectView {
    fn new(project: &Project) -> Self {
        Self {
            id: project.id.to_string(),
            name: project.name.clone(),
            archived: project.archived_at.is_some(),
            generations: project.generations,
            created_at: rfc3339(project.created_at),
            updated_at: rfc3339(project.updated_at),
        }
    }
}

/// A page of projects, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ProjectPage {
    /// The projects.
    items: Vec<ProjectView>,
    /// Address of the next page; none when this is the last.
    next: Option<String>,
}

/// A project that is to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProject {
    /// Name for people, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// What is to be different about a project.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProjectChange {
    /// Its new name, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Whether it takes no more generations.
    archived: Option<bool>,
}

/// Which projects are listed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ProjectWishes {
    /// Only archived ones, or only others.
    archived: Option<bool>,
    /// Only those whose name has this text in it.
    #[param(max_length = 200)]
    name: Option<String>,
    /// Rows of a page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Where the page begins: from `next` of the page before.
    cursor: Option<String>,
}

/// How a project is deleted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeleteWishes {
    /// Whether its generations are deleted with it.
    generations: Option<bool>,
}

/// Makes a project.
#[utoipa::path(post, path = "/v1/projects", tag = "projects", request_body = NewProject,
    responses((status = 201, body = ProjectView, headers(("Location" = String)))))]
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let wish: NewProject = read_json(&shared, &headers, body).await?;
    let name = checked(&wish.name)?;
    let id = ProjectId::mint();
    shared.ports.records.add_project(&caller.owner, &id, name).await?;
    let project = find(&shared, &caller, &id).await?;
    located(json(StatusCode::CREATED, &ProjectView::new(&project))?, &format!("/v1/projects/{id}"))
}

/// Lists projects.
#[utoipa::path(get, path = "/v1/projects", tag = "projects", params(ProjectWishes),
    responses((status = 200, body = ProjectPage)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    uri: Uri,
    Wishes(wishes): Wishes<ProjectWishes>,
) -> Result<Response, Fault> {
    if wishes.name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX_CHARS) {
        return Err(Fault::invalid(format!("`name` has more than {NAME_MAX_CHARS} characters")));
    }
    let size = page_size(wishes.limit)?;
    let after: Option<ProjectId> = read_cursor(wishes.cursor.as_deref())?;
    let filter = ProjectFilter { archived: wishes.archived, name: wishes.name };
    let mut found = shared.ports.records.projects(&caller.owner, &filter, after.as_ref(), size + 1).await?;
    let has_more = found.len() > size as usize;
    found.truncate(size as usize);
    let last = found.last().filter(|_| has_more).map(|last| cursor(&last.id));
    let page = ProjectPage {
        items: found.iter().map(ProjectView::new).collect(),
        next: last.map(|last| next_page(&uri, &last)),
    };
    json(StatusCode::OK, &page)
}

/// Shows a project.
#[utoipa::path(get, path = "/v1/projects/{id}", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = ProjectView)))]
pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<ProjectId>,
) -> Result<Response, Fault> {
    json(StatusCode::OK, &ProjectView::new(&find(&shared, &caller, &id).await?))
}

/// Renames a project, archives it, or takes it out of the archive.
#[utoipa::path(patch, path = "/v1/projects/{id}", tag = "projects", params(("id" = String, Path)),
    request_body = ProjectChange, responses((status = 200, body = ProjectView)))]
pub(super) async fn change(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<ProjectId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    find(&shared, &caller, &id).await?;
    let wish: ProjectChange = read_json(&shared, &headers, body).await?;
    let name = wish.name.as_deref().map(checked).transpose()?.map(str::to_owned);
    let wish = ProjectWish { name, archived: wish.archived };
    let project = shared.ports.records.change_project(&caller.owner, &id, &wish).await?;
    json(StatusCode::OK, &ProjectView::new(&project.ok_or_else(Fault::not_found)?))
}

/// Deletes a project that is empty, or with its generations when none of them is being worked on.
#[utoipa::path(delete, path = "/v1/projects/{id}", tag = "projects", params(("id" = String, Path), DeleteWishes),
    responses((status = 204), (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<ProjectId>,
    Wishes(wishes): Wishes<DeleteWishes>,
) -> Result<Response, Fault> {
    let with_generations = wishes.generations.unwrap_or_default();
    match shared.ports.records.delete_project(&caller.owner, &id, with_generations).await? {
        Deletion::Done => Ok(empty()),
        Deletion::HasGenerations => Err(Fault::new(codes::PROJECT_NOT_EMPTY, "")),
        Deletion::Running => Err(Fault::new(codes::PROJECT_RUNNING, "")),
        Deletion::Unknown => Err(Fault::not_found()),
    }
}

async fn find(shared: &Shared, caller: &Caller, id: &ProjectId) -> Result<Project, Fault> {
    shared.ports.records.project(&caller.owner, id).await?.ok_or_else(Fault::not_found)
}

fn checked(name: &str) -> Result<&str, Fault> {
    let name = name.trim();
    let count = name.chars().count();
    let is_fit = (1..=NAME_MAX_CHARS).contains(&count) && !name.chars().any(char::is_control);
    let detail = format!("`name` has 1 to {NAME_MAX_CHARS} characters, none of them a control character");
    if is_fit { Ok(name) } else { Err(Fault::new(codes::INVALID_FIELD, detail)) }
}
