//! The project as it is made: its files, commits, differences, and the logs of its checks.

use std::{path::PathBuf, sync::Arc};

use axum::{extract::State, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::{
    Shared,
    answer::{json, typed},
    asked::{Id, Rest, Wishes},
    callers::Caller,
    codes,
    differences::unified,
    fault::Fault,
    generations, submit,
};
use crate::{
    domain::{
        id::{CommitId, GenerationId, StepKey},
        path::ProjectPath,
    },
    workspace::View,
};

/// Most bytes of a log that are given: its end.
const LOG_MAX_BYTES: u64 = 1024 * 1024;

/// Which commit is looked at.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AtCommit {
    /// The commit, in 40 digits; the last when absent.
    #[param(pattern = "^[0-9a-f]{40}$")]
    commit: Option<String>,
}

/// Which commits are compared.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BetweenCommits {
    /// A commit, which is compared with the one before it; the last when nothing is said.
    #[param(pattern = "^[0-9a-f]{40}$")]
    commit: Option<String>,
    /// The earlier of two commits.
    #[param(pattern = "^[0-9a-f]{40}$")]
    from: Option<String>,
    /// The later of two commits; the last when absent.
    #[param(pattern = "^[0-9a-f]{40}$")]
    to: Option<String>,
}

/// The files of a commit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FileList {
    /// The commit; none before the first.
    commit: Option<String>,
    /// Its files, sorted by path.
    items: Vec<FileRow>,
}

/// A file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FileRow {
    /// Where it is in the project.
    path: String,
    /// How many bytes it has.
    bytes: u64,
    /// Whether it may be run.
    executable: bool,
    /// Git's name of its content.
    blob: String,
}

/// The commits of a project, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct CommitList {
    /// The commits.
    items: Vec<CommitRow>,
}

/// A commit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct CommitRow {
    /// The commit, in 40 digits.
    commit: String,
    /// The step that made it.
    step: Option<String>,
    /// Its message.
    message: String,
}

/// Lists the files of the project as it is now, or as it was at a commit.
#[utoipa::path(get, path = "/v1/generations/{id}/files", tag = "results", params(("id" = String, Path), AtCommit),
    responses((status = 200, body = FileList), (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
    Wishes(wishes): Wishes<AtCommit>,
) -> Result<Response, Fault> {
    let list = look(&shared, &caller, &id, move |view| {
        let Some(commit) = chosen(view, wishes.commit.as_deref())? else {
            return Ok(FileList { commit: None, items: Vec::new() });
        };
        let files = view.files(&commit)?.into_iter();
        let items = files.map(|file| FileRow {
            path: file.path,
            bytes: file.bytes,
            executable: file.executable,
            blob: file.content_id,
        });
        Ok(FileList { items: items.collect(), commit: Some(commit.to_string()) })
    })
    .await?;
    json(StatusCode::OK, &list)
}

/// Fetches a file of the project, as its bytes.
#[utoipa::path(get, path = "/v1/generations/{id}/files/{rest}", tag = "results",
    params(("id" = String, Path), ("rest" = String, Path, description = "Path in the project; slashes may stand as they are."), AtCommit),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
    Rest(path): Rest,
    Wishes(wishes): Wishes<AtCommit>,
) -> Result<Response, Fault> {
    let content = look(&shared, &caller, &id, move |view| {
        let path = ProjectPath::parse(&path).map_err(|_| Fault::not_found())?;
        let commit = chosen(view, wishes.commit.as_deref())?.ok_or_else(Fault::not_found)?;
        view.file(&commit, &path)?.ok_or_else(Fault::not_found)
    })
    .await?;
    // Generated code is hostile: no browser is to run any of it here.
    let mut response = typed(StatusCode::OK, "application/octet-stream", content);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}

/// Lists the commits of the project, the newest first.
#[utoipa::path(get, path = "/v1/generations/{id}/commits", tag = "results", params(("id" = String, Path)),
    responses((status = 200, body = CommitList), (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn commits(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
) -> Result<Response, Fault> {
    let items = look(&shared, &caller, &id, |view| {
        let log = view.head().map_or_else(|| Ok(Vec::new()), |head| view.log(&head))?;
        Ok(log.into_iter().map(|entry| CommitRow {
            commit: entry.commit.to_string(),
            step: entry.step.map(|step| step.to_string()),
            message: entry.message,
        }))
    })
    .await?;
    json(StatusCode::OK, &CommitList { items: items.collect() })
}

/// What a commit changed, or what is different between two, as a unified diff.
#[utoipa::path(get, path = "/v1/generations/{id}/diff", tag = "results", params(("id" = String, Path), BetweenCommits),
    responses((status = 200, content_type = "text/x-diff", body = String),
        (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn diff(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
    Wishes(wishes): Wishes<BetweenCommits>,
) -> Result<Response, Fault> {
    if wishes.commit.is_some() && (wishes.from.is_some() || wishes.to.is_some()) {
        return Err(Fault::invalid("say either `commit`, or `from` and `to`"));
    }
    let text = look(&shared, &caller, &id, move |view| {
        let Some(to) = chosen(view, wishes.commit.as_deref().or(wishes.to.as_deref()))? else {
            return Ok(String::new());
        };
        let from = match &wishes.from {
            Some(from) => chosen(view, Some(from))?,
            None => view.before(&to)?,
        };
        Ok(unified(&view.differences(from.as_ref(), &to)?))
    })
    .await?;
    Ok(typed(StatusCode::OK, "text/x-diff; charset=utf-8", text))
}

/// What the command of a step wrote; the last mebibyte of it.
#[utoipa::path(get, path = "/v1/generations/{id}/log/{rest}", tag = "results",
    params(("id" = String, Path), ("rest" = String, Path, description = "The step, such as test/1/unit-tests.")),
    responses((status = 200, content_type = "text/plain", body = String),
        (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn log(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
    Rest(step): Rest,
) -> Result<Response, Fault> {
    let (text, bytes) = look(&shared, &caller, &id, move |view| {
        view.log_of_step(&StepKey(step), LOG_MAX_BYTES)?.ok_or_else(Fault::not_found)
    })
    .await?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut response = typed(StatusCode::OK, "text/plain; charset=utf-8", text);
    response.headers_mut().insert("x-log-bytes", HeaderValue::from(bytes));
    Ok(response)
}

/// The commit that is asked for, or the last; `None` when there is none yet.
fn chosen(view: &View, commit: Option<&str>) -> Result<Option<CommitId>, Fault> {
    match commit {
        None => Ok(view.head()),
        Some(text) => view.commit(text).map(Some).ok_or_else(Fault::not_found),
    }
}

/// Looks at a generation's workspace on a thread of its own.
async fn look<T: Send + 'static>(
    shared: &Shared,
    caller: &Caller,
    id: &GenerationId,
    work: impl FnOnce(&View) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let generation = generations::find(shared, caller, id).await?;
    if generation.expired.workspace {
        return Err(Fault::new(codes::EXPIRED, "its workspace is not kept any more"));
    }
    let found = shared.ports.workspaces.folder(&generation).await;
    let folder: Option<PathBuf> = found.map_err(|error| {
        tracing::warn!("the workspace of generation {id} cannot be looked at: {error}");
        Fault::busy("the workspace cannot be looked at now")
    })?;
    let nothing = || Fault::new(codes::NO_WORKSPACE, "nobody has worked on the generation yet");
    let folder = folder.ok_or_else(nothing)?;
    submit::reading(move || {
        let view = View::open(&folder)?.ok_or_else(nothing)?;
        work(&view)
    })
    .await?
}
