//! Relations: what each becomes on either side, and the tables between.

use crate::domain::problem::Problem;
use crate::domain::spec::{Relation, RelationKind, Spec};

use super::fields::Row;
use super::labels::{label_of, lower_first};
use super::naming::{Naming, table_name};
use super::scope::first_accepted;
use super::words::Words;
use super::{JoinTable, Link, Reference, Referrer};

/// A relation whose ends were found.
#[derive(Clone, Copy)]
pub(super) struct Resolved<'a> {
    /// The relation.
    pub(super) relation: &'a Relation,
    /// Position of its owner.
    pub(super) from: usize,
    /// Position of the other side.
    pub(super) to: usize,
}

/// What relations become, one item per entity where it is per entity.
#[derive(Default)]
pub(super) struct Related {
    /// To-one relations by owner.
    pub(super) references: Vec<Vec<OwnedReference>>,
    /// Many-to-many relations by side.
    pub(super) links: Vec<Vec<OwnedLink>>,
    /// To-one relations by target.
    pub(super) referrers: Vec<Vec<Referrer>>,
    /// Tables between.
    pub(super) join_tables: Vec<JoinTable>,
}

/// A reference and the position of its target.
pub(super) struct OwnedReference {
    /// The reference.
    pub(super) reference: Reference,
    /// Position of the target entity.
    pub(super) target: usize,
}

/// A link and the position of its target.
pub(super) struct OwnedLink {
    /// The link.
    pub(super) link: Link,
    /// Position of the target entity.
    pub(super) target: usize,
}

/// Finds the ends of each relation; one that names an unknown entity is a problem and left out.
pub(super) fn resolve<'a>(spec: &'a Spec, problems: &mut Vec<Problem>) -> Vec<Resolved<'a>> {
    let positions: std::collections::HashMap<&str, usize> =
        spec.entities.iter().enumerate().map(|(position, entity)| (entity.name.as_str(), position)).collect();
    let mut resolved = Vec::with_capacity(spec.relations.len());
    for (number, relation) in spec.relations.iter().enumerate() {
        let find = |name: &str| positions.get(name).copied();
        match (find(relation.from.entity.as_str()), find(relation.to.entity.as_str())) {
            (Some(from), Some(to)) => resolved.push(Resolved { relation, from, to }),
            (from, _) => {
                let unknown = if from.is_none() { &relation.from.entity } else { &relation.to.entity };
                let problem = Problem::new("blueprint_unknown_entity", format!("relations[{number}]"));
                problems.push(problem.with("entity", unknown));
            }
        }
    }
    resolved
}

/// Gives each relation its names and columns on both sides.
pub(super) fn relate(naming: &mut Naming<'_>, rows: &mut [Row<'_>], relations: &[Resolved<'_>]) -> Related {
    let mut related = Related::default();
    related.references.resize_with(rows.len(), Vec::new);
    related.links.resize_with(rows.len(), Vec::new);
    related.referrers.resize_with(rows.len(), Vec::new);
    let mut references = Vec::new();
    for resolved in relations.iter().filter(|resolved| resolved.relation.kind != RelationKind::ManyToMany) {
        references.push((*resolved, refer(naming, rows, *resolved)));
    }
    for resolved in relations.iter().filter(|resolved| resolved.relation.kind == RelationKind::ManyToMany) {
        link(naming, rows, *resolved, &mut related);
    }
    for (resolved, reference) in references {
        if let Some(reference) = reference {
            let referrer = be_referred_to(naming, rows, resolved, &reference);
            push_to(&mut related.referrers, resolved.to, referrer);
            let owned = OwnedReference { reference, target: resolved.to };
            push_to(&mut related.references, resolved.from, owned);
        }
    }
    for referrers in &mut related.referrers {
        tell_apart(referrers);
    }
    related
}

fn push_to<T>(lists: &mut [Vec<T>], position: usize, item: T) {
    if let Some(list) = lists.get_mut(position) {
        list.push(item);
    }
}

fn refer(naming: &Naming<'_>, rows: &mut [Row<'_>], resolved: Resolved<'_>) -> Option<Reference> {
    let Resolved { relation, from, to } = resolved;
    let target = naming.entities.get(to)?.clone();
    let target_table = naming.tables.get(to)?.clone();
    let shown = relation.from.display_field.as_ref().map(crate::domain::name::Identifier::as_str);
    let display_field = rows.get(to)?.display_field(shown);
    let name = relation.from.name.as_ref().unwrap_or(&relation.to.entity).as_str();
    let row = rows.get_mut(from)?;
    let stem = Words::of(name);
    let mut take =
        |stem: &Words| row.properties.try_take(&[stem.camel(), stem.and("id").camel()]).then(|| stem.clone());
    let stem = take(&stem).unwrap_or_else(|| first_accepted("ref", |suffix| take(&stem.and(suffix))));
    let label = relation.from.label.clone().unwrap_or_else(|| match &relation.from.name {
        Some(name) => label_of(name.as_str()),
        None => target.label.clone(),
    });
    Some(Reference {
        camel: stem.camel(),
        pascal: stem.pascal(),
        id_camel: stem.and("id").camel(),
        column: row.take_column(&stem.and("id")),
        label,
        target,
        target_table,
        display_field,
        kind: relation.kind,
        required: relation.required,
        reflexive: from == to,
    })
}

fn be_referred_to(
    naming: &Naming<'_>,
    rows: &mut [Row<'_>],
    resolved: Resolved<'_>,
    reference: &Reference,
) -> Referrer {
    let Resolved { relation, from, to } = resolved;
    let source = naming.entities.get(from).cloned().unwrap_or_else(|| reference.target.clone());
    let many = relation.kind == RelationKind::ManyToOne;
    let camel = relation.to.name.as_ref().and_then(|name| {
        let stem = to_many_stem(name.as_str(), relation.from.entity.as_str(), many);
        let row = rows.get_mut(to)?;
        let mut take = |stem: &Words| row.properties.try_take(&[stem.camel()]).then(|| stem.camel());
        Some(take(&stem).unwrap_or_else(|| first_accepted("rows", |suffix| take(&stem.and(suffix)))))
    });
    let label = match (&relation.to.label, &relation.to.name) {
        (Some(label), _) => label.clone(),
        (None, Some(name)) => label_of(&to_many_stem(name.as_str(), relation.from.entity.as_str(), many).snake()),
        (None, None) if many => source.label_plural.clone(),
        (None, None) => source.label.clone(),
    };
    Referrer {
        camel,
        label,
        source,
        source_table: naming.tables.get(from).cloned().unwrap_or_default(),
        id_camel: reference.id_camel.clone(),
        column: reference.column.clone(),
        reference_label: reference.label.clone(),
        required: relation.required,
        kind: relation.kind,
    }
}

/// Two unnamed relations from one entity (author and editor of a post) would both be called `Posts`.
fn tell_apart(referrers: &mut [Referrer]) {
    let mut counts = std::collections::HashMap::new();
    for referrer in referrers.iter() {
        *counts.entry(referrer.label.clone()).or_insert(0_usize) += 1;
    }
    for referrer in referrers {
        if referrer.camel.is_none() && counts.get(&referrer.label).is_some_and(|count| *count > 1) {
            referrer.label = format!("{} ({})", referrer.label, lower_first(&referrer.reference_label));
        }
    }
}

/// A to-many side that is called like one row (`tag` of tags) is given its plural; other names stay as written.
fn to_many_stem(name: &str, entity: &str, many: bool) -> Words {
    let stem = Words::of(name);
    if many && stem.last() == Words::of(entity).last() { stem.plural() } else { stem }
}

fn link(naming: &mut Naming<'_>, rows: &mut [Row<'_>], resolved: Resolved<'_>, related: &mut Related) {
    let Resolved { relation, from, to } = resolved;
    let (Some(source), Some(target)) = (naming.entities.get(from).cloned(), naming.entities.get(to).cloned()) else {
        return;
    };
    let (Some(source_table), Some(target_table)) = (naming.tables.get(from).cloned(), naming.tables.get(to).cloned())
    else {
        return;
    };
    let own_stem = match &relation.from.name {
        Some(name) => to_many_stem(name.as_str(), relation.to.entity.as_str(), true),
        None => Words::of(relation.to.entity.as_str()).plural(),
    };
    let own = take_link_names(rows, from, &own_stem);
    let (join_camel, join_table) = name_join_table(naming, &source.snake, &own_stem);
    let source_stem = Words::of(&source.snake).and("id");
    let target_stem = if from == to { own_stem.singular().and("id") } else { Words::of(&target.snake).and("id") };
    let target_stem = if target_stem == source_stem { target_stem.after("other") } else { target_stem };
    let join = JoinTable {
        camel: join_camel,
        table: join_table,
        source,
        source_table,
        source_column: source_stem.snake(),
        source_camel: source_stem.camel(),
        target,
        target_table,
        target_column: target_stem.snake(),
        target_camel: target_stem.camel(),
    };
    let owned = owner_link(&join, relation, &own, rows.get(to));
    push_to(&mut related.links, from, OwnedLink { link: owned, target: to });
    if let Some(name) = &relation.to.name {
        let stem = to_many_stem(name.as_str(), relation.from.entity.as_str(), true);
        let names = take_link_names(rows, to, &stem);
        let inverse = inverse_link(&join, relation, &names, rows.get(from));
        push_to(&mut related.links, to, OwnedLink { link: inverse, target: from });
    }
    related.join_tables.push(join);
}

struct LinkNames {
    camel: String,
    pascal: String,
    ids_camel: String,
    natural_label: String,
}

fn take_link_names(rows: &mut [Row<'_>], position: usize, stem: &Words) -> LinkNames {
    let names = |stem: &Words| LinkNames {
        camel: stem.camel(),
        pascal: stem.pascal(),
        ids_camel: stem.singular().and("ids").camel(),
        natural_label: String::new(),
    };
    let mut taken = match rows.get_mut(position) {
        Some(row) => {
            let mut take = |stem: &Words| {
                let names = names(stem);
                row.properties.try_take(&[names.camel.clone(), names.ids_camel.clone()]).then_some(names)
            };
            take(stem).unwrap_or_else(|| first_accepted("links", |suffix| take(&stem.and(suffix))))
        }
        None => names(stem),
    };
    taken.natural_label = label_of(&stem.snake());
    taken
}

fn name_join_table(naming: &mut Naming<'_>, source_snake: &str, own_stem: &Words) -> (String, String) {
    let stem = own_stem.after(source_snake);
    let Naming { code, table_scope, .. } = naming;
    let mut take_camel = |stem: &Words| code.try_take(&[stem.camel()]).then(|| stem.camel());
    let camel = take_camel(&stem).unwrap_or_else(|| first_accepted("links", |suffix| take_camel(&stem.and(suffix))));
    let mut take_table = |stem: &Words| {
        let name = table_name(stem);
        table_scope.try_take(std::slice::from_ref(&name)).then_some(name)
    };
    let table = take_table(&stem).unwrap_or_else(|| first_accepted("links", |suffix| take_table(&stem.and(suffix))));
    (camel, table)
}

fn owner_link(join: &JoinTable, relation: &Relation, names: &LinkNames, target: Option<&Row<'_>>) -> Link {
    let shown = relation.from.display_field.as_ref().map(crate::domain::name::Identifier::as_str);
    let unnamed = relation.from.name.is_none().then(|| join.target.label_plural.clone());
    Link {
        camel: names.camel.clone(),
        pascal: names.pascal.clone(),
        ids_camel: names.ids_camel.clone(),
        label: relation.from.label.clone().or(unnamed).unwrap_or_else(|| names.natural_label.clone()),
        target: join.target.clone(),
        target_table: join.target_table.clone(),
        display_field: target.and_then(|target| target.display_field(shown)),
        join_camel: join.camel.clone(),
        join_table: join.table.clone(),
        own_column: join.source_column.clone(),
        own_camel: join.source_camel.clone(),
        target_column: join.target_column.clone(),
        target_camel: join.target_camel.clone(),
        owner: true,
        required: relation.required,
    }
}

fn inverse_link(join: &JoinTable, relation: &Relation, names: &LinkNames, target: Option<&Row<'_>>) -> Link {
    let shown = relation.to.display_field.as_ref().map(crate::domain::name::Identifier::as_str);
    Link {
        camel: names.camel.clone(),
        pascal: names.pascal.clone(),
        ids_camel: names.ids_camel.clone(),
        label: relation.to.label.clone().unwrap_or_else(|| names.natural_label.clone()),
        target: join.source.clone(),
        target_table: join.source_table.clone(),
        display_field: target.and_then(|target| target.display_field(shown)),
        join_camel: join.camel.clone(),
        join_table: join.table.clone(),
        own_column: join.target_column.clone(),
        own_camel: join.target_camel.clone(),
        target_column: join.source_column.clone(),
        target_camel: join.source_camel.clone(),
        owner: false,
        required: false,
    }
}
