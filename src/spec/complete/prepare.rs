//! An answer without what is not its to say, and with what it may leave out.

use serde_json::{Map, Value, json};

use crate::domain::problem::Problem;
use crate::domain::spec::{EnumValue, FieldType, Spec};
use crate::spec::reader::title_of;
use crate::spec::surface::{enum_values, surface};

/// Keys at the top that are the user's alone.
const OF_THE_USER: [&str; 11] = [
    "spec_version",
    "name",
    "template",
    "languages",
    "sample_data",
    "prose",
    "attachments",
    "features",
    "acceptance",
    "approval",
    "limits",
];
/// Words for people that an entity of the user's has, or has not.
const WORDS: [&str; 3] = ["label", "label_plural", "description"];
/// Choices about an entity of the user's, which are made for him where he made none.
const CHOICES: [&str; 4] = ["display", "search", "sort", "pagination"];

/// Whether the title is more than the name.
pub(super) fn gave_title(asked: &Spec) -> bool {
    asked.title != title_of(&asked.name)
}

/// The answer as it is read: the user's keys are taken out, after a look whether they say what he said, and entities,
/// fields and enumerations of his that it leaves out are put in, as others may refer to them.
pub(super) fn prepared(asked: &Spec, answer: &Value, problems: &mut Vec<Problem>) -> Value {
    let Value::Object(told) = answer else { return answer.clone() };
    let (mut told, own) = (told.clone(), surface(asked));
    for key in OF_THE_USER {
        take_out(&mut told, &own, (key, key), problems);
    }
    told.insert("name".to_owned(), json!(asked.name));
    if gave_title(asked) {
        told.remove("title");
    }
    if !asked.summary.is_empty() {
        told.remove("summary");
    }
    sign_in(asked, &mut told, problems);
    enums(asked, &mut told, problems);
    let entities = own.get("entities").and_then(Value::as_object);
    let entities: Vec<(&String, &Value)> = entities.into_iter().flatten().collect();
    if !entities.is_empty()
        && let Value::Object(told) = told.entry("entities").or_insert_with(|| json!({}))
    {
        for (name, own) in entities {
            match told.get_mut(name) {
                Some(Value::Object(told)) => entity(asked, told, (name, own), problems),
                Some(_) => {}
                None => {
                    told.insert(name.clone(), without_relations(own));
                }
            }
        }
    }
    Value::Object(told)
}

/// Takes a key of the user's out of a table; a problem when he said something else.
fn take_out(told: &mut Map<String, Value>, own: &Value, (key, path): (&str, &str), problems: &mut Vec<Problem>) {
    if let (Some(told), Some(own)) = (told.shift_remove(key), own.get(key))
        && told != *own
    {
        problems.push(not_yours(key, path));
    }
}

fn not_yours(key: &str, path: &str) -> Problem {
    Problem::new("answer_not_yours", path).with("key", key)
}

/// Relations of the user's come with what he asked; they are compared, not read.
fn without_relations(own: &Value) -> Value {
    let mut own = own.clone();
    if let Value::Object(table) = &mut own {
        table.shift_remove("relations");
    }
    own
}

fn sign_in(asked: &Spec, told: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let Some(own) = &asked.sign_in else { return };
    let says_else = match told.shift_remove("sign_in") {
        None | Some(Value::Bool(true)) => false,
        Some(Value::Object(table)) => {
            let roles = table.get("roles").is_some_and(|roles| *roles != json!(own.roles));
            let opened = table.get("self_registration").is_some_and(|opened| *opened != json!(own.self_registration));
            roles || opened
        }
        Some(_) => true,
    };
    if says_else {
        problems.push(not_yours("sign_in", "sign_in"));
    }
}

/// Puts the user's enumerations in, so that new fields may refer to each by its name.
fn enums(asked: &Spec, told: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let fields = asked.entities.iter().flat_map(|entity| &entity.fields);
    let own = fields.filter_map(|field| match &field.field_type {
        FieldType::Enum { name, values } => Some((name.as_str(), values.as_slice())),
        _ => None,
    });
    let own: Vec<(&str, &[EnumValue])> = own.collect();
    if own.is_empty() {
        return;
    }
    let Value::Object(told) = told.entry("enums").or_insert_with(|| json!({})) else { return };
    for (name, values) in own {
        let told = told.insert(name.to_owned(), enum_values(values));
        let same = |told: &Value| match told {
            Value::Array(items) => {
                items.iter().map(Value::as_str).eq(values.iter().map(|value| Some(value.value.as_str())))
            }
            Value::Object(table) => {
                table.keys().map(String::as_str).eq(values.iter().map(|value| value.value.as_str()))
            }
            _ => false,
        };
        if told.is_some_and(|told| !same(&told)) {
            problems.push(not_yours(name, &format!("enums.{name}")));
        }
    }
}

/// Prepares what is told of an entity of the user's.
fn entity(asked: &Spec, told: &mut Map<String, Value>, (name, own): (&str, &Value), problems: &mut Vec<Problem>) {
    let path = |key: &str| format!("entities.{name}.{key}");
    for key in WORDS {
        told.shift_remove(key);
    }
    for key in CHOICES {
        take_out(told, own, (key, &path(key)), problems);
    }
    if asked.sign_in.is_some()
        && let Some(told) = told.shift_remove("access")
        && Some(&told) != own.get("access")
    {
        problems.push(not_yours("access", &path("access")));
    }
    if own.get("samples").is_some() {
        take_out(told, own, ("samples", &path("samples")), problems);
    }
    if let (Some(own), Value::Object(told)) =
        (own.get("fields").and_then(Value::as_object), told.entry("fields").or_insert_with(|| json!({})))
    {
        for (name, field) in own {
            told.entry(name).or_insert_with(|| field.clone());
        }
    }
}
