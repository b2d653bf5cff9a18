//! A whole answer.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{failure, usage::Counts};
use crate::router::{
    completion::{Choice, Completion, Finish, OriginalAnswer},
    dialect::{DialectName, answer_function::ANSWER_FUNCTION},
    failure::Failure,
    request::ToolCall,
};

/// The fields of an answer that matter, and of the `message` that begins a stream.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) model: Cow<'a, str>,
    #[serde(borrow, default)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    stop_reason: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    stop_details: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// A block's type, or an event's.
#[derive(Debug, Deserialize)]
pub(super) struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) name: Cow<'a, str>,
}

/// A call.
#[derive(Debug, Deserialize)]
pub(super) struct ToolUse<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) input: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct Text<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct Thinking<'a> {
    #[serde(borrow)]
    thinking: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct StopDetails<'a> {
    #[serde(borrow, default)]
    explanation: Option<Cow<'a, str>>,
}

pub(super) fn decode(body: &[u8]) -> Result<Completion, Failure> {
    let text = str::from_utf8(body).map_err(|_| Failure::damaged("the answer is not UTF-8"))?;
    let message: Message<'_> = match serde_json::from_str(text) {
        Ok(message) => message,
        Err(error) => return Err(not_a_message(text, &damaged("the answer", &error))),
    };
    let Some(content) = message.content.as_ref().filter(|_| message.error.is_none()) else {
        return Err(not_a_message(text, &Failure::damaged("the answer has no content")));
    };
    let mut choice = Choice::default();
    let mut answer = None;
    for block in content {
        add_block(&mut choice, &mut answer, block.get()).map_err(|error| damaged("a block of the answer", &error))?;
    }
    choice.finish = message.stop_reason.as_deref().map(finish).unwrap_or_default();
    choice.refusal = refusal(message.stop_details);
    let mut original = Bytes::copy_from_slice(body);
    if let Some(arguments) = answer {
        choice.text = arguments;
        if choice.finish == Finish::ToolCalls && choice.tool_calls.is_empty() {
            choice.finish = Finish::Stop;
        }
        original = with_answer_as_text(text, &choice)?;
    }
    Ok(Completion {
        id: message.id.into_owned(),
        model: message.model.into_owned(),
        choices: vec![choice],
        usage: Counts::read(message.usage).map(|counts| counts.usage()),
        provider_cost: None,
        original: Some(OriginalAnswer { dialect: DialectName::AnthropicMessages, body: original }),
    })
}

/// Adds a block to the choice; arguments of the answer's function go to `answer`. Blocks of other types (searches that the
/// provider did, hidden thinking) have no normal form and stay in the original.
fn add_block(choice: &mut Choice, answer: &mut Option<String>, block: &str) -> Result<(), serde_json::Error> {
    let kind: Kind<'_> = serde_json::from_str(block)?;
    match &*kind.name {
        "text" => choice.text.push_str(&serde_json::from_str::<Text<'_>>(block)?.text),
        "thinking" => choice.reasoning.push_str(&serde_json::from_str::<Thinking<'_>>(block)?.thinking),
        "tool_use" => {
            let call: ToolUse<'_> = serde_json::from_str(block)?;
            let arguments = call.input.map_or("{}", RawValue::get).to_owned();
            if call.name == ANSWER_FUNCTION {
                answer.get_or_insert(arguments);
            } else {
                let (id, name) = (call.id.into_owned(), call.name.into_owned());
                choice.tool_calls.push(ToolCall { id, name, arguments });
            }
        }
        _ => {}
    }
    Ok(())
}

/// The body as it would be had the model answered in text: what a caller who speaks the format asked for.
fn with_answer_as_text(body: &str, choice: &Choice) -> Result<Bytes, Failure> {
    let write = || {
        let mut body: Value = serde_json::from_str(body)?;
        let is_answer = |block: &Value| block.get("name").and_then(Value::as_str) == Some(ANSWER_FUNCTION);
        let is_text = |block: &Value| block.get("type").and_then(Value::as_str) == Some("text");
        if let Some(blocks) = body.get_mut("content").and_then(Value::as_array_mut) {
            blocks.retain(|block| !is_answer(block) && !is_text(block));
            blocks.push(serde_json::json!({ "type": "text", "text": choice.text }));
        }
        if choice.finish == Finish::Stop
            && let Some(reason) = body.get_mut("stop_reason")
        {
            *reason = Value::from("end_turn");
        }
        serde_json::to_vec(&body)
    };
    write().map(Bytes::from).map_err(|error| damaged("the answer", &error))
}

/// The error that an answer is, or else how it is damaged.
fn not_a_message(text: &str, damage: &Failure) -> Failure {
    if text.trim().is_empty() {
        return Failure::damaged("the answer is empty");
    }
    let told: Option<Value> = serde_json::from_str(text).ok();
    told.as_ref().and_then(failure::of_error).unwrap_or_else(|| damage.clone())
}

/// What is wrong, by place: the words of an answer are nobody's to see.
pub(super) fn damaged(what: &str, error: &serde_json::Error) -> Failure {
    let how = match error.classify() {
        serde_json::error::Category::Data => "is not of its form",
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "is not JSON",
    };
    Failure::damaged(format!("{what} {how}, at line {} column {}", error.line(), error.column()))
}

/// A stop reason in the normal form. `stop_sequence` is a normal end, as with other vendors; a window that is full ends an
/// answer like the token limit does.
pub(super) fn finish(reason: &str) -> Finish {
    match reason {
        "end_turn" | "stop_sequence" => Finish::Stop,
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

/// Why the model will not answer, when it says so.
pub(super) fn refusal(details: Option<&RawValue>) -> Option<String> {
    let details: Option<StopDetails<'_>> = serde_json::from_str(details?.get()).ok()?;
    details?.explanation.map(Cow::into_owned)
}
