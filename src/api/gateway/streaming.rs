//! The body of a streamed answer.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use futures::{StreamExt as _, stream};
use tracing::Instrument as _;

use super::{facts, idempotency::Recording, refusal, visit::Visit, wire::StreamWriter};
use crate::router::{AnswerStream, StreamItem, account::Account, completion::Piece};

/// An answer that begins.
pub(super) struct Beginning {
    /// The request.
    pub(super) visit: Visit,
    /// What comes. Dropping it cancels the call.
    pub(super) pieces: AnswerStream,
    /// What it is written by.
    pub(super) writer: StreamWriter,
    /// Where its bytes are kept, for a caller who may send the request again.
    pub(super) recording: Option<Recording>,
}

/// The body. When the client goes, it is dropped, and the call and the claim on the key with it.
pub(super) fn body(mut beginning: Beginning) -> Body {
    beginning.visit.begins();
    Body::from_stream(stream::unfold(Some(beginning), |flow| async move {
        let mut flow = flow?;
        loop {
            let span = flow.visit.span();
            let (bytes, rest) = match flow.pieces.next().instrument(span).await {
                Some(Ok(StreamItem::Piece(piece))) => (flow.write(&piece), Some(flow)),
                Some(Ok(StreamItem::End(account))) => (flow.end(&account), None),
                Some(Err(error)) => (flow.fail(&error), None),
                // The router ends a stream with an account or an error.
                None => return None,
            };
            match rest {
                Some(rest) if bytes.is_empty() => flow = rest,
                rest => return Some((Ok::<Bytes, Infallible>(bytes), rest)),
            }
        }
    }))
}

impl Beginning {
    fn write(&mut self, piece: &Piece) -> Bytes {
        let bytes = self.writer.write(piece);
        if let Some(recording) = &mut self.recording {
            recording.add(&bytes);
        }
        bytes
    }

    fn end(self, account: &Account) -> Bytes {
        let Self { visit, mut writer, recording, .. } = self;
        let bytes = writer.end(facts::object(account));
        if let Some(mut recording) = recording {
            recording.add(&bytes);
            recording.keep();
        }
        visit.answered(account);
        bytes
    }

    fn fail(self, error: &crate::router::Error) -> Bytes {
        let fault = refusal::fault(error);
        let event = fault.event(self.visit.wire);
        self.visit.failed(&fault);
        event.into()
    }
}
