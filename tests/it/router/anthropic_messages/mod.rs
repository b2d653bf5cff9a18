//! Anthropic Messages, in both directions.

mod decode;
mod encode;
mod encode_passed;
mod failure;
mod grammar;
mod parse;
mod piece_writer;
mod properties;
mod stream;
mod write;

use samokoder::router::{
    completion::{Choice, Delta, Finish, Piece},
    dialect::{
        Dialect as _, Encoded, Target,
        anthropic_messages::{AnthropicMessages, parse_request},
    },
    failure::Failure,
    provider::Quirks,
    request::{Message, Request, Role, Tool, ToolCall},
};
use serde_json::{Value, json};

const OLD: &str = "claude-sonnet-4-5-20250929";
const NEW: &str = "claude-opus-5-5";

fn try_encode(request: &Request, model: &str, quirks: &Quirks) -> Result<Encoded, Failure> {
    let target = Target { model, stream: false, default_max_output_tokens: 4_096, quirks };
    AnthropicMessages.encode(request, &target)
}

fn encode_with(request: &Request, model: &str, quirks: &Quirks) -> Value {
    serde_json::from_slice(&try_encode(request, model, quirks).unwrap().body).unwrap()
}

fn encode(request: &Request, model: &str) -> Value {
    encode_with(request, model, &Quirks::default())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

fn asks(text: &str) -> Request {
    Request { messages: vec![Message::text(Role::User, text)], ..Request::default() }
}

fn parsed(body: &Value) -> Request {
    parse_request(body.to_string().as_bytes()).unwrap().request
}

fn weather() -> Tool {
    Tool {
        name: "get_weather".to_owned(),
        description: Some("Get the current weather in a given location".to_owned()),
        parameters: json!({
            "type": "object",
            "properties": { "location": { "type": "string" } },
            "required": ["location"],
        }),
        strict: None,
    }
}

fn call(id: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.to_owned(), name: "get_weather".to_owned(), arguments: arguments.to_owned() }
}

fn calls(calls: Vec<ToolCall>) -> Message {
    Message { role: Role::Assistant, parts: Vec::new(), tool_calls: calls, tool_call_id: None }
}

fn result(id: &str, text: &str) -> Message {
    Message { tool_call_id: Some(id.to_owned()), ..Message::text(Role::Tool, text) }
}

/// Events of a stream, as pieces; stops at the first failure.
fn read(events: &[Value]) -> (Vec<Piece>, Option<Failure>, bool) {
    let mut reader = AnthropicMessages.piece_reader();
    let mut pieces = Vec::new();
    for event in events {
        let name = event["type"].as_str().unwrap_or_default();
        match reader.read(name, event.to_string().as_bytes()) {
            Ok(piece) => pieces.extend(piece),
            Err(failure) => return (pieces, Some(failure), reader.is_complete()),
        }
    }
    (pieces, None, reader.is_complete())
}

/// What pieces come to: the choice that a whole answer would have.
fn gathered<'a>(deltas: impl IntoIterator<Item = &'a Delta>) -> Choice {
    let mut choice = Choice::default();
    for delta in deltas {
        match delta {
            Delta::Text { choice: 0, text } => choice.text.push_str(text),
            Delta::Reasoning { choice: 0, text } => choice.reasoning.push_str(text),
            Delta::Refusal { choice: 0, text } => choice.refusal.get_or_insert_default().push_str(text),
            Delta::ToolCall { choice: 0, index, id, name, arguments } => {
                let index = usize::try_from(*index).unwrap();
                while choice.tool_calls.len() <= index {
                    choice.tool_calls.push(ToolCall {
                        id: String::new(),
                        name: String::new(),
                        arguments: String::new(),
                    });
                }
                let call = &mut choice.tool_calls[index];
                call.id.push_str(id.as_deref().unwrap_or_default());
                call.name.push_str(name.as_deref().unwrap_or_default());
                call.arguments.push_str(arguments);
            }
            Delta::Finish { choice: 0, finish } => choice.finish = finish.clone(),
            _ => {}
        }
    }
    choice
}

fn finished(finish: Finish) -> Delta {
    Delta::Finish { choice: 0, finish }
}
