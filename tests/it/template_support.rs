//! Blueprints and folders for the tests of packs.

use std::path::PathBuf;

use samokoder::domain::blueprint::{
    Blueprint, EntityBlueprint, EnumBlueprint, EnumValueBlueprint, FieldBlueprint, Names, Project,
};
use samokoder::domain::spec::PaginationKind;
use serde_json::json;

/// A folder of the fixtures.
pub(crate) fn fixture(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)
}

/// A blueprint of a few entities.
pub(crate) fn blueprint(entities: usize) -> Blueprint {
    Blueprint {
        account: None,
        project: Project {
            name: "press-room".to_owned(),
            title: "Press room".to_owned(),
            summary: "News and who wrote them".to_owned(),
            template: "tiny".to_owned(),
            template_version: "1.0.0".to_owned(),
        },
        languages: vec!["en".to_owned(), "de".to_owned()],
        sign_in: false,
        self_registration: false,
        roles: Vec::new(),
        entities: (0..entities).map(entity).collect(),
        creation_order: (0..entities).map(|number| format!("Post{number}")).collect(),
        join_tables: Vec::new(),
        enums: vec![EnumBlueprint {
            names: names("Status", "status"),
            values: vec![EnumValueBlueprint { value: "LIVE".to_owned(), label: "Live".to_owned() }],
        }],
        decisions: Vec::new(),
        has_entities: entities > 0,
        has_features: false,
        uses: ["string", "integer"].iter().map(|kind| ((*kind).to_owned(), true)).collect(),
    }
}

fn entity(number: usize) -> EntityBlueprint {
    EntityBlueprint {
        names: names(&format!("Post{number}"), &format!("post{number}")),
        description: "What was written".to_owned(),
        table: format!("posts_{number}"),
        fields: (0..8).map(field).collect(),
        references: Vec::new(),
        links: Vec::new(),
        referrers: Vec::new(),
        display_field: Some("field0".to_owned()),
        search: vec!["field0".to_owned()],
        sort_field: "id".to_owned(),
        sort_descending: false,
        pagination: PaginationKind::Pages,
        page_size: 20,
        read_roles: Vec::new(),
        write_roles: Vec::new(),
        is_account: false,
        samples: Vec::new(),
        has_required: true,
        has_unique: false,
        creation_index: number,
    }
}

fn field(number: usize) -> FieldBlueprint {
    FieldBlueprint {
        content_camel: None,
        content_column: None,
        camel: format!("field{number}"),
        pascal: format!("Field{number}"),
        snake: format!("field_{number}"),
        column: format!("field_{number}"),
        label: format!("Field {number}"),
        description: String::new(),
        kind: "string".to_owned(),
        image: false,
        enum_name: None,
        required: true,
        unique: false,
        min: None,
        max: None,
        min_length: Some(1),
        max_length: Some(200),
        pattern: None,
        default: None,
        searchable: true,
        sortable: true,
        in_list: number < 6,
        example: json!("an example"),
        other_example: json!("another"),
        invalid: Vec::new(),
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
