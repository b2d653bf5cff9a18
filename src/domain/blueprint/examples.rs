//! Example values of a field: two that are valid, and some that break one rule each.

use std::collections::HashMap;
use std::rc::Rc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, Field, FieldType};

use super::InvalidExample;
use super::files;
use super::lexicon::lexicon;
use super::number_values::float;
use super::pattern::Pattern;
use super::rules::Rules;
use super::text_values::{emails, sized, urls};
use super::values::Maker;

/// Rows whose values are tried for an example.
const ROWS_TRIED: usize = 6;
/// Longest text that stands in a test.
const EXAMPLE_MAX_CHARS: usize = 10_000;
/// Largest file that a request may carry in base64.
const FILE_MAX_BYTES: u32 = 7_000_000;

/// Patterns of a spec, each compiled once, and what is wrong with fields.
#[derive(Default)]
pub(super) struct Patterns {
    compiled: HashMap<String, Option<Rc<Pattern>>>,
    /// Fields that cannot be made to work.
    pub(super) problems: Vec<Problem>,
}

/// Where a field stands in the spec.
fn place(entity: &Entity, field: &Field) -> String {
    format!("entities.{}.fields.{}", entity.name, field.name)
}

fn about(problem: Problem, entity: &Entity, field: &Field) -> Problem {
    problem.with("entity", &entity.name).with("field", &field.name)
}

impl Patterns {
    /// The rules of a field.
    pub(super) fn rules<'a>(&mut self, entity: &Entity, field: &'a Field) -> Rules<'a> {
        let pattern = field.constraints.pattern.as_ref().and_then(|text| {
            let compiled = self.compiled.entry(text.clone()).or_insert_with(|| Pattern::parse(text).map(Rc::new));
            if compiled.is_none() {
                self.problems.push(
                    about(Problem::new("blueprint_pattern_unreadable", place(entity, field)), entity, field)
                        .with("pattern", text),
                );
            }
            compiled.clone()
        });
        if let (FieldType::Binary { .. }, Some(most)) = (&field.field_type, field.constraints.max_length)
            && most > FILE_MAX_BYTES
        {
            let too_large = about(Problem::new("blueprint_file_too_large", place(entity, field)), entity, field)
                .with("max_length", most);
            self.problems.push(too_large.with("most", FILE_MAX_BYTES));
        }
        Rules { field, pattern }
    }

    /// Example values of a field; reports a field that none was found for.
    pub(super) fn examples(&mut self, entity: &Entity, maker: &Maker<'_>) -> Examples {
        let field = maker.rules.field;
        let given = || {
            let samples = entity.samples.iter().filter_map(|row| row.get(field.name.as_str()));
            field.default.iter().chain(samples).filter(|value| !value.is_null() && maker.rules.accept(value)).cloned()
        };
        let words = lexicon(&[]);
        let made = |attempt: usize| (0..ROWS_TRIED).filter_map(move |index| maker.value(words, index, attempt));
        let Some(example) = made(0).next().or_else(|| given().next()) else {
            let unmade = about(Problem::new("blueprint_no_example", place(entity, field)), entity, field);
            self.problems.push(match &field.constraints.pattern {
                Some(pattern) => unmade.with("rules", format!("pattern `{pattern}`")),
                None => unmade.with("rules", "bounds"),
            });
            return Examples { example: Value::Null, other: Value::Null, invalid: Vec::new() };
        };
        let other = made(0).chain(made(1)).chain(made(2)).chain(given()).find(|value| *value != example);
        if other.is_none() && field.unique {
            self.problems.push(about(Problem::new("blueprint_one_value", place(entity, field)), entity, field));
        }
        let invalid = invalid(&maker.rules, &example);
        Examples { other: other.unwrap_or_else(|| example.clone()), example, invalid }
    }
}

/// Example values of one field.
pub(super) struct Examples {
    /// A valid one.
    pub(super) example: Value,
    /// Another valid one where there is one.
    pub(super) other: Value,
    /// Values that break one rule each.
    pub(super) invalid: Vec<InvalidExample>,
}

/// Values that break exactly the rule they stand for, made from a valid one.
fn invalid(rules: &Rules<'_>, example: &Value) -> Vec<InvalidExample> {
    let field = rules.field;
    let mut found = Vec::new();
    let mut add = |rule: &'static str, title: String, candidates: Vec<Value>| {
        let breaks = |value: &Value| rules.broken(value) == [rule];
        found.extend(candidates.into_iter().find(breaks).map(|value| InvalidExample {
            rule: rule.to_owned(),
            value,
            title,
        }));
    };
    if field.required {
        add("required", "missing".to_owned(), vec![Value::Null]);
    }
    let (title, value) = of_other_type(&field.field_type);
    add("type", title.to_owned(), vec![value]);
    if field.field_type == FieldType::Integer {
        add("type", "not a whole number".to_owned(), vec![json!(1.5)]);
    }
    let bounds = &field.constraints;
    if let Some(min) = bounds.min {
        add("min", format!("less than {}", min.normalize()), beyond(&field.field_type, min, -1));
    }
    if let Some(max) = bounds.max {
        add("max", format!("greater than {}", max.normalize()), beyond(&field.field_type, max, 1));
    }
    let unit = if let FieldType::Binary { .. } = field.field_type { "bytes" } else { "characters" };
    if let Some(least) = bounds.min_length.and_then(|least| least.checked_sub(1)).filter(|shorter| *shorter > 0) {
        add("min_length", format!("shorter than {} {unit}", least + 1), of_length(rules, example, least));
    }
    if let Some(longer) = bounds.max_length.and_then(|most| most.checked_add(1)) {
        add("max_length", format!("longer than {} {unit}", longer - 1), of_length(rules, example, longer));
    }
    if let (Some(pattern), Some(valid)) = (&rules.pattern, example.as_str()) {
        let near = pattern.near_miss(valid, |text| rules.broken(&json!(text)) == ["pattern"]);
        add("pattern", "not in the pattern".to_owned(), near.map(Value::String).into_iter().collect());
    }
    if let Some((title, candidates)) = malformed(rules) {
        add("format", title.to_owned(), candidates);
    }
    if let FieldType::Enum { .. } = field.field_type {
        let unknown = ["not_a_choice", "no_such_choice", "surely_no_such_choice"].map(|value| json!(value));
        add("enum", "not one of the choices".to_owned(), unknown.to_vec());
    }
    found
}

fn of_other_type(field_type: &FieldType) -> (&'static str, Value) {
    match field_type {
        FieldType::Integer | FieldType::Float => ("not a number", json!("twelve")),
        FieldType::Decimal => ("not a text", json!(true)),
        FieldType::Boolean => ("not true or false", json!("yes")),
        FieldType::Binary { .. } => ("not a file", json!("not a file")),
        FieldType::String
        | FieldType::Text
        | FieldType::Date
        | FieldType::Time
        | FieldType::Datetime
        | FieldType::Duration
        | FieldType::Uuid
        | FieldType::Email
        | FieldType::Url
        | FieldType::Enum { .. } => ("not a text", json!(42)),
    }
}

/// Numbers just beyond a bound; further beyond where a double cannot hold the next one.
fn beyond(field_type: &FieldType, bound: Decimal, direction: i64) -> Vec<Value> {
    let whole = *field_type == FieldType::Integer;
    let smallest = Decimal::try_new(1, bound.scale().max(2)).unwrap_or(Decimal::ONE);
    let steps = if whole { vec![Decimal::ONE] } else { vec![smallest, Decimal::ONE] };
    let large = (0..28_u32).filter(|_| !whole).filter_map(|power| {
        10_i128.checked_pow(power).and_then(|step| Decimal::try_from_i128_with_scale(step, 0).ok())
    });
    let step_from = |step: Decimal| bound.checked_add(step.checked_mul(Decimal::from(direction))?);
    let as_json = |number: Decimal| match field_type {
        FieldType::Decimal => Some(json!(number.normalize().to_string())),
        _ => float(number),
    };
    steps.into_iter().chain(large).filter_map(step_from).filter_map(as_json).collect()
}

/// Values of exactly this length that are fine otherwise.
fn of_length(rules: &Rules<'_>, example: &Value, length: u32) -> Vec<Value> {
    let Ok(length) = usize::try_from(length) else { return Vec::new() };
    if let FieldType::Binary { image } = rules.field.field_type {
        return files::file(image, 0, length, length).into_iter().collect();
    }
    if length > EXAMPLE_MAX_CHARS {
        return Vec::new();
    }
    let text = example.as_str().unwrap_or_default();
    let made = match rules.field.field_type {
        FieldType::Email => emails(text, 0, length, length),
        FieldType::Url => urls(text, 0, length, length),
        _ => match &rules.pattern {
            Some(pattern) => (0..3).filter_map(|seed| pattern.generate(length..=length, seed)).collect(),
            None => {
                let exact = sized(text, length, length, |_| text.to_owned());
                let missing = length.saturating_sub(exact.chars().count());
                vec![format!("{exact}{}", "x".repeat(missing)), "x".repeat(length)]
            }
        },
    };
    made.into_iter().filter(|text| text.trim() == text).map(Value::String).collect()
}

/// Texts that are not in the type's format, in the length that the field asks for.
fn malformed(rules: &Rules<'_>) -> Option<(&'static str, Vec<Value>)> {
    let (least, most) = (rules.least_chars(), rules.most_chars().unwrap_or(usize::MAX));
    let words = |text: &str| {
        let padded = format!("{text}{}", "x".repeat(least.saturating_sub(text.len()).min(EXAMPLE_MAX_CHARS)));
        json!(padded.chars().take(most).collect::<String>())
    };
    let (title, candidates) = match rules.field.field_type {
        FieldType::Email => ("not an e-mail address", vec![words("not-an-address")]),
        FieldType::Url => ("not a web address", vec![words("not-an-address")]),
        FieldType::Decimal => ("not a decimal number", vec![json!("twelve")]),
        FieldType::Date => ("not a date", vec![json!("2026-02-30")]),
        FieldType::Time => ("not a time", vec![json!("25:00")]),
        FieldType::Datetime => ("not an instant", vec![json!("2026-02-30T10:00:00.000Z")]),
        FieldType::Duration => ("not a duration", vec![json!("1 hour")]),
        FieldType::Uuid => ("not a UUID", vec![json!("not-a-uuid")]),
        FieldType::Binary { image: true } => {
            let least = rules.field.constraints.min_length.map_or(0, |_| least);
            ("not an image", files::not_an_image(least, most).into_iter().collect())
        }
        _ => return None,
    };
    Some((title, candidates))
}
