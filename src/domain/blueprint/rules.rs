//! The rules of a field, and which of them a value breaks.

use std::rc::Rc;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use regex::Regex;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use crate::domain::spec::{Field, FieldType};

use super::pattern::Pattern;

/// Greatest whole number that JavaScript represents exactly.
pub(super) const SAFE_INTEGER: i64 = 9_007_199_254_740_991;

// The patterns below are fixed and covered by tests; `None` would let nothing pass.
static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$",
    )
    .ok()
});
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^https?://(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]+(?::[0-9]{1,5})?(?:[/?#][!-~]*)?$",
    )
    .ok()
});
static DURATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^P(?:[0-9]{1,4}W)?(?:[0-9]{1,5}D)?(?:T(?:[0-9]{1,6}H)?(?:[0-9]{1,8}M)?(?:[0-9]{1,9}(?:\.[0-9]{1,3})?S)?)?$",
    )
    .ok()
});
static DECIMAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^-?[0-9]+(?:\.[0-9]+)?$").ok());

fn is_match(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// The rules of one field.
#[derive(Debug, Clone)]
pub(super) struct Rules<'a> {
    /// The field.
    pub(super) field: &'a Field,
    /// Pattern of a text.
    pub(super) pattern: Option<Rc<Pattern>>,
}

impl Rules<'_> {
    /// Least length: an empty text is no text unless the spec says so.
    pub(super) fn least_chars(&self) -> usize {
        self.field.constraints.min_length.map_or(1, |least| usize::try_from(least).unwrap_or(usize::MAX))
    }

    /// Greatest length.
    pub(super) fn most_chars(&self) -> Option<usize> {
        self.field.constraints.max_length.and_then(|most| usize::try_from(most).ok())
    }

    /// Names of the rules that a value breaks, none when it is valid.
    pub(super) fn broken(&self, value: &Value) -> Vec<&'static str> {
        if value.is_null() {
            return if self.field.required { vec!["required"] } else { Vec::new() };
        }
        let constraints = &self.field.constraints;
        match &self.field.field_type {
            FieldType::String | FieldType::Text => self.text_rules(value, |_| true),
            FieldType::Email => self.text_rules(value, |text| text.len() <= 254 && is_match(&EMAIL, text)),
            FieldType::Url => self.text_rules(value, |text| text.len() <= 2_000 && is_match(&URL, text)),
            FieldType::Integer => match value.as_i64().filter(|whole| whole.abs() <= SAFE_INTEGER) {
                Some(whole) => number_rules(Decimal::from(whole), constraints.min, constraints.max),
                None => vec!["type"],
            },
            FieldType::Float => match value.as_f64() {
                Some(number) => {
                    let below = constraints.min.and_then(|min| min.to_f64()).is_some_and(|min| number < min);
                    let above = constraints.max.and_then(|max| max.to_f64()).is_some_and(|max| number > max);
                    named(&[("min", below), ("max", above)])
                }
                None => vec!["type"],
            },
            FieldType::Decimal => {
                self.typed_text(value, |text| match text.parse::<Decimal>().ok().filter(|_| is_match(&DECIMAL, text)) {
                    Some(number) => number_rules(number, constraints.min, constraints.max),
                    None => vec!["format"],
                })
            }
            FieldType::Boolean => named(&[("type", !value.is_boolean())]),
            FieldType::Date => self.formatted(value, is_date),
            FieldType::Time => self.formatted(value, is_time),
            FieldType::Datetime => self.formatted(value, is_datetime),
            FieldType::Duration => {
                self.formatted(value, |text| text.len() > 2 && !text.ends_with('T') && is_match(&DURATION, text))
            }
            FieldType::Uuid => self.formatted(value, |text| {
                text.len() == 36 && text.to_lowercase() == text && uuid::Uuid::try_parse(text).is_ok()
            }),
            FieldType::Enum { values, .. } => self
                .typed_text(value, |text| named(&[("enum", !values.iter().any(|value| value.value.as_str() == text))])),
            FieldType::Binary { image } => self.file_rules(value, *image),
        }
    }

    /// Whether a value breaks no rule.
    pub(super) fn accept(&self, value: &Value) -> bool {
        self.broken(value).is_empty()
    }

    fn typed_text(&self, value: &Value, rules: impl FnOnce(&str) -> Vec<&'static str>) -> Vec<&'static str> {
        value.as_str().map_or_else(|| vec!["type"], rules)
    }

    fn formatted(&self, value: &Value, format: impl FnOnce(&str) -> bool) -> Vec<&'static str> {
        self.typed_text(value, |text| named(&[("format", !format(text))]))
    }

    fn text_rules(&self, value: &Value, format: impl FnOnce(&str) -> bool) -> Vec<&'static str> {
        self.typed_text(value, |text| {
            let chars = text.chars().count();
            named(&[
                ("format", !format(text)),
                ("min_length", chars < self.least_chars()),
                ("max_length", self.most_chars().is_some_and(|most| chars > most)),
                ("pattern", self.pattern.as_ref().is_some_and(|pattern| !pattern.matches(text))),
            ])
        })
    }

    fn file_rules(&self, value: &Value, image: bool) -> Vec<&'static str> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let (Some(name), Some(media_type), Some(data)) = (text("name"), text("mediaType"), text("data")) else {
            return vec!["type"];
        };
        let Ok(content) = BASE64.decode(data) else { return vec!["format"] };
        named(&[
            ("format", name.is_empty() || !media_type.contains('/') || (image && !media_type.starts_with("image/"))),
            ("min_length", self.field.constraints.min_length.is_some() && content.len() < self.least_chars()),
            ("max_length", self.most_chars().is_some_and(|most| content.len() > most)),
        ])
    }
}

fn named(rules: &[(&'static str, bool)]) -> Vec<&'static str> {
    rules.iter().filter(|(_, broken)| *broken).map(|(rule, _)| *rule).collect()
}

fn number_rules(number: Decimal, min: Option<Decimal>, max: Option<Decimal>) -> Vec<&'static str> {
    named(&[("min", min.is_some_and(|min| number < min)), ("max", max.is_some_and(|max| number > max))])
}

/// Whether a text has the shape of a mask in which `0` stands for a digit.
fn has_shape(text: &str, mask: &str) -> bool {
    text.len() == mask.len()
        && text
            .bytes()
            .zip(mask.bytes())
            .all(|(byte, mask)| if mask == b'0' { byte.is_ascii_digit() } else { byte == mask })
}

fn is_date(text: &str) -> bool {
    has_shape(text, "0000-00-00") && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_time(text: &str) -> bool {
    (has_shape(text, "00:00") || has_shape(text, "00:00:00"))
        && text.parse::<jiff::civil::Time>().is_ok()
        && !text.ends_with(":60")
}

fn is_datetime(text: &str) -> bool {
    text.contains('T') && text.parse::<jiff::Timestamp>().is_ok()
}
