//! JSON of a schema, from servers that do not know the wire format's own way to ask for it.

use serde_json::{Value, json};

use crate::router::{
    dialect::{
        answer_function::{ANSWER_FUNCTION, ANSWER_FUNCTION_DESCRIPTION, schema_in_words},
        fields::Fields,
    },
    provider::SchemaMode,
    request::{Format, Request, ToolChoice},
};

/// Rewrites a body that asks for JSON into what the vendor understands.
pub(super) fn apply(fields: &mut Fields<'_>, request: &Request, mode: SchemaMode) {
    match (mode, &request.format) {
        (SchemaMode::Native, _) | (_, Format::Text) | (SchemaMode::JsonObject, Format::JsonObject) => {}
        (SchemaMode::JsonObject, Format::JsonSchema { schema, .. }) => {
            fields.set("response_format", json!({ "type": "json_object" }));
            tell(fields, &schema_in_words(schema));
        }
        (SchemaMode::Function, Format::JsonObject) => force(fields, request, &json!({ "type": "object" })),
        (SchemaMode::Function, Format::JsonSchema { schema, .. }) => force(fields, request, schema),
    }
}

/// Adds words to the system message, which is made when there is none.
fn tell(fields: &mut Fields<'_>, words: &str) {
    let Some(Value::Array(mut messages)) = fields.copied("messages") else { return };
    let is_system = |message: &Value| matches!(message["role"].as_str(), Some("system" | "developer"));
    match messages.first_mut().filter(|message| is_system(message)).and_then(|message| message.get_mut("content")) {
        Some(Value::String(content)) => {
            content.push_str("\n\n");
            content.push_str(words);
        }
        Some(Value::Array(parts)) => parts.push(json!({ "type": "text", "text": words })),
        Some(_) | None => messages.insert(0, json!({ "role": "system", "content": words })),
    }
    fields.set("messages", messages);
}

/// Makes the model call a function whose arguments are the answer; beside the caller's own tools it has a choice.
fn force(fields: &mut Fields<'_>, request: &Request, schema: &Value) {
    let mut tools = match fields.copied("tools") {
        Some(Value::Array(tools)) => tools,
        Some(_) | None => Vec::new(),
    };
    let is_only = tools.is_empty() || request.tool_choice == Some(ToolChoice::None);
    tools.push(json!({
        "type": "function",
        "function": { "name": ANSWER_FUNCTION, "description": ANSWER_FUNCTION_DESCRIPTION, "parameters": schema },
    }));
    fields.set("tools", tools);
    fields.remove("response_format");
    if is_only {
        fields.set("tool_choice", json!({ "type": "function", "function": { "name": ANSWER_FUNCTION } }));
    } else if !matches!(request.tool_choice, Some(ToolChoice::Named(_))) {
        fields.set("tool_choice", "required");
    }
}
