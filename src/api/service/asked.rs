//! What is asked: taken out of a request, and refused in the form of every other error.

use std::{collections::HashMap, str::FromStr, sync::Arc};

use axum::{
    body::Body,
    extract::{FromRequestParts, Path, Query},
};
use bytes::Bytes;
use http::{HeaderMap, header, request::Parts};
use serde::de::DeserializeOwned;

use super::{Shared, callers::Caller, codes, fault::Fault};
use crate::api::{
    body::{self, Allowed, Held, Unread},
    strict_json,
};

/// The identity in the address. What is no identity is not there.
pub(super) struct Id<T>(pub(super) T);

impl<T: FromStr + ToString, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let text = parameter(parts, state, "id").await?;
        let id: T = text.parse().map_err(|_| Fault::not_found())?;
        // One spelling each: the parser takes braces and capital letters as well.
        if id.to_string() == text { Ok(Self(id)) } else { Err(Fault::not_found()) }
    }
}

/// The rest of the address.
pub(super) struct Rest(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Rest {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        parameter(parts, state, "rest").await.map(Self)
    }
}

async fn parameter<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Result<String, Fault> {
    let parameters = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
    let Ok(Path(mut parameters)) = parameters else { return Err(Fault::not_found()) };
    parameters.remove(name).ok_or_else(Fault::not_found)
}

/// The parameters of the query; one that is not known is refused, as it may be a known one mistyped.
pub(super) struct Wishes<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Wishes<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(wishes)) => Ok(Self(wishes)),
            Err(error) => Err(Fault::invalid(format!("the query is wrong: {}", sources(&error)))),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Fault::new(codes::UNAUTHORIZED, "no key was shown"))
    }
}

fn sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}

/// The media type that a body was sent as, in small letters, and its parameters.
pub(super) struct MediaType {
    /// Such as `application/json`.
    pub(super) essence: String,
    /// The whole header's value.
    pub(super) whole: String,
}

/// Tells what a body was sent as. Other characters than those of UTF-8 are not read.
pub(super) fn media_type(headers: &HeaderMap) -> Result<MediaType, Fault> {
    let refused = |detail: String| Fault::new(codes::CONTENT_TYPE, detail).closing();
    let value = headers.get(header::CONTENT_TYPE).ok_or_else(|| refused("send a Content-Type".to_owned()))?;
    let whole = value.to_str().map_err(|_| refused("the Content-Type is not readable".to_owned()))?.to_owned();
    let mut parts = whole.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        let is_utf8 = value.trim_matches('"').eq_ignore_ascii_case("utf-8");
        if name.eq_ignore_ascii_case("charset") && !is_utf8 {
            return Err(refused("send the body in UTF-8".to_owned()));
        }
    }
    Ok(MediaType { essence, whole })
}

/// A request's body is read: all of it, within bounds.
pub(super) async fn read_body(shared: &Shared, headers: &HeaderMap, body: Body) -> Result<Held, Fault> {
    let settings = &shared.settings;
    let allowed =
        Allowed { cap_bytes: settings.body_cap_bytes, timeout: settings.body_timeout, room: &shared.body_room };
    body::read(headers, body, &allowed).await.map_err(|why| match why {
        Unread::Encoded => {
            let detail = "send the body without Content-Encoding";
            let fault = Fault::new(codes::CONTENT_ENCODING, detail);
            fault.with(header::ACCEPT_ENCODING, http::HeaderValue::from_static("identity")).closing()
        }
        Unread::TooLarge => {
            let detail = format!("the body has more than {} bytes", settings.body_cap_bytes);
            Fault::new(codes::BODY_TOO_LARGE, detail).closing()
        }
        Unread::NoRoom => Fault::busy("the requests in flight have all the memory that there is for bodies").closing(),
        Unread::TooSlow => {
            let seconds = settings.body_timeout.as_secs();
            Fault::new(codes::SLOW_BODY, format!("the body did not come within {seconds} s")).closing()
        }
        Unread::BrokenOff => Fault::invalid("the connection broke off within the body").closing(),
    })
}

/// Reads a body of JSON that has one meaning.
pub(super) async fn read_json<T: DeserializeOwned>(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Fault> {
    let sent = media_type(headers)?;
    if sent.essence != "application/json" {
        let detail = "send the body with Content-Type: application/json";
        return Err(Fault::new(codes::CONTENT_TYPE, detail).closing());
    }
    let held = read_body(shared, headers, body).await?;
    parse_json(&held.bytes)
}

/// Reads JSON that has one meaning: what is no JSON is a bad request, what has another form is refused by name.
pub(super) fn parse_json<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Fault> {
    strict_json::check(bytes)
        .map_err(|error| Fault::invalid(format!("the body is not the JSON it must be: {error}")))?;
    // A list would be taken for an object's fields in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Fault::new(codes::INVALID_FIELD, "the body is a JSON object"));
    }
    serde_json::from_slice(bytes).map_err(|error| Fault::new(codes::INVALID_FIELD, error.to_string()))
}
