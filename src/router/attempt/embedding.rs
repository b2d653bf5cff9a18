//! Vectors of texts: the caller's body goes to the provider as it is, and the answer back.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    domain::{money::Usd, usage::Usage},
    router::{
        dialect::{Dialect, DialectName, Encoded, openai_usage},
        failure::{Failure, FailureClass},
        request::{Message, Part, Request, Role},
    },
};

/// A request for vectors in `OpenAI`'s form (`POST /v1/embeddings`); its `model` is replaced by that of the route.
#[derive(Debug, Clone)]
pub struct EmbeddingRequest(pub Map<String, Value>);

/// Vectors as they came.
#[derive(Debug)]
pub(in crate::router) struct Embeddings {
    pub(in crate::router) body: Bytes,
    pub(in crate::router) model: String,
    pub(super) usage: Option<Usage>,
    pub(super) provider_cost: Option<Usd>,
}

impl EmbeddingRequest {
    /// The texts as a question, for what looks at questions: windows, prices, counts.
    pub(in crate::router) fn question(&self) -> Request {
        let mut request = Request { max_output_tokens: Some(0), ..Request::default() };
        match self.0.get("input") {
            Some(Value::Array(items)) => {
                request.messages.extend(items.iter().map(|item| Message { parts: vec![part(item)], ..turn() }));
            }
            Some(Value::Null) | None => {}
            Some(item) => request.messages.push(Message { parts: vec![part(item)], ..turn() }),
        }
        request
    }

    pub(super) fn encode(&self, wire: DialectName, model: &str) -> Result<Encoded, Failure> {
        match wire {
            DialectName::OpenaiChat | DialectName::OpenaiResponses | DialectName::Gigachat => {}
            DialectName::AnthropicMessages => {
                let sentence = "Anthropic's wire format has no vectors of texts";
                return Err(Failure::new(FailureClass::Caller, "unsupported", sentence));
            }
        }
        let mut body = self.0.clone();
        body.insert("model".to_owned(), model.into());
        Ok(Encoded { path: "/embeddings", headers: Vec::new(), body: Value::Object(body).to_string().into_bytes() })
    }
}

fn turn() -> Message {
    Message { role: Role::User, parts: Vec::new(), tool_calls: Vec::new(), tool_call_id: None }
}

/// A text, or tokens, each of which is a number. Objects are what only a vendor knows: pictures, files.
fn part(item: &Value) -> Part {
    match item {
        Value::String(text) => Part::Text(text.clone()),
        Value::Object(_) => Part::Other { kind: "object".to_owned(), body: item.clone() },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Part::Text(item.to_string()),
    }
}

/// What is looked at of an answer; the vectors are not.
#[derive(Deserialize)]
struct Looked<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    model: Option<String>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

/// What some servers say alone: without output, all tokens are input.
#[derive(Deserialize)]
struct Total {
    total_tokens: u64,
}

/// Reads an answer of status 200.
pub(super) fn read(wire: &'static dyn Dialect, body: Bytes) -> Result<Embeddings, Failure> {
    let looked: Looked<'_> = serde_json::from_slice(&body)
        .map_err(|_| Failure::damaged("the provider's vectors are not what the wire format says"))?;
    if looked.data.is_none() {
        // An error in place of an answer, which the wire format knows how to read.
        let failure = wire.decode(&body).err();
        return Err(failure.unwrap_or_else(|| Failure::damaged("the provider answered without vectors")));
    }
    let counted = looked.usage.map(|usage| openai_usage::read(usage.get())).unwrap_or_default();
    let total = || serde_json::from_str::<Total>(looked.usage?.get()).ok();
    let usage = counted.usage.or_else(|| {
        total().map(|Total { total_tokens }| Usage { fresh_input_tokens: total_tokens, ..Usage::default() })
    });
    let model = looked.model.unwrap_or_default();
    Ok(Embeddings { model, usage, provider_cost: counted.cost, body })
}
