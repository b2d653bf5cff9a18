//! The relations that an entity declares.

use heck::ToSnakeCase;

use super::scalars::Style;
use super::{At, Reader};
use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Relation, RelationEnd, RelationKind};
use crate::spec::tree::Value;

pub(in crate::spec) const KEYS: [&str; 8] =
    ["to", "kind", "required", "label", "display", "inverse", "inverse_label", "inverse_display"];
const KINDS: [&str; 4] = ["many-to-one", "one-to-many", "one-to-one", "many-to-many"];
const RELATIONS_MAX: usize = 200;

/// Reads the relations at `entities.<owner>.relations`.
pub(super) fn read(reader: &mut Reader, owner: &Identifier, at: &At<'_>) -> Vec<Relation> {
    let Some(entries) = reader.entries(at, "a table of relations by name") else { return Vec::new() };
    if entries.len() > RELATIONS_MAX {
        let problem = Problem::new("too_many", &at.path).with("count", entries.len()).with("most", RELATIONS_MAX);
        reader.refuse(at, problem);
        return Vec::new();
    }
    let mut relations = Vec::new();
    for (key, at) in entries {
        let name = reader.name(key, &at, Style::Member);
        let declared = match &at.node.value {
            Value::Text(short) => short_form(reader, &at, short),
            _ => long_form(reader, &at),
        };
        match (name, declared) {
            (Some(name), Some(declared)) => relations.push(declared.related(reader, owner, name, &at)),
            _ => {
                reader.left_out.insert(at.path.clone());
            }
        }
    }
    relations
}

/// A relation as the entity sees that declares it.
struct Declared {
    to: Identifier,
    kind: &'static str,
    required: bool,
    label: Option<String>,
    display: Option<Identifier>,
    inverse: Option<Identifier>,
    inverse_label: Option<String>,
    inverse_display: Option<Identifier>,
}

impl Declared {
    /// Turns it so that its owner comes first.
    fn related(self, reader: &mut Reader, declarer: &Identifier, name: Identifier, at: &At<'_>) -> Relation {
        let Self { to, kind, required, label, display, inverse, inverse_label, inverse_display } = self;
        let turned = kind == "one-to-many";
        // The owner needs a property for the reference even when the spec gives it no name there.
        let default_inverse = || Identifier::parse(&declarer.as_str().to_snake_case()).ok();
        let inverse = if turned { inverse.or_else(default_inverse) } else { inverse };
        let here = RelationEnd { entity: declarer.clone(), name: Some(name), label, display_field: display };
        let there = RelationEnd { entity: to, name: inverse, label: inverse_label, display_field: inverse_display };
        if turned && let Some(inverse) = &there.name {
            let called = format!("entities.{}.relations.{inverse}", there.entity);
            // At the owner, what it sees is the inverse of what was declared.
            for (seen, declared) in [("display", "inverse_display"), ("inverse_display", "display"), ("inverse", "")] {
                let declared = if declared.is_empty() { at.path.clone() } else { format!("{}.{declared}", at.path) };
                reader.elsewhere.push((format!("{called}.{seen}"), declared));
            }
            reader.elsewhere.push((called, at.path.clone()));
        }
        let (kind, from, to) = match kind {
            "one-to-many" => (RelationKind::ManyToOne, there, here),
            "one-to-one" => (RelationKind::OneToOne, here, there),
            "many-to-many" => (RelationKind::ManyToMany, here, there),
            _ => (RelationKind::ManyToOne, here, there),
        };
        Relation { kind, from, to, required }
    }
}

/// `Author`, or `Author!` for a required one: many-to-one.
fn short_form(reader: &mut Reader, at: &At<'_>, short: &str) -> Option<Declared> {
    let (word, required) = short.strip_suffix('!').map_or((short, false), |word| (word, true));
    let to = reader.reference(word, at, Style::Type)?;
    Some(Declared {
        to,
        kind: "many-to-one",
        required,
        label: None,
        display: None,
        inverse: None,
        inverse_label: None,
        inverse_display: None,
    })
}

fn long_form(reader: &mut Reader, at: &At<'_>) -> Option<Declared> {
    let table = reader.table(at, "the name of an entity, or a table with `to`", &KEYS)?;
    let to = match table.get("to") {
        Some(at) => reader.identifier(&at, Style::Type),
        None => {
            reader.missing(&table, "to", "to: Author");
            None
        }
    };
    let kind = match table.get("kind") {
        None => Some("many-to-one"),
        Some(at) => {
            let word = reader.text(&at);
            let known = word.and_then(|word| KINDS.into_iter().find(|kind| *kind == word));
            if word.is_some() && known.is_none() {
                reader.refuse_word(&at, &KINDS);
            }
            known
        }
    };
    let required = table.get("required").and_then(|at| reader.boolean(&at)).unwrap_or(false);
    let label = table.get("label").and_then(|at| reader.label(&at));
    let display = table.get("display").and_then(|at| reader.identifier(&at, Style::Member));
    let inverse = table.get("inverse").and_then(|at| reader.identifier(&at, Style::Member));
    let inverse_label = table.get("inverse_label").and_then(|at| reader.label(&at));
    let inverse_display = table.get("inverse_display").and_then(|at| reader.identifier(&at, Style::Member));
    if inverse.is_none() && kind != Some("one-to-many") {
        for key in ["inverse_label", "inverse_display"] {
            if let Some(at) = table.get(key).filter(|_| !table.has("inverse")) {
                reader.refuse(&at, Problem::new("inverse_missing", &at.path).with("key", key));
            }
        }
    }
    Some(Declared { to: to?, kind: kind?, required, label, display, inverse, inverse_label, inverse_display })
}
