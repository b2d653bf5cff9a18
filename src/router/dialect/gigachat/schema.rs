//! Schemas without references, which GigaChat does not follow.

use serde_json::{Map, Value};

use crate::router::{dialect::unsupported, failure::Failure};

/// Deepest nesting, so that a schema that refers to itself is found out.
const DEPTH_LIMIT: usize = 48;
/// Most values of the result: a few references to references can stand for millions.
const VALUES_LIMIT: usize = 50_000;

/// Puts what a reference names in its place. Only references within the schema are known (JSON Schema, `$defs` and the
/// older `definitions`).
///
/// # Errors
/// A schema that refers to itself, to nothing, or to somewhere else, cannot be told to GigaChat.
pub(super) fn without_references(schema: &Value) -> Result<Value, Failure> {
    Expansion { root: schema, values: 0 }.expand(schema, 0)
}

struct Expansion<'a> {
    root: &'a Value,
    values: usize,
}

impl Expansion<'_> {
    fn expand(&mut self, value: &Value, depth: usize) -> Result<Value, Failure> {
        self.values += 1;
        if depth > DEPTH_LIMIT || self.values > VALUES_LIMIT {
            return Err(unsupported("GigaChat cannot be told a schema that refers to itself, or is that large"));
        }
        match value {
            Value::Object(fields) => match fields.get("$ref") {
                Some(Value::String(reference)) => self.follow(reference, fields, depth),
                // A property may have that name.
                Some(_) | None => self.expand_fields(fields, depth).map(Value::Object),
            },
            Value::Array(items) => {
                items.iter().map(|item| self.expand(item, depth + 1)).collect::<Result<_, _>>().map(Value::Array)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        }
    }

    fn follow(&mut self, reference: &str, beside: &Map<String, Value>, depth: usize) -> Result<Value, Failure> {
        let named = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        let Some(named) = named else {
            return Err(unsupported("GigaChat cannot be told a schema with a reference to outside of it"));
        };
        let mut expanded = self.expand(named, depth + 1)?;
        // What stands beside a reference, such as its own description, goes before.
        let mut own = self.expand_fields(beside, depth)?;
        own.shift_remove("$ref");
        if let Value::Object(expanded) = &mut expanded {
            expanded.extend(own);
        }
        Ok(expanded)
    }

    fn expand_fields(&mut self, fields: &Map<String, Value>, depth: usize) -> Result<Map<String, Value>, Failure> {
        let is_list_of_schemas = |name: &str| depth == 0 && matches!(name, "$defs" | "definitions");
        fields
            .iter()
            .filter(|(name, _)| !is_list_of_schemas(name))
            .map(|(name, value)| {
                // Who asked has followed it.
                let value =
                    if name == "$ref" && value.is_string() { value.clone() } else { self.expand(value, depth + 1)? };
                Ok((name.clone(), value))
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
