//! A conversation as instructions and input items.

use serde_json::{Value, json};

use crate::router::{
    dialect::unsupported,
    failure::Failure,
    request::{Image, Message, Part, Role},
};

/// Splits a conversation: what the operator says first are instructions, everything after are items.
pub(super) fn split(messages: &[Message]) -> Result<(Vec<String>, Vec<Value>), Failure> {
    let leading = messages.iter().take_while(|message| message.role == Role::System).count();
    let instructions = messages.iter().take(leading).map(instruction);
    let mut items = Vec::new();
    for message in messages.iter().skip(leading) {
        push_items(message, &mut items)?;
    }
    Ok((instructions.collect::<Result<_, _>>()?, items))
}

fn push_items(message: &Message, items: &mut Vec<Value>) -> Result<(), Failure> {
    match message.role {
        Role::System => {
            items.push(json!({ "role": "developer", "content": instruction(message)? }));
        }
        Role::User => items.push(json!({ "role": "user", "content": content(&message.parts) })),
        Role::Assistant => {
            let text = texts(&message.parts, "a turn of the model")?.concat();
            if !text.is_empty() || message.tool_calls.is_empty() {
                items.push(json!({ "role": "assistant", "content": text }));
            }
            for call in &message.tool_calls {
                items.push(json!({
                    "type": "function_call",
                    "call_id": call.id,
                    "name": call.name,
                    "arguments": call.arguments,
                }));
            }
        }
        Role::Tool => {
            let Some(id) = &message.tool_call_id else {
                return Err(unsupported("the answer of a tool does not say which call it answers"));
            };
            let output = content(&message.parts);
            items.push(json!({ "type": "function_call_output", "call_id": id, "output": output }));
        }
    }
    Ok(())
}

/// What the operator says; parts of it are paragraphs.
fn instruction(message: &Message) -> Result<String, Failure> {
    Ok(texts(&message.parts, "an instruction")?.join("\n\n"))
}

fn texts<'a>(parts: &'a [Part], what: &str) -> Result<Vec<&'a str>, Failure> {
    let text = |part: &'a Part| match part {
        Part::Text(text) => Ok(text.as_str()),
        Part::Image(_) | Part::Other { .. } => {
            Err(unsupported(&format!("the Responses API takes nothing but text in {what}")))
        }
    };
    parts.iter().map(text).collect()
}

fn content(parts: &[Part]) -> Value {
    match parts {
        [] => "".into(),
        [Part::Text(text)] => text.as_str().into(),
        parts => parts.iter().map(part).collect(),
    }
}

fn part(part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({ "type": "input_text", "text": text }),
        Part::Image(Image::Url { url, detail }) => image(url, detail.as_deref()),
        Part::Image(Image::Base64 { media_type, data, detail }) => {
            image(&format!("data:{media_type};base64,{data}"), detail.as_deref())
        }
        Part::Other { body, .. } => body.clone(),
    }
}

fn image(url: &str, detail: Option<&str>) -> Value {
    json!({ "type": "input_image", "image_url": url, "detail": detail.unwrap_or("auto") })
}
