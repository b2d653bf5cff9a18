//! Reads the configuration file table by table and key by key, so that every problem is found at once.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    ops::{Range, RangeInclusive},
    time::Duration,
};

use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde::Deserialize as _;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use crate::{
    domain::{
        lines::Lines,
        problem::{Position, Problem},
    },
    router::{either, nearest},
};

/// Most characters of a wrong value that are repeated.
const SHOWN_CHARS: usize = 80;
/// Longest time that a setting may name: a day.
const SECONDS_MOST: u32 = 24 * 60 * 60;

/// A configuration file, and what was found wrong with it.
pub(super) struct Source<'t> {
    file: &'t str,
    text: &'t str,
    lines: Lines<'t>,
    problems: RefCell<Vec<(usize, Problem)>>,
}

impl<'t> Source<'t> {
    /// A text of a file that people know by this name.
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, lines: Lines::of(text), problems: RefCell::default() }
    }

    /// Parses the text as far as it goes; what does not parse is noted.
    pub(super) fn parse(&self) -> DeTable<'t> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let message = error.message().trim().replace('\n', ", ");
            let offset = error.span().map_or(0, |span| span.start);
            self.note(offset, Problem::new("config_syntax", "").with("message", message));
        }
        document.into_inner()
    }

    /// Its name for people.
    pub(super) fn file(&self) -> &'t str {
        self.file
    }

    /// Whether something was noted.
    pub(super) fn has_problems(&self) -> bool {
        !self.problems.borrow().is_empty()
    }

    /// Where a byte of the text is.
    pub(super) fn position(&self, offset: usize) -> Position {
        self.lines.position(offset)
    }

    /// Notes a problem at a byte of the text.
    pub(super) fn note(&self, offset: usize, problem: Problem) {
        self.problems.borrow_mut().push((offset, problem.at(self.file, self.position(offset))));
    }

    /// Everything noted, in the order of the text.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(offset, _)| *offset);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// A value, and where it is.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) offset: usize,
}

/// A table that is read; [`Section::finish`] notes the keys that nobody asked for.
pub(super) struct Section<'d, 't> {
    source: &'d Source<'t>,
    entries: &'d DeTable<'t>,
    path: String,
    offset: usize,
    asked: RefCell<BTreeSet<&'static str>>,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl<'d, 't> Section<'d, 't> {
    /// The file's top.
    pub(super) fn top(source: &'d Source<'t>, entries: &'d DeTable<'t>) -> Self {
        Self::new(source, entries, String::new(), 0..0)
    }

    fn new(source: &'d Source<'t>, entries: &'d DeTable<'t>, path: String, span: Range<usize>) -> Self {
        Self { source, entries, path, offset: span.start, asked: RefCell::default() }
    }

    /// A key's full path, for messages.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The table's own path, for messages.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Where the table is.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Notes a problem.
    pub(super) fn note(&self, offset: usize, problem: Problem) {
        self.source.note(offset, problem);
    }

    /// A value as it is written, for somebody else to read.
    pub(super) fn raw(&self, key: &'static str) -> Option<toml::Value> {
        let value = self.get(key)?;
        match toml::Value::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(value) => Some(value),
            Err(error) => {
                let message = error.message().trim().replace('\n', ", ");
                let offset = error.span().map_or(value.span().start, |span| span.start);
                self.note(offset, Problem::new("config_value_unreadable", self.path_of(key)).with("message", message));
                None
            }
        }
    }

    /// Notes that a key is missing, unless it is there with a value that was already found wrong.
    pub(super) fn missing(&self, key: &str) {
        if !self.entries.contains_key(key) {
            self.note(self.offset, Problem::new("config_key_missing", self.path_of(key)).with("key", key));
        }
    }

    fn get(&self, key: &'static str) -> Option<&'d Value<'t>> {
        self.asked.borrow_mut().insert(key);
        self.entries.get(key)
    }

    fn wrong_type(&self, key: &str, value: &Value<'_>, expected: &str) {
        let found = type_name(value.get_ref());
        let problem =
            Problem::new("config_type_wrong", self.path_of(key)).with("expected", expected).with("found", found);
        self.note(value.span().start, problem);
    }

    /// A text that is not empty.
    pub(super) fn text(&self, key: &'static str) -> Option<Found<String>> {
        let value = self.get(key)?;
        self.text_of(key, value)
    }

    fn text_of(&self, key: &str, value: &Value<'t>) -> Option<Found<String>> {
        let offset = value.span().start;
        match value.get_ref().as_str() {
            Some(text) if text.trim().is_empty() => {
                self.note(offset, Problem::new("config_text_empty", self.path_of(key)));
                None
            }
            Some(text) => Some(Found { value: text.to_owned(), offset }),
            None => {
                self.wrong_type(key, value, "a text in quotes");
                None
            }
        }
    }

    /// A list of texts that are not empty.
    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<Found<String>>> {
        let value = self.get(key)?;
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of texts");
            return None;
        };
        Some(items.iter().filter_map(|item| self.text_of(key, item)).collect())
    }

    /// A text that is one of some words.
    pub(super) fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let Found { value: written, offset } = self.text(key)?;
        let meant = words.iter().find(|(word, _)| *word == written).map(|(_, meaning)| *meaning);
        if meant.is_none() {
            let known = either(words.iter().map(|(word, _)| *word));
            let problem = Problem::new("config_word_unknown", self.path_of(key)).with("word", shortened(&written));
            self.note(offset, problem.with("known", known));
        }
        meant
    }

    /// True or false.
    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "`true` or `false`");
        }
        flag
    }

    /// A whole number of a range.
    pub(super) fn whole(&self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(key)?;
        let Some(number) = value.get_ref().as_integer() else {
            self.wrong_type(key, value, "a whole number");
            return None;
        };
        let whole = u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|whole| range.contains(whole));
        if whole.is_none() {
            let (least, most) = range.into_inner();
            self.out_of_range(key, value, (&least.to_string(), &most.to_string()));
        }
        whole
    }

    /// A number that is not negative, exactly as it is written; a text that is such a number does too.
    pub(super) fn decimal(&self, key: &'static str) -> Option<Found<Decimal>> {
        let value = self.get(key)?;
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            _ => {
                self.wrong_type(key, value, "a decimal number");
                return None;
            }
        };
        let number = Decimal::from_str_exact(&written).or_else(|_| Decimal::from_scientific(&written)).ok();
        let number = number.filter(|number| !number.is_sign_negative());
        if number.is_none() {
            let problem = Problem::new("config_decimal_wrong", self.path_of(key)).with("value", shortened(&written));
            self.note(value.span().start, problem);
        }
        Some(Found { value: number?, offset: value.span().start })
    }

    /// A time in seconds, to the millisecond, of at least one of those and at most a day.
    pub(super) fn seconds(&self, key: &'static str) -> Option<Duration> {
        let Found { value: seconds, offset } = self.decimal(key)?;
        let fits = !seconds.is_zero() && seconds.scale() <= 3 && seconds <= Decimal::from(SECONDS_MOST);
        let milliseconds = if fits { (seconds * Decimal::ONE_THOUSAND).to_u64() } else { None };
        if milliseconds.is_none() {
            let problem = Problem::new("config_number_out_of_range", self.path_of(key)).with("value", seconds);
            self.note(offset, problem.with("least", "0.001").with("most", SECONDS_MOST));
        }
        milliseconds.map(Duration::from_millis)
    }

    fn out_of_range(&self, key: &str, value: &Value<'_>, (least, most): (&str, &str)) {
        let written = value.get_ref().as_integer().map(ToString::to_string).unwrap_or_default();
        let problem = Problem::new("config_number_out_of_range", self.path_of(key)).with("value", shortened(&written));
        self.note(value.span().start, problem.with("least", least).with("most", most));
    }

    /// A table in the table.
    pub(super) fn section(&self, key: &'static str) -> Option<Self> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(entries) => Some(Self::new(self.source, entries, self.path_of(key), value.span())),
            None => {
                self.wrong_type(key, value, "a table");
                None
            }
        }
    }

    /// A list of tables.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of tables");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item.get_ref().as_table() {
                Some(entries) => {
                    let path = format!("{}[{}]", self.path_of(key), index.saturating_add(1));
                    sections.push(Self::new(self.source, entries, path, item.span()));
                }
                None => self.wrong_type(key, item, "a table"),
            }
        }
        sections
    }

    /// Every entry as a table, for tables whose keys are names.
    pub(super) fn named_sections(&self) -> Vec<(Found<String>, Self)> {
        let mut sections = Vec::new();
        for (name, value) in self.entries {
            match value.get_ref().as_table() {
                Some(entries) => {
                    let found = Found { value: name.get_ref().to_string(), offset: name.span().start };
                    sections.push((found, Self::new(self.source, entries, self.path_of(name.get_ref()), name.span())));
                }
                None => self.wrong_type(name.get_ref(), value, "a table"),
            }
        }
        sections
    }

    /// Notes the keys that nobody asked for. Their values are not shown: they may be keys to something.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for (key, _) in self.entries {
            let name: &str = key.get_ref();
            if asked.contains(name) {
                continue;
            }
            let meant = nearest(name, asked.iter().copied());
            let problem = match meant.first() {
                Some(meant) => Problem::new("config_key_misspelt", self.path_of(name)).with("meant", meant),
                None => {
                    Problem::new("config_key_unknown", self.path_of(name)).with("known", either(asked.iter().copied()))
                }
            };
            self.note(key.span().start, problem.with("key", shortened(name)));
        }
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A value that was written, as far as it is repeated.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}
