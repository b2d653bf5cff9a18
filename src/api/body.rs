//! Bodies of requests: hostile bytes until they were counted.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::{HeaderMap, header};

use super::bound::{Bound, Share};

/// Room that is made for a body whose length the client named; a longer one grows as it comes.
const FIRST_ROOM_BYTES: usize = 64 * 1024;

/// A body in memory.
pub(super) struct Held {
    /// The body.
    pub(super) bytes: Bytes,
    /// Its room. To be kept as long as the body, or what was made of it, is.
    pub(super) room: Share,
}

/// What a body may take.
pub(super) struct Allowed<'a> {
    /// Most bytes of it.
    pub(super) cap_bytes: usize,
    /// How long it may take to come.
    pub(super) timeout: Duration,
    /// Bytes of all bodies that may be in memory at once.
    pub(super) room: &'a Arc<Bound>,
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It was compressed.
    Encoded,
    /// It has more bytes than it may.
    TooLarge,
    /// The bodies of others take all the room.
    NoRoom,
    /// It did not come in time.
    TooSlow,
    /// Its connection broke off.
    BrokenOff,
}

/// Reads a body. Room is taken as its bytes come, not as its length says: who announces much and sends nothing keeps
/// nobody out. A body is never decompressed, so that its size is what was sent.
pub(super) async fn read(headers: &HeaderMap, body: Body, allowed: &Allowed<'_>) -> Result<Held, Unread> {
    if headers.get_all(header::CONTENT_ENCODING).iter().any(|value| value != "identity") {
        return Err(Unread::Encoded);
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > allowed.cap_bytes as u64) {
        return Err(Unread::TooLarge);
    }
    let mut room = allowed.room.take(0).ok_or(Unread::NoRoom)?;
    let reading = collect(body, allowed.cap_bytes, &mut room);
    let bytes = tokio::time::timeout(allowed.timeout, reading).await.map_err(|_| Unread::TooSlow)??;
    Ok(Held { bytes, room })
}

async fn collect(body: Body, cap_bytes: usize, room: &mut Share) -> Result<Bytes, Unread> {
    let mut chunks = body.into_data_stream();
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::BrokenOff)?;
        if chunk.len() > cap_bytes.saturating_sub(first.len().max(rest.len())) {
            return Err(Unread::TooLarge);
        }
        if !room.grow(chunk.len()) {
            return Err(Unread::NoRoom);
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
