//! Events of a generation: as a stream (server-sent events, HTML standard, section 9.2), or in pages.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{body::Body, extract::State, response::Response};
use bytes::{Bytes, BytesMut};
use futures::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::{
    Shared,
    answer::{empty, json, page_size, typed},
    asked::{Id, Wishes},
    callers::Caller,
    fault::Fault,
    feed::{Feed, Line, Seen},
    generations, guard,
};
use crate::domain::id::GenerationId;

/// After how many milliseconds a reader whose stream ended comes again.
const RETRY: &str = "retry: 2000\n\n";
const STREAM: &str = "text/event-stream";
const JSON: &str = "application/json";

/// Which events are given.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventWishes {
    /// Only those after this number; `Last-Event-ID` goes before it.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Events of a page, 1 to 200; 50 when absent. Of no account to a stream.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A page of events, the oldest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EventPage {
    /// The events: each has `sequence`, `at`, `version`, `event` (its kind), and what belongs to its kind.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Box<RawValue>>,
    /// Address of the next page; none when these are all so far.
    next: Option<String>,
}

/// An event of a stream, as its reader sees it: the comments between, and how soon to come again, aside.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is the description of a text")]
pub(super) struct StreamedEvent {
    /// Number of the event.
    id: String,
    /// Its kind.
    event: String,
    /// The event as JSON, as in a page.
    data: String,
}

/// Follows a generation.
///
/// As `text/event-stream`, each event has its number as `id`: a reader that comes again with `Last-Event-ID` goes on after
/// it, without a gap. The stream ends after the event by which the generation came to its end; 204 says that there is
/// nothing after it. With `Accept: application/json`, the events so far come in pages.
#[utoipa::path(get, path = "/v1/generations/{id}/events", tag = "generations",
    params(("id" = String, Path), EventWishes, ("Last-Event-ID" = Option<String>, Header, description = "Number of the last event that was read.")),
    responses((status = 200, content((StreamedEvent = "text/event-stream"), (EventPage = "application/json"))), (status = 204)))]
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Id(id): Id<GenerationId>,
    Wishes(wishes): Wishes<EventWishes>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let generation = generations::find(&shared, &caller, &id).await?;
    let after = last_read(&headers)?.or(wishes.after).unwrap_or(0);
    if after < 0 {
        return Err(Fault::invalid("`after` is the number of an event, or 0"));
    }
    let accepted: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let takes = |given| accepted.is_empty() || accepted.iter().any(|accepted| guard::takes(accepted, given));
    let is_page = takes(JSON)
        && !accepted.iter().any(|accepted| accepted.contains(STREAM))
        && !accepted.is_empty()
        && !accepted.iter().all(|accepted| accepted.contains("*/*"));
    if is_page {
        return page(&shared, &id, after, page_size(wishes.limit)?).await;
    }
    page_size(wishes.limit)?;
    if generation.status.is_end() && after >= generation.last_event {
        // A browser that is answered so does not come again.
        return Ok(empty());
    }
    let feed = shared.feeds.watch(&id, generation.last_event);
    let reader = Reader {
        seen: feed.seen(),
        feed,
        after,
        is_over: false,
        has_begun: false,
        is_ending: shared.is_ending.subscribe(),
        heartbeat: shared.settings.heartbeat,
    };
    let pieces = stream::unfold(reader, |mut reader| async move {
        let piece = reader.next().await?;
        Some((Ok::<_, Infallible>(piece), reader))
    });
    let mut response = typed(StatusCode::OK, STREAM, Body::from_stream(pieces));
    // nginx would keep the events until it had enough of them.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn last_read(headers: &HeaderMap) -> Result<Option<i64>, Fault> {
    let Some(value) = headers.get("last-event-id").filter(|value| !value.is_empty()) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|number| *number >= 0);
    number.map(Some).ok_or_else(|| Fault::invalid("Last-Event-ID is the number of an event"))
}

async fn page(shared: &Shared, id: &GenerationId, after: i64, size: u32) -> Result<Response, Fault> {
    let mut told = shared.ports.records.events(id, after, size + 1).await?;
    let has_more = told.len() > size as usize;
    told.truncate(size as usize);
    let next = told
        .last()
        .filter(|_| has_more)
        .map(|last| format!("/v1/generations/{id}/events?after={}&limit={size}", last.sequence));
    let raw = |line: Line| String::from_utf8(line.text.to_vec()).ok().and_then(|text| RawValue::from_string(text).ok());
    let items = told.iter().filter_map(|told| raw(Line::of(told))).collect();
    json(StatusCode::OK, &EventPage { items, next })
}

/// One who reads a stream.
struct Reader {
    feed: Arc<Feed>,
    seen: watch::Receiver<Seen>,
    /// Number of the last event that was sent.
    after: i64,
    is_over: bool,
    has_begun: bool,
    is_ending: watch::Receiver<bool>,
    heartbeat: Duration,
}

impl Reader {
    /// The next piece of the stream; `None` at its end.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.has_begun {
            self.has_begun = true;
            return Some(Bytes::from_static(RETRY.as_bytes()));
        }
        loop {
            if self.is_over || *self.is_ending.borrow() {
                return None;
            }
            let seen = *self.seen.borrow_and_update();
            match self.feed.after(self.after).await {
                Ok(lines) if !lines.is_empty() => return Some(self.piece(&lines, seen)),
                Ok(_) if seen.is_gone => return None,
                Ok(_) => {}
                Err(error) => {
                    // The reader comes again, and goes on after the last event.
                    tracing::warn!("a stream of events ends: {error}");
                    return None;
                }
            }
            tokio::select! {
                changed = self.seen.changed() => changed.ok()?,
                _ = self.is_ending.wait_for(|is_ending| *is_ending) => return None,
                () = tokio::time::sleep(self.heartbeat) => return Some(Bytes::from_static(b": alive\n\n")),
            }
        }
    }

    fn piece(&mut self, lines: &[Line], seen: Seen) -> Bytes {
        let mut piece = BytesMut::new();
        for line in lines {
            piece.extend_from_slice(format!("id: {}\nevent: {}\ndata: ", line.sequence, line.name).as_bytes());
            piece.extend_from_slice(&line.text);
            piece.extend_from_slice(b"\n\n");
            self.after = line.sequence;
        }
        // After the end nothing comes, unless its owner resumed it meanwhile.
        self.is_over = lines.last().is_some_and(|line| line.is_end && line.sequence >= seen.last);
        piece.freeze()
    }
}
