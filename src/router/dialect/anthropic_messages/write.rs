//! Answers as a caller of this format gets them.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{conversation::input, names::call_id, usage::WrittenCounts};
use crate::{
    domain::usage::Usage,
    router::{
        completion::{Choice, Completion, Finish},
        dialect::DialectName,
    },
};

#[derive(Debug, Serialize)]
struct Message<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    role: &'static str,
    model: &'a str,
    content: Vec<Block<'a>>,
    stop_reason: Option<&'a str>,
    stop_sequence: Option<&'a str>,
    usage: WrittenCounts,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    Thinking { thinking: &'a str, signature: &'a str },
    Text { text: &'a str },
    ToolUse { id: &'a str, name: &'a str, input: Box<RawValue> },
}

#[derive(Debug, Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: ErrorObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct ErrorObject<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    message: &'a str,
}

/// The body of a whole answer: the provider's own when it speaks the format, else one of the same meaning.
///
/// The format has one choice; further ones are left out. What another vendor's model thought has no signature: a caller may
/// show it, and a router that gets it back takes it out again. Tokens that nobody counted are 0, since the fields must be there.
#[must_use]
pub fn write_completion(completion: &Completion) -> Vec<u8> {
    if let Some(original) =
        completion.original.as_ref().filter(|original| original.dialect == DialectName::AnthropicMessages)
    {
        return original.body.to_vec();
    }
    let nothing = Choice::default();
    let choice = completion.choices.first().unwrap_or(&nothing);
    let ids: Vec<_> = choice.tool_calls.iter().map(|call| call_id(&call.id)).collect();
    let mut content = Vec::new();
    if !choice.reasoning.is_empty() {
        content.push(Block::Thinking { thinking: &choice.reasoning, signature: "" });
    }
    let texts = [Some(choice.text.as_str()), choice.refusal.as_deref()];
    content.extend(texts.into_iter().flatten().filter(|text| !text.is_empty()).map(|text| Block::Text { text }));
    for (call, id) in choice.tool_calls.iter().zip(&ids) {
        if let Ok(input) = input(&call.arguments) {
            content.push(Block::ToolUse { id, name: &call.name, input });
        }
    }
    to_json(&Message {
        id: &completion.id,
        kind: "message",
        role: "assistant",
        model: &completion.model,
        content,
        stop_reason: Some(stop_reason(&choice.finish, !choice.tool_calls.is_empty())),
        stop_sequence: None,
        usage: completion.usage.unwrap_or_default().into(),
    })
}

/// The beginning of a message that comes piece by piece.
pub(super) fn write_beginning(id: &str, model: &str) -> Vec<u8> {
    #[derive(Serialize)]
    struct MessageStart<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        message: Message<'a>,
    }
    let message = Message {
        id,
        kind: "message",
        role: "assistant",
        model,
        content: Vec::new(),
        stop_reason: None,
        stop_sequence: None,
        usage: Usage::default().into(),
    };
    to_json(&MessageStart { kind: "message_start", message })
}

/// The body of an error with its HTTP status, in the format's shape and with its type for that status. Also the data of an
/// `error` event, when a stream fails on its way.
#[must_use]
pub fn write_error(status: u16, message: &str, request_id: Option<&str>) -> Vec<u8> {
    let error = ErrorObject { kind: error_kind(status), message };
    to_json(&ErrorBody { kind: "error", error, request_id })
}

/// The format's word for why an answer ended. Calls that are there must be answered, whatever the vendor called the end.
pub(super) fn stop_reason(finish: &Finish, has_calls: bool) -> &str {
    match finish {
        Finish::Stop if has_calls => "tool_use",
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter => "refusal",
        Finish::Other(reason) if reason == "pause_turn" => "pause_turn",
        Finish::Other(_) => "end_turn",
    }
}

/// The vendor's table of error types by status.
fn error_kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 | 504 => "timeout_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

/// JSON of values whose keys are texts, which cannot fail.
pub(super) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
