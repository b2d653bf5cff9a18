//! From a spec to a blueprint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, EnumValue, SignIn, Spec};

use super::account::{is_account, with_account};
use super::decisions::decisions;
use super::examples::Patterns;
use super::fields::{KINDS, NamedField, Row, is_searchable};
use super::labels::{label_of, value_label_of};
use super::naming::{NamedEnum, Naming, take_each};
use super::order::{CreationOrder, creation_order};
use super::relations::{OwnedLink, OwnedReference, Related, relate, resolve};
use super::samples::{Sources, sample_rows};
use super::scope::Scope;
use super::values::makers;
use super::words::Words;
use super::{Blueprint, EntityBlueprint, EnumBlueprint, EnumValueBlueprint, FieldBlueprint, Project, Role};

/// What derivation must know of a template pack; it stands in the pack's manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackFacts {
    /// Name of the pack.
    pub name: String,
    /// Version of the pack.
    pub version: String,
    /// Types that the pack defines or imports beside an entity's.
    pub reserved_types: Vec<String>,
    /// Variables that the pack defines or imports beside an entity's.
    pub reserved_variables: Vec<String>,
    /// Tables that the pack makes itself.
    pub reserved_tables: Vec<String>,
    /// Names that the pack makes of each entity's, such as `{pascal}Input`; in braces `pascal`, `camel`,
    /// `plural_pascal` or `plural_camel`.
    pub derived_names: Vec<String>,
    /// Properties that the pack adds to the account entity, in camel case.
    pub account_properties: Vec<String>,
}

/// Decides everything that templates need to know about a project.
///
/// Pure: the same spec and pack give the same blueprint. The blueprint is whole even with problems, but must not be
/// rendered then.
#[must_use]
pub fn derive(spec: &Spec, pack: &PackFacts) -> (Blueprint, Vec<Problem>) {
    let mut problems = Vec::new();
    let given = spec;
    let spec = &*with_account(given, pack, &mut problems);
    let mut naming = Naming::derive(spec, pack);
    let mut rows: Vec<Row<'_>> = spec
        .entities
        .iter()
        .map(|entity| Row::new(entity, if is_account(spec, entity) { &pack.account_properties } else { &[] }))
        .collect();
    let relations = resolve(spec, &mut problems);
    let related = relate(&mut naming, &mut rows, &relations);
    let order = creation_order(&related);
    report_cycles(spec, &related, &order, &mut problems);
    let roles = roles_of(spec.sign_in.as_ref());
    let mut patterns = Patterns::default();
    let makers = makers(spec, &mut patterns);
    let parts = Parts { spec, naming: &naming, rows: &rows, roles: &roles };
    let mut entities = assemble(parts, related_parts(&related), &order);
    for ((entity, blueprint), makers) in spec.entities.iter().zip(&mut entities).zip(&makers) {
        for (field, maker) in blueprint.fields.iter_mut().zip(makers) {
            let examples = patterns.examples(entity, maker);
            (field.example, field.other_example, field.invalid) = (examples.example, examples.other, examples.invalid);
            field.pattern = maker.rules.pattern.as_ref().map(|pattern| pattern.text().to_owned());
        }
    }
    problems.append(&mut patterns.problems);
    let sources = Sources { spec, rows: &rows, makers: &makers, related: &related, entities: &entities };
    let samples = sample_rows(sources, &order, &mut problems);
    for (entity, samples) in entities.iter_mut().zip(samples) {
        entity.samples = samples;
    }
    let creation = order.positions.iter().filter_map(|position| naming.entities.get(*position));
    let mut blueprint = Blueprint {
        project: Project {
            name: spec.name.to_string(),
            title: spec.title.clone(),
            summary: spec.summary.clone(),
            template: pack.name.clone(),
            template_version: pack.version.clone(),
        },
        languages: spec.languages.clone(),
        sign_in: spec.sign_in.is_some(),
        self_registration: spec.sign_in.as_ref().is_some_and(|sign_in| sign_in.self_registration),
        account: entities.iter().find(|entity| entity.is_account).map(|entity| entity.names.pascal.clone()),
        roles: roles.iter().map(|(_, role)| role.clone()).collect(),
        creation_order: creation.map(|names| names.pascal.clone()).collect(),
        enums: naming.enums.iter().map(enumeration).collect(),
        decisions: Vec::new(),
        has_entities: !entities.is_empty(),
        has_features: spec.needs_model() || entities.is_empty(),
        uses: uses(&entities),
        join_tables: related.join_tables,
        entities,
    };
    blueprint.decisions = decisions(&blueprint, given, spec);
    (blueprint, problems)
}

fn enumeration(named: &NamedEnum<'_>) -> EnumBlueprint {
    let value = |value: &EnumValue| EnumValueBlueprint {
        value: value.value.to_string(),
        label: value.label.clone().unwrap_or_else(|| value_label_of(value.value.as_str())),
    };
    EnumBlueprint { names: named.names.clone(), values: named.values.iter().map(value).collect() }
}

fn report_cycles(spec: &Spec, related: &Related, order: &CreationOrder, problems: &mut Vec<Problem>) {
    if order.stuck.is_empty() {
        return;
    }
    let name = |position: usize| spec.entities.get(position).map(|entity| entity.name.to_string()).unwrap_or_default();
    let mut cycle = Vec::new();
    for &position in &order.stuck {
        let references = related.references.get(position).into_iter().flatten();
        let links = related.links.get(position).into_iter().flatten().filter(|owned| owned.link.owner);
        let needs = references.map(|owned| (owned.target, owned.reference.required));
        if needs.chain(links.map(|owned| (owned.target, owned.link.required))).any(|need| need == (position, true)) {
            let path = format!("entities.{}", name(position));
            problems.push(Problem::new("blueprint_required_reflexive", path).with("entity", name(position)));
        } else {
            cycle.push(name(position));
        }
    }
    if cycle.len() > 1 {
        problems.push(Problem::new("blueprint_required_cycle", "relations").with("entities", cycle.join(", ")));
    }
}

/// Roles by their name in the spec.
fn roles_of(sign_in: Option<&SignIn>) -> Vec<(Identifier, Role)> {
    let Some(sign_in) = sign_in else { return Vec::new() };
    let stems: Vec<Words> = sign_in.roles.iter().map(|role| Words::of(role.as_str())).collect();
    let mut values = Scope::ignoring_case([]);
    let values = take_each(&stems, "role", |stem| values.try_take(&[stem.snake()]).then(|| stem.snake()));
    let role = |(identifier, value): (&Identifier, String)| {
        (identifier.clone(), Role { value, label: label_of(identifier.as_str()) })
    };
    sign_in.roles.iter().zip(values).map(role).collect()
}

/// Role values that the spec names, else all but the last `left_out`.
fn role_values(given: Option<&Vec<Identifier>>, roles: &[(Identifier, Role)], left_out: usize) -> Vec<String> {
    let chosen = |(position, (identifier, role)): (usize, &(Identifier, Role))| {
        let may = given.map_or(position + left_out < roles.len(), |given| given.contains(identifier));
        may.then(|| role.value.clone())
    };
    roles.iter().enumerate().filter_map(chosen).collect()
}

/// How many of the lowest roles may not write: the last of several, and all but the first where accounts are kept, since
/// whoever writes an account chooses its role.
fn without_rights(spec: &Spec, entity: &Entity, role_count: usize) -> usize {
    if is_account(spec, entity) { role_count.saturating_sub(1) } else { usize::from(role_count > 1) }
}

#[derive(Clone, Copy)]
struct Parts<'a> {
    spec: &'a Spec,
    naming: &'a Naming<'a>,
    rows: &'a [Row<'a>],
    roles: &'a [(Identifier, Role)],
}

type RelatedParts<'a> = Vec<(&'a [OwnedReference], &'a [OwnedLink], &'a [super::Referrer])>;

fn related_parts(related: &Related) -> RelatedParts<'_> {
    let owned = related.references.iter().zip(&related.links).zip(&related.referrers);
    owned
        .map(|((references, links), referrers)| (references.as_slice(), links.as_slice(), referrers.as_slice()))
        .collect()
}

fn assemble(parts: Parts<'_>, related: RelatedParts<'_>, order: &CreationOrder) -> Vec<EntityBlueprint> {
    let mut creation_index = vec![0_usize; order.positions.len()];
    for (index, &position) in order.positions.iter().enumerate() {
        if let Some(slot) = creation_index.get_mut(position) {
            *slot = index;
        }
    }
    let Parts { spec, naming, rows, roles } = parts;
    let named = naming.entities.iter().zip(&naming.tables).zip(rows);
    named
        .zip(related.into_iter().zip(creation_index))
        .map(|(((names, table), row), ((references, links, referrers), creation_index))| {
            let entity = row.entity;
            let search = row.search();
            let (sort_field, sort_descending) = row.sort();
            let fields = row.fields.iter().zip(row.list_columns());
            let fields: Vec<FieldBlueprint> =
                fields.map(|(named, in_list)| field(naming, named, &search, in_list)).collect();
            let references: Vec<_> = references.iter().map(|owned| owned.reference.clone()).collect();
            let links: Vec<_> = links.iter().map(|owned| owned.link.clone()).collect();
            EntityBlueprint {
                names: names.clone(),
                description: entity.description.clone(),
                table: table.clone(),
                has_required: fields.iter().any(|field| field.required)
                    || references.iter().any(|reference| reference.required)
                    || links.iter().any(|link| link.required),
                has_unique: fields.iter().any(|field| field.unique)
                    || references.iter().any(|reference| reference.kind == crate::domain::spec::RelationKind::OneToOne),
                fields,
                references,
                links,
                referrers: referrers.to_vec(),
                display_field: row.display_field(None),
                search,
                sort_field,
                sort_descending,
                pagination: entity.pagination.kind,
                page_size: entity.pagination.size,
                read_roles: role_values(entity.read_roles.as_ref(), roles, 0),
                write_roles: role_values(entity.write_roles.as_ref(), roles, without_rights(spec, entity, roles.len())),
                is_account: is_account(spec, entity),
                samples: Vec::new(),
                creation_index,
            }
        })
        .collect()
}

fn field(naming: &Naming<'_>, named: &NamedField<'_>, search: &[String], in_list: bool) -> FieldBlueprint {
    let NamedField { field, stem, column, content } = named;
    let kind = field.field_type.word();
    let camel = stem.camel();
    let enum_names = naming.enum_position(&field.field_type).and_then(|position| naming.enums.get(position));
    FieldBlueprint {
        pascal: stem.pascal(),
        snake: stem.snake(),
        column: column.clone(),
        content_camel: content.as_ref().map(|(camel, _)| camel.clone()),
        content_column: content.as_ref().map(|(_, column)| column.clone()),
        label: named.label(),
        description: field.description.clone(),
        kind: kind.to_owned(),
        image: matches!(field.field_type, crate::domain::spec::FieldType::Binary { image: true }),
        enum_name: enum_names.map(|named| named.names.pascal.clone()),
        required: field.required,
        unique: field.unique,
        min: field.constraints.min.map(|least| least.normalize().to_string()),
        max: field.constraints.max.map(|greatest| greatest.normalize().to_string()),
        min_length: field.constraints.min_length,
        max_length: field.constraints.max_length,
        pattern: None,
        default: field.default.clone(),
        searchable: is_searchable(&field.field_type) && search.contains(&camel),
        sortable: kind != "binary",
        in_list,
        example: serde_json::Value::Null,
        other_example: serde_json::Value::Null,
        invalid: Vec::new(),
        camel,
    }
}

fn uses(entities: &[EntityBlueprint]) -> BTreeMap<String, bool> {
    let mut uses: BTreeMap<String, bool> = KINDS.iter().map(|kind| ((*kind).to_owned(), false)).collect();
    for field in entities.iter().flat_map(|entity| &entity.fields) {
        uses.insert(field.kind.clone(), true);
    }
    uses
}
