//! The entity that people sign in with.

use std::borrow::Cow;

use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Constraints, Entity, Field, FieldType, RelationKind, Spec};

use super::PackFacts;
use super::words::Words;

const LOGIN_MAX_CHARS: u32 = 50;
const EMAIL_MAX_CHARS: u32 = 254;

/// Whether an entity is the one that people sign in with.
pub(super) fn is_account(spec: &Spec, entity: &Entity) -> bool {
    spec.sign_in.is_some() && Words::of(entity.name.as_str()).snake() == "user"
}

/// The spec with an account entity that people can sign in with, when they do: a `User` that has a `login`.
pub(super) fn with_account<'a>(spec: &'a Spec, pack: &PackFacts, problems: &mut Vec<Problem>) -> Cow<'a, Spec> {
    if spec.sign_in.is_none() {
        return Cow::Borrowed(spec);
    }
    match spec.entities.iter().position(|entity| is_account(spec, entity)) {
        None => {
            let mut with_user = spec.clone();
            with_user.entities.extend(user());
            Cow::Owned(with_user)
        }
        Some(position) => {
            report(spec, position, pack, problems);
            let mut with_login = spec.clone();
            if let Some(entity) = with_login.entities.get_mut(position) {
                let is_login = |field: &Field| Words::of(field.name.as_str()).snake() == "login";
                match entity.fields.iter_mut().find(|field| is_login(field)) {
                    Some(login) => (login.required, login.unique, login.default) = (true, true, None),
                    None => {
                        let others = std::mem::take(&mut entity.fields);
                        let login = field("login", FieldType::String, LOGIN_MAX_CHARS);
                        entity.fields = login.into_iter().chain(others).collect();
                    }
                }
            }
            Cow::Owned(with_login)
        }
    }
}

/// What makes an account impossible to open: values that the pack keeps itself, and rows that must be there before.
fn report(spec: &Spec, position: usize, pack: &PackFacts, problems: &mut Vec<Problem>) {
    let Some(entity) = spec.entities.get(position) else { return };
    let path = format!("entities.{}", entity.name);
    for field in &entity.fields {
        let camel = Words::of(field.name.as_str()).camel();
        if pack.account_properties.contains(&camel) {
            let problem = Problem::new("blueprint_account_field", format!("{path}.fields.{}", field.name));
            problems.push(problem.with("entity", &entity.name).with("field", &field.name));
        } else if camel == "login" && field.field_type != FieldType::String {
            let problem = Problem::new("blueprint_account_login", format!("{path}.fields.{}", field.name));
            problems.push(problem.with("entity", &entity.name).with("field", &field.name));
        }
    }
    for relation in spec.relations.iter().filter(|relation| relation.required && relation.from.entity == entity.name) {
        let name = relation.from.name.as_ref().unwrap_or(&relation.to.entity);
        let problem = Problem::new("blueprint_account_relation", format!("{path}.relations.{name}"));
        let many = relation.kind == RelationKind::ManyToMany;
        let target = if many { "rows of" } else { "a row of" };
        problems.push(
            problem
                .with("entity", &entity.name)
                .with("relation", name)
                .with("target", format!("{target} `{}`", relation.to.entity)),
        );
    }
}

fn field(name: &str, field_type: FieldType, max_length: u32) -> Option<Field> {
    Some(Field {
        required: true,
        unique: true,
        constraints: Constraints { max_length: Some(max_length), ..Constraints::default() },
        ..Field::new(Identifier::parse(name).ok()?, field_type)
    })
}

fn user() -> Option<Entity> {
    let email = Field { required: false, ..field("email", FieldType::Email, EMAIL_MAX_CHARS)? };
    let fields = vec![field("login", FieldType::String, LOGIN_MAX_CHARS)?, email];
    Some(Entity {
        display_field: Identifier::parse("login").ok(),
        ..Entity::new(Identifier::parse("User").ok()?, fields)
    })
}
