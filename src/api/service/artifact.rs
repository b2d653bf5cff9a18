//! What was delivered: the ZIP, and the report on it.

use std::{ops::Range, sync::Arc};

use axum::{body::Body, extract::State, response::Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::{Shared, answer::typed, asked::Id, callers::Caller, codes, fault::Fault, generations};
use crate::domain::{digest::Digest, id::GenerationId, kept::Kept};

const ZIP: &str = "application/zip";

/// Fetches the delivered ZIP, whole or a range of it.
#[utoipa::path(get, path = "/v1/generations/{id}/artifact", tag = "results",
    params(("id" = String, Path), ("Range" = Option<String>, Header, description = "One range of bytes, such as bytes=0-99."),
        ("If-Range" = Option<String>, Header, description = "The ETag that the range belongs to."),
        ("If-None-Match" = Option<String>, Header, description = "ETags that the caller has.")),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>, headers(("ETag" = String), ("Content-Digest" = String), ("Content-Disposition" = String))),
        (status = 206, content_type = "application/zip", body = Vec<u8>, headers(("Content-Range" = String))), (status = 304),
        (status = 409, body = super::fault::Details, content_type = "application/problem+json"),
        (status = 416, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn artifact(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let generation = generations::find(&shared, &caller, &id).await?;
    let nothing = || Fault::new(codes::NO_ARTIFACT, format!("the generation is {}", generation.status.name()));
    let kept = generation.artifact.as_ref().ok_or_else(nothing)?;
    let expired = || Fault::new(codes::EXPIRED, "the artifact is not kept any more");
    if generation.expired.artifact {
        return Err(expired());
    }
    let tag = format!("\"{}\"", kept.digest);
    if names_tag(&headers, &tag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        describe(&mut response, kept, &tag)?;
        return Ok(response);
    }
    let range = match wanted(&headers, &tag, kept.bytes) {
        Asked::Whole => None,
        Asked::Part(range) => Some(range),
        Asked::Nothing => {
            let length = HeaderValue::from_str(&format!("bytes */{}", kept.bytes));
            let length = length.map_err(|error| Fault::internal(&error))?;
            let detail = format!("the file has {} bytes", kept.bytes);
            return Err(Fault::new(codes::RANGE, detail).with(header::CONTENT_RANGE, length));
        }
    };
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        let content = shared
            .ports
            .storage
            .artifact(kept, range.clone())
            .await
            .map_err(|error| if error.is_absent() { expired() } else { error.into() })?;
        Body::from_stream(content)
    };
    let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = typed(status, ZIP, body);
    describe(&mut response, kept, &tag)?;
    let own = response.headers_mut();
    let length = range.as_ref().map_or(kept.bytes, |range| range.end - range.start);
    own.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(Range { start, end }) = range {
        let place = format!("bytes {start}-{}/{}", end - 1, kept.bytes);
        own.insert(header::CONTENT_RANGE, HeaderValue::from_str(&place).map_err(|error| Fault::internal(&error))?);
    }
    Ok(response)
}

/// The report on what was delivered: every check, what agents did, what it took.
#[utoipa::path(get, path = "/v1/generations/{id}/report", tag = "results", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409, body = super::fault::Details, content_type = "application/problem+json")))]
pub(super) async fn report(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
) -> Result<Response, Fault> {
    let generation = generations::find(&shared, &caller, &id).await?;
    let nothing = || Fault::new(codes::NO_ARTIFACT, format!("the generation is {}", generation.status.name()));
    let report = generation.report.clone().ok_or_else(nothing)?;
    Ok(typed(StatusCode::OK, "application/json", report))
}

fn describe(response: &mut Response, kept: &Kept, tag: &str) -> Result<(), Fault> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| Fault::internal(&error));
    let own = response.headers_mut();
    own.insert(header::ETAG, value(tag)?);
    own.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // It may be kept, as it is the caller's own, and asked for anew each time.
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    own.insert(header::CONTENT_DISPOSITION, value(&disposition(&kept.name))?);
    if response.status() == StatusCode::OK {
        // Of the content as sent (RFC 9530, section 2), which is the whole file only here.
        let digest = STANDARD.encode(bytes_of(&kept.digest));
        response.headers_mut().insert("content-digest", value(&format!("sha-256=:{digest}:"))?);
    }
    Ok(())
}

fn bytes_of(digest: &Digest) -> Vec<u8> {
    let digits: Vec<u8> = digest.as_str().chars().filter_map(|digit| digit.to_digit(16)?.try_into().ok()).collect();
    digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect()
}

/// How a file is offered for saving (RFC 6266): a name in ASCII, and the very name (RFC 8187).
fn disposition(name: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let plain: String = name.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        let character = char::from(byte);
        if is_plain(character) { exact.push(character) } else { exact.push_str(&format!("%{byte:02X}")) }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

/// Whether the caller has what a tag names (RFC 9110, section 13.1.2).
fn names_tag(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// What is asked for of a file.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    /// A range that the file does not have.
    Nothing,
}

/// What `Range` asks for (RFC 9110, section 14.2). Several ranges, other units and what is not understood are answered with
/// the whole file, as that section lets a server do.
fn wanted(headers: &HeaderMap, tag: &str, bytes: u64) -> Asked {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(range) = text(header::RANGE) else { return Asked::Whole };
    if headers.contains_key(header::IF_RANGE) && text(header::IF_RANGE) != Some(tag) {
        return Asked::Whole;
    }
    let Some((from, to)) = range.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Asked::Whole;
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(from) || !is_number(to) || (from.is_empty() && to.is_empty()) {
        return Asked::Whole;
    }
    // A number with more digits than fit is beyond every file.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    let range = if from.is_empty() {
        bytes.saturating_sub(number(to))..bytes
    } else if to.is_empty() {
        number(from)..bytes
    } else if number(to) < number(from) {
        return Asked::Whole;
    } else {
        number(from)..bytes.min(number(to).saturating_add(1))
    };
    if range.is_empty() { Asked::Nothing } else { Asked::Part(range) }
}

#[cfg(test)]
#[path = "artifact_tests.rs"]
mod tests;
