//! What the service makes projects with: template packs and models.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Serialize;

use super::{ListedModel, Shared, answer::json, drafts::DEFAULT_PACK, fault::Fault};
use crate::template;

/// Template packs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TemplateList {
    /// The packs.
    items: Vec<TemplateView>,
}

/// A template pack.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Template)]
struct TemplateView {
    /// Name that a spec asks for it by.
    name: String,
    /// Version.
    version: String,
    /// What it makes.
    summary: String,
    /// Whether it is taken when nobody names one.
    default: bool,
}

/// Models that are configured.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ModelList {
    /// The models, one row for each way to one.
    items: Vec<ListedModel>,
}

/// Lists the template packs.
#[utoipa::path(get, path = "/v1/templates", tag = "specs", responses((status = 200, body = TemplateList)))]
pub(super) async fn templates() -> Result<Response, Fault> {
    let packs = template::packs().map_err(|error| Fault::internal(&error))?;
    let items = packs.into_iter().map(|pack| TemplateView {
        default: pack.name == DEFAULT_PACK,
        name: pack.name,
        version: pack.version,
        summary: pack.summary,
    });
    json(StatusCode::OK, &TemplateList { items: items.collect() })
}

/// Lists the models that are configured.
#[utoipa::path(get, path = "/v1/models", tag = "specs", responses((status = 200, body = ModelList)))]
pub(super) async fn models(State(shared): State<Arc<Shared>>) -> Result<Response, Fault> {
    json(StatusCode::OK, &ModelList { items: shared.ports.listed.to_vec() })
}
