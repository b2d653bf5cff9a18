//! Schemas that a provider can be held to: the part of JSON Schema that the format takes
//! (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>).

use std::collections::HashSet;

use serde_json::{Map, Value, json};

/// Formats of texts that are taken.
const TEXT_FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];
/// Keywords that say which values are meant in a way that has no likeness in what is taken.
const UNSAYABLE: [&str; 13] = [
    // Each of its schemas would be closed by itself, and then no object would satisfy all.
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
    "unevaluatedProperties",
    "unevaluatedItems",
    "prefixItems",
    "$dynamicRef",
];
/// Schemas within schemas go no deeper; the provider's own limit is below it.
const MOST_DEPTH: usize = 64;

/// A schema that allows what the given one allows, in keywords that are taken. Limits that are not (lengths, ranges,
/// patterns) move into the description, where the model reads them. None when the given one allows what cannot be said:
/// objects of any keys, values that are unlike something, a schema that contains itself.
pub(super) fn strict_schema(schema: &Value) -> Option<Value> {
    if Walk::of(schema).ends(schema, 0) { rewrite(schema, 0) } else { None }
}

fn rewrite(schema: &Value, depth: usize) -> Option<Value> {
    let schema = schema.as_object().filter(|_| depth < MOST_DEPTH)?;
    if UNSAYABLE.iter().any(|keyword| schema.contains_key(*keyword)) {
        return None;
    }
    if schema.contains_key("anyOf") && schema.contains_key("oneOf") {
        return None;
    }
    let refers = schema.contains_key("$ref");
    // What allows any value at all cannot be said either.
    if !["$ref", "type", "enum", "const", "anyOf", "oneOf"].iter().any(|keyword| schema.contains_key(*keyword)) {
        return None;
    }
    let mut strict = Map::new();
    let mut limits = Map::new();
    for (keyword, value) in schema {
        match keyword.as_str() {
            "$ref" => drop(strict.insert(keyword.clone(), value.as_str().filter(|to| to.starts_with("#/"))?.into())),
            "properties" if refers => {}
            "$defs" | "definitions" | "properties" => {
                drop(strict.insert(keyword.clone(), rewrite_each(value, depth)?));
            }
            // A reference stands alone.
            _ if refers => {}
            "items" => drop(strict.insert(keyword.clone(), rewrite(value, depth.saturating_add(1))?)),
            "anyOf" | "oneOf" => drop(strict.insert("anyOf".to_owned(), rewrite_list(value, depth)?)),
            "additionalProperties" if *value != Value::Bool(false) => return None,
            "type" | "enum" | "const" | "required" | "title" | "description" | "default" => {
                strict.insert(keyword.clone(), value.clone());
            }
            "format" if value.as_str().is_some_and(|format| TEXT_FORMATS.contains(&format)) => {
                strict.insert(keyword.clone(), value.clone());
            }
            "minItems" if value.as_u64().is_some_and(|least| least <= 1) => {
                strict.insert(keyword.clone(), value.clone());
            }
            "additionalProperties" | "$schema" | "$id" | "$comment" => {}
            _ => drop(limits.insert(keyword.clone(), value.clone())),
        }
    }
    if !refers {
        close_object(schema, &mut strict)?;
    }
    describe(limits, &mut strict);
    Some(Value::Object(strict))
}

/// Every object must say that it has no other keys; one that names none would be empty.
fn close_object(schema: &Map<String, Value>, strict: &mut Map<String, Value>) -> Option<()> {
    let is_object = match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        Some(_) | None => schema.contains_key("properties"),
    };
    if is_object {
        let named = strict.get("properties").and_then(Value::as_object).is_some_and(|named| !named.is_empty());
        if !named && schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            return None;
        }
        strict.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    Some(())
}

fn describe(limits: Map<String, Value>, strict: &mut Map<String, Value>) {
    if limits.is_empty() {
        return;
    }
    let limits = Value::Object(limits);
    let description = match strict.get("description").and_then(Value::as_str) {
        Some(description) => format!("{description} Must also satisfy the JSON Schema {limits}"),
        None => format!("Must satisfy the JSON Schema {limits}"),
    };
    strict.insert("description".to_owned(), json!(description));
}

fn rewrite_each(schemas: &Value, depth: usize) -> Option<Value> {
    let each = schemas.as_object()?.iter();
    each.map(|(name, schema)| Some((name.clone(), rewrite(schema, depth.saturating_add(1))?)))
        .collect::<Option<Map<_, _>>>()
        .map(Value::Object)
}

fn rewrite_list(schemas: &Value, depth: usize) -> Option<Value> {
    let list = schemas.as_array()?.iter();
    list.map(|schema| rewrite(schema, depth.saturating_add(1))).collect::<Option<Vec<_>>>().map(Value::Array)
}

/// A walk along references, to find whether any leads back to where it came from.
struct Walk<'a> {
    definitions: Vec<&'a Map<String, Value>>,
    /// Names on the way to here.
    way: Vec<&'a str>,
    /// Names that lead to an end: each is walked once, however many references there are.
    ended: HashSet<&'a str>,
}

impl<'a> Walk<'a> {
    fn of(schema: &'a Value) -> Self {
        let definitions = ["$defs", "definitions"].iter().filter_map(|name| schema.get(name)?.as_object());
        Self { definitions: definitions.collect(), way: Vec::new(), ended: HashSet::new() }
    }

    /// Whether it comes to an end within [`MOST_DEPTH`] steps.
    fn ends(&mut self, value: &'a Value, depth: usize) -> bool {
        if depth > MOST_DEPTH {
            return false;
        }
        let deeper = depth.saturating_add(1);
        match value {
            Value::Array(list) => list.iter().all(|item| self.ends(item, deeper)),
            Value::Object(fields) => fields.iter().all(|(name, field)| match (name.as_str(), field) {
                ("$ref", Value::String(to)) => self.reference_ends(to, deeper),
                _ => self.ends(field, deeper),
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }

    fn reference_ends(&mut self, to: &'a str, depth: usize) -> bool {
        let name = to.rsplit('/').next().unwrap_or(to);
        if self.ended.contains(name) {
            return true;
        }
        let Some(definition) = self.definitions.iter().find_map(|definitions| definitions.get(name)) else {
            return false;
        };
        if self.way.contains(&name) {
            return false;
        }
        self.way.push(name);
        let ends = self.ends(definition, depth);
        self.way.pop();
        if ends {
            self.ended.insert(name);
        }
        ends
    }
}

#[cfg(test)]
#[path = "strict_schema_tests.rs"]
mod tests;
