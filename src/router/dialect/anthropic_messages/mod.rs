//! Anthropic Messages, in both directions: to a provider that speaks it, and from a caller who does.
//!
//! The format: <https://platform.claude.com/docs/en/api/messages>; its stream:
//! <https://platform.claude.com/docs/en/build-with-claude/streaming>; its errors:
//! <https://platform.claude.com/docs/en/api/errors>.
//!
//! A caller's own body in this format goes on as it came, with only model, stream and the token limit replaced: signatures of
//! thinking, cache marks and beta fields survive. Any other request is translated; [`AnthropicMessages`] says how.

mod body;
mod claude;
mod conversation;
mod decode;
mod encode;
mod extra;
mod failure;
mod names;
mod parse;
mod parse_turns;
mod piece_writer;
mod problems;
mod reader;
mod schema;
mod strict_schema;
mod thinking;
mod tools;
mod usage;
mod write;

use http::HeaderMap;

use super::{Dialect, Encoded, PieceReader, Target};
use crate::{
    domain::clock::Timestamp,
    router::{completion::Completion, failure::Failure, request::Request},
};

pub use parse::{ParsedRequest, parse_request};
pub use piece_writer::PieceWriter;
pub use write::{write_completion, write_error};

/// Anthropic Messages as a provider speaks it.
///
/// What the normal form says and this format does not have, or has otherwise:
///
/// - Turns of the system are gathered, in order, into the field `system`; turns of one speaker that follow each other
///   become one, answers of tools first, as the format demands.
/// - Texts of nothing but blanks are left out, since the format refuses them; a last turn of the model loses blanks at its end.
/// - A token limit is demanded: without one, the target's default.
/// - A temperature above 1, the highest here, becomes 1. Of temperature and `top_p` only the first is sent, as current models
///   refuse both together. Models from Claude 4.7 on, and any that thinks, take neither.
/// - A call is asked for in words where the model cannot be forced to one (Claude 5.5).
/// - Reasoning effort is `thinking` and `output_config.effort`, by the model's generation: see the module `thinking`.
/// - JSON of a schema is `output_config.format` where model and schema allow it, else a function that the model must call and
///   whose arguments become the answer's text: see the module `schema`.
/// - A seed is left out: nobody who speaks this format has one.
/// - Arguments of an old call that are not a JSON object go as `{"arguments": "the text"}`, since the format demands an object.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnthropicMessages;

impl Dialect for AnthropicMessages {
    fn encode(&self, request: &Request, target: &Target<'_>) -> Result<Encoded, Failure> {
        encode::encode(request, target)
    }

    fn decode(&self, body: &[u8]) -> Result<Completion, Failure> {
        decode::decode(body)
    }

    fn piece_reader(&self) -> Box<dyn PieceReader> {
        Box::new(reader::Reader::default())
    }

    fn failure(&self, status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
        failure::of_answer(status, headers, body, now)
    }
}
