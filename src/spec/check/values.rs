//! Defaults and sample rows against the type and bounds of their field.

use std::collections::HashMap;

use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::Checker;
use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, Field, FieldType};
use crate::spec::forms;
use crate::spec::kinds;
use crate::spec::names::nearest;
use crate::spec::pattern;

/// Checks every default and every sample row.
pub(super) fn check(checker: &mut Checker<'_>) {
    for entity in &checker.spec.entities {
        let whole = |field: &&Field| !checker.was_left_out(&format!("entities.{}.fields.{}", entity.name, field.name));
        let rules: Vec<Rule<'_>> =
            entity.fields.iter().filter(whole).map(|field| Rule::of(checker, entity, field)).collect();
        for rule in &rules {
            default(checker, entity, rule);
        }
        samples(checker, entity, &rules);
    }
}

/// A field with its pattern compiled once.
struct Rule<'a> {
    field: &'a Field,
    pattern: Option<Regex>,
    /// Whether all values of an enumeration could be read, so that others can be refused.
    enum_is_whole: bool,
}

impl<'a> Rule<'a> {
    fn of(checker: &Checker<'_>, entity: &Entity, field: &'a Field) -> Self {
        let enum_is_whole = match &field.field_type {
            FieldType::Enum { name, .. } => {
                let own = format!("entities.{}.fields.{}.values", entity.name, field.name);
                !checker.was_left_out(&own) && !checker.was_left_out(&format!("enums.{name}"))
            }
            _ => true,
        };
        let text = field.constraints.pattern.as_deref();
        let usable = text.filter(|text| pattern::refusal(text).is_none());
        Self { field, pattern: usable.and_then(pattern::compiled), enum_is_whole }
    }
}

fn default(checker: &mut Checker<'_>, entity: &Entity, rule: &Rule<'_>) {
    let Some(value) = &rule.field.default else { return };
    let path = format!("entities.{}.fields.{}.default", entity.name, rule.field.name);
    if let FieldType::Binary { .. } = rule.field.field_type {
        checker.report(Problem::new("default_of_file", path));
    } else if rule.field.unique {
        checker.report(Problem::new("default_of_unique", path).with("field", &rule.field.name));
    } else if let Some(problem) = flaw(rule, value, &path) {
        checker.report(problem);
    }
}

fn samples(checker: &mut Checker<'_>, entity: &Entity, rules: &[Rule<'_>]) {
    let mut unique: HashMap<(&str, String), usize> = HashMap::new();
    for (index, row) in entity.samples.iter().enumerate() {
        let path = format!("entities.{}.samples[{index}]", entity.name);
        if checker.was_left_out(&path) {
            continue;
        }
        for rule in rules {
            let name = rule.field.name.as_str();
            let place = format!("{path}.{name}");
            let Some(value) = row.get(name).filter(|value| !value.is_null()) else {
                absent(checker, rule, &place);
                continue;
            };
            if let Some(problem) = flaw(rule, value, &place) {
                checker.report(problem);
            } else if rule.field.unique
                && let Some(first) = unique.insert((name, comparable(&rule.field.field_type, value)), index)
            {
                let problem = Problem::new("sample_not_unique", place).with("field", name).with("first", first + 1);
                checker.report(problem);
            }
        }
        unknown(checker, entity, row, &path);
    }
}

/// A required value is not in a row.
fn absent(checker: &mut Checker<'_>, rule: &Rule<'_>, place: &str) {
    if rule.field.required && rule.field.default.is_none() && !checker.was_left_out(place) {
        checker.report(Problem::new("sample_value_missing", place).with("field", &rule.field.name));
    }
}

fn unknown(checker: &mut Checker<'_>, entity: &Entity, row: &Map<String, Value>, path: &str) {
    for key in row.keys() {
        if !entity.fields.iter().any(|field| field.name.as_str() == key) {
            let meant = nearest(key, entity.fields.iter().map(|field| field.name.as_str()));
            let place = format!("{path}.{key}");
            let problem = match meant {
                Some(meant) => Problem::new("sample_field_misspelt", place).with("meant", meant),
                None => Problem::new("sample_field_unknown", place),
            };
            checker.report(problem.with("field", key));
        }
    }
}

/// Values that the database takes for the same.
fn comparable(field_type: &FieldType, value: &Value) -> String {
    match (field_type, value) {
        (FieldType::Decimal, Value::String(text)) => {
            text.parse::<Decimal>().map_or_else(|_| text.clone(), |exact| exact.normalize().to_string())
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// What a value breaks, as a problem at `place`.
fn flaw(rule: &Rule<'_>, value: &Value, place: &str) -> Option<Problem> {
    let field = rule.field;
    let shown: String = match value {
        Value::String(text) => text.chars().take(80).collect(),
        other => other.to_string().chars().take(80).collect(),
    };
    let problem = |code: &str| Problem::new(code, place).with("value", &shown).with("field", &field.name);
    if !forms::has_form(&field.field_type, value) {
        let malformed = problem("value_malformed").with("type", field.field_type.word());
        return Some(malformed.with("example", forms::example(&field.field_type)));
    }
    if let (FieldType::Enum { values, .. }, Value::String(text)) = (&field.field_type, value) {
        if !rule.enum_is_whole || values.iter().any(|known| known.value.as_str() == text) {
            return None;
        }
        let known: Vec<&str> = values.iter().take(20).map(|known| known.value.as_str()).collect();
        return Some(problem("value_not_in_enum").with("known", known.join("`, `")));
    }
    if field.required && value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Some(problem("value_empty"));
    }
    out_of_bounds(field, value, &problem).or_else(|| {
        let text = value.as_str()?;
        let regex = rule.pattern.as_ref().filter(|regex| !regex.is_match(text))?;
        let pattern = field.constraints.pattern.as_deref().unwrap_or(regex.as_str());
        Some(problem("value_breaks_pattern").with("pattern", pattern.chars().take(80).collect::<String>()))
    })
}

fn out_of_bounds(field: &Field, value: &Value, problem: &dyn Fn(&str) -> Problem) -> Option<Problem> {
    let bounds = &field.constraints;
    if let Some(number) = number(&field.field_type, value) {
        if let Some(min) = bounds.min.filter(|min| number < *min) {
            return Some(problem("value_too_small").with("min", min));
        }
        return bounds.max.filter(|max| number > *max).map(|max| problem("value_too_large").with("max", max));
    }
    let length = forms::length(value).filter(|_| kinds::takes(&field.field_type, "max_length"))?;
    let unit = if let FieldType::Binary { .. } = field.field_type { "bytes" } else { "characters" };
    let problem = |code: &str| problem(code).with("count", length).with("unit", unit);
    let longer_than = |most: u32| usize::try_from(most).is_ok_and(|most| length > most);
    let shorter_than = |least: u32| usize::try_from(least).is_ok_and(|least| length < least);
    if let Some(least) = bounds.min_length.filter(|least| shorter_than(*least)) {
        return Some(problem("value_too_short").with("min_length", least));
    }
    let most = bounds.max_length.filter(|most| longer_than(*most))?;
    Some(problem("value_too_long").with("max_length", most))
}

fn number(field_type: &FieldType, value: &Value) -> Option<Decimal> {
    match (field_type, value) {
        (FieldType::Decimal, Value::String(text)) => text.parse().ok(),
        (FieldType::Integer | FieldType::Float, Value::Number(number)) => {
            let text = number.to_string();
            text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
        }
        _ => None,
    }
}
