//! What an answer must look like, in the format's words.
//!
//! JSON of a schema is asked for with `output_config.format`, when the provider has it (see `schema_mode` of its quirks), the
//! model is Claude 4.5 or later, and the schema can be said there. Else the model must call a function whose arguments have
//! that schema; on the way back they become the answer's text, so that nobody sees the difference. A schema that is not an
//! object's cannot be a function's: then, and for a provider that knows no schema, the system asks for it in words.

use serde::Serialize;
use serde_json::{Value, json};

use super::{claude::Abilities, strict_schema::strict_schema};
use crate::router::{
    dialect::answer_function::{ANSWER_FUNCTION, ANSWER_FUNCTION_DESCRIPTION, schema_in_words},
    provider::{Quirks, SchemaMode},
    request::Format,
};

/// How an answer's look is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    /// It is free text.
    Nothing,
    /// Words for the system.
    Words(String),
    /// The field `format` of `output_config`.
    Field(Value),
    /// A function that must be called.
    Function(AnswerTool),
}

/// The function whose arguments are the answer, as an item of `tools`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct AnswerTool {
    name: &'static str,
    description: &'static str,
    input_schema: Value,
}

/// How to ask a model of some abilities at a provider of some quirks.
pub(super) fn ask(format: &Format, abilities: Abilities, quirks: &Quirks) -> Asked {
    match format {
        Format::Text => Asked::Nothing,
        Format::JsonObject if quirks.schema_mode == SchemaMode::Function => function(json!({ "type": "object" })),
        Format::JsonObject => Asked::Words("Answer with one JSON object and nothing else.".to_owned()),
        Format::JsonSchema { schema, .. } => match quirks.schema_mode {
            SchemaMode::Native if abilities.json_schema => match strict_schema(schema) {
                Some(schema) => Asked::Field(json!({ "type": "json_schema", "schema": schema })),
                None => function_or_words(schema),
            },
            SchemaMode::Native | SchemaMode::Function => function_or_words(schema),
            SchemaMode::JsonObject => words(schema),
        },
    }
}

/// Asks with a function: for a body that goes on as it came to a provider that does not have the field.
pub(super) fn function_or_words(schema: &Value) -> Asked {
    if schema.get("type").and_then(Value::as_str) == Some("object") { function(schema.clone()) } else { words(schema) }
}

fn function(input_schema: Value) -> Asked {
    Asked::Function(AnswerTool { name: ANSWER_FUNCTION, description: ANSWER_FUNCTION_DESCRIPTION, input_schema })
}

fn words(schema: &Value) -> Asked {
    Asked::Words(schema_in_words(schema))
}
