//! Field types by the words that specs use for them, and what fits each.

use crate::domain::spec::FieldType;

/// Words for the field types.
pub(crate) const KINDS: [&str; 15] = [
    "string", "text", "integer", "decimal", "float", "boolean", "date", "time", "datetime", "duration", "uuid",
    "email", "url", "enum", "binary",
];

/// Greatest value of `min_length` and `max_length`: in base64 it still fits the 10 MiB that one request may have.
pub(crate) const LENGTH_MAX: u32 = 7_000_000;

/// Type for a word; `None` for an unknown one and for `enum`, which is nothing without its values.
pub(crate) fn plain(word: &str) -> Option<FieldType> {
    Some(match word {
        "string" => FieldType::String,
        "text" => FieldType::Text,
        "integer" => FieldType::Integer,
        "decimal" => FieldType::Decimal,
        "float" => FieldType::Float,
        "boolean" => FieldType::Boolean,
        "date" => FieldType::Date,
        "time" => FieldType::Time,
        "datetime" => FieldType::Datetime,
        "duration" => FieldType::Duration,
        "uuid" => FieldType::Uuid,
        "email" => FieldType::Email,
        "url" => FieldType::Url,
        "binary" => FieldType::Binary { image: false },
        _ => return None,
    })
}

/// Types that a constraint, or another choice about a field, fits.
fn fit(constraint: &str) -> &'static [&'static str] {
    match constraint {
        "min" | "max" => &["integer", "decimal", "float"],
        "min_length" | "max_length" => &["string", "text", "email", "url", "binary"],
        "pattern" => &["string", "text"],
        "search" => &["string", "text", "email", "url"],
        "unique" => &[
            "string", "text", "integer", "decimal", "float", "date", "time", "datetime", "duration", "uuid", "email",
            "url",
        ],
        "sort" => &[
            "string", "text", "integer", "decimal", "float", "boolean", "date", "time", "datetime", "duration", "uuid",
            "email", "url", "enum",
        ],
        "display" => &[
            "string", "text", "integer", "decimal", "float", "date", "time", "datetime", "duration", "uuid", "email",
            "url", "enum",
        ],
        _ => &[],
    }
}

/// Whether a constraint or choice fits a type.
pub(crate) fn takes(field_type: &FieldType, constraint: &str) -> bool {
    fit(constraint).contains(&field_type.word())
}

/// The types that a constraint or choice fits, for people.
pub(crate) fn fitting(constraint: &str) -> String {
    fit(constraint).join("`, `")
}
