//! The turns of a caller's conversation.

use serde_json::{Map, Value};

use super::problems::{Place, Problems, optional};
use crate::router::request::{Image, Message, Part, Role, ToolCall};

/// What stands before a tool's answer that is marked as an error: the normal form has no such mark, and the model must know.
const TOOL_FAILED: &str = "The tool failed:";

/// Reads `system` and `messages`.
pub(super) fn parse(body: &Map<String, Value>, problems: &mut Problems) -> Vec<Message> {
    let mut messages = Vec::new();
    if let Some(system) = optional(body, "system") {
        let parts = system_parts(&Place::Body.field("system"), system, problems);
        messages.push(Message { role: Role::System, parts, tool_calls: Vec::new(), tool_call_id: None });
    }
    let place = Place::Body.field("messages");
    let turns = problems.required(&Place::Body, body, "messages").and_then(|value| problems.list(&place, value));
    if turns.is_some_and(Vec::is_empty) {
        problems.add(&place, "must not be empty");
    }
    for (index, turn) in turns.into_iter().flatten().enumerate() {
        read_turn(&place.item(index), turn, &mut messages, problems);
    }
    messages
}

fn read_turn(place: &Place<'_>, turn: &Value, messages: &mut Vec<Message>, problems: &mut Problems) {
    let Some(turn) = problems.object(place, turn) else { return };
    let role = problems.required_text(place, turn, "role");
    let Some(content) = problems.required(place, turn, "content") else { return };
    let place_of_content = place.field("content");
    match role {
        Some("user") => read_user(&place_of_content, content, messages, problems),
        Some("assistant") => messages.push(read_assistant(&place_of_content, content, problems)),
        Some("system") => {
            let parts = system_parts(&place_of_content, content, problems);
            messages.push(Message { role: Role::System, parts, tool_calls: Vec::new(), tool_call_id: None });
        }
        Some(_) => problems.add(&place.field("role"), "must be `user`, `assistant` or `system`"),
        None => {}
    }
}

/// Blocks of a content, a text counting as one block of text. Each is given with its place, its fields and its type.
fn each_block(
    place: &Place<'_>,
    content: &Value,
    problems: &mut Problems,
    mut read: impl FnMut(&Place<'_>, &Map<String, Value>, &str, &mut Problems),
) {
    let Some(blocks) = content.as_array() else {
        problems.add(place, "must be a text or a list of blocks");
        return;
    };
    for (index, block) in blocks.iter().enumerate() {
        let place = place.item(index);
        let Some(block) = problems.object(&place, block) else { continue };
        if let Some(kind) = problems.required_text(&place, block, "type") {
            read(&place, block, kind, problems);
        }
    }
}

fn system_parts(place: &Place<'_>, content: &Value, problems: &mut Problems) -> Vec<Part> {
    if let Some(text) = content.as_str() {
        return vec![Part::Text(text.to_owned())];
    }
    let mut parts = Vec::new();
    each_block(place, content, problems, |place, block, kind, problems| {
        if kind == "text" {
            parts.extend(part(place, block, kind, problems));
        } else {
            problems.add(&place.field("type"), "must be `text`");
        }
    });
    parts
}

/// A turn of the user: answers of tools are turns of their own, before what else is said, as other wire formats want them.
fn read_user(place: &Place<'_>, content: &Value, messages: &mut Vec<Message>, problems: &mut Problems) {
    if let Some(text) = content.as_str() {
        messages.push(Message::text(Role::User, text));
        return;
    }
    let mut parts = Vec::new();
    let before = messages.len();
    each_block(place, content, problems, |place, block, kind, problems| {
        if kind == "tool_result" {
            messages.extend(tool_result(place, block, problems));
        } else {
            parts.extend(part(place, block, kind, problems));
        }
    });
    if !parts.is_empty() || messages.len() == before {
        messages.push(Message { role: Role::User, parts, tool_calls: Vec::new(), tool_call_id: None });
    }
}

fn tool_result(place: &Place<'_>, block: &Map<String, Value>, problems: &mut Problems) -> Option<Message> {
    let id = problems.required_text(place, block, "tool_use_id").map(str::to_owned);
    let mut parts = Vec::new();
    if problems.flag(place, block, "is_error") == Some(true) {
        parts.push(Part::Text(TOOL_FAILED.to_owned()));
    }
    match optional(block, "content") {
        Some(Value::String(text)) => parts.push(Part::Text(text.clone())),
        Some(content) => each_block(&place.field("content"), content, problems, |place, block, kind, problems| {
            parts.extend(part(place, block, kind, problems));
        }),
        None => {}
    }
    Some(Message { role: Role::Tool, parts, tool_calls: Vec::new(), tool_call_id: Some(id?) })
}

fn read_assistant(place: &Place<'_>, content: &Value, problems: &mut Problems) -> Message {
    if let Some(text) = content.as_str() {
        return Message::text(Role::Assistant, text);
    }
    let mut parts = Vec::new();
    let mut tool_calls = Vec::new();
    each_block(place, content, problems, |place, block, kind, problems| match kind {
        "thinking" | "redacted_thinking" => {}
        "tool_use" => tool_calls.extend(tool_use(place, block, problems)),
        _ => parts.extend(part(place, block, kind, problems)),
    });
    Message { role: Role::Assistant, parts, tool_calls, tool_call_id: None }
}

fn tool_use(place: &Place<'_>, block: &Map<String, Value>, problems: &mut Problems) -> Option<ToolCall> {
    let id = problems.required_text(place, block, "id");
    let name = problems.required_text(place, block, "name");
    let input = problems.required(place, block, "input");
    let input = input.filter(|input| problems.object(&place.field("input"), input).is_some());
    Some(ToolCall { id: id?.to_owned(), name: name?.to_owned(), arguments: input?.to_string() })
}

fn part(place: &Place<'_>, block: &Map<String, Value>, kind: &str, problems: &mut Problems) -> Option<Part> {
    match kind {
        "text" => Some(Part::Text(problems.required_text(place, block, "text")?.to_owned())),
        "image" => image(place, block, problems),
        "document" => Some(document(block).unwrap_or_else(|| other(kind, block))),
        "tool_use" | "tool_result" => {
            problems.add(&place.field("type"), format_args!("`{kind}` cannot stand here"));
            None
        }
        _ => Some(other(kind, block)),
    }
}

fn image(place: &Place<'_>, block: &Map<String, Value>, problems: &mut Problems) -> Option<Part> {
    let source = problems.required(place, block, "source")?;
    let place = place.field("source");
    let source = problems.object(&place, source)?;
    match problems.required_text(&place, source, "type")? {
        "base64" => {
            let media_type = problems.required_text(&place, source, "media_type").map(str::to_owned);
            let data = problems.required_text(&place, source, "data").map(str::to_owned);
            Some(Part::Image(Image::Base64 { media_type: media_type?, data: data?, detail: None }))
        }
        "url" => {
            let url = problems.required_text(&place, source, "url")?.to_owned();
            Some(Part::Image(Image::Url { url, detail: None }))
        }
        // One that was uploaded to the provider before.
        _ => Some(other("image", block)),
    }
}

/// A document of plain text is text; any other is the format's own.
fn document(block: &Map<String, Value>) -> Option<Part> {
    let source = block.get("source")?;
    let is_text = source.get("type").and_then(Value::as_str) == Some("text");
    let text = source.get("data").and_then(Value::as_str).filter(|_| is_text)?;
    let title = block.get("title").and_then(Value::as_str);
    Some(Part::Text(title.map_or_else(|| text.to_owned(), |title| format!("{title}\n\n{text}"))))
}

fn other(kind: &str, block: &Map<String, Value>) -> Part {
    Part::Other { kind: kind.to_owned(), body: Value::Object(block.clone()) }
}
