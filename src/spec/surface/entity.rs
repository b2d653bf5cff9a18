//! One entity.

use serde_json::{Map, Value, json};

use super::{Declared, enum_values, exact};
use crate::domain::name::Identifier;
use crate::domain::spec::{Entity, Field, FieldType, Pagination, PaginationKind, RelationEnd, RelationKind};
use crate::spec::names::enum_name;

/// Writes an entity and the relations that it declares.
pub(super) fn table(entity: &Entity, relations: &[Declared<'_>]) -> Value {
    let mut table = Map::new();
    let mut put = |key: &str, value: Value| {
        table.insert(key.to_owned(), value);
    };
    if let Some(label) = &entity.label {
        put("label", json!(label));
    }
    if let Some(label) = &entity.label_plural {
        put("label_plural", json!(label));
    }
    if !entity.description.is_empty() {
        put("description", json!(entity.description));
    }
    let fields = entity.fields.iter().map(|own| (own.name.to_string(), field(&entity.name, own)));
    put("fields", Value::Object(fields.collect()));
    if !relations.is_empty() {
        put("relations", Value::Object(relations.iter().filter_map(relation).collect()));
    }
    if let Some(display) = &entity.display_field {
        put("display", json!(display));
    }
    match entity.search.as_deref() {
        None => {}
        Some([]) => put("search", json!(false)),
        Some(fields) => put("search", json!(fields)),
    }
    if let Some(sort) = &entity.sort {
        put("sort", json!(format!("{}{}", if sort.descending { "-" } else { "" }, sort.field)));
    }
    if entity.pagination != Pagination::default() {
        let kind = match entity.pagination.kind {
            PaginationKind::Pages => "pages",
            PaginationKind::InfiniteScroll => "infinite-scroll",
        };
        put("pagination", json!({ "kind": kind, "size": entity.pagination.size }));
    }
    let access = [("read", &entity.read_roles), ("write", &entity.write_roles)];
    let access: Map<String, Value> =
        access.into_iter().filter_map(|(key, roles)| Some((key.to_owned(), json!(roles.as_ref()?)))).collect();
    if !access.is_empty() {
        put("access", Value::Object(access));
    }
    if !entity.samples.is_empty() {
        put("samples", entity.samples.iter().map(|row| sample(entity, row)).collect());
    } else if entity.without_samples {
        put("samples", json!(false));
    }
    Value::Object(table)
}

/// A field by its type alone where nothing else is said of it.
fn field(owner: &Identifier, field: &Field) -> Value {
    let mut table = Map::new();
    let mut put = |key: &str, value: Value| {
        table.insert(key.to_owned(), value);
    };
    put("type", json!(field.field_type.word()));
    match &field.field_type {
        FieldType::Enum { name, .. } if enum_name(owner, field.name.as_str()).as_ref() != Some(name) => {
            put("enum", json!(name));
        }
        FieldType::Enum { values, .. } => put("values", enum_values(values)),
        FieldType::Binary { image: true } => put("image", json!(true)),
        _ => {}
    }
    let is_plain =
        field == &Field { required: field.required, ..Field::new(field.name.clone(), field.field_type.clone()) };
    if is_plain && !matches!(field.field_type, FieldType::Enum { .. } | FieldType::Binary { image: true }) {
        return json!(format!("{}{}", field.field_type.word(), if field.required { "!" } else { "" }));
    }
    if let Some(label) = &field.label {
        put("label", json!(label));
    }
    if !field.description.is_empty() {
        put("description", json!(field.description));
    }
    for (key, holds) in [("required", field.required), ("unique", field.unique)] {
        if holds {
            put(key, json!(true));
        }
    }
    let bounds = &field.constraints;
    let given = [
        ("min", bounds.min.map(exact)),
        ("max", bounds.max.map(exact)),
        ("min_length", bounds.min_length.map(Value::from)),
        ("max_length", bounds.max_length.map(Value::from)),
        ("pattern", bounds.pattern.as_deref().map(Value::from)),
        ("default", field.default.clone()),
    ];
    for (key, value) in given {
        if let Some(value) = value {
            put(key, value);
        }
    }
    Value::Object(table)
}

/// A relation under the name by which the entity that declares it sees it.
fn relation(declared: &Declared<'_>) -> Option<(String, Value)> {
    let relation = declared.relation;
    let (here, there, kind) = match relation.kind {
        RelationKind::ManyToOne if declared.is_turned => (&relation.to, &relation.from, "one-to-many"),
        RelationKind::ManyToOne => (&relation.from, &relation.to, "many-to-one"),
        RelationKind::OneToOne => (&relation.from, &relation.to, "one-to-one"),
        RelationKind::ManyToMany => (&relation.from, &relation.to, "many-to-many"),
    };
    let name = here.name.as_ref()?.to_string();
    let said = |end: &RelationEnd| end.label.is_some() || end.display_field.is_some();
    if kind == "many-to-one" && there.name.is_none() && !said(here) {
        return Some((name, json!(format!("{}{}", there.entity, if relation.required { "!" } else { "" }))));
    }
    let mut table = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            table.insert(key.to_owned(), value);
        }
    };
    put("to", Some(json!(there.entity)));
    put("kind", (kind != "many-to-one").then(|| json!(kind)));
    put("required", relation.required.then(|| json!(true)));
    put("label", here.label.as_ref().map(|label| json!(label)));
    put("display", here.display_field.as_ref().map(|field| json!(field)));
    if let Some(inverse) = &there.name {
        put("inverse", Some(json!(inverse)));
        put("inverse_label", there.label.as_ref().map(|label| json!(label)));
        put("inverse_display", there.display_field.as_ref().map(|field| json!(field)));
    }
    Some((name, Value::Object(table)))
}

fn sample(entity: &Entity, row: &Map<String, Value>) -> Value {
    let is_file = |name: &str| {
        let is_it =
            |field: &&Field| field.name.as_str() == name && matches!(field.field_type, FieldType::Binary { .. });
        entity.fields.iter().any(|field| is_it(&field))
    };
    let cell = |(name, value): (&String, &Value)| {
        let written = match value.as_object().filter(|_| is_file(name)) {
            Some(file) => {
                json!({ "name": file.get("name"), "media_type": file.get("mediaType"), "data": file.get("data") })
            }
            None => value.clone(),
        };
        (name.clone(), written)
    };
    Value::Object(row.iter().map(cell).collect())
}
