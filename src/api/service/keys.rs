//! Keys: making, listing and revoking them.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    Shared,
    answer::{empty, json, located, rfc3339},
    asked::{Id, read_json},
    callers::Caller,
    codes,
    fault::Fault,
    key,
};
use crate::store::Key;

/// Longest name.
const NAME_MAX_CHARS: usize = 100;

/// A key, without its secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Key)]
pub(super) struct KeyView {
    /// Identity: the part of the key that may be shown.
    id: String,
    /// Name for people.
    name: String,
    /// What the key begins with.
    prefix: String,
    /// Its last four characters.
    last_four: String,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was used last, to the minute.
    last_used_at: Option<String>,
    /// Since when it is good for nothing.
    revoked_at: Option<String>,
}

/// A key that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct MadeKey {
    /// Identity: the part of the key that may be shown.
    id: String,
    /// Name for people.
    name: String,
    /// The key itself; it is shown this once.
    key: String,
}

/// An owner's keys, the oldest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct KeyList {
    /// The keys.
    items: Vec<KeyView>,
}

/// A key that is to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyWish {
    /// Name for people, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

impl KeyView {
    fn new(found: &Key) -> Self {
        let Key { key: recorded, created_at, last_used_at, revoked_at } = found;
        Self {
            id: recorded.id.clone(),
            name: recorded.name.clone(),
            prefix: format!("{}{}", key::PREFIX, recorded.id),
            last_four: recorded.last_four.clone(),
            created_at: rfc3339(*created_at),
            last_used_at: last_used_at.map(rfc3339),
            revoked_at: revoked_at.map(rfc3339),
        }
    }
}

/// Makes a key for the same owner. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/keys", tag = "keys", request_body = KeyWish,
    responses((status = 201, body = MadeKey, headers(("Location" = String)))))]
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let wish: KeyWish = read_json(&shared, &headers, body).await?;
    let name = wish.name.trim();
    if !(1..=NAME_MAX_CHARS).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        let detail = format!("`name` has 1 to {NAME_MAX_CHARS} characters, none of them a control character");
        return Err(Fault::new(codes::INVALID_FIELD, detail));
    }
    let (text, made) = key::new_key(caller.owner, name).map_err(|error| Fault::internal(&error))?;
    shared.ports.records.add_key(&made).await?;
    shared.callers.forget(&made.id).await;
    let location = format!("/v1/keys/{}", made.id);
    let made = MadeKey { id: made.id, name: made.name, key: text };
    located(json(StatusCode::CREATED, &made)?, &location)
}

/// Lists keys, revoked ones too.
#[utoipa::path(get, path = "/v1/keys", tag = "keys", responses((status = 200, body = KeyList)))]
pub(super) async fn list(State(shared): State<Arc<Shared>>, caller: Caller) -> Result<Response, Fault> {
    let keys = shared.ports.records.keys(&caller.owner).await?;
    json(StatusCode::OK, &KeyList { items: keys.iter().map(KeyView::new).collect() })
}

/// Makes a key good for nothing: here at once, in other processes within a second.
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "keys", params(("id" = String, Path)),
    responses((status = 204)))]
pub(super) async fn revoke(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<String>,
) -> Result<Response, Fault> {
    if !shared.ports.records.revoke_key(&caller.owner, &id).await? {
        return Err(Fault::not_found());
    }
    shared.callers.forget(&id).await;
    Ok(empty())
}
