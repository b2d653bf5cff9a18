//! Texts, names, numbers and yes-or-no, with their bounds.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{At, Reader};
use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::spec::bounds::{DESCRIPTION_MAX_CHARS, LABEL_MAX_CHARS};
use crate::spec::names::identifier_like;
use crate::spec::text::forbidden_character;
use crate::spec::tree::{Number, Value};

/// How a proposed name is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `BlogPost`.
    Type,
    /// `blog_post`.
    Member,
}

impl Reader {
    /// Text as it stands. A number, truth value or nothing is refused: what looks like one belongs in quotes.
    pub(super) fn text<'a>(&mut self, at: &At<'a>) -> Option<&'a str> {
        match &at.node.value {
            Value::Text(text) => Some(text),
            Value::Moment(text) => Some(text),
            Value::Number(Number { text, .. }) => {
                let problem = Problem::new("text_unquoted", &at.path).with("value", text).with("found", "a number");
                self.refuse(at, problem);
                None
            }
            Value::Boolean(value) => {
                let problem =
                    Problem::new("text_unquoted", &at.path).with("value", value).with("found", "true or false");
                self.refuse(at, problem);
                None
            }
            Value::Null | Value::List(_) | Value::Table(_) => {
                self.refuse_type(at, "text");
                None
            }
        }
    }

    /// One line for people, neither empty nor longer than a label may be.
    pub(super) fn label(&mut self, at: &At<'_>) -> Option<String> {
        let text = self.bounded_text(at, LABEL_MAX_CHARS, false)?;
        if text.trim().is_empty() {
            self.refuse(at, Problem::new("text_empty", &at.path));
            return None;
        }
        Some(text.trim().to_owned())
    }

    /// Text of several lines, which may be empty.
    pub(super) fn description(&mut self, at: &At<'_>) -> Option<String> {
        self.bounded_text(at, DESCRIPTION_MAX_CHARS, true).map(|text| text.trim_end().to_owned())
    }

    /// Text of a bounded length without characters that hide or reorder it.
    pub(super) fn bounded_text<'a>(&mut self, at: &At<'a>, most_chars: usize, lines: bool) -> Option<&'a str> {
        let text = self.text(at)?;
        let count = text.chars().count();
        if count > most_chars {
            let problem = Problem::new("text_too_long", &at.path).with("count", count).with("most", most_chars);
            self.refuse(at, problem);
            return None;
        }
        if let Some(character) = forbidden_character(text, lines) {
            let problem = if character == '\n' {
                Problem::new("text_of_several_lines", &at.path)
            } else {
                let number = u32::from(character);
                Problem::new("text_forbidden_character", &at.path).with("character", format!("U+{number:04X}"))
            };
            self.refuse(at, problem);
            return None;
        }
        Some(text)
    }

    /// True or false.
    pub(super) fn boolean(&mut self, at: &At<'_>) -> Option<bool> {
        match &at.node.value {
            Value::Boolean(value) => Some(*value),
            Value::Text(text) if matches!(text.to_ascii_lowercase().as_str(), "yes" | "on" | "true" | "y") => {
                self.refuse(at, Problem::new("boolean_in_words", &at.path).with("value", text).with("meant", "true"));
                None
            }
            Value::Text(text) if matches!(text.to_ascii_lowercase().as_str(), "no" | "off" | "false" | "n") => {
                self.refuse(at, Problem::new("boolean_in_words", &at.path).with("value", text).with("meant", "false"));
                None
            }
            _ => {
                self.refuse_type(at, "`true` or `false`");
                None
            }
        }
    }

    /// A number with its exact value, or the text of one: not every JSON writer keeps all its digits otherwise.
    pub(super) fn decimal(&mut self, at: &At<'_>) -> Option<Decimal> {
        let quoted = if let Value::Text(text) = &at.node.value { Decimal::from_str_exact(text).ok() } else { None };
        match &at.node.value {
            Value::Text(_) if quoted.is_some() => quoted,
            Value::Number(Number { exact: Some(exact), .. }) => Some(*exact),
            Value::Number(Number { text, exact: None }) => {
                self.refuse(at, Problem::new("number_out_of_reach", &at.path).with("value", text));
                None
            }
            _ => {
                self.refuse_type(at, "a number");
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, at: &At<'_>, bounds: RangeInclusive<u32>) -> Option<u32> {
        let Value::Number(number) = &at.node.value else {
            self.refuse_type(at, "a whole number");
            return None;
        };
        let whole = number.exact.filter(|exact| exact.fract().is_zero()).and_then(|exact| exact.to_u32());
        match whole.filter(|whole| bounds.contains(whole)) {
            Some(whole) => Some(whole),
            None => {
                let problem = Problem::new("number_out_of_bounds", &at.path)
                    .with("value", &number.text)
                    .with("least", bounds.start())
                    .with("most", bounds.end());
                self.refuse(at, problem);
                None
            }
        }
    }

    /// The text is none of the words that are known here.
    pub(super) fn refuse_word(&mut self, at: &At<'_>, known: &[&str]) {
        let Some(text) = self.text(at) else { return };
        let shown: String = text.chars().take(80).collect();
        let problem = Problem::new("word_unknown", &at.path).with("word", shown).with("known", known.join("`, `"));
        self.refuse(at, problem);
    }

    /// A name, given as a value.
    pub(super) fn identifier(&mut self, at: &At<'_>, style: Style) -> Option<Identifier> {
        let text = self.text(at)?;
        self.reference(text, at, style)
    }

    /// A name, given as a part of a value.
    pub(super) fn reference(&mut self, text: &str, at: &At<'_>, style: Style) -> Option<Identifier> {
        self.parsed_name(text, at, style, "reference_invalid")
    }

    /// Names, one for each item: where there is none, another holds its place, so that those behind it keep their numbers.
    pub(super) fn identifiers(&mut self, items: &[At<'_>]) -> Vec<Identifier> {
        let mut names = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let held = || Identifier::parse(&format!("unreadable_{index}")).ok();
            names.extend(self.identifier(item, Style::Member).or_else(held));
        }
        names
    }

    /// A name, given as a key: what it names can have a label.
    pub(super) fn name(&mut self, text: &str, at: &At<'_>, style: Style) -> Option<Identifier> {
        self.parsed_name(text, at, style, "name_invalid")
    }

    fn parsed_name(&mut self, text: &str, at: &At<'_>, style: Style, code: &str) -> Option<Identifier> {
        match Identifier::parse(text) {
            Ok(identifier) => Some(identifier),
            Err(error) => {
                let problem = Problem::new(code, &at.path)
                    .with("name", error.value)
                    .with("rule", Identifier::RULE)
                    .with("proposal", identifier_like(text, style == Style::Type));
                self.refuse(at, problem);
                None
            }
        }
    }
}
