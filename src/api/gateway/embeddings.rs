//! Questions for vectors of texts. They go to the provider as they came, but for the model.

use serde_json::{Map, Value};

use super::fault::Fault;

/// Reads a question in `OpenAI`'s form: all its fields, and the model.
///
/// # Errors
/// It names no model or holds no texts.
pub(super) fn read(body: &[u8]) -> Result<(Map<String, Value>, String), Fault> {
    let fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| Fault::invalid("the body must be a JSON object"))?;
    let model = fields.get("model").and_then(Value::as_str).filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| Fault::invalid("model: must be a text").of_field("model"))?.to_owned();
    match fields.get("input") {
        Some(Value::String(_) | Value::Array(_)) => Ok((fields, model)),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
            Err(Fault::invalid("input: must be a text, or a list of texts or tokens").of_field("input"))
        }
    }
}
