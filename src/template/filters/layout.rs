//! Values as JSON or TypeScript, on one line or laid out as Biome lays them out.

use tera::value::ValueKind;
use tera::{Error, Kwargs, Number, TeraResult, Value};

use super::fit::columns;
use super::{WIDTH, script};

/// Columns by which what is inside stands further in.
const STEP: usize = 2;

/// Least columns of a name behind which a text that does not fit gets a line of its own: the step, and three that this gains.
const BREAKABLE_NAME: usize = STEP + 3;

/// Language of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// JSON (RFC 8259).
    Json,
    /// TypeScript.
    Ts,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Columns that the line in which it starts is indented by.
    indent: usize,
    /// Column in which it starts.
    column: usize,
    /// Columns taken by what follows on its last line.
    tail: usize,
    width: usize,
}

impl Place {
    /// Reads the arguments `indent` (of the line), `column` (where the value starts, `indent` unless given), `tail` (columns
    /// taken behind it: one for a comma unless given, none in JSON) and `width`.
    pub(super) fn read(arguments: &Kwargs, style: Style) -> TeraResult<Self> {
        let indent = arguments.get::<usize>("indent")?.unwrap_or_default().min(WIDTH * 10);
        let tail = usize::from(style == Style::Ts);
        Ok(Self {
            indent,
            column: arguments.get::<usize>("column")?.unwrap_or(indent),
            tail: arguments.get::<usize>("tail")?.unwrap_or(tail),
            width: arguments.get::<usize>("width")?.unwrap_or(WIDTH),
        })
    }
}

/// A value on one line.
pub(super) fn flat(value: &Value, style: Style) -> TeraResult<String> {
    if let Some(items) = value.as_array() {
        let items = items.iter().map(|item| flat(item, style)).collect::<TeraResult<Vec<_>>>()?;
        return Ok(format!("[{}]", items.join(", ")));
    }
    if let Some(entries) = value.as_map() {
        let entries = entries
            .iter()
            .map(|(key, value)| Ok(format!("{}: {}", name(key, style), flat(value, style)?)))
            .collect::<TeraResult<Vec<_>>>()?;
        return Ok(if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) });
    }
    scalar(value, style)
}

/// A value over several lines: objects always have a line for each entry (Biome keeps those whose first key stands on a
/// line of its own), arrays only when they do not fit, or hold objects, or Biome breaks them anyway.
pub(super) fn expanded(value: &Value, style: Style, place: Place) -> TeraResult<String> {
    if let Some(items) = value.as_array().filter(|items| !items.is_empty()) {
        return array(value, items, style, place);
    }
    let Some(entries) = value.as_map().filter(|entries| !entries.is_empty()) else { return flat(value, style) };
    let inner = place.indent + STEP;
    let mut lines = Vec::new();
    for (index, (key, value)) in entries.iter().enumerate() {
        let name = name(key, style);
        let column = inner + columns(&name) + 2;
        let tail = tail(style, index, entries.len());
        let printed = expanded(value, style, Place { indent: inner, column, tail, ..place })?;
        let is_too_long = value.is_string() && column + columns(&printed) + tail > place.width;
        if style == Style::Ts && is_too_long && columns(&name) >= BREAKABLE_NAME {
            lines.push(format!("{name}:\n{}{printed}", " ".repeat(inner + STEP)));
        } else {
            lines.push(format!("{name}: {printed}"));
        }
    }
    Ok(block('{', &lines, '}', style, place.indent))
}

fn array(value: &Value, items: &[Value], style: Style, place: Place) -> TeraResult<String> {
    let one_line = flat(value, style)?;
    let fits = place.column + columns(&one_line) + place.tail <= place.width;
    if fits && !holds_object(value) && !(style == Style::Ts && is_grid(items)) {
        return Ok(one_line);
    }
    let inner = place.indent + STEP;
    let printed = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let tail = tail(style, index, items.len());
            expanded(item, style, Place { indent: inner, column: inner, tail, ..place })
        })
        .collect::<TeraResult<Vec<_>>>()?;
    let lines = if items.iter().all(Value::is_number) { filled(&printed, style, inner, place.width) } else { printed };
    Ok(block('[', &lines, ']', style, place.indent))
}

/// Columns behind an item: its comma, which JSON does not have behind the last.
fn tail(style: Style, index: usize, length: usize) -> usize {
    usize::from(style == Style::Ts || index + 1 < length)
}

/// Whether Biome gives each item a line whatever its length: more than one, all lists of more than one item.
fn is_grid(items: &[Value]) -> bool {
    items.len() > 1 && items.iter().all(|item| item.as_array().is_some_and(|inner| inner.len() > 1))
}

fn holds_object(value: &Value) -> bool {
    value.as_map().is_some_and(|entries| !entries.is_empty())
        || value.as_array().is_some_and(|items| items.iter().any(holds_object))
}

/// Numbers, as many to a line as fit, commas between them.
fn filled(items: &[String], style: Style, indent: usize, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let tail = tail(style, index, items.len());
        match lines.last_mut() {
            Some(line) if indent + line.len() + 2 + item.len() + tail <= width => {
                line.push_str(", ");
                line.push_str(item);
            }
            _ => lines.push(item.clone()),
        }
    }
    lines
}

fn block(open: char, lines: &[String], close: char, style: Style, indent: usize) -> String {
    let inner = " ".repeat(indent + STEP);
    let mut text = String::from(open);
    for (index, line) in lines.iter().enumerate() {
        text.push('\n');
        text.push_str(&inner);
        text.push_str(line);
        if style == Style::Ts || index + 1 < lines.len() {
            text.push(',');
        }
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
    text
}

fn name(key: &tera::value::Key<'_>, style: Style) -> String {
    let name = key.as_str().map_or_else(|| key.as_value().to_string(), str::to_owned);
    match style {
        Style::Json => json_string(&name),
        Style::Ts => script::property(&name),
    }
}

fn scalar(value: &Value, style: Style) -> TeraResult<String> {
    if let Some(text) = value.as_str() {
        return Ok(match style {
            Style::Json => json_string(text),
            Style::Ts => script::string(text),
        });
    }
    if let Some(boolean) = value.as_bool() {
        return Ok(boolean.to_string());
    }
    match (value.kind(), value.as_number()) {
        (ValueKind::None, _) => Ok("null".to_owned()),
        (_, Some(number)) => number_text(number),
        _ => Err(Error::message(format!("a value of the type `{}` cannot be written here", value.name()))),
    }
}

/// A number in the notation that JSON, JavaScript, YAML, TOML and SQL share.
pub(super) fn number_text(number: Number) -> TeraResult<String> {
    match number.as_integer() {
        Some(integer) if number.is_integer() => Ok(integer.to_string()),
        _ => script::number(number.as_float())
            .ok_or_else(|| Error::message("a number that is not finite cannot be written here")),
    }
}

/// A JSON string (RFC 8259, 7): `"`, `\` and control characters escaped as it demands, invisible characters too, and `<` before
/// `/` and `!` so that it can stand inside a script of a page.
pub(super) fn json_string(text: &str) -> String {
    let mut literal = String::from('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '<' if matches!(chars.peek(), Some('/' | '!')) => script::push_escape(&mut literal, c),
            c if script::is_hidden(c) => script::push_escape(&mut literal, c),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
