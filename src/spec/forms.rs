//! The form that values of each type have, as the generated application checks it too.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use regex::Regex;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::spec::FieldType;
use crate::spec::text::forbidden_character;

/// Greatest whole number that every JSON reader keeps exact (RFC 8259, section 6).
pub(crate) const INTEGER_MAX: i64 = (1 << 53) - 1;

/// Most characters of a value in a spec.
const VALUE_MAX_CHARS: usize = 100_000;

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"));
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"));
static DATETIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
    )
});
static DURATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"^P([0-9]+W|([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+([.][0-9]+)?S)?)?)$")
});
static DECIMAL: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"^-?[0-9]+([.][0-9]+)?$"));
static EMAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"^[A-Za-z0-9_'+.-]*[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9-]*[.])+[A-Za-z]{2,}$"));
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"^https?://([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*)(:[0-9]{1,5})?([/?#][^\s<>\x22\x60{}|\\^]*)?$",
    )
});
static MEDIA_TYPE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"^[a-z]+/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,100}$"));
static BASE64: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"));

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// A text in the one form that values of its type are kept in; `None` when it has not the form of the type at all.
pub(crate) fn normal_form(field_type: &FieldType, text: &str) -> Option<String> {
    if text.chars().count() > VALUE_MAX_CHARS {
        return None;
    }
    let kept = || text.to_owned();
    match field_type {
        FieldType::String => forbidden_character(text, false).is_none().then(kept),
        FieldType::Text => forbidden_character(text, true).is_none().then(kept),
        FieldType::Enum { .. } => Some(kept()),
        FieldType::Decimal => {
            let exact = Decimal::from_str_exact(text).ok().filter(|_| is(&DECIMAL, text))?;
            Some(exact.to_string())
        }
        FieldType::Date => (is(&DATE, text) && text.parse::<Date>().is_ok()).then(kept),
        FieldType::Time => (is(&TIME, text) && text.parse::<Time>().is_ok()).then(kept),
        FieldType::Datetime => {
            let instant: Timestamp = text.parse().ok().filter(|_| is(&DATETIME, text))?;
            Some(instant.to_string())
        }
        FieldType::Duration => {
            let says_something = !text.ends_with(['P', 'T']) && text.len() <= 60;
            (says_something && is(&DURATION, text)).then(kept)
        }
        FieldType::Uuid => uuid(text),
        FieldType::Email => {
            let fits = is(&EMAIL, text) && !text.starts_with('.') && !text.contains("..") && text.len() <= 254;
            fits.then(kept)
        }
        FieldType::Url => (is(&URL, text) && text.len() <= 2_000).then(kept),
        FieldType::Integer | FieldType::Float | FieldType::Boolean | FieldType::Binary { .. } => None,
    }
}

/// Hyphenated, and of a version and variant that RFC 9562 defines, as validators in the generated application demand.
fn uuid(text: &str) -> Option<String> {
    const HYPHENATED_CHARS: usize = 36;
    let uuid = uuid::Uuid::try_parse(text).ok().filter(|_| text.len() == HYPHENATED_CHARS)?;
    let defined = (1..=8).contains(&uuid.get_version_num()) && uuid.get_variant() == uuid::Variant::RFC4122;
    (defined || uuid.is_nil() || uuid.is_max()).then(|| uuid.hyphenated().to_string())
}

/// Whether a JSON value has the form of a type, kept in its normal form.
pub(crate) fn has_form(field_type: &FieldType, value: &Value) -> bool {
    match (field_type, value) {
        (FieldType::Integer, Value::Number(number)) => {
            number.as_i64().is_some_and(|whole| (-INTEGER_MAX..=INTEGER_MAX).contains(&whole))
        }
        (FieldType::Float, Value::Number(_)) | (FieldType::Boolean, Value::Bool(_)) => true,
        (FieldType::Binary { image }, Value::Object(file)) => {
            let part = |key: &str| file.get(key).and_then(Value::as_str).unwrap_or_default();
            let kind_fits = is(&MEDIA_TYPE, part("mediaType")) && (!image || part("mediaType").starts_with("image/"));
            let name_fits = !part("name").is_empty() && part("name").len() <= 255;
            kind_fits && name_fits && forbidden_character(part("name"), false).is_none() && is(&BASE64, part("data"))
        }
        (_, Value::String(text)) => normal_form(field_type, text).is_some_and(|normal| normal == *text),
        _ => false,
    }
}

/// Length of a value in the unit that bounds of its type count: characters, or bytes of a file.
pub(crate) fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Object(file) => {
            let data = file.get("data").and_then(Value::as_str)?;
            let padding = data.bytes().rev().take_while(|byte| *byte == b'=').count();
            Some((data.len() / 4 * 3).saturating_sub(padding))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// A value of a type as one would write it in YAML, for sentences.
pub(crate) fn example(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::String => "one line of text",
        FieldType::Text => "text",
        FieldType::Integer => "a whole number between -9007199254740991 and 9007199254740991, such as `42`",
        FieldType::Decimal => "a number of at most 28 digits such as `\"12.50\"`",
        FieldType::Float => "a number such as `0.5`",
        FieldType::Boolean => "`true` or `false`",
        FieldType::Date => "a date of the calendar such as `2026-11-21`",
        FieldType::Time => "a time such as `\"13:45\"` or `\"13:45:30\"`",
        FieldType::Datetime => "an instant with its offset such as `2026-11-21T13:45:30Z`",
        FieldType::Duration => "an ISO 8601 duration such as `PT1H30M`",
        FieldType::Uuid => "a UUID such as `0190a3c4-5b7d-7c3e-9a1f-2b4c6d8e0f12`",
        FieldType::Email => "an address such as `ada@example.org`",
        FieldType::Url => "an address such as `https://example.org/page`",
        FieldType::Enum { .. } => "one of the values",
        FieldType::Binary { image: false } => "`{ name: note.txt, media_type: text/plain, data: aGVsbG8= }`",
        FieldType::Binary { image: true } => "`{ name: dot.png, media_type: image/png, data: iVBORw0KGgo= }`",
    }
}

#[cfg(test)]
#[path = "forms_tests.rs"]
mod tests;
