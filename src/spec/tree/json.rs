//! JSON with positions: `serde_json` decides what is JSON and keeps each value as the slice of the text that it is, so
//! that its place is known.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Broken, DEPTH_MAX, NODES_MAX, Node, Number, Value};
use crate::domain::lines::{Lines, saturated};
use crate::domain::problem::Position;

/// Parses a JSON document.
pub(super) fn parse(text: &str) -> Result<Node, Broken> {
    let root: &RawValue = match serde_json::from_str(text) {
        Ok(root) => root,
        Err(error) => {
            let position = Position { line: saturated(error.line()).max(1), column: saturated(error.column()).max(1) };
            return Err(Broken { position, code: "syntax", message: without_place(&error) });
        }
    };
    let mut parser = Parser { text, lines: Lines::of(text), nodes: 0 };
    let offset = parser.offset(root.get());
    parser.node(root.get(), offset, 0)
}

struct Parser<'a> {
    text: &'a str,
    lines: Lines<'a>,
    nodes: usize,
}

impl<'a> Parser<'a> {
    /// Where a slice of the text begins in it.
    fn offset(&self, slice: &str) -> usize {
        (slice.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    /// Reads the value in `raw`, which is told to stand at `at`.
    fn node(&mut self, raw: &'a str, at: usize, depth: usize) -> Result<Node, Broken> {
        self.nodes += 1;
        let position = self.lines.position(at);
        if depth > DEPTH_MAX {
            return Err(Broken { position, code: "nested_too_deep", message: String::new() });
        }
        if self.nodes > NODES_MAX {
            return Err(Broken { position, code: "too_many_values", message: String::new() });
        }
        let value = match raw.as_bytes().first() {
            Some(b'{') => self.table(raw, depth)?,
            Some(b'[') => self.list(raw, depth)?,
            Some(b'"') => Value::Text(self.text_of(raw)?),
            Some(b't') => Value::Boolean(true),
            Some(b'f') => Value::Boolean(false),
            Some(b'n') => Value::Null,
            _ => Value::Number(Number::decimal(raw)),
        };
        Ok(Node { position, value })
    }

    fn table(&mut self, raw: &'a str, depth: usize) -> Result<Value, Broken> {
        let entries = serde_json::Deserializer::from_str(raw)
            .deserialize_map(Entries)
            .map_err(|error| self.broken(raw, &error))?;
        let mut nodes = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let at = self.offset(key.get());
            nodes.push((self.text_of(key.get())?, self.node(value.get(), at, depth + 1)?));
        }
        Ok(Value::Table(nodes))
    }

    fn list(&mut self, raw: &'a str, depth: usize) -> Result<Value, Broken> {
        let items =
            serde_json::Deserializer::from_str(raw).deserialize_seq(Items).map_err(|error| self.broken(raw, &error))?;
        let mut nodes = Vec::with_capacity(items.len());
        for item in items {
            let at = self.offset(item.get());
            nodes.push(self.node(item.get(), at, depth + 1)?);
        }
        Ok(Value::List(nodes))
    }

    fn text_of(&self, raw: &'a str) -> Result<String, Broken> {
        serde_json::from_str(raw).map_err(|error| self.broken(raw, &error))
    }

    fn broken(&self, raw: &str, error: &serde_json::Error) -> Broken {
        let position = self.lines.position(self.offset(raw));
        Broken { position, code: "syntax", message: without_place(error) }
    }
}

/// The parser's words without the line and column that it puts behind them.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.clone(), |(words, _)| words.to_owned())
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
}
