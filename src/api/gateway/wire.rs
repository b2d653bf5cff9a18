//! What callers speak: questions are read and answers written by the router's dialects.

use axum::body::Bytes;
use http::HeaderMap;
use serde_json::Value;

use super::fault::Fault;
use crate::{
    domain::id::RequestId,
    router::{
        completion::{Completion, Piece},
        dialect::{anthropic_messages, openai_chat},
        request::Request,
    },
};

/// A wire format that callers speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// `OpenAI`'s Chat Completions.
    OpenAi,
    /// Anthropic's Messages.
    Anthropic,
}

/// A question as it came in.
pub(super) struct Question {
    /// The question.
    pub(super) request: Request,
    /// Who is to answer: a name, a class, `auto`.
    pub(super) model: String,
    /// Whether the answer is wanted piece by piece.
    pub(super) stream: bool,
    /// Whether the caller wants the stream to end with what it took.
    pub(super) include_usage: bool,
}

impl Wire {
    /// Reads a question.
    ///
    /// # Errors
    /// The body is not what the wire format says; all its problems are named.
    pub(super) fn read(self, headers: &HeaderMap, body: &[u8]) -> Result<Question, Fault> {
        match self {
            Self::OpenAi => {
                let parsed = openai_chat::parse_request(body).map_err(|failure| Fault::invalid(failure.message))?;
                let openai_chat::ParsedRequest { request, model, stream, include_usage } = parsed;
                Ok(Question { request, model, stream, include_usage })
            }
            Self::Anthropic => {
                let parsed = anthropic_messages::parse_request(body);
                let mut parsed = parsed.map_err(|failure| Fault::invalid(failure.message))?;
                parsed.keep_headers(headers);
                let anthropic_messages::ParsedRequest { request, model, stream } = parsed;
                Ok(Question { request, model, stream, include_usage: false })
            }
        }
    }

    /// Writes a whole answer. `model` and `id` stand where the provider named none.
    pub(super) fn write(self, completion: &mut Completion, model: &str, id: RequestId) -> Bytes {
        if completion.id.is_empty() {
            completion.id = self.answer_id(id);
        }
        if completion.model.is_empty() {
            model.clone_into(&mut completion.model);
        }
        match self {
            Self::OpenAi => openai_chat::write_completion(completion, model, id.minted_at_s()),
            Self::Anthropic => anthropic_messages::write_completion(completion).into(),
        }
    }

    /// Starts to write a stream.
    pub(super) fn begin(self, model: &str, id: RequestId, include_usage: bool) -> StreamWriter {
        match self {
            Self::OpenAi => StreamWriter::OpenAi(openai_chat::PieceWriter::new(
                self.answer_id(id),
                model.to_owned(),
                id.minted_at_s(),
                include_usage,
            )),
            Self::Anthropic => StreamWriter::Anthropic(anthropic_messages::PieceWriter::new()),
        }
    }

    fn answer_id(self, id: RequestId) -> String {
        match self {
            Self::OpenAi => format!("chatcmpl-{id}"),
            Self::Anthropic => format!("msg_{id}"),
        }
    }
}

/// Writes one stream.
pub(super) enum StreamWriter {
    OpenAi(openai_chat::PieceWriter),
    Anthropic(anthropic_messages::PieceWriter),
}

impl StreamWriter {
    /// Writes a piece; nothing when it says nothing to the caller.
    pub(super) fn write(&mut self, piece: &Piece) -> Bytes {
        match self {
            Self::OpenAi(writer) => writer.write(piece),
            Self::Anthropic(writer) => writer.write(piece).into(),
        }
    }

    /// Writes the end of a whole answer, and what the call took. An `OpenAI` client gets that as a field of the last chunk, if
    /// it asked for the usage; Anthropic's format has no place for it, so that it is a comment of the event stream (HTML
    /// standard, section 9.2), which clients skip.
    pub(super) fn end(&mut self, facts: Value) -> Bytes {
        match self {
            Self::OpenAi(writer) => writer.end_with(facts),
            Self::Anthropic(writer) => {
                let mut bytes = writer.end();
                bytes.extend_from_slice(format!(": samokoder {facts}\n\n").as_bytes());
                bytes.into()
            }
        }
    }
}
