//! An answer that comes piece by piece, as it is read.

use std::{collections::VecDeque, time::Duration};

use http::header;
use tokio::time::timeout;

use crate::network::SseReader;
use crate::router::{
    completion::{Delta, Piece},
    dialect::{Dialect, PieceReader},
    failure::Failure,
    transport::Incoming,
};

use super::{bill::Bill, exchange::ANSWER_CAP_BYTES};

/// Pieces that say nothing yet (who speaks, a ping) and are held back for the first that does: while they are, another
/// provider may still be asked. Far more than any provider begins with.
const HELD_PIECES: usize = 64;
/// How long a provider's connection may stay open after the end of its answer: for usage that comes after it, and so that
/// the connection can be used again.
const LINGER: Duration = Duration::from_millis(500);

/// An answer that comes piece by piece.
pub(in crate::router) struct Flow {
    /// None of an answer that came whole.
    source: Option<Source>,
    /// Pieces that were read and not handed on yet.
    pub(in crate::router) pieces: VecDeque<Piece>,
    /// Nothing more will come.
    pub(in crate::router) is_over: bool,
}

/// Where pieces come from.
struct Source {
    incoming: Incoming,
    events: SseReader,
    reader: Box<dyn PieceReader>,
}

impl Flow {
    /// Reads until the answer says something: until then nothing has reached the caller. A provider that answers at once
    /// where it was asked to answer piece by piece is paid like any other: its answer becomes one piece.
    ///
    /// # Errors
    /// The stream failed before that, or is none.
    pub(super) async fn begin(
        wire: &'static dyn Dialect,
        incoming: Incoming,
        bill: &mut Bill,
    ) -> Result<Self, Failure> {
        if is_json(&incoming) {
            let piece = Piece::of_whole(wire.decode(&incoming.whole(ANSWER_CAP_BYTES).await?)?);
            bill.hear(&piece);
            return Ok(Self { source: None, pieces: VecDeque::from([piece]), is_over: true });
        }
        let source = Source { incoming, events: SseReader::new(), reader: wire.piece_reader() };
        let mut flow = Self { source: Some(source), pieces: VecDeque::new(), is_over: false };
        while !flow.pieces.iter().any(says_something) && flow.pieces.len() < HELD_PIECES {
            if flow.is_over {
                return Err(Failure::damaged("the provider's stream ended without an answer"));
            }
            flow.read(bill).await?;
        }
        Ok(flow)
    }

    /// The model that answers, as far as the provider has said.
    pub(super) fn model(&self) -> &str {
        let deltas = self.pieces.iter().flat_map(|piece| &piece.deltas);
        let mut models = deltas.filter_map(|delta| match delta {
            Delta::Start { model, .. } => Some(model.as_str()),
            _ => None,
        });
        models.next().unwrap_or_default()
    }

    /// Reads what comes next.
    ///
    /// # Errors
    /// The stream failed before the answer was complete. Pieces that came before are in `pieces`.
    pub(super) async fn read(&mut self, bill: &mut Bill) -> Result<(), Failure> {
        let Some(source) = &mut self.source else { return Ok(()) };
        let outcome = source.read(&mut self.pieces, bill).await;
        if outcome.is_err() && source.reader.is_complete() {
            // What comes after the end of an answer takes nothing from it.
            self.is_over = true;
            return Ok(());
        }
        self.is_over = !outcome?;
        Ok(())
    }
}

impl Source {
    /// Reads what comes next, and says whether more may.
    async fn read(&mut self, pieces: &mut VecDeque<Piece>, bill: &mut Bill) -> Result<bool, Failure> {
        let next = if self.reader.is_complete() {
            timeout(LINGER, self.incoming.next()).await.ok().flatten()
        } else {
            self.incoming.next().await
        };
        let Some(bytes) = next.transpose()? else {
            if self.reader.is_complete() {
                return Ok(false);
            }
            return Err(Failure::damaged("the provider's stream ended before its answer was complete"));
        };
        for event in self.events.push(&bytes)? {
            if let Some(piece) = self.reader.read(&event.name, &event.data)? {
                bill.hear(&piece);
                pieces.push_back(piece);
            }
        }
        Ok(true)
    }
}

fn is_json(incoming: &Incoming) -> bool {
    let kind = incoming.headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes().trim_ascii_start());
    kind.and_then(|kind| kind.get(..16)).is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/json"))
}

/// Whether a piece holds a part of the answer, or ends it.
fn says_something(piece: &Piece) -> bool {
    piece.deltas.iter().any(|delta| match delta {
        Delta::Start { .. } | Delta::Usage { .. } => false,
        Delta::Text { text, .. } | Delta::Reasoning { text, .. } | Delta::Refusal { text, .. } => !text.is_empty(),
        Delta::ToolCall { .. } | Delta::Finish { .. } => true,
    })
}
