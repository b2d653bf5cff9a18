//! Names that clash, and names that mean something already.

use std::collections::HashMap;

use super::{Checker, relation_path};
use crate::domain::name::Identifier;
use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, FieldType, RelationKind};
use crate::spec::names::{folded, folded_plural, folded_singular, refused_elsewhere, refused_member};

/// Checks the names of entities, enumerations, roles, and of what each entity has.
pub(super) fn check(checker: &mut Checker<'_>) {
    types(checker);
    roles(checker);
    for entity in &checker.spec.entities {
        members(checker, entity);
    }
}

/// Entities and enumerations become types side by side, so they share one space of names.
fn types(checker: &mut Checker<'_>) {
    let mut seen: HashMap<String, &Identifier> = HashMap::new();
    for entity in &checker.spec.entities {
        let path = format!("entities.{}", entity.name);
        refuse(checker, &path, &entity.name, refused_elsewhere(entity.name.as_str()));
        if let Some(first) = seen.get(&folded_singular(entity.name.as_str())) {
            checker.report(clash("entity_name_clash", path, &entity.name, first));
        } else {
            seen.insert(folded_singular(entity.name.as_str()), &entity.name);
        }
    }
    let mut enumerations: HashMap<String, (&Identifier, &FieldType)> = HashMap::new();
    for entity in &checker.spec.entities {
        for field in &entity.fields {
            let FieldType::Enum { name, values } = &field.field_type else { continue };
            let path = format!("entities.{}.fields.{}", entity.name, field.name);
            if let Some(taken) = seen.get(&folded_singular(name.as_str())) {
                checker.report(clash("enum_name_is_entity", path.clone(), name, taken));
            }
            refuse(checker, &path, name, refused_elsewhere(name.as_str()));
            match enumerations.get(&folded_singular(name.as_str())) {
                Some((first, same)) if *first != name || *same != &field.field_type => {
                    checker.report(clash("enum_name_clash", path.clone(), name, first));
                }
                Some(_) => continue,
                None => {
                    enumerations.insert(folded_singular(name.as_str()), (name, &field.field_type));
                }
            }
            let mut seen_values: HashMap<String, &Identifier> = HashMap::new();
            for value in values {
                refuse(
                    checker,
                    &format!("{path}.values.{}", value.value),
                    &value.value,
                    refused_elsewhere(value.value.as_str()),
                );
                if let Some(first) = seen_values.insert(folded(value.value.as_str()), &value.value) {
                    let path = format!("{path}.values.{}", value.value);
                    checker.report(clash("enum_value_clash", path, &value.value, first));
                }
            }
        }
    }
}

fn roles(checker: &mut Checker<'_>) {
    let Some(sign_in) = &checker.spec.sign_in else { return };
    let mut seen: HashMap<String, &Identifier> = HashMap::new();
    for (index, role) in sign_in.roles.iter().enumerate() {
        let path = format!("sign_in.roles[{index}]");
        refuse(checker, &path, role, refused_elsewhere(role.as_str()));
        if let Some(first) = seen.insert(folded(role.as_str()), role) {
            checker.report(clash("role_name_clash", path, role, first));
        }
    }
}

/// A member of an entity and the names that it takes there: its own, and those made from it.
struct Member<'a> {
    path: String,
    name: &'a Identifier,
    takes: Vec<String>,
}

/// Fields, relations and the other sides of relations become properties of one object, so they share one space of names.
fn members(checker: &mut Checker<'_>, entity: &Entity) {
    let mut seen: HashMap<String, (String, String)> = HashMap::new();
    for member in members_of(checker, entity) {
        refuse(checker, &member.path, member.name, refused_member(member.name.as_str()));
        let taken = member.takes.iter().find_map(|taken| seen.get(taken).map(|first| (taken, first)));
        if let Some((taken, (first, first_path))) = taken {
            let problem = clash("member_name_clash", member.path.clone(), member.name, first)
                .with("entity", &entity.name)
                .with("first_path", first_path)
                .with("property", taken);
            checker.report(problem);
            continue;
        }
        for taken in member.takes {
            seen.insert(taken, (member.name.to_string(), member.path.clone()));
        }
    }
}

fn members_of<'a>(checker: &Checker<'a>, entity: &'a Entity) -> Vec<Member<'a>> {
    let fields = entity.fields.iter().map(|field| Member {
        path: format!("entities.{}.fields.{}", entity.name, field.name),
        name: &field.name,
        takes: vec![folded(field.name.as_str())],
    });
    let mut members: Vec<Member<'a>> = fields.collect();
    for relation in &checker.spec.relations {
        let path = relation_path(relation);
        if relation.from.entity == entity.name
            && let Some(name) = &relation.from.name
        {
            let takes = match relation.kind {
                RelationKind::ManyToOne | RelationKind::OneToOne => to_one_names(name),
                RelationKind::ManyToMany => to_many_names(name),
            };
            members.push(Member { path: path.clone(), name, takes });
        }
        if relation.to.entity == entity.name
            && let Some(name) = &relation.to.name
        {
            let takes = match relation.kind {
                RelationKind::OneToOne => vec![folded(name.as_str())],
                RelationKind::ManyToOne | RelationKind::ManyToMany => to_many_names(name),
            };
            members.push(Member { path: format!("{path}.inverse"), name, takes });
        }
    }
    members
}

/// `author` and `authorId`.
fn to_one_names(name: &Identifier) -> Vec<String> {
    let own = folded(name.as_str());
    let id = format!("{own}id");
    vec![own, id]
}

/// `tag`, `tags` and `tagIds`.
fn to_many_names(name: &Identifier) -> Vec<String> {
    let mut names =
        vec![folded(name.as_str()), folded_plural(name.as_str()), format!("{}ids", folded_singular(name.as_str()))];
    names.dedup();
    names
}

fn refuse(checker: &mut Checker<'_>, path: &str, name: &Identifier, refusal: Option<(&'static str, &'static str)>) {
    if let Some((code, instead)) = refusal {
        checker.report(Problem::new(code, path).with("name", name).with("instead", instead));
    }
}

fn clash(code: &str, path: String, name: &Identifier, first: impl std::fmt::Display) -> Problem {
    Problem::new(code, path).with("name", name).with("first", first)
}
