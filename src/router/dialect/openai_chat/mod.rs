//! `OpenAI` Chat Completions, the wire format that most vendors speak: as a client of theirs, and as a server for callers.
//!
//! Source: the API reference at platform.openai.com/docs/api-reference/chat. Where vendors differ from it, the code says who.

mod completion_body;
mod decode;
mod encode;
mod ingress;
mod piece_writer;
mod schema;
mod stream;
mod wire;

use http::HeaderMap;

use super::{Dialect, Encoded, PieceReader, Target, openai_failure};
use crate::{
    domain::clock::Timestamp,
    router::{completion::Completion, failure::Failure, request::Request},
};

pub use completion_body::write_completion;
pub use ingress::{ParsedRequest, parse_request};
pub use piece_writer::PieceWriter;

/// The wire format.
#[derive(Debug, Clone, Copy)]
pub struct OpenaiChat;

impl Dialect for OpenaiChat {
    fn encode(&self, request: &Request, target: &Target<'_>) -> Result<Encoded, Failure> {
        Ok(Encoded { path: "/chat/completions", headers: Vec::new(), body: encode::body(request, target)? })
    }

    fn decode(&self, body: &[u8]) -> Result<Completion, Failure> {
        decode::decode(body)
    }

    fn piece_reader(&self) -> Box<dyn PieceReader> {
        Box::<stream::ChunkReader>::default()
    }

    fn failure(&self, status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
        openai_failure::of_answer(status, headers, body, now)
    }
}
