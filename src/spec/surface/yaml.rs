//! A spec as compact YAML, for prompts.

use serde_json::{Map, Value};

use super::surface;
use crate::domain::spec::Spec;

/// Keys that are no part of what a model is told in this form: prose and attachments stand in a prompt by themselves, the
/// others are between the user and the product.
const LEFT_OUT: [&str; 6] = ["spec_version", "prose", "attachments", "acceptance", "approval", "limits"];

/// The structure of a spec in YAML, a line for each field. Prose, attachments, acceptance commands, approval and limits are
/// left out; with them put back it reads as the same spec.
#[must_use]
pub fn surface_yaml(spec: &Spec) -> String {
    let mut yaml = String::new();
    if let Value::Object(table) = surface(spec) {
        for (key, value) in table.iter().filter(|(key, _)| !LEFT_OUT.contains(&key.as_str())) {
            entry(&mut yaml, 0, key, value);
        }
    }
    yaml
}

fn entry(yaml: &mut String, level: usize, key: &str, value: &Value) {
    yaml.push_str(&"  ".repeat(level));
    yaml.push_str(key);
    yaml.push(':');
    match value {
        Value::Object(table) if has_a_line_each(level, key, table) => {
            yaml.push('\n');
            for (key, value) in table {
                entry(yaml, level + 1, key, value);
            }
        }
        Value::Array(items) if items.iter().any(|item| !is_word(item)) => {
            yaml.push('\n');
            for item in items {
                yaml.push_str(&"  ".repeat(level + 1));
                yaml.push_str("- ");
                inline(yaml, item);
                yaml.push('\n');
            }
        }
        _ => {
            yaml.push(' ');
            inline(yaml, value);
            yaml.push('\n');
        }
    }
}

/// Whether the entries of a table stand below each other: entities, what each has, and its fields and relations.
fn has_a_line_each(level: usize, key: &str, table: &Map<String, Value>) -> bool {
    let is_such = match level {
        0 => matches!(key, "entities" | "enums"),
        1 => table.contains_key("fields"),
        2 => matches!(key, "fields" | "relations"),
        _ => false,
    };
    is_such && !table.is_empty()
}

fn is_word(value: &Value) -> bool {
    value.as_str().is_some_and(is_plain)
}

/// A value in one line.
fn inline(yaml: &mut String, value: &Value) {
    match value {
        Value::Object(table) => {
            yaml.push('{');
            for (index, (key, value)) in table.iter().enumerate() {
                yaml.push_str(if index == 0 { "" } else { ", " });
                yaml.push_str(key);
                yaml.push_str(": ");
                inline(yaml, value);
            }
            yaml.push('}');
        }
        Value::Array(items) => {
            yaml.push('[');
            for (index, item) in items.iter().enumerate() {
                yaml.push_str(if index == 0 { "" } else { ", " });
                inline(yaml, item);
            }
            yaml.push(']');
        }
        Value::String(text) if is_plain(text) => yaml.push_str(text),
        // JSON is YAML: what needs quotes has JSON's.
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => yaml.push_str(&value.to_string()),
    }
}

/// Whether a text means itself in YAML without quotes, wherever it stands.
fn is_plain(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let goes_on = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '!'));
    let word = text.to_ascii_lowercase();
    let means_more = matches!(word.as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    starts && goes_on && !text.ends_with(' ') && !means_more
}
