//! GigaChat of Sber: close to Chat Completions of two years before, and not the same.
//!
//! Source: developers.sber.ru, GigaChat API, `POST /chat/completions`, and the models of the vendor's own Python library,
//! release 0.2.3. Where it differs:
//!
//! - one function call in a turn, its arguments an object; a turn of the role `function` answers it with JSON. Calls
//!   that another model made together are told one after the other;
//! - a call has no id but `functions_state_id`, which must come back: it travels in the id that the caller sees;
//! - the system message is only the first; several become one;
//! - there is no `stop`, no `seed`, and a temperature of 0 is refused, so that `top_p` 0 stands for it;
//! - no call can be demanded but of a function by its name;
//! - JSON of a schema is had by forcing a function, or by `response_format` where the vendor allows that (`schema_mode`);
//! - images must be uploaded before, which is more than writing a request: they are refused;
//! - input that a cache held is not billed and not among `prompt_tokens`.

mod conversation;
mod decode;
mod encode;
mod failure;
mod functions;
mod schema;
mod stream;
mod wire;

use http::HeaderMap;

use super::{Dialect, Encoded, PieceReader, Target};
use crate::{
    domain::clock::Timestamp,
    router::{completion::Completion, failure::Failure, request::Request},
};

/// GigaChat.
#[derive(Debug, Clone, Copy)]
pub struct Gigachat;

impl Dialect for Gigachat {
    fn encode(&self, request: &Request, target: &Target<'_>) -> Result<Encoded, Failure> {
        encode::encode(request, target)
    }

    fn decode(&self, body: &[u8]) -> Result<Completion, Failure> {
        decode::decode(body)
    }

    fn piece_reader(&self) -> Box<dyn PieceReader> {
        Box::new(stream::ChunkReader::default())
    }

    fn failure(&self, status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
        failure::of_answer(status, headers, body, now)
    }
}
