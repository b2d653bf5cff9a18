//! Answers as Chat Completions, for callers of the gateway.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::{
    domain::usage::Usage,
    router::{
        completion::{Choice, Completion, Finish, OriginalAnswer},
        dialect::DialectName,
        request::ToolCall,
    },
};

/// Writes a whole answer. One that came in this wire format goes out as it came.
///
/// `model` stands where the provider named none; `created_at_s` is in seconds since 1970.
#[must_use]
pub fn write_completion(completion: &Completion, model: &str, created_at_s: u64) -> Bytes {
    if let Some(original) = ours(completion.original.as_ref()) {
        return original.body.clone();
    }
    let model = if completion.model.is_empty() { model } else { &completion.model };
    let choices: Vec<_> = completion.choices.iter().enumerate().map(|(index, choice)| written(index, choice)).collect();
    let mut body = json!({
        "id": completion.id,
        "object": "chat.completion",
        "created": created_at_s,
        "model": model,
        "choices": choices,
    });
    if let Some(usage) = &completion.usage {
        body["usage"] = usage_body(usage);
    }
    Bytes::from(body.to_string())
}

/// The answer as it came, when it came in this wire format.
pub(super) fn ours(original: Option<&OriginalAnswer>) -> Option<&OriginalAnswer> {
    original.filter(|original| original.dialect == DialectName::OpenaiChat)
}

fn written(index: usize, choice: &Choice) -> Value {
    let mut message = Map::new();
    message.insert("role".to_owned(), "assistant".into());
    let says_nothing = choice.text.is_empty() && (!choice.tool_calls.is_empty() || choice.refusal.is_some());
    message.insert("content".to_owned(), if says_nothing { Value::Null } else { choice.text.as_str().into() });
    message.insert("refusal".to_owned(), choice.refusal.as_deref().into());
    if !choice.reasoning.is_empty() {
        message.insert("reasoning_content".to_owned(), choice.reasoning.as_str().into());
    }
    if !choice.tool_calls.is_empty() {
        message.insert("tool_calls".to_owned(), choice.tool_calls.iter().map(call).collect());
    }
    json!({
        "index": index,
        "message": message,
        "logprobs": null,
        "finish_reason": finish_reason(&choice.finish),
    })
}

fn call(call: &ToolCall) -> Value {
    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } })
}

/// The wire format has four reasons; clients that check it refuse others, so one that only a provider has ends as `stop`.
pub(super) fn finish_reason(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Other(_) => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::ContentFilter => "content_filter",
    }
}

pub(super) fn usage_body(usage: &Usage) -> Value {
    let mut input = json!({ "cached_tokens": usage.cache_read_tokens });
    let written = usage.cache_write_tokens.saturating_add(usage.cache_write_1h_tokens);
    if written > 0 {
        input["cache_write_tokens"] = written.into();
    }
    json!({
        "prompt_tokens": usage.input_tokens(),
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens(),
        "prompt_tokens_details": input,
        "completion_tokens_details": { "reasoning_tokens": usage.reasoning_tokens },
    })
}
