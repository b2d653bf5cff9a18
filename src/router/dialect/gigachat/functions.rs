//! Functions that GigaChat may call, and the one that stands for a schema.

use serde_json::{Map, Value, json};

use super::schema;
use crate::router::{
    dialect::{
        answer_function::{ANSWER_FUNCTION, ANSWER_FUNCTION_DESCRIPTION},
        fields::Fields,
        unsupported,
    },
    failure::Failure,
    provider::SchemaMode,
    request::{Format, Request, Tool, ToolChoice},
};

/// Writes `functions` and `function_call`.
pub(super) fn set(fields: &mut Fields<'_>, request: &Request, mode: SchemaMode) -> Result<(), Failure> {
    let mut functions = request.tools.iter().map(function).collect::<Result<Vec<_>, _>>()?;
    let choice = match (&request.format, mode) {
        (Format::JsonSchema { schema, .. }, SchemaMode::Function) => {
            // Both cannot be asked for: one function may be demanded, or any may be called.
            if !functions.is_empty() && request.tool_choice != Some(ToolChoice::None) {
                return Err(unsupported("GigaChat answers by a schema, or calls functions, and not both at once"));
            }
            functions.push(json!({
                "name": ANSWER_FUNCTION,
                "description": ANSWER_FUNCTION_DESCRIPTION,
                "parameters": answer_parameters(schema)?,
            }));
            json!({ "name": ANSWER_FUNCTION })
        }
        (Format::JsonSchema { .. } | Format::JsonObject | Format::Text, _) => {
            function_call(request.tool_choice.as_ref(), &request.tools)?
        }
    };
    if !functions.is_empty() {
        fields.set("functions", functions);
        fields.set("function_call", choice);
    }
    Ok(())
}

fn function(tool: &Tool) -> Result<Value, Failure> {
    if tool.name == ANSWER_FUNCTION {
        return Err(unsupported(&format!("a function must not be called {ANSWER_FUNCTION}")));
    }
    let mut written = Map::new();
    written.insert("name".to_owned(), tool.name.as_str().into());
    if let Some(description) = &tool.description {
        written.insert("description".to_owned(), description.as_str().into());
    }
    written.insert("parameters".to_owned(), with_properties(schema::without_references(&tool.parameters)?));
    Ok(Value::Object(written))
}

fn answer_parameters(schema: &Value) -> Result<Value, Failure> {
    let schema = schema::without_references(schema)?;
    let is_of_object = schema.get("type").is_some_and(|kind| kind == "object") || schema.get("properties").is_some();
    if !is_of_object {
        return Err(unsupported("GigaChat answers by a schema as by a function's arguments: it must be of an object"));
    }
    Ok(with_properties(schema))
}

/// GigaChat refuses parameters that do not list them, even when there are none.
fn with_properties(schema: Value) -> Value {
    let mut schema = match schema {
        Value::Object(schema) => schema,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    schema.entry("type").or_insert_with(|| "object".into());
    schema.entry("properties").or_insert_with(|| json!({}));
    Value::Object(schema)
}

/// Whether functions are called. It is always said: what happens when it is not has changed over the years.
fn function_call(choice: Option<&ToolChoice>, tools: &[Tool]) -> Result<Value, Failure> {
    match (choice, tools) {
        (None | Some(ToolChoice::Auto), _) | (Some(ToolChoice::Required), []) => Ok("auto".into()),
        (Some(ToolChoice::None), _) => Ok("none".into()),
        (Some(ToolChoice::Named(name)), _) => Ok(json!({ "name": name })),
        (Some(ToolChoice::Required), [only]) => Ok(json!({ "name": only.name })),
        (Some(ToolChoice::Required), _) => {
            Err(unsupported("GigaChat cannot be made to call one of several functions (tool_choice required)"))
        }
    }
}
