//! The conversation of a request.

use serde_json::{Map, Value};

use super::problems::Problems;
use crate::router::request::{Image, Message, Part, Role, ToolCall};

/// Reads the whole conversation.
pub(super) fn read(value: &Value, problems: &mut Problems) -> Vec<Message> {
    match value {
        Value::Array(items) if items.is_empty() => {
            problems.add("messages", "is empty");
            Vec::new()
        }
        Value::Array(items) => {
            let read = |(index, item)| read_message(&format!("messages[{index}]"), item, problems);
            items.iter().enumerate().filter_map(read).collect()
        }
        _ => {
            problems.add("messages", "must be a list");
            Vec::new()
        }
    }
}

fn read_message(place: &str, value: &Value, problems: &mut Problems) -> Option<Message> {
    let Value::Object(message) = value else {
        problems.add(place, "must be an object");
        return None;
    };
    let role = read_role(place, message, problems);
    let tool_calls = read_calls(place, message.get("tool_calls"), problems);
    let present = |field: &str| message.get(field).filter(|value| !value.is_null());
    let parts = match (present("content"), present("refusal")) {
        (Some(content), _) => read_content(&format!("{place}.content"), content, problems),
        // A refusal is what the model said in that turn.
        (None, Some(refusal)) => {
            problems.text(&format!("{place}.refusal"), Some(refusal)).map(Part::Text).into_iter().collect()
        }
        (None, None) => {
            // The model's own turns may hold nothing but calls or sound.
            if role.is_some_and(|role| role != Role::Assistant) {
                problems.add(&format!("{place}.content"), "is missing");
            }
            Vec::new()
        }
    };
    let tool_call_id = match message.get("role").and_then(Value::as_str) {
        Some("tool") => problems.text(&format!("{place}.tool_call_id"), message.get("tool_call_id")),
        // The form before tools: the function's name is all that ties an answer to its call.
        Some("function") => problems.text(&format!("{place}.name"), message.get("name")),
        _ => None,
    };
    Some(Message { role: role?, parts, tool_calls, tool_call_id })
}

fn read_role(place: &str, message: &Map<String, Value>, problems: &mut Problems) -> Option<Role> {
    let place = format!("{place}.role");
    let role = problems.text(&place, message.get("role"))?;
    match role.as_str() {
        "system" | "developer" => Some(Role::System),
        "user" => Some(Role::User),
        "assistant" => Some(Role::Assistant),
        "tool" | "function" => Some(Role::Tool),
        _ => {
            problems.add(&place, "must be system, developer, user, assistant or tool");
            None
        }
    }
}

fn read_content(place: &str, content: &Value, problems: &mut Problems) -> Vec<Part> {
    match content {
        Value::String(text) => vec![Part::Text(text.clone())],
        Value::Array(items) => {
            let read = |(index, item)| read_part(&format!("{place}[{index}]"), item, problems);
            items.iter().enumerate().filter_map(read).collect()
        }
        _ => {
            problems.add(place, "must be a text or a list of parts");
            Vec::new()
        }
    }
}

fn read_part(place: &str, value: &Value, problems: &mut Problems) -> Option<Part> {
    let Value::Object(part) = value else {
        problems.add(place, "must be an object");
        return None;
    };
    let kind = problems.text(&format!("{place}.type"), part.get("type"))?;
    match kind.as_str() {
        "text" => problems.text(&format!("{place}.text"), part.get("text")).map(Part::Text),
        "refusal" => problems.text(&format!("{place}.refusal"), part.get("refusal")).map(Part::Text),
        "image_url" => read_image(&format!("{place}.image_url"), part.get("image_url"), problems).map(Part::Image),
        _ => Some(Part::Other { kind, body: value.clone() }),
    }
}

fn read_image(place: &str, value: Option<&Value>, problems: &mut Problems) -> Option<Image> {
    let (url, detail) = match value {
        // Not in the reference, and yet sent and taken by many.
        Some(Value::String(_)) => (problems.text(place, value)?, None),
        Some(Value::Object(image)) => {
            let detail = image.get("detail").filter(|detail| !detail.is_null());
            let detail = detail.and_then(|detail| problems.text(&format!("{place}.detail"), Some(detail)));
            (problems.text(&format!("{place}.url"), image.get("url"))?, detail)
        }
        _ => {
            problems.add(place, "must be an object with a url");
            return None;
        }
    };
    Some(match split_data_url(&url) {
        Some((media_type, data)) => Image::Base64 { media_type: media_type.to_owned(), data: data.to_owned(), detail },
        None => Image::Url { url, detail },
    })
}

/// Media type and base64 data of a data URL (RFC 2397).
fn split_data_url(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let media_type = head.strip_suffix(";base64")?;
    let (media_type, _parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    (!media_type.is_empty()).then_some((media_type, data))
}

fn read_calls(place: &str, value: Option<&Value>, problems: &mut Problems) -> Vec<ToolCall> {
    let place = format!("{place}.tool_calls");
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => {
            let read = |(index, item)| read_call(&format!("{place}[{index}]"), item, problems);
            items.iter().enumerate().filter_map(read).collect()
        }
        Some(_) => {
            problems.add(&place, "must be a list");
            Vec::new()
        }
    }
}

fn read_call(place: &str, call: &Value, problems: &mut Problems) -> Option<ToolCall> {
    let id = problems.text(&format!("{place}.id"), call.get("id"));
    let is_custom = call.get("type").and_then(Value::as_str) == Some("custom");
    let (field, arguments_field) = if is_custom { ("custom", "input") } else { ("function", "arguments") };
    let Some(Value::Object(function)) = call.get(field) else {
        problems.add(&format!("{place}.{field}"), "must be an object");
        return None;
    };
    let name = problems.text(&format!("{place}.{field}.name"), function.get("name"));
    let arguments = problems.text(&format!("{place}.{field}.{arguments_field}"), function.get(arguments_field));
    Some(ToolCall { id: id?, name: name?, arguments: arguments? })
}
