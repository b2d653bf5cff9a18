//! Requests to GigaChat.

use http::HeaderValue;
use serde_json::{Value, json};

use super::{conversation, functions, schema};
use crate::{
    domain::digest::Digest,
    router::{
        dialect::{
            DialectName, Encoded, Target,
            answer_function::schema_in_words,
            fields::{Fields, OF_ANTHROPIC},
            refuse_foreign, unsupported,
        },
        failure::Failure,
        provider::SchemaMode,
        request::{Effort, Format, Request},
    },
};

const JSON_IN_WORDS: &str = "Answer with one JSON object and nothing else.";

/// Writes a request.
pub(super) fn encode(request: &Request, target: &Target<'_>) -> Result<Encoded, Failure> {
    refuse_foreign(request, DialectName::Gigachat, "GigaChat")?;
    let is_dropped = |name: &str| target.quirks.drop_fields.iter().any(|dropped| dropped == name);
    if !request.stop.is_empty() && !is_dropped("stop") {
        return Err(unsupported("GigaChat knows no texts that end the answer (stop)"));
    }
    let mut fields = Fields::default();
    fields.set("model", target.model);
    let instruction = instruction(request, target.quirks.schema_mode);
    let messages = conversation::messages(request, instruction.as_deref())?;
    let session = session(&messages);
    fields.set("messages", messages);
    functions::set(&mut fields, request, target.quirks.schema_mode)?;
    if let (Format::JsonSchema { schema, strict, .. }, SchemaMode::Native) =
        (&request.format, target.quirks.schema_mode)
    {
        let schema = schema::without_references(schema)?;
        fields.set("response_format", json!({ "type": "json_schema", "schema": schema, "strict": strict }));
    }
    set_sampling(&mut fields, request);
    let limit = target.quirks.max_tokens_field.as_deref().filter(|name| !name.is_empty()).unwrap_or("max_tokens");
    fields.set_some(limit, request.max_output_tokens);
    fields.set_some("reasoning_effort", request.reasoning_effort.and_then(effort));
    if target.stream {
        fields.set("stream", true);
    }
    let of_anthropic =
        request.original.as_ref().is_some_and(|original| original.dialect == DialectName::AnthropicMessages);
    fields.send_extra(&request.extra, |name| !(of_anthropic && OF_ANTHROPIC.contains(&name)));
    fields.apply(target.quirks);
    let accept = if target.stream { "text/event-stream" } else { "application/json" };
    let mut headers = vec![("accept", HeaderValue::from_static(accept))];
    headers.extend(session.map(|session| ("x-session-id", session)));
    Ok(Encoded { path: "/chat/completions", headers, body: fields.to_body()? })
}

/// What only words can ask of it.
fn instruction(request: &Request, mode: SchemaMode) -> Option<String> {
    match (&request.format, mode) {
        (Format::JsonObject, _) => Some(JSON_IN_WORDS.to_owned()),
        (Format::JsonSchema { schema, .. }, SchemaMode::JsonObject) => Some(schema_in_words(schema)),
        (Format::JsonSchema { .. }, SchemaMode::Native | SchemaMode::Function) | (Format::Text, _) => None,
    }
}

fn set_sampling(fields: &mut Fields<'_>, request: &Request) {
    if request.temperature.is_some_and(|temperature| temperature <= 0.0) {
        fields.set("top_p", 0);
        return;
    }
    fields.set_some("temperature", request.temperature);
    fields.set_some("top_p", request.top_p);
}

/// GigaChat knows three; it has no word for not at all, which is what happens when nothing is said.
const fn effort(effort: Effort) -> Option<&'static str> {
    match effort {
        Effort::None => None,
        Effort::Minimal | Effort::Low => Some("low"),
        Effort::Medium => Some("medium"),
        Effort::High => Some("high"),
    }
}

/// Names the conversation by what it begins with, so that the vendor finds what it has cached of it: cached input is
/// not billed. The first two messages are the operator's and the user's, and stay while a conversation grows.
fn session(messages: &[Value]) -> Option<HeaderValue> {
    let beginning: Vec<String> = messages.iter().take(2).map(Value::to_string).collect();
    let digest = Digest::of_named(beginning.iter().map(|message| ("message", message.as_bytes())));
    let digits: Vec<char> = digest.as_str().chars().take(32).collect();
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    let groups: Vec<String> = groups.into_iter().filter_map(|group| digits.get(group)).map(String::from_iter).collect();
    HeaderValue::from_str(&groups.join("-")).ok()
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
