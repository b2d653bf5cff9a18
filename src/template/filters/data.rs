//! Values of YAML, TOML and SQL.

use std::fmt::Write as _;

use tera::value::ValueKind;
use tera::{Error, TeraResult, Value};

use super::layout;
use super::script::is_hidden;

/// A YAML flow value (YAML 1.2, 7.3.1 and 7.4): text always in double quotes, so that nothing reads as a number,
/// date, boolean or null; its escapes are those of JSON, which YAML 1.1 and 1.2 both read.
pub(super) fn yaml(value: &Value) -> TeraResult<String> {
    layout::flat(value, layout::Style::Json)
}

/// A TOML value (TOML 1.0): text as a basic string with `"`, `\` and every control or invisible character escaped.
/// TOML has no null.
pub(super) fn toml(value: &Value) -> TeraResult<String> {
    if let Some(items) = value.as_array() {
        let items = items.iter().map(toml).collect::<TeraResult<Vec<_>>>()?;
        return Ok(format!("[{}]", items.join(", ")));
    }
    if let Some(entries) = value.as_map() {
        let entries = entries
            .iter()
            .map(|(key, value)| Ok(format!("{} = {}", toml_string(&key.as_value().to_string()), toml(value)?)))
            .collect::<TeraResult<Vec<_>>>()?;
        return Ok(if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) });
    }
    if let Some(text) = value.as_str() {
        return Ok(toml_string(text));
    }
    if let Some(boolean) = value.as_bool() {
        return Ok(boolean.to_string());
    }
    match value.as_number() {
        Some(tera::Number::Float(float)) if float.is_finite() => Ok(format!("{float:?}")),
        Some(number) => layout::number_text(number),
        None => Err(Error::message(format!("TOML has no value of the type `{}`", value.name()))),
    }
}

fn toml_string(text: &str) -> String {
    let mut literal = String::from('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if is_hidden(c) => {
                // Writing to a String cannot fail.
                let _ = write!(literal, "\\u{:04X}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// An SQL literal: text in single quotes with each `'` doubled (SQL-92, 5.3; no `\` escapes, as in SQLite). Control
/// characters, which would break lines or end the statement, are joined in with `char(n)` inside parentheses.
/// Booleans are `1` and `0`.
pub(super) fn sql(value: &Value) -> TeraResult<String> {
    if let Some(text) = value.as_str() {
        return Ok(sql_string(text));
    }
    if let Some(boolean) = value.as_bool() {
        return Ok(if boolean { "1" } else { "0" }.to_owned());
    }
    match (value.kind(), value.as_number()) {
        (ValueKind::None, _) => Ok("NULL".to_owned()),
        (_, Some(number)) => layout::number_text(number),
        _ => Err(Error::message(format!("SQL has no literal for a value of the type `{}`", value.name()))),
    }
}

fn sql_string(text: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    if !text.contains(char::is_control) {
        return quoted(text);
    }
    let mut parts = Vec::new();
    let mut run = String::new();
    for c in text.chars() {
        if c.is_control() {
            if !run.is_empty() {
                parts.push(quoted(&std::mem::take(&mut run)));
            }
            parts.push(format!("char({})", u32::from(c)));
        } else {
            run.push(c);
        }
    }
    if !run.is_empty() {
        parts.push(quoted(&run));
    }
    format!("({})", parts.join(" || "))
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
