//! The starter, the examples, the schema and the digest.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::domain::spec::{FieldType, RelationKind};

/// A spec file as the JSON value that its format makes of it.
fn as_json(file_name: &str, bytes: &[u8]) -> Value {
    let text = std::str::from_utf8(bytes).unwrap();
    let root = tree::parse(Format::of(file_name, text), text).unwrap();
    json_of(&root)
}

fn json_of(node: &tree::Node) -> Value {
    match &node.value {
        tree::Value::Null => Value::Null,
        tree::Value::Boolean(value) => json!(value),
        tree::Value::Number(number) => serde_json::from_str(&number.exact.unwrap().to_string()).unwrap(),
        tree::Value::Text(text) | tree::Value::Moment(text) => json!(text),
        tree::Value::List(items) => items.iter().map(json_of).collect(),
        tree::Value::Table(entries) => {
            Value::Object(entries.iter().map(|(key, entry)| (key.clone(), json_of(entry))).collect())
        }
    }
}

fn documents() -> Vec<(String, Vec<u8>)> {
    let mut documents = examples();
    assert!(documents.len() >= 4);
    documents.push(("starter.yaml".to_owned(), starter().as_bytes().to_vec()));
    documents
}

#[test]
fn starter_and_examples_are_specs_without_problems() {
    for (name, bytes) in documents() {
        let reading = read(&name, &bytes);
        assert!(reading.spec.is_some(), "{}", told(&reading));
    }
}

#[test]
fn the_starter_needs_no_model() {
    assert!(!read_yaml(starter()).spec.unwrap().needs_model());
}

#[test]
fn starter_and_examples_follow_the_schema() {
    let schema = json_schema();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, bytes) in documents() {
        let errors: Vec<String> = validator
            .iter_errors(&as_json(&name, &bytes))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

/// What the schema refuses the reader refuses too.
#[test]
fn wrong_specs_break_the_schema_and_do_not_read() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    let field = |field: Value| json!({"name": "app", "entities": {"Book": {"fields": {"title": field}}}});
    let entity = |entity: Value| json!({"name": "app", "entities": {"Book": entity}});
    let top = |key: &str, value: Value| {
        let mut spec = json!({"name": "app", "entities": {"Book": {"fields": {"title": "string"}}}});
        spec[key] = value;
        spec
    };
    let wrong = [
        json!({}),
        json!([]),
        json!({"name": "app"}),
        json!({"name": "app", "entities": {}}),
        json!({"name": "app", "prose": " "}),
        json!({"name": "app", "features": []}),
        json!({"prose": "An app."}),
        json!({"name": "App", "entities": {"Book": {"fields": {"title": "string"}}}}),
        json!({"name": "app", "entities": {"Bo-ok": {"fields": {"title": "string"}}}}),
        entity(json!({})),
        entity(json!({"fields": {"title": "string"}, "colour": "red"})),
        entity(json!({"fields": {"1": "string"}})),
        entity(json!({"fields": {"title": "string"}, "search": "title"})),
        entity(json!({"fields": {"title": "string"}, "pagination": {"size": 0}})),
        entity(json!({"fields": {"title": "string"}, "pagination": "endless"})),
        entity(json!({"fields": {"title": "string"}, "access": {"read": []}})),
        entity(json!({"fields": {"title": "string"}, "label": ""})),
        entity(json!({"fields": {"title": "string"}, "label": "a\u{202e}b"})),
        entity(json!({"relations": {"author": {"kind": "many-to-one"}}})),
        entity(json!({"relations": {"author": {"to": "Book", "kind": "some-to-one"}}})),
        field(json!("strin")),
        field(json!("enum")),
        field(json!({})),
        field(json!({"type": "strin"})),
        field(json!({"type": "string", "requierd": true})),
        field(json!({"type": "string", "required": "yes"})),
        field(json!({"type": "string", "min": 1})),
        field(json!({"type": "integer", "max_length": 1})),
        field(json!({"type": "integer", "pattern": "x"})),
        field(json!({"type": "boolean", "unique": true})),
        field(json!({"type": "enum"})),
        field(json!({"type": "enum", "values": []})),
        field(json!({"type": "enum", "values": ["a"], "enum": "B"})),
        field(json!({"type": "string", "values": ["a"]})),
        field(json!({"type": "string", "image": true})),
        field(json!({"type": "string", "max_length": 0})),
        field(json!({"type": "decimal", "min": "one"})),
        field(json!({"type": "enum", "values": {"a": ""}})),
        top("spec_version", json!(2)),
        top("languages", json!([])),
        top("languages", json!(["english"])),
        top("sign_in", json!("yes")),
        top("sign_in", json!({"roles": []})),
        top("sample_data", json!({"rows": 101})),
        top("limits", json!({"minutes": 0})),
        top("acceptance", json!([{"name": "x", "command": "npm test"}])),
        top("acceptance", json!([{"command": ["npm"]}])),
        top("features", json!("one")),
        top("approval", json!("yes")),
        top("prose", json!(["An app."])),
        top("prose", json!("x".repeat(100_001))),
        top("attachments", json!([{"name": "a"}])),
        top("attachments", json!([{"name": "a", "text": "b", "path": "/etc"}])),
        top("attachments", json!({"a": "b"})),
    ];
    for spec in wrong {
        assert!(!validator.is_valid(&spec), "the schema takes {spec}");
        assert!(read("spec.json", spec.to_string().as_bytes()).spec.is_none(), "the reader takes {spec}");
    }
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let schema = json_schema();
    let keys = |pointer: &str| -> BTreeSet<String> {
        schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    let known = |keys: &[&str]| -> BTreeSet<String> { keys.iter().map(|key| (*key).to_owned()).collect() };
    for (pointer, reader_keys) in reader::known_keys() {
        assert_eq!(keys(pointer), known(reader_keys), "{pointer}");
    }
    let words = schema.pointer("/$defs/field_table/properties/type/enum").unwrap().as_array().unwrap();
    let words: BTreeSet<String> = words.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
    assert_eq!(words, known(&kinds::KINDS));
    assert_eq!(schema.pointer("/properties/entities/maxProperties"), Some(&json!(ENTITIES_MAX)));
    assert_eq!(schema.pointer("/$defs/entity/properties/fields/maxProperties"), Some(&json!(FIELDS_MAX)));
    assert_eq!(schema.pointer("/$defs/field_table/properties/max_length/maximum"), Some(&json!(kinds::LENGTH_MAX)));
    assert_eq!(
        schema.pointer("/$defs/field_table/properties/pattern/maxLength"),
        Some(&json!(pattern::PATTERN_MAX_CHARS))
    );
}

#[test]
fn the_schema_lists_the_refused_names() {
    let schema = json_schema();
    let description = schema.pointer("/$defs/entity/properties/fields/description").unwrap().as_str().unwrap();
    let listed: BTreeSet<String> = description.split('`').skip(1).step_by(2).map(names::folded).collect();
    assert_eq!(listed, names::refused_names().map(str::to_owned).collect());
}

/// Every object is closed, and every key has a description.
#[test]
fn the_schema_is_closed_and_described() {
    fn look(schema: &Value, path: &str) {
        match schema {
            Value::Object(object) => {
                if let Some(Value::Object(properties)) =
                    object.get("properties").filter(|_| object.contains_key("type"))
                {
                    assert_eq!(object.get("additionalProperties"), Some(&json!(false)), "{path} is open");
                    for (key, property) in properties {
                        assert!(property.get("description").is_some(), "{path}/{key} is not described");
                    }
                }
                for (key, inner) in object.iter().filter(|(key, _)| *key != "examples" && *key != "default") {
                    look(inner, &format!("{path}/{key}"));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, path)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    look(&json_schema(), "");
}

#[test]
fn the_kitchen_sink_has_everything() {
    let (name, bytes) = examples().into_iter().find(|(name, _)| name == "kitchen-sink.yaml").unwrap();
    let spec = read(&name, &bytes).spec.unwrap();
    let fields: Vec<_> = spec.entities.iter().flat_map(|entity| &entity.fields).collect();
    for word in kinds::KINDS {
        assert!(fields.iter().any(|field| field.field_type.word() == word), "{word}");
    }
    assert!(fields.iter().any(|field| field.field_type == FieldType::Binary { image: true }));
    for kind in [RelationKind::ManyToOne, RelationKind::OneToOne, RelationKind::ManyToMany] {
        assert!(spec.relations.iter().any(|relation| relation.kind == kind));
        assert!(
            spec.relations.iter().any(|relation| relation.kind == kind && relation.from.entity == relation.to.entity)
        );
    }
    let bounds: Vec<_> = fields.iter().map(|field| &field.constraints).collect();
    assert!(bounds.iter().any(|bounds| bounds.min.is_some()) && bounds.iter().any(|bounds| bounds.max.is_some()));
    assert!(
        bounds.iter().any(|bounds| bounds.min_length.is_some())
            && bounds.iter().any(|bounds| bounds.max_length.is_some())
    );
    assert!(bounds.iter().any(|bounds| bounds.pattern.is_some()) && fields.iter().any(|field| field.unique));
    insta::assert_json_snapshot!(spec);
}

/// Words may take the place of entities, and whatever they are in, the spec is the same.
#[test]
fn words_are_a_spec() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    let json = json!({
        "name": "app",
        "prose": "  We keep bees.\n\nЯ тоже.\n",
        "attachments": [{"name": "prices.csv", "text": "a;b\n"}],
        "approval": true,
    });
    assert!(validator.is_valid(&json));
    let spec = read("a.json", json.to_string().as_bytes()).spec.unwrap();
    assert_eq!((spec.prose.as_str(), spec.approval, spec.needs_model()), ("We keep bees.\n\nЯ тоже.", true, true));
    let yaml = "name: app\nentities: {}\nprose: |\n  We keep bees.\n\n  Я тоже.\nattachments:\n- { name: prices.csv, text: \"a;b\\n\" }\napproval: true\n";
    assert_eq!(read_yaml(yaml).spec.as_ref(), Some(&spec));
    let toml = "name = 'app'\nprose = \"\"\"\nWe keep bees.\n\nЯ тоже.\"\"\"\nattachments = [{ name = 'prices.csv', text = \"a;b\\n\" }]\napproval = true\n";
    assert_eq!(read("a.toml", toml.as_bytes()).spec, Some(spec));
    let features = json!({"name": "app", "features": ["Plan a week."]});
    assert!(validator.is_valid(&features));
    assert!(read("a.json", features.to_string().as_bytes()).spec.unwrap().needs_model());
}

#[test]
fn bounds_of_more_digits_than_a_double_has_stand_in_quotes() {
    let fields = r#"{"a": {"type": "decimal", "max": "1234567890123456789.12"}, "b": {"type": "enum", "values": {"x": null, "y": "Why"}}}"#;
    let json = format!(r#"{{"name": "app", "entities": {{"Thing": {{"fields": {fields}}}}}}}"#);
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    assert!(validator.is_valid(&serde_json::from_str(&json).unwrap()));
    let spec = read("a.json", json.as_bytes()).spec.unwrap();
    assert_eq!(spec.entities[0].fields[0].constraints.max.unwrap().to_string(), "1234567890123456789.12");
    let FieldType::Enum { values, .. } = &spec.entities[0].fields[1].field_type else { panic!() };
    assert_eq!((values[0].label.as_deref(), values[1].label.as_deref()), (None, Some("Why")));
}

/// The examples in prose are wishes as people write them: words, from which a project can be planned.
#[test]
fn prose_examples_are_words_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    assert!(files.len() >= 3);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let reading = read(&file.file_name().unwrap().to_string_lossy(), &bytes);
        let spec = reading.spec.as_ref().unwrap_or_else(|| panic!("{}", told(&reading)));
        assert_eq!(spec.name.as_str(), title_to_name(&spec.title), "{}", file.display());
        assert_eq!(spec.prose.as_bytes(), bytes.trim_ascii());
        assert!(spec.entities.is_empty() && reading.ignored.is_empty());
        assert!((150..=400).contains(&spec.prose.split_whitespace().count()), "{}", file.display());
    }
}

fn title_to_name(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

/// Workspaces that were recorded before specs could have words keep their specs and their digests.
#[test]
fn a_spec_without_words_is_recorded_as_ever() {
    let spec = read_yaml("name: app\nentities: { Book: { fields: { title: string } } }\n").spec.unwrap();
    let recorded = serde_json::to_value(&spec).unwrap();
    for key in ["prose", "attachments", "approval"] {
        assert!(recorded.get(key).is_none(), "{key}");
    }
    assert_eq!(serde_json::from_value::<crate::domain::spec::Spec>(recorded).unwrap(), spec);
    assert_eq!(digest(&spec).as_str(), "18e482745e05c55b1782f27e515c57b0e8c44361941bb292c3ba40393a36eac6");
}

#[test]
fn the_digest_is_of_what_is_asked_not_of_how_it_is_written() {
    let yaml = "name: app\nlanguages: [en, ru]\nentities:\n  Book:\n    fields:\n      title: {type: string, max_length: 20}\n      price: {type: decimal, min: 0, default: 9.90}\n    samples:\n    - {title: a, price: 1.50}\n";
    let json = r#"{"entities": {"Book": {"samples": [{"price": "1.50", "title": "a"}], "fields": {"title": {"max_length": 20, "type": "string", "required": false}, "price": {"default": "9.90", "min": 0.0, "type": "decimal"}}}}, "spec_version": 1, "title": "App", "languages": ["en", "ru"], "name": "app"}"#;
    let toml = "name = 'app'\nlanguages = ['en', 'ru']\n[entities.Book.fields]\ntitle = {type = 'string', max_length = 0x14}\nprice = {type = 'decimal', min = 0, default = 9.90}\n[[entities.Book.samples]]\nprice = 1.50\ntitle = 'a'\n";
    let of = |name: &str, text: &str| {
        let reading = read(name, text.as_bytes());
        digest(reading.spec.as_ref().unwrap_or_else(|| panic!("{}", told(&reading))))
    };
    assert_eq!(of("a.yaml", yaml), of("b.json", json));
    assert_eq!(of("a.yaml", yaml), of("c.toml", toml));
    assert_ne!(of("a.yaml", yaml), of("a.yaml", &yaml.replace("20", "21")));
    assert_ne!(of("a.yaml", yaml), of("a.yaml", &yaml.replace("[en, ru]", "[ru, en]")));
    insta::assert_snapshot!(of("a.yaml", yaml));
}
