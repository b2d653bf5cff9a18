//! Sample rows: valid, pleasant to look at, and pointing at rows that are there before them.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, RelationKind, Spec};

use super::fields::Row;
use super::lexicon::{Lexicon, lexicon};
use super::order::CreationOrder;
use super::relations::{OwnedLink, OwnedReference, Related};
use super::values::Maker;
use super::{EntityBlueprint, SampleRow};

/// Every how many rows an optional reference stays empty.
const EMPTY_EVERY: usize = 5;
/// Rows at the top of a hierarchy.
const TOP_ROWS: usize = 2;

/// What sample rows are made from.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    /// The spec.
    pub(super) spec: &'a Spec,
    /// Names, by entity.
    pub(super) rows: &'a [Row<'a>],
    /// Values, by entity and field.
    pub(super) makers: &'a [Vec<Maker<'a>>],
    /// Relations, by entity.
    pub(super) related: &'a Related,
    /// Entities with their example values, which no row may have where values are unique.
    pub(super) entities: &'a [EntityBlueprint],
}

/// Makes the sample rows of every entity, in the order of the spec.
pub(super) fn sample_rows(
    sources: Sources<'_>,
    order: &CreationOrder,
    problems: &mut Vec<Problem>,
) -> Vec<Vec<SampleRow>> {
    let words = lexicon(&sources.spec.languages);
    let mut made: Vec<Option<Vec<SampleRow>>> = Vec::new();
    made.resize_with(sources.rows.len(), || None);
    let mut counts: Vec<Option<usize>> = vec![None; sources.rows.len()];
    for &position in &order.positions {
        let rows = rows_of(sources, position, words, &counts, problems);
        if let (Some(slot), Some(count)) = (made.get_mut(position), counts.get_mut(position)) {
            *count = Some(rows.len());
            *slot = Some(rows);
        }
    }
    let mut made: Vec<Vec<SampleRow>> = made.into_iter().map(Option::unwrap_or_default).collect();
    let counts: Vec<usize> = made.iter().map(Vec::len).collect();
    for (position, (rows, links)) in made.iter_mut().zip(&sources.related.links).enumerate() {
        for owned in links.iter().filter(|owned| owned.link.owner) {
            let count = counts.get(owned.target).copied().unwrap_or_default();
            for (index, row) in rows.iter_mut().enumerate() {
                let linked = linked_rows(owned, index, count, owned.target == position);
                row.links.insert(owned.link.ids_camel.clone(), json!(linked));
            }
        }
    }
    made
}

fn rows_of(
    sources: Sources<'_>,
    position: usize,
    words: &Lexicon,
    counts: &[Option<usize>],
    problems: &mut Vec<Problem>,
) -> Vec<SampleRow> {
    let (Some(row), Some(makers)) = (sources.rows.get(position), sources.makers.get(position)) else {
        return Vec::new();
    };
    let entity = row.entity;
    let own = entity.samples.len();
    let wanted = match own {
        0 if entity.without_samples => 0,
        0 => usize::try_from(sources.spec.sample_rows).unwrap_or_default(),
        own => own,
    };
    let references = sources.related.references.get(position).map(Vec::as_slice).unwrap_or_default();
    let links = sources.related.links.get(position).map(Vec::as_slice).unwrap_or_default();
    let possible = possible_rows(references, links, counts).min(wanted);
    if own > possible {
        let needed = scarce_target(references, links, counts).unwrap_or_default();
        let problem = Problem::new("blueprint_sample_without_target", format!("entities.{}.samples", entity.name));
        problems.push(
            problem.with("entity", &entity.name).with("rows", own).with("possible", possible).with("target", needed),
        );
    }
    let mut taken = taken_values(entity, makers);
    let examples = sources.entities.get(position).map(|entity| entity.fields.as_slice()).unwrap_or_default();
    for (taken, field) in taken.iter_mut().zip(examples) {
        taken.extend([field.example.to_string(), field.other_example.to_string()]);
    }
    let mut rows = Vec::with_capacity(possible);
    for index in 0..possible {
        let Some(values) = values_of(row, makers, words, index, &mut taken) else { break };
        let references = references.iter().filter_map(|owned| {
            let number = referred_row(owned, index, counts.get(owned.target).copied().flatten())?;
            Some((owned.reference.id_camel.clone(), json!(number)))
        });
        rows.push(SampleRow { values, references: references.collect(), links: Map::new() });
    }
    rows
}

/// Values of unique fields that the spec's own rows have.
fn taken_values(entity: &Entity, makers: &[Maker<'_>]) -> Vec<HashSet<String>> {
    let given = |maker: &Maker<'_>| {
        let name = maker.rules.field.name.as_str();
        entity.samples.iter().filter_map(|row| row.get(name)).map(ToString::to_string).collect()
    };
    makers.iter().map(given).collect()
}

/// Values of one row: the spec's own as they are, made up where it has none; `None` when a required value ran out.
fn values_of(
    row: &Row<'_>,
    makers: &[Maker<'_>],
    words: &Lexicon,
    index: usize,
    taken: &mut [HashSet<String>],
) -> Option<Map<String, Value>> {
    let own = row.entity.samples.get(index);
    let mut values = Map::new();
    for ((named, maker), taken) in row.fields.iter().zip(makers).zip(taken) {
        let field = named.field;
        let mut made = || {
            if field.unique { maker.distinct(words, index, taken) } else { made_up(maker, words, index) }
        };
        let value = match own {
            Some(own) => match own.get(field.name.as_str()).filter(|value| !value.is_null()) {
                Some(value) => Some(value.clone()),
                None if field.required => field.default.clone().or_else(made),
                None => None,
            },
            None => made(),
        };
        match value {
            Some(value) => values.insert(named.camel(), value),
            None if field.required && own.is_none() => return None,
            None => None,
        };
    }
    Some(values)
}

/// A value of a field that need not be unique; rows may repeat what few values there are.
fn made_up(maker: &Maker<'_>, words: &Lexicon, index: usize) -> Option<Value> {
    let field = maker.rules.field;
    maker
        .value(words, index, 0)
        .or_else(|| (0..6).find_map(|other| maker.value(words, other, 0)))
        .or_else(|| field.default.clone())
}

/// Rows that required relations leave possible.
fn possible_rows(references: &[OwnedReference], links: &[OwnedLink], counts: &[Option<usize>]) -> usize {
    let known = |target: usize| counts.get(target).copied().flatten().unwrap_or_default();
    let by_reference = references.iter().filter(|owned| owned.reference.required).map(|owned| {
        match (known(owned.target), owned.reference.kind) {
            (count, RelationKind::OneToOne) => count,
            (0, _) => 0,
            _ => usize::MAX,
        }
    });
    let required_links = links.iter().filter(|owned| owned.link.owner && owned.link.required);
    let by_link = required_links.map(|owned| if known(owned.target) == 0 { 0 } else { usize::MAX });
    by_reference.chain(by_link).min().unwrap_or(usize::MAX)
}

/// The target with the fewest rows among those that are required.
fn scarce_target(references: &[OwnedReference], links: &[OwnedLink], counts: &[Option<usize>]) -> Option<String> {
    let known = |target: usize| counts.get(target).copied().flatten().unwrap_or_default();
    let by_reference = references.iter().filter(|owned| owned.reference.required);
    let by_reference = by_reference.map(|owned| (known(owned.target), owned.reference.target.pascal.clone()));
    let by_link = links.iter().filter(|owned| owned.link.owner && owned.link.required);
    let by_link = by_link.map(|owned| (known(owned.target), owned.link.target.pascal.clone()));
    by_reference.chain(by_link).min().map(|(_, name)| name)
}

/// Number of the row that a row refers to, from 1; `target_count` is `None` when that entity has no rows yet.
fn referred_row(owned: &OwnedReference, index: usize, target_count: Option<usize>) -> Option<usize> {
    let reference = &owned.reference;
    let alone = reference.kind == RelationKind::OneToOne;
    if reference.reflexive {
        // Row 3 and later hang under earlier ones; a chain where nobody may be referred to twice.
        let above = index.checked_sub(TOP_ROWS)?;
        return Some(if alone { index } else { above / 2 + 1 });
    }
    let count = target_count.filter(|count| *count > 0)?;
    if alone {
        return (index < count).then_some(index + 1);
    }
    if !reference.required && index % EMPTY_EVERY == EMPTY_EVERY - 1 {
        return None;
    }
    Some(index % count + 1)
}

/// Numbers of the rows that a row is linked with, from 1, ascending.
fn linked_rows(owned: &OwnedLink, index: usize, count: usize, reflexive: bool) -> Vec<usize> {
    let wanted = match index % 4 {
        3 if !owned.link.required => 0,
        other => 1 + other % 3,
    };
    let spread = |step: usize| (index + step * 2).checked_rem(count).map(|at| at + 1);
    let mut linked: Vec<usize> =
        (0..wanted).filter_map(spread).filter(|number| !reflexive || *number != index + 1).collect();
    linked.sort_unstable();
    linked.dedup();
    linked
}
