//! Valid values of one field, as many as rows need.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::domain::spec::{FieldType, Spec};

use super::dice::{Dice, hash};
use super::lexicon::Lexicon;
use super::meaning::{Meaning, meaning_of};
use super::number_values::{NumberRange, float};
use super::rules::Rules;
use super::text_values::{emails, letters, numbered, paragraph, realistic, sized, urls};
use super::words::Words;
use super::{files, time_values};

/// Attempts to find a value beside those that other rows have.
const SPARE_ATTEMPTS: usize = 48;
/// Characters that a text may have when nothing bounds it.
const UNBOUNDED_CHARS: usize = 4_000;

/// Makes values of one field.
pub(super) struct Maker<'a> {
    /// What values must satisfy.
    pub(super) rules: Rules<'a>,
    entity: Words,
    name: Words,
    meaning: Meaning,
    salt: u64,
    numbers: Option<NumberRange>,
}

impl<'a> Maker<'a> {
    /// Prepares for one field of an entity.
    pub(super) fn new(entity: &str, rules: Rules<'a>) -> Self {
        let (entity, name) = (Words::of(entity), Words::of(rules.field.name.as_str()));
        let constraints = &rules.field.constraints;
        let numbers = match rules.field.field_type {
            FieldType::Integer => NumberRange::whole(&name, constraints.min, constraints.max),
            FieldType::Decimal | FieldType::Float => NumberRange::fraction(&name, constraints.min, constraints.max),
            _ => None,
        };
        let meaning = match rules.field.field_type {
            FieldType::Email => Meaning::Email,
            FieldType::Url => Meaning::Url,
            FieldType::Text => meaning_of(&entity, &name, true),
            _ => meaning_of(&entity, &name, false),
        };
        let short = rules.most_chars().is_some_and(|most| most <= 3);
        let meaning = if short && meaning == Meaning::Country { Meaning::CountryCode } else { meaning };
        let salt = hash(&format!("{}.{}", entity.snake(), name.snake()));
        Self { rules, entity, name, meaning, salt, numbers }
    }

    /// A valid value for a row; a greater `attempt` gives another one where there are others.
    pub(super) fn value(&self, words: &Lexicon, index: usize, attempt: usize) -> Option<Value> {
        let valid = |value: Value| self.rules.accept(&value).then_some(value);
        match &self.rules.field.field_type {
            FieldType::String | FieldType::Text | FieldType::Email | FieldType::Url => self.text(words, index, attempt),
            FieldType::Integer => self.number(index, attempt).and_then(|number| valid(float(number)?)),
            FieldType::Float => self.number(index, attempt).and_then(|number| valid(float(number)?)),
            FieldType::Decimal => self.number(index, attempt).and_then(|number| valid(json!(number.to_string()))),
            FieldType::Boolean => {
                let mostly = (index + usize::try_from(self.salt % 3).unwrap_or_default()) % 3 != 2;
                Some(json!(mostly ^ (attempt % 2 == 1)))
            }
            FieldType::Date => {
                time_values::calendar_date(&self.name, index, attempt).and_then(|date| valid(json!(date)))
            }
            FieldType::Time => valid(json!(time_values::clock_time(&self.name, index, attempt))),
            FieldType::Datetime => time_values::instant(&self.name, index, attempt).and_then(|at| valid(json!(at))),
            FieldType::Duration => valid(json!(time_values::duration(index, attempt))),
            FieldType::Uuid => {
                let seed = u64::try_from(index * 1_009 + attempt).ok()?;
                valid(json!(time_values::uuid(&mut Dice::new(self.salt ^ Dice::new(seed).roll()))))
            }
            FieldType::Enum { values, .. } => {
                let at = (index + attempt).checked_rem(values.len())?;
                values.get(at).map(|value| json!(value.value))
            }
            FieldType::Binary { image } => {
                let least = self.rules.field.constraints.min_length.map_or(0, |_| self.rules.least_chars());
                let most = self.rules.most_chars().unwrap_or(usize::MAX);
                files::file(*image, index + attempt, least, most).and_then(valid)
            }
        }
    }

    /// A valid value that is not among `taken`, and takes it.
    pub(super) fn distinct(&self, words: &Lexicon, index: usize, taken: &mut HashSet<String>) -> Option<Value> {
        let attempts = taken.len() + SPARE_ATTEMPTS;
        (0..attempts).find_map(|attempt| {
            let value = self.value(words, index, attempt)?;
            taken.insert(value.to_string()).then_some(value)
        })
    }

    fn number(&self, index: usize, attempt: usize) -> Option<Decimal> {
        self.numbers.as_ref()?.at(index, attempt, self.salt)
    }

    fn text(&self, words: &Lexicon, index: usize, attempt: usize) -> Option<Value> {
        let (least, most) = (self.rules.least_chars(), self.rules.most_chars().unwrap_or(usize::MAX));
        let many_lines = self.rules.field.field_type == FieldType::Text;
        let plain = |index: usize| {
            if many_lines {
                paragraph(self.meaning, words, index)
            } else {
                realistic(self.meaning, words, &self.entity, index)
            }
        };
        let natural = plain(index);
        let natural = if attempt == 0 { natural } else { numbered(self.meaning, &natural, attempt + 1) };
        let mut candidates = vec![natural.clone()];
        let is_address = matches!(self.rules.field.field_type, FieldType::Email | FieldType::Url);
        match self.meaning {
            Meaning::Email => candidates.extend(emails(&natural, index + attempt, least, most)),
            Meaning::Url => candidates.extend(urls(&natural, index + attempt, least, most)),
            _ => {}
        }
        if !is_address {
            candidates.extend(self.resized(&natural, attempt, &plain, words));
        }
        candidates.into_iter().map(Value::String).find(|value| self.rules.accept(value)).or_else(|| {
            let pattern = self.rules.pattern.as_ref()?;
            let longest = if most == usize::MAX { least.max(1).saturating_add(UNBOUNDED_CHARS) } else { most };
            let made = |round: u64| {
                let seed = u64::try_from(index * 7_919 + attempt).unwrap_or_default();
                let seed = self.salt ^ Dice::new(seed.wrapping_add(round << 48)).roll();
                pattern.generate(least.max(1)..=longest, seed).map(Value::String)
            };
            let rounds = if is_address { 0..32 } else { 0..2 };
            rounds.into_iter().filter_map(made).find(|value| self.rules.accept(value))
        })
    }

    /// The text in another length: other words that fit as they are, the same words cut or continued, letters alone.
    fn resized(&self, natural: &str, attempt: usize, plain: &dyn Fn(usize) -> String, words: &Lexicon) -> Vec<String> {
        let (least, most) = (self.rules.least_chars(), self.rules.most_chars().unwrap_or(usize::MAX));
        let count = natural.chars().count();
        let mut resized = Vec::new();
        if (least..=most).contains(&count) {
            return resized;
        }
        if attempt > 0 && count > most {
            // The number that makes it different stands at the end; it must not be cut off.
            let tail = (attempt + 1).to_string();
            let head =
                sized(&plain(attempt), least.saturating_sub(tail.len()), most.saturating_sub(tail.len() + 1), &plain);
            resized.push(format!("{head} {tail}"));
            let letter_count = most.saturating_sub(tail.len());
            resized.push(format!("{}{tail}", letters(letter_count.min(3), self.salt)));
        }
        let more = |round: usize| match self.meaning {
            Meaning::Description | Meaning::Remark => plain(round),
            _ => realistic(Meaning::Description, words, &self.entity, round),
        };
        resized.push(sized(natural, least, most, more));
        let seed = self.salt ^ u64::try_from(attempt * 31 + count).unwrap_or_default();
        resized.push(letters(least.max(most.min(4)), seed));
        resized
    }
}

/// Makers of all fields of an entity.
pub(super) fn makers<'a>(spec: &'a Spec, patterns: &mut super::examples::Patterns) -> Vec<Vec<Maker<'a>>> {
    let of = |entity: &'a crate::domain::spec::Entity| {
        let maker = |field| Maker::new(entity.name.as_str(), patterns.rules(entity, field));
        entity.fields.iter().map(maker).collect()
    };
    spec.entities.iter().map(of).collect()
}
