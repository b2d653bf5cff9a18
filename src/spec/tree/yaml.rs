//! YAML 1.2 with positions, built from the parser's events so that depth, size and aliases are bounded while it reads.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr::Scalar;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{Broken, DEPTH_MAX, NODES_MAX, Node, Number, Value};
use crate::domain::lines::saturated;
use crate::domain::problem::Position;

/// Most values that aliases may add by repeating what their anchors hold.
const ALIASED_NODES_MAX: usize = 100_000;

/// Parses a stream of one YAML document.
pub(super) fn parse(text: &str) -> Result<Node, Broken> {
    let mut builder = Builder::default();
    let mut documents = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| syntax(&error))?;
        let at = position(&span);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(broken(at, "yaml_several_documents"));
                }
            }
            Event::Alias(anchor) => builder.alias(anchor, at)?,
            Event::Scalar(text, style, anchor, tag) => builder.scalar(text, style, tag.as_ref(), (anchor, at))?,
            Event::SequenceStart(anchor, tag) => builder.open(Open::List(Vec::new()), tag.as_ref(), (anchor, at))?,
            Event::MappingStart(anchor, tag) => {
                builder.open(Open::Table(Vec::new(), None), tag.as_ref(), (anchor, at))?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close(at)?,
        }
    }
    let nothing = Node { position: Position { line: 1, column: 1 }, value: Value::Null };
    Ok(builder.root.unwrap_or(nothing))
}

/// A list or table whose end was not seen yet; a table holds the key that waits for its value.
enum Open {
    List(Vec<Node>),
    Table(Vec<(String, Node)>, Option<(String, Position)>),
}

#[derive(Default)]
struct Builder {
    open: Vec<(Open, usize, Position)>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    aliased_nodes: usize,
    root: Option<Node>,
}

impl Builder {
    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Cow<'_, Tag>>,
        (anchor, at): (usize, Position),
    ) -> Result<(), Broken> {
        if self.awaits_key() && tag.is_none() && anchor == 0 {
            return self.key(text.into_owned(), at);
        }
        refuse_foreign(tag, at)?;
        let value = match Scalar::parse_from_cow_and_metadata(text.clone(), style, tag) {
            None => return Err(broken(at, "yaml_tag")),
            Some(Scalar::Null) => Value::Null,
            Some(Scalar::Boolean(value)) => Value::Boolean(value),
            Some(Scalar::Integer(value)) => Value::Number(Number::whole(&text, value)),
            Some(Scalar::FloatingPoint(_)) => Value::Number(Number::decimal(&text)),
            Some(Scalar::String(text)) => Value::Text(text.into_owned()),
        };
        self.add(Node { position: at, value }, anchor, 1)
    }

    fn open(&mut self, open: Open, tag: Option<&Cow<'_, Tag>>, (anchor, at): (usize, Position)) -> Result<(), Broken> {
        refuse_foreign(tag, at)?;
        if self.awaits_key() {
            return Err(broken(at, "key_not_text"));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(broken(at, "nested_too_deep"));
        }
        self.open.push((open, anchor, at));
        Ok(())
    }

    fn close(&mut self, at: Position) -> Result<(), Broken> {
        let Some((open, anchor, start)) = self.open.pop() else { return Err(broken(at, "syntax")) };
        let value = match open {
            Open::List(items) => Value::List(items),
            Open::Table(entries, _) => Value::Table(entries),
        };
        let size = if anchor == 0 { 0 } else { size_of(&value) };
        self.add(Node { position: start, value }, anchor, size)
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<(), Broken> {
        if self.awaits_key() {
            return Err(broken(at, "key_not_text"));
        }
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(broken(at, "yaml_alias_in_itself"));
        };
        self.aliased_nodes = self.aliased_nodes.saturating_add(*size);
        if self.aliased_nodes > ALIASED_NODES_MAX {
            return Err(broken(at, "yaml_aliases"));
        }
        if self.open.len() + depth_of(&node.value) > DEPTH_MAX {
            return Err(broken(at, "nested_too_deep"));
        }
        let node = Node { position: at, value: node.value.clone() };
        self.add(node, 0, 1)
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some((Open::Table(_, None), _, _)))
    }

    fn key(&mut self, key: String, at: Position) -> Result<(), Broken> {
        match self.open.last_mut() {
            Some((Open::Table(_, waiting), _, _)) => {
                *waiting = Some((key, at));
                Ok(())
            }
            _ => Err(broken(at, "syntax")),
        }
    }

    /// Puts a finished value where it belongs; `size` counts the values in it that an alias would repeat.
    fn add(&mut self, mut node: Node, anchor: usize, size: usize) -> Result<(), Broken> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(broken(node.position, "too_many_values"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size.max(1)));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((Open::List(items), _, _)) => items.push(node),
            Some((Open::Table(entries, waiting), _, _)) => match waiting.take() {
                Some((key, at)) => {
                    node.position = at;
                    entries.push((key, node));
                }
                None => match node.value {
                    Value::Text(key) => *waiting = Some((key, node.position)),
                    _ => return Err(broken(node.position, "key_not_text")),
                },
            },
        }
        Ok(())
    }
}

/// Tags of YAML itself (`!!str`) are understood; others would promise a meaning that nothing here gives them.
fn refuse_foreign(tag: Option<&Cow<'_, Tag>>, at: Position) -> Result<(), Broken> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => Err(broken(at, "yaml_tag")),
        _ => Ok(()),
    }
}

fn size_of(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(|item| size_of(&item.value)).sum::<usize>() + 1,
        Value::Table(entries) => entries.iter().map(|(_, entry)| size_of(&entry.value)).sum::<usize>() + 1,
        Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Text(_) | Value::Moment(_) => 1,
    }
}

fn depth_of(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(|item| depth_of(&item.value)).max().unwrap_or(0) + 1,
        Value::Table(entries) => entries.iter().map(|(_, entry)| depth_of(&entry.value)).max().unwrap_or(0) + 1,
        Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Text(_) | Value::Moment(_) => 0,
    }
}

fn position(span: &Span) -> Position {
    Position { line: saturated(span.start.line()), column: saturated(span.start.col() + 1) }
}

fn broken(position: Position, code: &'static str) -> Broken {
    Broken { position, code, message: String::new() }
}

fn syntax(error: &ScanError) -> Broken {
    let marker = error.marker();
    let position = Position { line: saturated(marker.line()), column: saturated(marker.col() + 1) };
    Broken { position, code: "syntax", message: error.info().to_owned() }
}
