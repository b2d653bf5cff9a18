//! What an answer says of the fields and relations that the user described himself.

use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Field, FieldType, Relation, RelationEnd};

/// What the answer changes of a field. What it leaves out it does not change.
pub(super) fn changed_field(owner: &Identifier, own: &Field, told: &Field) -> Option<Problem> {
    let (bounds, says) = (&own.constraints, &told.constraints);
    let parts = [
        ("type", !is_same_type(&own.field_type, &told.field_type)),
        ("required", told.required && !own.required),
        ("unique", told.unique && !own.unique),
        ("min", says.min.is_some() && says.min != bounds.min),
        ("max", says.max.is_some() && says.max != bounds.max),
        ("min_length", says.min_length.is_some() && says.min_length != bounds.min_length),
        ("max_length", says.max_length.is_some() && says.max_length != bounds.max_length),
        ("pattern", says.pattern.is_some() && says.pattern != bounds.pattern),
        ("default", told.default.is_some() && told.default != own.default),
    ];
    let changed: Vec<&str> = parts.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key).collect();
    let path = format!("entities.{owner}.fields.{}", own.name);
    (!changed.is_empty()).then(|| {
        let problem = Problem::new("answer_changes_field", path).with("field", format!("{owner}.{}", own.name));
        problem.with("keys", changed.join("`, `"))
    })
}

/// Two enumerations are the same by their values: by what name and labels one goes is for the user to say.
fn is_same_type(own: &FieldType, told: &FieldType) -> bool {
    match (own, told) {
        (FieldType::Enum { values: own, .. }, FieldType::Enum { values: told, .. }) => {
            own.iter().map(|value| &value.value).eq(told.iter().map(|value| &value.value))
        }
        // That only images are accepted may be left out as any other bound.
        (FieldType::Binary { image: true }, FieldType::Binary { .. }) => true,
        _ => own == told,
    }
}

/// Whether two relations have a side in common, so that there can be only one of them.
pub(super) fn is_one(own: &Relation, told: &Relation) -> bool {
    let same = |own: &RelationEnd, told: &RelationEnd| {
        own.name.is_some() && own.entity == told.entity && own.name == told.name
    };
    [&own.from, &own.to].into_iter().any(|own| same(own, &told.from) || same(own, &told.to))
}

/// What the answer changes of a relation. It may be told from either side, and with less than the user said.
pub(super) fn changed_relation(own: &Relation, told: &Relation) -> Option<Problem> {
    let fits = |own: &RelationEnd, told: &RelationEnd| {
        own.entity == told.entity && (told.name.is_none() || own.name.is_none() || own.name == told.name)
    };
    let straight = fits(&own.from, &told.from) && fits(&own.to, &told.to);
    let turned = fits(&own.from, &told.to) && fits(&own.to, &told.from);
    let is_same = own.kind == told.kind && (straight || turned) && (own.required || !told.required);
    (!is_same).then(|| {
        let side = |end: &RelationEnd| match &end.name {
            Some(name) => format!("{}.{name}", end.entity),
            None => end.entity.to_string(),
        };
        let name = told.from.name.as_ref().unwrap_or(&told.to.entity);
        let path = format!("entities.{}.relations.{name}", told.from.entity);
        Problem::new("answer_changes_relation", path).with("from", side(&own.from)).with("to", side(&own.to))
    })
}
