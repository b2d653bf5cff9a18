//! Values of fields (defaults, sample rows) from the tree into the JSON form that their type has.

use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value as Json, json};

use super::{At, Reader};
use crate::domain::problem::Problem;
use crate::domain::spec::FieldType;
use crate::spec::forms;
use crate::spec::tree::{Number, Value};

/// Keys of a file as a value.
pub(in crate::spec) const FILE_KEYS: [&str; 3] = ["name", "media_type", "data"];

/// Reads a value of a type; what is wrong with its form is noted, what is wrong with its bounds is left to the check.
pub(super) fn read(reader: &mut Reader, at: &At<'_>, field_type: &FieldType) -> Option<Json> {
    match field_type {
        FieldType::Boolean => reader.boolean(at).map(Json::Bool),
        FieldType::Integer => integer(reader, at),
        FieldType::Decimal => decimal(reader, at),
        FieldType::Float => float(reader, at),
        FieldType::Binary { .. } => file(reader, at),
        FieldType::String
        | FieldType::Text
        | FieldType::Date
        | FieldType::Time
        | FieldType::Datetime
        | FieldType::Duration
        | FieldType::Uuid
        | FieldType::Email
        | FieldType::Url
        | FieldType::Enum { .. } => {
            let text = reader.text(at)?;
            Some(Json::String(forms::normal_form(field_type, text).unwrap_or_else(|| text.to_owned())))
        }
    }
}

fn integer(reader: &mut Reader, at: &At<'_>) -> Option<Json> {
    let Value::Number(number) = &at.node.value else {
        reader.refuse_type(at, "a whole number");
        return None;
    };
    let whole = number.exact.filter(|exact| exact.fract().is_zero()).and_then(|exact| exact.to_i64());
    if whole.is_none() {
        let problem = Problem::new("value_malformed", &at.path).with("value", &number.text).with("type", "integer");
        reader.refuse(at, problem.with("example", forms::example(&FieldType::Integer)));
    }
    whole.map(Json::from)
}

/// A number, or the text of one: `12.50` keeps its places either way.
fn decimal(reader: &mut Reader, at: &At<'_>) -> Option<Json> {
    match &at.node.value {
        Value::Text(text) => Some(Json::String(text.clone())),
        _ => reader.decimal(at).map(|exact| Json::String(exact.to_string())),
    }
}

fn float(reader: &mut Reader, at: &At<'_>) -> Option<Json> {
    let Value::Number(Number { text, .. }) = &at.node.value else {
        reader.refuse_type(at, "a number");
        return None;
    };
    let number = text.replace('_', "").parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    if number.is_none() {
        let problem = Problem::new("value_malformed", &at.path).with("value", text).with("type", "float");
        reader.refuse(at, problem.with("example", forms::example(&FieldType::Float)));
    }
    number.map(Json::Number)
}

fn file(reader: &mut Reader, at: &At<'_>) -> Option<Json> {
    let table = reader.table(at, "a table with `name`, `media_type` and `data` in base64", &FILE_KEYS)?;
    let mut part = |key: &str| match table.get(key) {
        Some(at) => reader.text(&at).map(str::to_owned),
        None => {
            reader.missing(&table, key, "{ name: note.txt, media_type: text/plain, data: aGVsbG8= }");
            None
        }
    };
    let (name, media_type, data) = (part("name"), part("media_type"), part("data"));
    Some(json!({ "name": name?, "mediaType": media_type?, "data": data? }))
}
