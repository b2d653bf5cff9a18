//! Following a generation by its events.

use futures::StreamExt as _;
use reqwest::{Method, StatusCode, header};
use serde::Deserialize;

use super::{Client, Error};
use crate::{domain::event::Event, network::SseReader};

/// Something that happened, by its number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Numbered {
    /// Its number within the generation, from 1.
    pub sequence: i64,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// Why a stream of events ended.
enum Ended {
    /// The generation is at its end, and all of it was told.
    Over,
    /// The stream broke off; there may be more.
    Broken,
}

impl Client {
    /// Tells everything that happened to a generation after the event of a number, and what happens, until its end or until
    /// it waits for its owner. A stream that breaks off is taken up after the last event that was told.
    ///
    /// # Errors
    /// When the server cannot be reached for a while, or refuses.
    pub async fn follow(
        &self,
        id: &str,
        after: i64,
        tell: &mut (dyn FnMut(&Numbered, &str) + Send),
    ) -> Result<(), Error> {
        let mut last = after;
        loop {
            if let Ended::Over = self.follow_once(id, &mut last, tell).await? {
                return Ok(());
            }
        }
    }

    async fn follow_once(
        &self,
        id: &str,
        last: &mut i64,
        tell: &mut (dyn FnMut(&Numbered, &str) + Send),
    ) -> Result<Ended, Error> {
        let number = last.to_string();
        let request = || {
            self.ask(Method::GET, &["v1", "generations", id, "events"])
                .header(header::ACCEPT, "text/event-stream")
                .header("Last-Event-ID", &number)
        };
        let answer = self.send(request).await?;
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(Ended::Over);
        }
        let (mut reader, mut pieces) = (SseReader::new(), answer.bytes_stream());
        while let Some(piece) = pieces.next().await {
            // A proxy, or the server's own end, may cut the stream at any place.
            let Ok(piece) = piece else { return Ok(Ended::Broken) };
            let unreadable = |reason: String| Error::Answer { reason };
            for event in reader.push(&piece).map_err(|fault| unreadable(fault.to_string()))? {
                let text = String::from_utf8_lossy(&event.data);
                let told: Numbered = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
                *last = told.sequence;
                tell(&told, &text);
                if let Event::StatusChanged { status, .. } = &told.event
                    && status.is_told()
                {
                    return Ok(Ended::Over);
                }
            }
        }
        Ok(Ended::Broken)
    }
}
