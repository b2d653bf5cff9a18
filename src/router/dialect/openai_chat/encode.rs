//! Requests as Chat Completions.

use serde_json::{Map, Value, json};

use super::schema;
use crate::router::{
    dialect::{
        DialectName, Target,
        fields::{Fields, OF_ANTHROPIC},
        refuse_foreign,
    },
    failure::Failure,
    request::{Format, Image, Message, Part, Request, Role, Tool, ToolCall, ToolChoice},
};

/// The name of the most tokens of an answer, and the one that it replaced, which many servers still know only.
pub(super) const MAX_TOKENS_FIELDS: [&str; 2] = ["max_completion_tokens", "max_tokens"];

/// Writes the body. What a caller of the same wire format sent goes out as it came, but for what the router decides.
pub(super) fn body(request: &Request, target: &Target<'_>) -> Result<Vec<u8>, Failure> {
    let original = request.original.as_ref().filter(|original| original.dialect == DialectName::OpenaiChat);
    let mut fields = match original {
        Some(original) => as_it_came(&original.body, target),
        None => from_normal_form(request, target)?,
    };
    set_limit(&mut fields, original.map(|original| &original.body), request, target);
    schema::apply(&mut fields, request, target.quirks.schema_mode);
    if target.stream {
        fields.set("stream", true);
        let options = original.and_then(|original| original.body.get("stream_options")).and_then(Value::as_object);
        fields.set_some("stream_options", stream_options(options, target.quirks.no_stream_usage));
    }
    fields.apply(target.quirks);
    fields.to_body()
}

fn as_it_came<'a>(body: &'a Map<String, Value>, target: &Target<'a>) -> Fields<'a> {
    let mut fields = Fields::default();
    for (name, value) in body {
        match name.as_str() {
            "model" => fields.set("model", target.model),
            "stream" | "stream_options" => {}
            name if MAX_TOKENS_FIELDS.contains(&name) => {}
            name => fields.send(name, value),
        }
    }
    fields.set("model", target.model);
    fields
}

fn from_normal_form<'a>(request: &'a Request, target: &Target<'a>) -> Result<Fields<'a>, Failure> {
    refuse_foreign(request, DialectName::OpenaiChat, "Chat Completions")?;
    let mut fields = Fields::default();
    fields.set("model", target.model);
    fields.set("messages", request.messages.iter().map(message).collect::<Vec<_>>());
    let tools: Vec<_> = request.tools.iter().map(tool).chain(request.other_tools.iter().cloned()).collect();
    if !tools.is_empty() {
        fields.set("tools", tools);
    }
    fields.set_some("tool_choice", request.tool_choice.as_ref().map(tool_choice));
    fields.set_some("parallel_tool_calls", request.parallel_tool_calls);
    fields.set_some("response_format", response_format(&request.format));
    fields.set_some("temperature", request.temperature);
    fields.set_some("top_p", request.top_p);
    if !request.stop.is_empty() {
        fields.set("stop", request.stop.clone());
    }
    fields.set_some("seed", request.seed);
    fields.set_some("reasoning_effort", request.reasoning_effort.map(|effort| json!(effort)));
    let of_anthropic =
        request.original.as_ref().is_some_and(|original| original.dialect == DialectName::AnthropicMessages);
    fields.send_extra(&request.extra, |name| !(of_anthropic && OF_ANTHROPIC.contains(&name)));
    Ok(fields)
}

/// Names the most tokens as the vendor does, else as the caller did. It is named once: what a vendor makes of two limits
/// that differ, nobody can say.
fn set_limit<'a>(
    fields: &mut Fields<'a>,
    sent: Option<&'a Map<String, Value>>,
    request: &Request,
    target: &Target<'a>,
) {
    let [own, older] = MAX_TOKENS_FIELDS;
    let called_older = sent.is_some_and(|sent| sent.contains_key(older) && !sent.contains_key(own));
    let usual = if called_older { older } else { own };
    let name = target.quirks.max_tokens_field.as_deref().filter(|name| !name.is_empty()).unwrap_or(usual);
    let Some(limit) = request.max_output_tokens else { return };
    for other in MAX_TOKENS_FIELDS {
        fields.remove(other);
    }
    fields.set(name, limit);
}

/// What a caller asked of the stream, and its usage, unless the vendor must not be asked for that.
fn stream_options(sent: Option<&Map<String, Value>>, no_usage: bool) -> Option<Value> {
    let mut options = sent.cloned().unwrap_or_default();
    if no_usage {
        options.shift_remove("include_usage");
    } else {
        options.insert("include_usage".to_owned(), Value::Bool(true));
    }
    (!options.is_empty()).then_some(Value::Object(options))
}

fn message(message: &Message) -> Value {
    let mut written = Map::new();
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    written.insert("role".to_owned(), role.into());
    if let Some(id) = message.tool_call_id.as_ref().filter(|_| message.role == Role::Tool) {
        written.insert("tool_call_id".to_owned(), id.as_str().into());
    }
    let says_nothing = message.parts.is_empty() && !message.tool_calls.is_empty();
    written.insert("content".to_owned(), if says_nothing { Value::Null } else { content(&message.parts) });
    if !message.tool_calls.is_empty() {
        written.insert("tool_calls".to_owned(), message.tool_calls.iter().map(tool_call).collect());
    }
    Value::Object(written)
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
        Part::Text(text) => json!({ "type": "text", "text": text }),
        Part::Image(image) => json!({ "type": "image_url", "image_url": image_url(image) }),
        Part::Other { body, .. } => body.clone(),
    }
}

fn image_url(image: &Image) -> Value {
    let (url, detail) = match image {
        Image::Url { url, detail } => (url.clone(), detail),
        Image::Base64 { media_type, data, detail } => (format!("data:{media_type};base64,{data}"), detail),
    };
    let mut written = json!({ "url": url });
    if let (Some(detail), Some(written)) = (detail, written.as_object_mut()) {
        written.insert("detail".to_owned(), detail.as_str().into());
    }
    written
}

fn tool_call(call: &ToolCall) -> Value {
    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } })
}

fn tool(tool: &Tool) -> Value {
    let mut function = Map::new();
    function.insert("name".to_owned(), tool.name.as_str().into());
    if let Some(description) = &tool.description {
        function.insert("description".to_owned(), description.as_str().into());
    }
    if !tool.parameters.is_null() {
        function.insert("parameters".to_owned(), tool.parameters.clone());
    }
    if let Some(strict) = tool.strict {
        function.insert("strict".to_owned(), strict.into());
    }
    json!({ "type": "function", "function": function })
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Named(name) => json!({ "type": "function", "function": { "name": name } }),
    }
}

fn response_format(format: &Format) -> Option<Value> {
    match format {
        Format::Text => None,
        Format::JsonObject => Some(json!({ "type": "json_object" })),
        Format::JsonSchema { name, schema, strict } => {
            Some(json!({ "type": "json_schema", "json_schema": { "name": name, "schema": schema, "strict": strict } }))
        }
    }
}
