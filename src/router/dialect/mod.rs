//! Wire formats: each turns a [`Request`] into bytes and bytes into a [`Completion`]. A vendor is data over one of them.

mod answer_function;
pub mod anthropic_messages;
mod fields;
pub mod gigachat;
mod no_arguments;
pub mod openai_chat;
mod openai_failure;
pub mod openai_responses;
pub(super) mod openai_usage;

use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;

use super::{
    completion::{Completion, Piece},
    failure::{Failure, FailureClass},
    provider::Quirks,
    request::{Part, Request},
};

/// The wire format of a name.
#[must_use]
pub fn dialect(name: DialectName) -> &'static dyn Dialect {
    match name {
        DialectName::OpenaiChat => &openai_chat::OpenaiChat,
        DialectName::Gigachat => &gigachat::Gigachat,
        DialectName::OpenaiResponses => &openai_responses::OpenaiResponses,
        DialectName::AnthropicMessages => &anthropic_messages::AnthropicMessages,
    }
}

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialectName {
    /// `OpenAI` Chat Completions, which most vendors speak.
    OpenaiChat,
    /// `OpenAI` Responses.
    OpenaiResponses,
    /// Anthropic Messages.
    AnthropicMessages,
    /// GigaChat, close to Chat Completions and not the same.
    Gigachat,
}

impl DialectName {
    /// Name in settings and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai_chat",
            Self::OpenaiResponses => "openai_responses",
            Self::AnthropicMessages => "anthropic_messages",
            Self::Gigachat => "gigachat",
        }
    }
}

/// What a body is written for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The model, as the provider names it.
    pub model: &'a str,
    /// Whether the answer comes piece by piece.
    pub stream: bool,
    /// Most tokens of the answer when the request names none and the wire format demands a number.
    pub default_max_output_tokens: u64,
    /// Where the vendor differs from the wire format.
    pub quirks: &'a Quirks,
}

/// A request as it goes over the wire; where to and with which key is the transport's.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// Below the provider's base URL, such as `/chat/completions`.
    pub path: &'static str,
    /// Headers of the wire format, such as `anthropic-version`; never a key.
    pub headers: Vec<(&'static str, HeaderValue)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// One wire format. Pure: no I/O, no clock, nothing kept but in a [`PieceReader`].
pub trait Dialect: Send + Sync {
    /// Writes a request.
    ///
    /// # Errors
    /// [`FailureClass::Caller`] with code `unsupported` when this wire format cannot
    /// say what the request asks; the message names it.
    fn encode(&self, request: &Request, target: &Target<'_>) -> Result<Encoded, Failure>;

    /// Reads a whole answer of status 200. An error object in it is a failure.
    ///
    /// # Errors
    /// The answer is damaged, or is an error.
    fn decode(&self, body: &[u8]) -> Result<Completion, Failure>;

    /// Reads a stream from its beginning.
    fn piece_reader(&self) -> Box<dyn PieceReader>;

    /// Reads an answer of another status. `now` is when it came: a time to wait until may be a date.
    fn failure(&self, status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure;
}

/// Reads one stream, event by event.
pub trait PieceReader: Send {
    /// Reads the data of one server-sent event; `name` is its `event` field, empty when it has none. The first that
    /// is an error object is a failure.
    ///
    /// # Errors
    /// The event is damaged, or is an error.
    fn read(&mut self, name: &str, data: &[u8]) -> Result<Option<Piece>, Failure>;

    /// Whether the answer has come to its end. A connection that ends before is a failure.
    ///
    /// It may be true before the last event: the usage can follow the end of the text. So a stream is read until its
    /// connection ends.
    fn is_complete(&self) -> bool;
}

/// The caller asks what a wire format cannot say.
fn unsupported(sentence: &str) -> Failure {
    Failure::new(FailureClass::Caller, "unsupported", sentence)
}

/// Refuses parts of turns (sound, files) and tools that only another wire format has, the one in which the caller asked.
fn refuse_foreign(request: &Request, own: DialectName, title: &str) -> Result<(), Failure> {
    if request.original.as_ref().is_none_or(|original| original.dialect == own) {
        return Ok(());
    }
    if !request.other_tools.is_empty() {
        return Err(unsupported(&format!("{title} knows no tools but functions")));
    }
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    for part in parts {
        if let Part::Other { kind, .. } = part {
            let kind: String = kind.chars().take(50).collect();
            return Err(unsupported(&format!("{title} cannot carry a part of type {kind}")));
        }
    }
    Ok(())
}
