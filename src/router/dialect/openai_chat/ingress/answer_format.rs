//! What the answer of a request must look like.

use serde_json::Value;

use super::problems::Problems;
use crate::router::request::Format;

/// Reads `response_format`; none when the normal form has no word for it.
pub(super) fn read(value: &Value, problems: &mut Problems) -> Option<Format> {
    let Some(kind) = value.get("type").and_then(Value::as_str) else {
        problems.add("response_format.type", "is missing");
        return Some(Format::Text);
    };
    match kind {
        "text" => Some(Format::Text),
        "json_object" => Some(Format::JsonObject),
        "json_schema" => Some(read_schema(value.get("json_schema"), problems).unwrap_or_default()),
        _ => None,
    }
}

fn read_schema(value: Option<&Value>, problems: &mut Problems) -> Option<Format> {
    let Some(Value::Object(wrapper)) = value else {
        problems.add("response_format.json_schema", "must be an object");
        return None;
    };
    let name = problems.text("response_format.json_schema.name", wrapper.get("name"));
    let strict = wrapper.get("strict").filter(|strict| !strict.is_null());
    let strict = strict.and_then(|strict| problems.boolean("response_format.json_schema.strict", strict));
    let schema = match wrapper.get("schema") {
        None | Some(Value::Null) => Value::Object(serde_json::Map::new()),
        Some(schema @ Value::Object(_)) => schema.clone(),
        Some(_) => {
            problems.add("response_format.json_schema.schema", "must be an object");
            return None;
        }
    };
    Some(Format::JsonSchema { name: name?, schema, strict: strict.unwrap_or(false) })
}
