//! A blueprint in which everything is there once: what a pack's templates may name is read off it.

use crate::domain::blueprint::{Blueprint, EntityBlueprint, EnumBlueprint, Names, Project};
use crate::domain::spec::PaginationKind;

/// Kinds of fields, the keys of [`Blueprint::uses`].
const KINDS: [&str; 15] = [
    "string", "text", "integer", "decimal", "float", "boolean", "date", "time", "datetime", "duration", "uuid",
    "email", "url", "enum", "binary",
];

/// The blueprint.
pub(super) fn blueprint() -> Blueprint {
    Blueprint {
        project: Project {
            name: "sample".to_owned(),
            title: "Sample".to_owned(),
            summary: String::new(),
            template: "sample".to_owned(),
            template_version: "1.0.0".to_owned(),
        },
        languages: vec!["en".to_owned()],
        sign_in: true,
        self_registration: true,
        account: None,
        roles: Vec::new(),
        entities: vec![entity()],
        creation_order: vec!["Thing".to_owned()],
        join_tables: Vec::new(),
        enums: vec![EnumBlueprint { names: names("Colour", "colour"), values: Vec::new() }],
        decisions: Vec::new(),
        has_entities: true,
        has_features: true,
        uses: KINDS.iter().map(|kind| ((*kind).to_owned(), true)).collect(),
    }
}

fn entity() -> EntityBlueprint {
    EntityBlueprint {
        names: names("Thing", "thing"),
        description: String::new(),
        table: "things".to_owned(),
        fields: Vec::new(),
        references: Vec::new(),
        links: Vec::new(),
        referrers: Vec::new(),
        display_field: None,
        search: Vec::new(),
        sort_field: "id".to_owned(),
        sort_descending: false,
        pagination: PaginationKind::Pages,
        page_size: 20,
        read_roles: Vec::new(),
        write_roles: Vec::new(),
        is_account: false,
        samples: Vec::new(),
        has_required: false,
        has_unique: false,
        creation_index: 0,
    }
}

fn names(upper: &str, lower: &str) -> Names {
    Names {
        pascal: upper.to_owned(),
        camel: lower.to_owned(),
        snake: lower.to_owned(),
        kebab: lower.to_owned(),
        plural_pascal: format!("{upper}s"),
        plural_camel: format!("{lower}s"),
        plural_snake: format!("{lower}s"),
        plural_kebab: format!("{lower}s"),
        label: upper.to_owned(),
        label_plural: format!("{upper}s"),
    }
}
