//! Relationships, each as its owner has it.

use std::collections::HashSet;

use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Relation, RelationEnd, RelationKind};
use crate::spec::jdl::findings::Findings;
use crate::spec::jdl::syntax::{Cardinality, File, Relationship, Side, Word};
use crate::spec::jdl::words;

use super::{Declared, built_in, entity};

/// Most relations of a spec.
const RELATIONS_MAX: usize = 2_000;

/// Relationship option that says the other entity comes from the generator.
const BUILT_IN_OPTION: &str = "builtInEntity";

/// Reads the relationships between the entities that the application takes in.
pub(super) fn relations(
    file: &File<'_>,
    declared: &Declared<'_, '_>,
    included: &HashSet<&str>,
    findings: &mut Findings<'_>,
) -> Vec<Relation> {
    let mut relations = Vec::new();
    if let Some(first_over) = file.relationships.get(RELATIONS_MAX) {
        let position = first_over.from.entity.position;
        findings.at_most(RELATIONS_MAX, file.relationships.len(), "entities", position);
    }
    for relationship in file.relationships.iter().take(RELATIONS_MAX) {
        let is_outside =
            |side: &Side<'_>| declared.entity_names.contains(side.entity.text) && !included.contains(side.entity.text);
        if is_outside(&relationship.from) || is_outside(&relationship.to) {
            let ignored = Problem::new("jdl_ignored_relation", "")
                .with("from", relationship.from.entity.text)
                .with("to", relationship.to.entity.text);
            findings.ignore(ignored, relationship.from.entity.position);
            continue;
        }
        relations.extend(relation(relationship, findings));
    }
    relations
}

/// A relationship as its owner has it.
struct Owned<'a, 'r> {
    kind: RelationKind,
    owner: &'r Side<'a>,
    other: &'r Side<'a>,
    /// Both sides have a name, even where the file gives none.
    both_named: bool,
}

impl<'a, 'r> Owned<'a, 'r> {
    fn of(relationship: &'r Relationship<'a>) -> Self {
        let (from, to) = (&relationship.from, &relationship.to);
        let straight = |kind| Self { kind, owner: from, other: to, both_named: false };
        let turned = |kind| Self { kind, owner: to, other: from, both_named: true };
        // Where either side could own it, the one that cannot be without it does.
        let only_to_requires = to.required.is_some() && from.required.is_none();
        match relationship.kind {
            Cardinality::ManyToOne => straight(RelationKind::ManyToOne),
            Cardinality::OneToMany => turned(RelationKind::ManyToOne),
            Cardinality::OneToOne if only_to_requires => turned(RelationKind::OneToOne),
            Cardinality::OneToOne => straight(RelationKind::OneToOne),
            Cardinality::ManyToMany if only_to_requires => turned(RelationKind::ManyToMany),
            Cardinality::ManyToMany => straight(RelationKind::ManyToMany),
        }
    }
}

fn relation(relationship: &Relationship<'_>, findings: &mut Findings<'_>) -> Option<Relation> {
    let owned = Owned::of(relationship);
    let own_name = member(owned.owner, owned.other, owned.kind == RelationKind::ManyToMany);
    let path =
        format!("entities.{}.relations.{}", words::path_part(owned.owner.entity.text), words::path_part(&own_name.0));
    findings.place(path.clone(), own_name.1.position);
    findings.place(format!("{path}.entity"), owned.other.entity.position);
    let other_name = (owned.both_named || owned.other.name.is_some())
        .then(|| member(owned.other, owned.owner, owned.kind != RelationKind::OneToOne));
    if let Some((_, word)) = &other_name {
        findings.place(format!("{path}.inverse"), word.position);
    }
    ignore_the_rest(&path, relationship, &owned, findings);
    let from = end((&path, &format!("{path}.display")), owned.owner, Some(own_name), findings);
    let inverse = (format!("{path}.inverse"), format!("{path}.inverse_display"));
    let to = end((&inverse.0, &inverse.1), owned.other, other_name, findings);
    let required = owned.owner.required.is_some();
    if let Some(position) = owned.owner.required {
        findings.place(format!("{path}.required"), position);
    }
    Some(Relation { kind: owned.kind, from: from?, to: to?, required })
}

/// Name under which a side sees the other, and the word that it comes from: its own, or the other entity's.
fn member<'a>(side: &Side<'a>, other: &Side<'a>, many: bool) -> (String, Word<'a>) {
    let word = side.name.unwrap_or(other.entity);
    let name = if many { words::plural_member_name(word.text) } else { words::member_name(word.text) };
    (name, word)
}

/// Reads a side whose name and displayed field are at the two paths.
fn end(
    (path, display_path): (&str, &str),
    side: &Side<'_>,
    name: Option<(String, Word<'_>)>,
    findings: &mut Findings<'_>,
) -> Option<RelationEnd> {
    let name = match name {
        None => None,
        Some((name, word)) => {
            let written = Word { text: &name, position: word.position };
            Some(findings.identifier(path, written)?)
        }
    };
    let mut display_field = None;
    if let Some(display) = side.display {
        findings.place(display_path.to_owned(), display.position);
        if display.text == "id" {
            findings.ignore(Problem::new("jdl_ignored_display_id", path), display.position);
        } else {
            display_field = Some(findings.identifier(display_path, display)?);
        }
    }
    // A wrong name is reported where the entity is declared, or as an unknown one.
    let entity = Identifier::parse(side.entity.text).ok();
    if entity.is_none() {
        findings.identifier(path, side.entity);
    }
    Some(RelationEnd { entity: entity?, name, label: None, display_field })
}

fn ignore_the_rest(path: &str, relationship: &Relationship<'_>, owned: &Owned<'_, '_>, findings: &mut Findings<'_>) {
    if let Some(position) = owned.other.required {
        let ignored = Problem::new("jdl_ignored_required_side", path)
            .with("entity", owned.other.entity.text)
            .with("other", owned.owner.entity.text);
        findings.ignore(ignored, position);
    }
    for option in &relationship.options {
        let names_built_in = option.text == BUILT_IN_OPTION
            && (built_in::is_built_in(relationship.to.entity.text)
                || built_in::is_built_in(relationship.from.entity.text));
        if !names_built_in {
            let ignored = Problem::new("jdl_ignored_relation_option", path).with("option", option.text);
            findings.ignore(ignored, option.position);
        }
    }
    for side in [&relationship.from, &relationship.to] {
        for annotation in &side.annotations {
            entity::ignore_annotation(path, annotation, findings);
        }
        if let Some(comment) = side.comment {
            findings.ignore_comment(path, comment);
        }
    }
}
