//! What answers have in common.

use axum::{body::Body, response::Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::fault::Fault;
use crate::domain::clock::Timestamp;

/// Rows of a page when nobody says how many.
const PAGE: u32 = 50;
/// Most rows of a page.
pub(super) const PAGE_MAX: u32 = 200;

/// An answer in JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, Fault> {
    let text = serde_json::to_vec(value).map_err(|error| Fault::internal(&error))?;
    Ok(typed(status, "application/json", text))
}

/// An answer of a type.
pub(super) fn typed(status: StatusCode, media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// An answer without a body.
pub(super) fn empty() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// An answer with the address of what was made.
pub(super) fn located(mut response: Response, location: &str) -> Result<Response, Fault> {
    let value = HeaderValue::from_str(location).map_err(|error| Fault::internal(&error))?;
    response.headers_mut().insert(header::LOCATION, value);
    Ok(response)
}

/// A time as RFC 3339 writes it, in UTC, to the millisecond.
pub(super) fn rfc3339(at: Timestamp) -> String {
    let milliseconds = i64::try_from(at.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

/// How many rows a page is to have.
pub(super) fn page_size(limit: Option<u32>) -> Result<u32, Fault> {
    match limit {
        None => Ok(PAGE),
        Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(Fault::invalid(format!("`limit` is a whole number from 1 to {PAGE_MAX}"))),
    }
}

/// A cursor for where the next page begins. What is in it is nobody's concern but ours.
pub(super) fn cursor(after: &impl ToString) -> String {
    URL_SAFE_NO_PAD.encode(after.to_string())
}

/// What a cursor says.
pub(super) fn read_cursor<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<T>, Fault> {
    let Some(cursor) = cursor else { return Ok(None) };
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match text.and_then(|text| text.parse().ok()) {
        Some(after) => Ok(Some(after)),
        None => Err(Fault::invalid("`cursor` is not one that this API gave")),
    }
}

/// The address of the next page: this one's with another cursor.
pub(super) fn next_page(uri: &http::Uri, cursor: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let pairs: Vec<String> = kept.map(str::to_owned).chain([format!("cursor={cursor}")]).collect();
    format!("{}?{}", uri.path(), pairs.join("&"))
}
