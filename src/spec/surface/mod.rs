//! Writes a spec back in the form that people write specs in.

mod entity;
mod relations;
mod yaml;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use self::relations::Declared;
pub(super) use self::relations::add;
use super::bounds::SAMPLE_ROWS_DEFAULT;
use super::names::enum_name;
use crate::domain::name::Identifier;
use crate::domain::spec::{Acceptance, EnumValue, FieldType, Limits, Spec};

pub use self::yaml::surface_yaml;

/// A spec in the JSON form of specs: reading it gives the same spec again.
///
/// Where relations stand in an order that no file in this form has, as JDL files can have them, they come in the order of
/// their entities.
#[must_use]
pub fn surface(spec: &Spec) -> Value {
    let mut table = Map::new();
    let mut put = |key: &str, value: Value| {
        table.insert(key.to_owned(), value);
    };
    put("spec_version", json!(spec.spec_version));
    put("name", json!(spec.name));
    put("title", json!(spec.title));
    if !spec.summary.is_empty() {
        put("summary", json!(spec.summary));
    }
    if let Some(template) = &spec.template {
        put("template", json!(template));
    }
    put("languages", json!(spec.languages));
    if let Some(sign_in) = &spec.sign_in {
        put("sign_in", json!({ "roles": sign_in.roles, "self_registration": sign_in.self_registration }));
    }
    if spec.sample_rows != SAMPLE_ROWS_DEFAULT {
        put("sample_data", json!({ "rows": spec.sample_rows }));
    }
    let enums = shared_enums(spec);
    if !enums.is_empty() {
        let named = enums.into_iter().map(|(name, values)| (name.to_string(), enum_values(values)));
        put("enums", Value::Object(named.collect()));
    }
    if !spec.entities.is_empty() {
        put("entities", entities(spec));
    }
    if !spec.prose.is_empty() {
        put("prose", json!(spec.prose));
    }
    if !spec.attachments.is_empty() {
        put("attachments", json!(spec.attachments));
    }
    if !spec.features.is_empty() {
        put("features", spec.features.iter().map(|feature| json!(feature.description)).collect());
    }
    if !spec.acceptance.is_empty() {
        put("acceptance", spec.acceptance.iter().map(acceptance).collect());
    }
    if spec.approval {
        put("approval", json!(true));
    }
    if spec.limits != Limits::default() {
        put("limits", limits(&spec.limits));
    }
    Value::Object(table)
}

fn acceptance(acceptance: &Acceptance) -> Value {
    let files: Map<String, Value> =
        acceptance.files.iter().map(|(path, text)| (path.to_string(), json!(text))).collect();
    json!({
        "name": acceptance.name,
        "command": acceptance.command,
        "files": files,
        "server": acceptance.server,
        "time_limit": acceptance.time_limit_s,
    })
}

fn limits(limits: &Limits) -> Value {
    let given = [
        ("minutes", limits.minutes.map(Value::from)),
        ("cost_usd", limits.cost_usd.map(exact)),
        ("calls", limits.calls.map(Value::from)),
        ("tokens", limits.tokens.map(Value::from)),
    ];
    given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<String, Value>>().into()
}

/// A number that every JSON reader takes for the same, or its digits as text where there is none.
fn exact(value: Decimal) -> Value {
    let digits = value.normalize().to_string();
    if let Ok(whole) = digits.parse::<i64>() {
        return Value::from(whole);
    }
    let number = digits.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    let same = |number: &serde_json::Number| {
        let text = number.to_string();
        Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).is_ok_and(|read| read == value)
    };
    number.filter(same).map_or(Value::String(digits), Value::Number)
}

/// The enumerations that do not belong to one field by their name.
fn shared_enums(spec: &Spec) -> BTreeMap<&Identifier, &[EnumValue]> {
    let mut shared = BTreeMap::new();
    for entity in &spec.entities {
        for field in &entity.fields {
            if let FieldType::Enum { name, values } = &field.field_type
                && enum_name(&entity.name, field.name.as_str()).as_ref() != Some(name)
            {
                shared.entry(name).or_insert(values.as_slice());
            }
        }
    }
    shared
}

/// A list of values, or a table where one of them has a label.
pub(super) fn enum_values(values: &[EnumValue]) -> Value {
    if values.iter().all(|value| value.label.is_none()) {
        return values.iter().map(|value| json!(value.value)).collect();
    }
    Value::Object(values.iter().map(|value| (value.value.to_string(), json!(value.label))).collect())
}

fn entities(spec: &Spec) -> Value {
    let mut declared: BTreeMap<&Identifier, Vec<Declared<'_>>> = BTreeMap::new();
    for relation in relations::declared(spec) {
        declared.entry(relation.declarer).or_default().push(relation);
    }
    let tables = spec.entities.iter().map(|entity| {
        let own = declared.get(&entity.name).map_or(&[][..], Vec::as_slice);
        (entity.name.to_string(), entity::table(entity, own))
    });
    Value::Object(tables.collect())
}

#[cfg(test)]
#[path = "surface_tests.rs"]
pub(in crate::spec) mod tests;
