//! Entities that a JDL file may refer to without declaring them.

use crate::domain::name::Identifier;
use crate::domain::spec::{Constraints, Entity, Field, FieldType, Relation};
use crate::spec::jdl::findings::Findings;

use super::Declared;

const USER: &str = "User";
const AUTHORITY: &str = "Authority";

/// Whether JHipster brings the entity of that name.
pub(super) fn is_built_in(name: &str) -> bool {
    name == USER || name == AUTHORITY
}

/// Adds those that a relation refers to and the file does not declare.
pub(super) fn add(
    entities: &mut Vec<Entity>,
    relations: &[Relation],
    declared: &Declared<'_, '_>,
    findings: &mut Findings<'_>,
) {
    for name in [USER, AUTHORITY] {
        let user = relations
            .iter()
            .find(|relation| relation.to.entity.as_str() == name || relation.from.entity.as_str() == name);
        let (Some(relation), false) = (user, declared.entity_names.contains(name)) else { continue };
        let at = relation
            .from
            .name
            .as_ref()
            .and_then(|member| findings.position(&format!("entities.{}.relations.{member}", relation.from.entity)));
        if let Some(at) = at {
            findings.place(format!("entities.{name}"), at);
        }
        entities.extend(built_in(name));
    }
}

fn built_in(name: &str) -> Option<Entity> {
    let (display, fields) = if name == USER {
        let login = field("login", FieldType::String, 50)?;
        let fields = vec![
            Field { required: true, unique: true, ..login },
            Field { unique: true, ..field("email", FieldType::Email, 254)? },
            field("firstName", FieldType::String, 50)?,
            field("lastName", FieldType::String, 50)?,
        ];
        ("login", fields)
    } else {
        ("name", vec![Field { required: true, unique: true, ..field("name", FieldType::String, 50)? }])
    };
    let display_field = Identifier::parse(display).ok();
    Some(Entity { display_field, ..Entity::new(Identifier::parse(name).ok()?, fields) })
}

fn field(name: &str, field_type: FieldType, max_length: u32) -> Option<Field> {
    Some(Field {
        constraints: Constraints { max_length: Some(max_length), ..Constraints::default() },
        ..Field::new(Identifier::parse(name).ok()?, field_type)
    })
}
