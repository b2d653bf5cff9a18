//! Reads TOML tables key by key and collects every problem on the way.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::problem::{Fault, PackProblem};
use super::Pattern;
use crate::domain::problem::Position;

/// Name of the manifest inside a pack.
pub(super) const FILE: &str = "template.toml";
/// Largest limit that a manifest may set, in its own unit (seconds, MiB, processes).
const NUMBER_MAX: i64 = 1_000_000;

/// The text being read, and what was found wrong with it.
pub(super) struct Source<'t> {
    text: &'t str,
    problems: RefCell<Vec<(usize, PackProblem)>>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, problems: RefCell::default() }
    }

    /// Notes a fault at an offset.
    pub(super) fn fault(&self, offset: usize, fault: Fault) {
        let problem = PackProblem::new(FILE, Some(position(self.text, offset)), fault);
        self.problems.borrow_mut().push((offset, problem));
    }

    /// Notes a value that breaks a rule.
    pub(super) fn bad(&self, offset: usize, key: &str, value: &str, rule: &str) {
        let value = value.chars().take(80).collect();
        self.fault(offset, Fault::BadValue { key: key.to_owned(), value, rule: rule.to_owned() });
    }

    /// Everything noted, in the order of the text.
    pub(super) fn into_problems(self) -> Vec<PackProblem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(offset, _)| *offset);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }
}

fn position(text: &str, offset: usize) -> Position {
    let before: Vec<char> = text.char_indices().take_while(|(at, _)| *at < offset).map(|(_, c)| c).collect();
    let line = before.iter().filter(|c| **c == '\n').count();
    let column = before.iter().rev().take_while(|c| **c != '\n').count();
    let count = |number: usize| u32::try_from(number + 1).unwrap_or(u32::MAX);
    Position { line: count(line), column: count(column) }
}

/// A table being read; [`Table::finish`] reports the keys that nothing asked for.
pub(super) struct Table<'t, 's> {
    source: &'s Source<'t>,
    entries: &'s DeTable<'t>,
    path: String,
    offset: usize,
    asked: RefCell<BTreeSet<&'static str>>,
}

/// A value found, with where it is.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) offset: usize,
}

impl<'t, 's> Table<'t, 's> {
    pub(super) fn new(source: &'s Source<'t>, entries: &'s DeTable<'t>, path: String, span: Range<usize>) -> Self {
        Self { source, entries, path, offset: span.start, asked: RefCell::default() }
    }

    pub(super) fn source(&self) -> &'s Source<'t> {
        self.source
    }

    /// A key's full path, for messages.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn get(&self, key: &'static str) -> Option<&'s Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().insert(key);
        self.entries.get(key)
    }

    fn wrong<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &'static str) -> Option<T> {
        let fault = Fault::WrongType { key: self.path_of(key), expected, found: value.get_ref().type_str() };
        self.source.fault(value.span().start, fault);
        None
    }

    fn required<T>(&self, key: &'static str, found: Option<T>) -> Option<T> {
        if found.is_none() && self.entries.get(key).is_none() {
            self.source.fault(self.offset, Fault::MissingKey { key: self.path_of(key) });
        }
        found
    }

    /// A text that must be there and not be empty.
    pub(super) fn text(&self, key: &'static str) -> Option<Found<String>> {
        let found = self.optional_text(key);
        self.required(key, found)
    }

    /// A text that may be missing but not empty.
    pub(super) fn optional_text(&self, key: &'static str) -> Option<Found<String>> {
        let value = self.get(key)?;
        let offset = value.span().start;
        match value.get_ref().as_str() {
            Some(text) if text.trim().is_empty() => {
                self.source.bad(offset, &self.path_of(key), text, "it must not be empty");
                None
            }
            Some(text) => Some(Found { value: text.to_owned(), offset }),
            None => self.wrong(key, value, "a text"),
        }
    }

    /// A whole number from `least` on, or the value that stands for a missing one.
    pub(super) fn number(&self, key: &'static str, least: i64, default: Option<u32>) -> Option<u32> {
        let Some(value) = self.get(key) else {
            return if default.is_some() { default } else { self.required(key, None) };
        };
        let Some(integer) = value.get_ref().as_integer() else { return self.wrong(key, value, "a whole number") };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let fits = number.filter(|number| (least..=NUMBER_MAX).contains(number));
        if fits.is_none() {
            let rule = format!("it must be from {least} to {NUMBER_MAX}");
            self.source.bad(value.span().start, &self.path_of(key), integer.as_str(), &rule);
        }
        fits.and_then(|number| u32::try_from(number).ok())
    }

    /// A boolean, false when missing.
    pub(super) fn flag(&self, key: &'static str) -> bool {
        let Some(value) = self.get(key) else { return false };
        value.get_ref().as_bool().or_else(|| self.wrong(key, value, "true or false")).unwrap_or_default()
    }

    /// A list of texts, each with where it is; empty when missing.
    pub(super) fn texts(&self, key: &'static str) -> Vec<Found<String>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong::<()>(key, value, "a list of texts");
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| match item.get_ref().as_str() {
                Some(text) => Some(Found { value: text.to_owned(), offset: item.span().start }),
                None => self.wrong(key, item, "a list of texts"),
            })
            .collect()
    }

    /// A list of texts that must be there and have one at least.
    pub(super) fn required_texts(&self, key: &'static str) -> Option<Vec<Found<String>>> {
        let found = self.texts(key);
        match self.entries.get(key) {
            None => self.required(key, None),
            Some(value)
                if found.is_empty() && value.get_ref().as_array().is_some_and(|items| items.iter().len() == 0) =>
            {
                self.source.bad(value.span().start, &self.path_of(key), "[]", "it needs at least one item");
                None
            }
            Some(_) => Some(found),
        }
    }

    /// Patterns; those that are wrong are reported and left out.
    pub(super) fn patterns(&self, key: &'static str, found: Vec<Found<String>>) -> Vec<Pattern> {
        found.into_iter().filter_map(|text| self.pattern(key, &text)).collect()
    }

    /// A pattern, or a report that it is wrong.
    pub(super) fn pattern(&self, key: &str, text: &Found<String>) -> Option<Pattern> {
        match Pattern::parse(&text.value) {
            Ok(pattern) => Some(pattern),
            Err(rule) => {
                self.source.bad(text.offset, &self.path_of(key), &text.value, rule);
                None
            }
        }
    }

    /// A table in the table.
    pub(super) fn table(&self, key: &'static str) -> Option<Table<'t, 's>> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(entries) => Some(Table::new(self.source, entries, self.path_of(key), value.span())),
            None => self.wrong(key, value, "a table"),
        }
    }

    /// A table in the table that must be there.
    pub(super) fn required_table(&self, key: &'static str) -> Option<Table<'t, 's>> {
        let found = self.table(key);
        self.required(key, found)
    }

    /// A list of tables; empty when missing.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'t, 's>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong::<()>(key, value, "a list of tables");
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| match item.get_ref().as_table() {
                Some(entries) => {
                    Some(Table::new(self.source, entries, format!("{}[{index}]", self.path_of(key)), item.span()))
                }
                None => self.wrong(key, item, "a list of tables"),
            })
            .collect()
    }

    /// Every key of the table with its text, for tables whose keys are names.
    pub(super) fn named_texts(&self) -> BTreeMap<String, Found<String>> {
        let mut named = BTreeMap::new();
        for (key, value) in self.entries {
            match value.get_ref().as_str() {
                Some(text) => {
                    let found = Found { value: text.to_owned(), offset: key.span().start };
                    named.insert(key.get_ref().to_string(), found);
                }
                None => {
                    self.wrong::<()>(key.get_ref(), value, "a text");
                }
            }
        }
        named
    }

    /// Where the table is.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Reports keys that nothing asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for (key, _) in self.entries {
            if !asked.contains(key.get_ref().as_ref()) {
                let known = asked.iter().map(|key| (*key).to_owned()).collect();
                let fault = Fault::UnknownKey { key: self.path_of(key.get_ref()), known };
                self.source.fault(key.span().start, fault);
            }
        }
    }
}
