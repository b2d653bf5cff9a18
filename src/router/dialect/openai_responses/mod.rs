//! `OpenAI` Responses, as a client: what `OpenAI` recommends for new work.
//!
//! Source: the API reference at platform.openai.com/docs/api-reference/responses. Answers are not kept as they came: no
//! caller of the gateway speaks this wire format.

mod decode;
mod encode;
mod input;
mod stream;
mod wire;

use http::HeaderMap;

use super::{Dialect, Encoded, PieceReader, Target, openai_failure};
use crate::{
    domain::clock::Timestamp,
    router::{completion::Completion, failure::Failure, request::Request},
};

/// The wire format.
#[derive(Debug, Clone, Copy)]
pub struct OpenaiResponses;

impl Dialect for OpenaiResponses {
    fn encode(&self, request: &Request, target: &Target<'_>) -> Result<Encoded, Failure> {
        Ok(Encoded { path: "/responses", headers: Vec::new(), body: encode::body(request, target)? })
    }

    fn decode(&self, body: &[u8]) -> Result<Completion, Failure> {
        decode::decode(body)
    }

    fn piece_reader(&self) -> Box<dyn PieceReader> {
        Box::<stream::EventReader>::default()
    }

    fn failure(&self, status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
        openai_failure::of_answer(status, headers, body, now)
    }
}
