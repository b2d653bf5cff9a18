//! Bodies of requests: hostile bytes until they were counted and read.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode, header};

use super::{bound::Share, fault::Fault, gateway::Gateway, strict_json};

/// Room that is made for a body whose length the client named; a longer one grows as it comes.
const FIRST_ROOM_BYTES: usize = 64 * 1024;

/// When to send a body again that found no room: by then some other request has ended.
const ROOM_AGAIN: Duration = Duration::from_secs(1);

/// A body in memory.
pub(super) struct Held {
    /// The body.
    pub(super) bytes: Bytes,
    /// Its room. To be kept as long as the body, or what was made of it, is.
    pub(super) room: Share,
}

/// Reads a body of JSON. Room is taken as its bytes come, not as its length says: who announces much and sends nothing
/// keeps nobody out.
///
/// A body is never decompressed, so that its size is what was sent. `application/json` is demanded, as web pages of
/// strangers can send other types to a gateway on a user's own machine without asking it first (Fetch standard, section
/// 4.8, CORS-preflight).
pub(super) async fn read_json(headers: &HeaderMap, body: Body, gateway: &Gateway) -> Result<Held, Fault> {
    let settings = &gateway.settings;
    check_head(headers, settings.body_cap_bytes)?;
    let mut room = gateway.body_room.take(0).ok_or_else(no_room)?;
    let reading = collect(body, settings.body_cap_bytes, &mut room);
    let bytes = tokio::time::timeout(settings.body_timeout, reading).await.map_err(|_| {
        let seconds = settings.body_timeout.as_secs();
        Fault::new(StatusCode::REQUEST_TIMEOUT, "slow_body", format!("the body did not come within {seconds} s"))
            .closing()
    })??;
    strict_json::check(&bytes)
        .map_err(|error| Fault::invalid(format!("the body is not the JSON it must be: {error}")))?;
    Ok(Held { bytes, room })
}

fn check_head(headers: &HeaderMap, cap_bytes: usize) -> Result<(), Fault> {
    let encoded = headers.get_all(header::CONTENT_ENCODING).iter().any(|value| value != "identity");
    if encoded {
        let message = "compressed bodies are not read: send the body without Content-Encoding";
        return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_encoding", message).closing());
    }
    let json = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let media_type = value.split_once(';').map_or(value, |(media_type, _)| media_type);
        media_type.trim().eq_ignore_ascii_case("application/json")
    });
    if !json {
        let message = "send the body with `Content-Type: application/json`";
        return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", message).closing());
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > cap_bytes as u64) {
        return Err(too_large(cap_bytes));
    }
    Ok(())
}

async fn collect(body: Body, cap_bytes: usize, room: &mut Share) -> Result<Bytes, Fault> {
    let mut chunks = body.into_data_stream();
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Fault::invalid("the connection broke off within the body").closing())?;
        if chunk.len() > cap_bytes.saturating_sub(first.len().max(rest.len())) {
            return Err(too_large(cap_bytes));
        }
        if !room.grow(chunk.len()) {
            return Err(no_room());
        }
        if first.is_empty() && rest.is_empty() {
            // Most bodies come in one piece, which is then not copied.
            first = chunk;
            continue;
        }
        if rest.is_empty() {
            rest.reserve(FIRST_ROOM_BYTES);
            rest.extend_from_slice(&first);
        }
        rest.extend_from_slice(&chunk);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

fn too_large(cap_bytes: usize) -> Fault {
    let message = format!("the body has more than {cap_bytes} bytes");
    Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).closing()
}

fn no_room() -> Fault {
    let message = "the requests in flight have all the memory that there is for bodies; send the request again";
    Fault::new(StatusCode::SERVICE_UNAVAILABLE, "bodies_full", message)
        .retry_after(Some(ROOM_AGAIN))
        .of_class("busy")
        .closing()
}
