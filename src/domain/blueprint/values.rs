//! Example values.

use serde_json::{Value, json};

use crate::domain::spec::{Field, FieldType};

pub(super) fn trivial(field: &Field) -> (Value, Value) {
    match &field.field_type {
        FieldType::String | FieldType::Text => (json!("Sample"), json!("Another")),
        FieldType::Integer => (json!(1), json!(2)),
        FieldType::Decimal => (json!("1.5"), json!("2.5")),
        FieldType::Float => (json!(1.5), json!(2.5)),
        FieldType::Boolean => (json!(true), json!(false)),
        FieldType::Date => (json!("2026-03-14"), json!("2026-04-15")),
        FieldType::Time => (json!("09:30"), json!("13:45")),
        FieldType::Datetime => (json!("2026-03-14T09:30:00.000Z"), json!("2026-04-15T13:45:00.000Z")),
        FieldType::Duration => (json!("PT1H30M"), json!("PT45M")),
        FieldType::Uuid => {
            (json!("0190a3c4-0000-7000-8000-000000000001"), json!("0190a3c4-0000-7000-8000-000000000002"))
        }
        FieldType::Email => (json!("anna@example.com"), json!("ben@example.com")),
        FieldType::Url => (json!("https://example.com/"), json!("https://example.org/")),
        FieldType::Enum { values, .. } => {
            let value = |value: Option<&crate::domain::spec::EnumValue>| {
                value.map(|value| json!(value.value)).unwrap_or_default()
            };
            (value(values.first()), value(values.last()))
        }
        FieldType::Binary { .. } => {
            let file = json!({ "name": "a.txt", "mediaType": "text/plain", "data": "SGVsbG8=" });
            (file.clone(), file)
        }
    }
}
