//! Reads the router's data files: TOML, key by key, so that every problem is found at once.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fmt,
    ops::{Range, RangeInclusive},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::nearest::nearest;
use crate::domain::{lines::Lines, problem::Position};

/// Most characters of a wrong value that are repeated.
const SHOWN_CHARS: usize = 80;

/// One thing wrong with a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataProblem {
    /// The file, as the operator named it.
    pub file: String,
    /// Where in it; none for tables that came without a text.
    pub position: Option<Position>,
    /// What kind it is of.
    pub kind: DataProblemKind,
    /// What is wrong.
    pub wrong: String,
    /// What to write instead.
    pub instead: String,
}

/// A kind of [`DataProblem`] that callers may tell from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataProblemKind {
    /// A value that breaks the rules of its file.
    Data,
    /// An address at which a provider may not be.
    UrlNotAllowed,
}

impl fmt::Display for DataProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, position, wrong, instead, .. } = self;
        match position {
            Some(at) => write!(f, "{file}:{}:{}: {wrong}; {instead}", at.line, at.column),
            None => write!(f, "{file}: {wrong}; {instead}"),
        }
    }
}

/// A text that is read, and what was found wrong with it.
pub(super) struct Source<'t> {
    file: &'t str,
    text: &'t str,
    /// None when problems do not say where they are.
    lines: Option<Lines<'t>>,
    problems: RefCell<Vec<(usize, DataProblem)>>,
}

impl<'t> Source<'t> {
    /// A text of a file; without `positions` its problems do not say where they are.
    pub(super) fn new(file: &'t str, text: &'t str, positions: bool) -> Self {
        Self { file, text, lines: positions.then(|| Lines::of(text)), problems: RefCell::default() }
    }

    /// Parses the text as far as it goes; what does not parse is noted.
    pub(super) fn parse(&self) -> DeTable<'t> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            let wrong = error.message().trim().replace('\n', ", ");
            self.note(DataProblemKind::Data, offset, wrong, "write TOML (https://toml.io)".to_owned());
        }
        document.into_inner()
    }

    /// Notes a problem at an offset.
    pub(super) fn note(&self, kind: DataProblemKind, offset: usize, wrong: String, instead: String) {
        let position = self.lines.as_ref().map(|lines| lines.position(offset));
        let problem = DataProblem { file: self.file.to_owned(), position, kind, wrong, instead };
        self.problems.borrow_mut().push((offset, problem));
    }

    pub(super) fn has_problems(&self) -> bool {
        !self.problems.borrow().is_empty()
    }

    /// Everything noted, in the order of the text.
    pub(super) fn into_problems(self) -> Vec<DataProblem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(offset, _)| *offset);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// A value with where it is.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) offset: usize,
}

/// A table that is read; [`Table::finish`] notes the keys that nobody asked for.
pub(super) struct Table<'d, 't> {
    source: &'d Source<'t>,
    entries: &'d DeTable<'t>,
    path: String,
    offset: usize,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'d, 't> Table<'d, 't> {
    pub(super) fn new(source: &'d Source<'t>, entries: &'d DeTable<'t>, path: String, span: Range<usize>) -> Self {
        Self { source, entries, path, offset: span.start, asked: RefCell::default() }
    }

    /// Where the table is.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// A key's full path, for messages.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Whether the key is there, with whatever value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Notes a problem of the table's own.
    pub(super) fn note(&self, offset: usize, wrong: String, instead: impl Into<String>) {
        self.note_as(DataProblemKind::Data, offset, wrong, instead);
    }

    /// Notes a problem of a kind.
    pub(super) fn note_as(&self, kind: DataProblemKind, offset: usize, wrong: String, instead: impl Into<String>) {
        self.source.note(kind, offset, wrong, instead.into());
    }

    /// Notes that a value breaks a rule.
    pub(super) fn bad(&self, offset: usize, key: &str, value: &str, instead: impl Into<String>) {
        let shown: String = value.chars().take(SHOWN_CHARS).collect();
        self.note(offset, format!("`{}` is `{shown}`", self.path_of(key)), instead);
    }

    /// Notes that a key is missing, unless it is there with a value that was already found wrong.
    pub(super) fn missing<T>(&self, key: &'static str, instead: &str) -> Option<T> {
        if !self.has(key) {
            self.note(self.offset, format!("`{}` is missing", self.path_of(key)), instead);
        }
        None
    }

    fn get(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().insert(key);
        self.entries.get(key)
    }

    fn wrong_type<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> Option<T> {
        let found = value.get_ref().type_str();
        self.note(
            value.span().start,
            format!("`{}` is of type {found}", self.path_of(key)),
            format!("write {expected}"),
        );
        None
    }

    /// A text that is not empty.
    pub(super) fn text(&self, key: &'static str) -> Option<Found<String>> {
        let value = self.get(key)?;
        let offset = value.span().start;
        match value.get_ref().as_str() {
            Some(text) if text.trim().is_empty() => {
                self.bad(offset, key, text, "write a text that is not empty");
                None
            }
            Some(text) => Some(Found { value: text.to_owned(), offset }),
            None => self.wrong_type(key, value, "a text in quotes"),
        }
    }

    /// A text that is one of some words.
    pub(super) fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let found = self.text(key)?;
        let word = words.iter().find(|(word, _)| *word == found.value).map(|(_, meaning)| *meaning);
        if word.is_none() {
            self.bad(found.offset, key, &found.value, format!("write {}", either(words.iter().map(|(word, _)| *word))));
        }
        word
    }

    /// A whole number of a range.
    pub(super) fn number(&self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            return self.wrong_type(key, value, "a whole number");
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            let instead = format!("write a whole number from {} to {}", range.start(), range.end());
            self.bad(value.span().start, key, integer.as_str(), instead);
        }
        fits
    }

    /// A boolean.
    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        value.get_ref().as_bool().or_else(|| self.wrong_type(key, value, "true or false"))
    }

    /// A list of texts, each with where it is.
    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<Found<String>>> {
        let value = self.get(key)?;
        let Some(items) = value.get_ref().as_array() else {
            return self.wrong_type(key, value, "a list of texts");
        };
        let found = items.iter().filter_map(|item| match item.get_ref().as_str() {
            Some(text) => Some(Found { value: text.to_owned(), offset: item.span().start }),
            None => self.wrong_type(key, item, "a list of texts"),
        });
        Some(found.collect())
    }

    /// A table in the table.
    pub(super) fn table(&self, key: &'static str) -> Option<Self> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(entries) => Some(Self::new(self.source, entries, self.path_of(key), value.span())),
            None => self.wrong_type(key, value, "a table"),
        }
    }

    /// A list of tables.
    pub(super) fn tables(&self, key: &'static str) -> Option<Vec<Self>> {
        let value = self.get(key)?;
        let Some(items) = value.get_ref().as_array() else {
            return self.wrong_type(key, value, "a list of tables");
        };
        let found = items.iter().enumerate().filter_map(|(index, item)| match item.get_ref().as_table() {
            Some(entries) => {
                let path = format!("{}[{}]", self.path_of(key), index.saturating_add(1));
                Some(Self::new(self.source, entries, path, item.span()))
            }
            None => self.wrong_type(key, item, "a list of tables"),
        });
        Some(found.collect())
    }

    /// Every entry as a table, for tables whose keys are names, in the order of the text.
    pub(super) fn named_tables(&self) -> Vec<(Found<String>, Self)> {
        let found = self.in_order().into_iter().filter_map(|(name, value)| match value.get_ref().as_table() {
            Some(entries) => {
                let path = self.path_of(&name.value);
                let table = Self::new(self.source, entries, path, name.offset..name.offset);
                Some((name, table))
            }
            None => self.wrong_type(&name.value, value, "a table"),
        });
        found.collect()
    }

    /// Every entry as a text, for tables whose keys are names, in the order of the text.
    pub(super) fn named_texts(&self) -> Vec<(Found<String>, String)> {
        let found = self.in_order().into_iter().filter_map(|(name, value)| match value.get_ref().as_str() {
            Some(text) => Some((name, text.to_owned())),
            None => self.wrong_type(&name.value, value, "a text in quotes"),
        });
        found.collect()
    }

    /// Every entry as JSON, for tables whose keys are names. Dates, and numbers that JSON has not, are noted.
    pub(super) fn named_values(&self) -> Vec<(String, serde_json::Value)> {
        let found = self.in_order().into_iter().filter_map(|(name, value)| match json(value.get_ref()) {
            Some(value) => Some((name.value, value)),
            None => self.wrong_type(&name.value, value, "a value that JSON has"),
        });
        found.collect()
    }

    /// Entries in the order of the text, which the parser's table does not keep.
    fn in_order(&self) -> Vec<(Found<String>, &'d Spanned<DeValue<'t>>)> {
        let named = self
            .entries
            .iter()
            .map(|(key, value)| (Found { value: key.get_ref().clone().into_owned(), offset: key.span().start }, value));
        let mut entries: Vec<_> = named.collect();
        entries.sort_by_key(|(name, _)| name.offset);
        entries
    }

    /// Notes keys that nobody asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for (key, _) in self.entries {
            let name: &str = key.get_ref();
            if asked.contains(name) {
                continue;
            }
            let instead = match nearest(name, asked.iter().copied()).first() {
                Some(near) => format!("write `{near}`"),
                None => format!("the keys are {}", either(asked.iter().copied())),
            };
            self.note(key.span().start, format!("`{}` is not known here", self.path_of(name)), instead);
        }
    }
}

fn json(value: &DeValue<'_>) -> Option<serde_json::Value> {
    Some(match value {
        DeValue::String(text) => text.clone().into_owned().into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok()?.into(),
        DeValue::Float(number) => serde_json::Number::from_f64(number.as_str().parse().ok()?)?.into(),
        DeValue::Datetime(_) => return None,
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect::<Option<Vec<_>>>()?.into(),
        DeValue::Table(entries) => {
            let entries = entries.iter().map(|(key, value)| Some((key.get_ref().to_string(), json(value.get_ref())?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
    })
}

/// `a`, `b` or `c`.
pub fn either<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
