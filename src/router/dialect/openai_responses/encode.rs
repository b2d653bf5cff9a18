//! Requests as Responses.

use serde_json::{Map, Value, json};

use super::input;
use crate::router::{
    dialect::{
        DialectName, Target,
        answer_function::{ANSWER_FUNCTION, ANSWER_FUNCTION_DESCRIPTION, schema_in_words},
        fields::{Fields, OF_ANTHROPIC},
        refuse_foreign, unsupported,
    },
    failure::Failure,
    provider::SchemaMode,
    request::{Format, Request, Tool, ToolChoice},
};

/// What this wire format calls itself in sentences.
const TITLE: &str = "the Responses API";

/// Writes the body. What a caller of the same wire format sent goes out as it came, but for what the router decides.
pub(super) fn body(request: &Request, target: &Target<'_>) -> Result<Vec<u8>, Failure> {
    let original = request.original.as_ref().filter(|original| original.dialect == DialectName::OpenaiResponses);
    let mut fields = match original {
        Some(original) => as_it_came(&original.body, target),
        None => from_normal_form(request, target)?,
    };
    let limit = target.quirks.max_tokens_field.as_deref().filter(|name| !name.is_empty());
    fields.set_some(limit.unwrap_or("max_output_tokens"), request.max_output_tokens);
    if target.stream {
        fields.set("stream", true);
    }
    fields.apply(target.quirks);
    fields.to_body()
}

fn as_it_came<'a>(body: &'a Map<String, Value>, target: &Target<'a>) -> Fields<'a> {
    let mut fields = Fields::default();
    for (name, value) in body {
        match name.as_str() {
            "model" => fields.set("model", target.model),
            "stream" | "max_output_tokens" => {}
            name => fields.send(name, value),
        }
    }
    fields.set("model", target.model);
    fields
}

fn from_normal_form<'a>(request: &'a Request, target: &Target<'a>) -> Result<Fields<'a>, Failure> {
    refuse_foreign(request, DialectName::OpenaiResponses, TITLE)?;
    refuse_unsayable(request)?;
    let mode = target.quirks.schema_mode;
    let (mut instructions, input) = input::split(&request.messages)?;
    if let (SchemaMode::JsonObject, Format::JsonSchema { schema, .. }) = (mode, &request.format) {
        instructions.push(schema_in_words(schema));
    }
    let mut fields = Fields::default();
    fields.set("model", target.model);
    if !instructions.is_empty() {
        fields.set("instructions", instructions.join("\n\n"));
    }
    fields.set("input", input);
    set_tools(&mut fields, request, mode);
    fields.set_some("parallel_tool_calls", request.parallel_tool_calls);
    set_text(&mut fields, request, mode);
    fields.set_some("temperature", request.temperature);
    fields.set_some("top_p", request.top_p);
    let unknown_effort = request.extra.get("reasoning_effort").filter(|_| is_of_chat(request)).cloned();
    let effort = request.reasoning_effort.map(|effort| json!(effort)).or(unknown_effort);
    fields.set_some("reasoning", effort.map(|effort| json!({ "effort": effort })));
    // The vendor keeps answers for a month unless told not to; nothing here ever asks for them again.
    fields.set("store", request.extra.get("store").cloned().unwrap_or(Value::Bool(false)));
    fields.send_extra(&request.extra, |name| is_sent(request, name));
    Ok(fields)
}

fn is_of_chat(request: &Request) -> bool {
    request.original.as_ref().is_some_and(|original| original.dialect == DialectName::OpenaiChat)
}

/// Whether a field beyond the typed ones means something here; what does not mean the same is refused before.
fn is_sent(request: &Request, name: &str) -> bool {
    match request.original.as_ref().map(|original| original.dialect) {
        Some(DialectName::OpenaiChat) => {
            !matches!(name, "reasoning_effort" | "verbosity") && !OF_CHAT.iter().any(|(other, _)| *other == name)
        }
        Some(DialectName::AnthropicMessages) => !OF_ANTHROPIC.contains(&name),
        Some(DialectName::OpenaiResponses | DialectName::Gigachat) | None => true,
    }
}

/// Fields of Chat Completions that this wire format lacks, and the value, if any, that asks for nothing.
const OF_CHAT: &[(&str, Option<&str>)] = &[
    ("audio", None),
    ("frequency_penalty", Some("0")),
    ("function_call", None),
    ("functions", None),
    ("logit_bias", Some("{}")),
    ("logprobs", Some("false")),
    ("modalities", Some("[\"text\"]")),
    ("n", Some("1")),
    ("prediction", None),
    ("presence_penalty", Some("0")),
    ("response_format", None),
    ("tool_choice", None),
    ("web_search_options", None),
];

fn refuse_unsayable(request: &Request) -> Result<(), Failure> {
    if !request.stop.is_empty() {
        return Err(unsupported(&format!("{TITLE} has no stop texts")));
    }
    if !is_of_chat(request) {
        return Ok(());
    }
    for (name, idle) in OF_CHAT {
        let sent = request.extra.get(*name).filter(|value| !value.is_null());
        if sent.is_some_and(|value| !is_idle(value, *idle)) {
            return Err(unsupported(&format!("{TITLE} cannot do what {name} asks for")));
        }
    }
    Ok(())
}

fn is_idle(value: &Value, idle: Option<&str>) -> bool {
    let idle = idle.and_then(|idle| serde_json::from_str::<Value>(idle).ok());
    idle.is_some_and(|idle| *value == idle || (idle.is_number() && value.as_f64() == idle.as_f64()))
}

fn set_tools(fields: &mut Fields<'_>, request: &Request, mode: SchemaMode) {
    let mut tools: Vec<_> = request.tools.iter().map(tool).chain(request.other_tools.iter().cloned()).collect();
    let mut choice = request.tool_choice.as_ref().map(tool_choice);
    if let Some(schema) = forced_schema(&request.format, mode) {
        let is_only = tools.is_empty() || request.tool_choice == Some(ToolChoice::None);
        tools.push(json!({
            "type": "function",
            "name": ANSWER_FUNCTION,
            "description": ANSWER_FUNCTION_DESCRIPTION,
            "parameters": schema,
            "strict": false,
        }));
        if is_only {
            choice = Some(json!({ "type": "function", "name": ANSWER_FUNCTION }));
        } else if !matches!(request.tool_choice, Some(ToolChoice::Named(_))) {
            choice = Some("required".into());
        }
    }
    if !tools.is_empty() {
        fields.set("tools", tools);
    }
    fields.set_some("tool_choice", choice);
}

/// The schema that a function must stand for.
fn forced_schema(format: &Format, mode: SchemaMode) -> Option<Value> {
    match (mode, format) {
        (SchemaMode::Function, Format::JsonObject) => Some(json!({ "type": "object" })),
        (SchemaMode::Function, Format::JsonSchema { schema, .. }) => Some(schema.clone()),
        (SchemaMode::Function, Format::Text) | (SchemaMode::Native | SchemaMode::JsonObject, _) => None,
    }
}

fn tool(tool: &Tool) -> Value {
    let parameters = if tool.parameters.is_null() {
        json!({ "type": "object", "properties": {}, "additionalProperties": false })
    } else {
        tool.parameters.clone()
    };
    let mut written = json!({ "type": "function", "name": tool.name, "parameters": parameters });
    if let Some(description) = &tool.description {
        written["description"] = description.as_str().into();
    }
    // Here the vendor's own choice is to be strict; in the other wire formats it is not.
    written["strict"] = tool.strict.unwrap_or(false).into();
    written
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Named(name) => json!({ "type": "function", "name": name }),
    }
}

fn set_text(fields: &mut Fields<'_>, request: &Request, mode: SchemaMode) {
    let format = match (mode, &request.format) {
        (_, Format::Text) | (SchemaMode::Function, _) => None,
        (SchemaMode::JsonObject, _) | (SchemaMode::Native, Format::JsonObject) => {
            Some(json!({ "type": "json_object" }))
        }
        (SchemaMode::Native, Format::JsonSchema { name, schema, strict }) => {
            Some(json!({ "type": "json_schema", "name": name, "schema": schema, "strict": strict }))
        }
    };
    let verbosity = request.extra.get("verbosity").filter(|_| is_of_chat(request));
    let mut text = Map::new();
    text.extend(format.map(|format| ("format".to_owned(), format)));
    text.extend(verbosity.map(|verbosity| ("verbosity".to_owned(), verbosity.clone())));
    if !text.is_empty() {
        fields.set("text", text);
    }
}
