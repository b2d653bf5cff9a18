//! Answers of GigaChat as they come over the wire, read leniently.

use serde::Deserialize;
use serde_json::Value;

use super::failure;
use crate::{
    domain::{digest::Digest, usage::Usage},
    router::{
        completion::Finish,
        dialect::{no_arguments, openai_failure::damaged},
        failure::{Failure, FailureClass},
    },
};

/// Marks an id of a call that holds a `functions_state_id`, so that it can be sent back. With the vendor's UUID it has
/// 40 characters, the most that `OpenAI` takes, and only such as Anthropic takes.
pub(super) const STATE_PREFIX: &str = "gst_";
/// Longer states are not believed to be one.
const STATE_LIMIT: usize = 60;

/// A whole answer, or one chunk of a stream.
#[derive(Deserialize)]
pub(super) struct WireAnswer {
    pub(super) choices: Option<Vec<WireChoice>>,
    pub(super) model: Option<String>,
    pub(super) created: Option<Value>,
    usage: Option<Value>,
}

/// One of its choices.
#[derive(Deserialize)]
pub(super) struct WireChoice {
    pub(super) index: Option<u32>,
    /// Of a whole answer.
    pub(super) message: Option<WireMessage>,
    /// Of a stream.
    pub(super) delta: Option<WireMessage>,
    finish_reason: Option<String>,
}

/// What it says.
#[derive(Default, Deserialize)]
pub(super) struct WireMessage {
    pub(super) content: Option<String>,
    pub(super) reasoning_content: Option<String>,
    pub(super) function_call: Option<WireCall>,
    functions_state_id: Option<String>,
}

/// A call that it makes.
#[derive(Deserialize)]
pub(super) struct WireCall {
    pub(super) name: Option<String>,
    arguments: Option<Value>,
}

impl WireAnswer {
    /// Reads a body, or the data of an event; an error object is a failure.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let answer: Self = match serde_json::from_slice(body) {
            Ok(answer) => answer,
            // Choices may be right and an error's fields of another kind, or the other way round.
            Err(error) => return Err(failure::of_object(body).unwrap_or_else(|| damaged(&error))),
        };
        if answer.choices.is_none() {
            return Err(failure::of_object(body)
                .unwrap_or_else(|| Failure::damaged("the provider's answer has neither choices nor an error")));
        }
        Ok(answer)
    }

    /// Tokens, when it says any.
    pub(super) fn usage(&self) -> Option<Usage> {
        let usage = self.usage.as_ref()?.as_object()?;
        let tokens = |name: &str| usage.get(name).and_then(Value::as_u64);
        let (input, output) = (tokens("prompt_tokens"), tokens("completion_tokens"));
        (input.is_some() || output.is_some()).then(|| Usage {
            fresh_input_tokens: input.unwrap_or(0),
            cache_read_tokens: tokens("precached_prompt_tokens").unwrap_or(0),
            output_tokens: output.unwrap_or(0),
            ..Usage::default()
        })
    }
}

impl WireChoice {
    /// Why it ended; none while it goes on.
    ///
    /// # Errors
    /// The vendor itself calls the answer wrong.
    pub(super) fn finish(&self, usage: Option<Usage>) -> Result<Option<Finish>, Failure> {
        Ok(Some(match self.finish_reason.as_deref() {
            None | Some("") => return Ok(None),
            Some("stop") => Finish::Stop,
            Some("length") => Finish::Length,
            Some("function_call") => Finish::ToolCalls,
            Some("blacklist") => Finish::ContentFilter,
            Some("error") => {
                let message = "the model called a function with arguments that its parameters do not allow";
                let mut failure = Failure::new(FailureClass::Overload, "wrong_arguments", message);
                failure.usage = usage;
                return Err(failure);
            }
            Some(other) => Finish::Other(other.chars().take(100).collect()),
        }))
    }
}

impl WireMessage {
    /// An id for its call: the state that must come back, or one that is made of what the call says.
    pub(super) fn call_id(&self, created: Option<&Value>, name: &str, arguments: &str) -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let state = self.functions_state_id.as_deref().unwrap_or_default();
        if !state.is_empty() && state.len() <= STATE_LIMIT && state.bytes().all(is_plain) {
            return format!("{STATE_PREFIX}{state}");
        }
        let created = created.map(Value::to_string).unwrap_or_default();
        let digest = Digest::of_named([
            ("created", created.as_bytes()),
            ("state", state.as_bytes()),
            ("name", name.as_bytes()),
            ("arguments", arguments.as_bytes()),
        ]);
        format!("call_{}", digest.as_str().chars().take(24).collect::<String>())
    }
}

impl WireCall {
    /// Arguments as JSON text.
    pub(super) fn arguments(&self) -> String {
        match &self.arguments {
            None | Some(Value::Null) => no_arguments::NO_ARGUMENTS.to_owned(),
            Some(Value::String(text)) => no_arguments::or_none(text.clone()),
            Some(arguments) => arguments.to_string(),
        }
    }
}
