//! TOML with positions.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Broken, DEPTH_MAX, Node, Number, Value};
use crate::domain::lines::Lines;

/// Parses a TOML document. The parser itself bounds nesting and refuses repeated keys.
pub(super) fn parse(text: &str) -> Result<Node, Broken> {
    let lines = Lines::of(text);
    match DeTable::parse(text) {
        Ok(root) => node(&DeValue::Table(root.into_inner()), 0, &lines, 0),
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let message = error.message().trim().replace('\n', ", ");
            Err(Broken { position: lines.position(offset), code: "syntax", message })
        }
    }
}

fn node(value: &DeValue<'_>, at: usize, lines: &Lines<'_>, depth: usize) -> Result<Node, Broken> {
    let position = lines.position(at);
    if depth > DEPTH_MAX {
        return Err(Broken { position, code: "nested_too_deep", message: String::new() });
    }
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Float(number) => Value::Number(Number::decimal(number.as_str())),
        DeValue::Integer(number) if number.radix() == 10 => Value::Number(Number::decimal(number.as_str())),
        DeValue::Integer(number) => {
            let written = number.to_string();
            match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(value) => Value::Number(Number::whole(&written, value)),
                Err(_) => Value::Number(Number { text: written, exact: None }),
            }
        }
        DeValue::Array(items) => {
            let nodes = items.iter().map(|item| node(item.get_ref(), item.span().start, lines, depth + 1));
            Value::List(nodes.collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => Value::Table(entries(table, lines, depth)?),
    };
    Ok(Node { position, value })
}

/// Entries in the order of the file, which the parser's table does not keep.
fn entries(table: &DeTable<'_>, lines: &Lines<'_>, depth: usize) -> Result<Vec<(String, Node)>, Broken> {
    let mut sorted: Vec<(&Spanned<_>, &Spanned<DeValue<'_>>)> = table.iter().collect();
    sorted.sort_by_key(|(key, _)| key.span().start);
    sorted
        .into_iter()
        .map(|(key, value)| Ok((key.get_ref().to_string(), node(value.get_ref(), key.span().start, lines, depth + 1)?)))
        .collect()
}
