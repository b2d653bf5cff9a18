//! The whole blueprint, looked at from outside.

mod hostile;
mod kitchen_sink;
mod parts;
mod properties;
mod speed;

use serde_json::Value;

use super::rules::Rules;
use crate::domain::name::{Identifier, ProjectName};
use crate::domain::spec::{Entity, Field, FieldType, Limits, Relation, RelationEnd, RelationKind, SPEC_VERSION, Spec};

fn identifier(name: &str) -> Identifier {
    Identifier::parse(name).unwrap()
}

fn field(name: &str, field_type: FieldType) -> Field {
    Field::new(identifier(name), field_type)
}

fn entity(name: &str, fields: Vec<Field>) -> Entity {
    Entity::new(identifier(name), fields)
}

fn end(entity: &str, name: Option<&str>) -> RelationEnd {
    RelationEnd { entity: identifier(entity), name: name.map(identifier), label: None, display_field: None }
}

fn relation(kind: RelationKind, from: (&str, &str), to: &str, required: bool) -> Relation {
    Relation { kind, from: end(from.0, Some(from.1)), to: end(to, None), required }
}

fn spec(entities: Vec<Entity>, relations: Vec<Relation>) -> Spec {
    Spec {
        spec_version: SPEC_VERSION,
        name: ProjectName::parse("app").unwrap(),
        title: "App".to_owned(),
        summary: String::new(),
        template: None,
        languages: vec!["en".to_owned()],
        sign_in: None,
        entities,
        relations,
        sample_rows: 12,
        features: Vec::new(),
        acceptance: Vec::new(),
        limits: Limits::default(),
        prose: String::new(),
        attachments: Vec::new(),
        approval: false,
    }
}

/// What a value breaks of a field's rules.
fn broken(field: &Field, value: &Value) -> Vec<&'static str> {
    let mut patterns = super::examples::Patterns::default();
    let rules: Rules<'_> = patterns.rules(&entity("Thing", Vec::new()), field);
    rules.broken(value)
}
