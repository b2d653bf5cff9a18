//! Tools of a request.

use serde_json::Value;

use super::problems::Problems;
use crate::router::request::{Request, Tool, ToolChoice};

/// Reads functions into `tools`, and what is none into `other_tools`.
pub(super) fn read(value: &Value, request: &mut Request, problems: &mut Problems) {
    let Value::Array(items) = value else {
        problems.add("tools", "must be a list");
        return;
    };
    for (index, item) in items.iter().enumerate() {
        let place = format!("tools[{index}]");
        match item.get("type").and_then(Value::as_str) {
            Some("function") => request.tools.extend(read_function(&place, item.get("function"), problems)),
            Some(_) => request.other_tools.push(item.clone()),
            None => problems.add(&format!("{place}.type"), "is missing"),
        }
    }
}

fn read_function(place: &str, value: Option<&Value>, problems: &mut Problems) -> Option<Tool> {
    let Some(Value::Object(function)) = value else {
        problems.add(&format!("{place}.function"), "must be an object");
        return None;
    };
    let name = problems.text(&format!("{place}.function.name"), function.get("name"));
    let present = |field: &str| function.get(field).filter(|value| !value.is_null());
    let description =
        present("description").and_then(|value| problems.text(&format!("{place}.function.description"), Some(value)));
    let strict = present("strict").and_then(|value| problems.boolean(&format!("{place}.function.strict"), value));
    let parameters = present("parameters").cloned().unwrap_or(Value::Null);
    if !parameters.is_null() && !parameters.is_object() {
        problems.add(&format!("{place}.function.parameters"), "must be an object");
    }
    Some(Tool { name: name?, description, parameters, strict })
}

/// Reads whether tools are called; none when the normal form has no word for it.
pub(super) fn read_choice(value: &Value) -> Option<ToolChoice> {
    match value.as_str() {
        Some("auto") => Some(ToolChoice::Auto),
        Some("none") => Some(ToolChoice::None),
        Some("required") => Some(ToolChoice::Required),
        Some(_) => None,
        None if value.get("type")? == "function" => {
            Some(ToolChoice::Named(value.get("function")?.get("name")?.as_str()?.to_owned()))
        }
        None => None,
    }
}
