//! Conversations as GigaChat has them.

use serde_json::{Map, Value, json};

use super::wire::STATE_PREFIX;
use crate::router::{
    dialect::unsupported,
    failure::Failure,
    request::{Image, Message, Part, Request, Role, ToolCall},
};

/// Writes the messages: the system's first, as one, with an instruction of ours at its end.
pub(super) fn messages(request: &Request, instruction: Option<&str>) -> Result<Vec<Value>, Failure> {
    let (system, others): (Vec<&Message>, Vec<&Message>) =
        request.messages.iter().partition(|message| message.role == Role::System);
    let mut said = system.into_iter().map(|message| text(&message.parts)).collect::<Result<Vec<_>, _>>()?;
    said.extend(instruction.map(str::to_owned));
    said.retain(|text| !text.is_empty());
    let mut written = Vec::with_capacity(others.len() + 1);
    if !said.is_empty() {
        written.push(json!({ "role": "system", "content": said.join("\n\n") }));
    }
    let mut others = others.into_iter().peekable();
    while let Some(message) = others.next() {
        match message.role {
            Role::System => {}
            Role::User => written.push(json!({ "role": "user", "content": text(&message.parts)? })),
            Role::Assistant if message.tool_calls.is_empty() => {
                written.push(json!({ "role": "assistant", "content": text(&message.parts)? }));
            }
            Role::Assistant => {
                let mut answers = Vec::new();
                while let Some(answer) = others.next_if(|message| message.role == Role::Tool) {
                    answers.push(answer);
                }
                write_calls(message, answers, &mut written)?;
            }
            Role::Tool => return Err(stray_answer()),
        }
    }
    Ok(written)
}

/// One call in a turn, and its answer behind it, as if the model had called one function after the other.
fn write_calls(message: &Message, mut answers: Vec<&Message>, written: &mut Vec<Value>) -> Result<(), Failure> {
    let mut content = text(&message.parts)?;
    for call in &message.tool_calls {
        let mut turn = Map::new();
        turn.insert("role".to_owned(), "assistant".into());
        turn.insert("content".to_owned(), std::mem::take(&mut content).into());
        turn.insert("function_call".to_owned(), json!({ "name": call.name, "arguments": arguments(call) }));
        if let Some(state) = call.id.strip_prefix(STATE_PREFIX) {
            turn.insert("functions_state_id".to_owned(), state.into());
        }
        written.push(Value::Object(turn));
        let own = answers.iter().position(|answer| answer.tool_call_id.as_deref() == Some(call.id.as_str()));
        if let Some(at) = own {
            let result = result(&text(&answers.remove(at).parts)?);
            written.push(json!({ "role": "function", "name": call.name, "content": result }));
        }
    }
    if answers.is_empty() { Ok(()) } else { Err(stray_answer()) }
}

/// Arguments as an object. What a model wrote that is none is kept as a text, so that an answer that complains of it
/// still makes sense.
fn arguments(call: &ToolCall) -> Value {
    let written = call.arguments.trim();
    match serde_json::from_str(written) {
        Ok(arguments @ Value::Object(_)) => arguments,
        _ if written.is_empty() => json!({}),
        _ => json!({ "not_an_object": call.arguments }),
    }
}

/// A function's answer as the JSON object that it must be, in a text.
fn result(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(Value::Object(_)) => text.to_owned(),
        Ok(other) => json!({ "result": other }).to_string(),
        Err(_) => json!({ "result": text }).to_string(),
    }
}

fn text(parts: &[Part]) -> Result<String, Failure> {
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Text(text) => texts.push(text.as_str()),
            Part::Image(Image::Url { .. } | Image::Base64 { .. }) => {
                return Err(unsupported("GigaChat takes images only as files that were uploaded before"));
            }
            Part::Other { kind, .. } => {
                let kind: String = kind.chars().take(50).collect();
                return Err(unsupported(&format!("GigaChat cannot carry a part of type {kind}")));
            }
        }
    }
    Ok(texts.join("\n"))
}

fn stray_answer() -> Failure {
    unsupported("a tool's answer must follow the turn that calls it, with the call's id")
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
