//! Vectors of texts: the caller's body goes to the provider as it is, and the answer back.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    domain::usage::Usage,
    router::{
        dialect::{Dialect, DialectName, Encoded},
        failure::{Failure, FailureClass},
        request::{Message, Request, Role},
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
    pub(super) provider_cost: Option<crate::domain::money::Usd>,
}

impl EmbeddingRequest {
    /// The texts as a question, for what looks at questions: windows, prices, counts.
    pub(in crate::router) fn question(&self) -> Request {
        let mut request = Request { max_output_tokens: Some(0), ..Request::default() };
        match self.0.get("input") {
            Some(Value::Array(items)) => {
                // Texts, or tokens: each of those is a number.
                let texts = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                request.messages.extend(texts.map(|text| Message::text(Role::User, text)));
            }
            Some(Value::String(text)) => request.messages.push(Message::text(Role::User, text.as_str())),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {}
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

/// What is looked at of an answer; the vectors are not.
#[derive(Deserialize)]
struct Looked<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    usage: Option<Told>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    total_tokens: Option<u64>,
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
    let tokens = looked.usage.and_then(|told| told.prompt_tokens.or(told.total_tokens));
    let usage = tokens.map(|fresh_input_tokens| Usage { fresh_input_tokens, ..Usage::default() });
    let model = looked.model.unwrap_or_default();
    Ok(Embeddings { model, usage, provider_cost: None, body })
}
