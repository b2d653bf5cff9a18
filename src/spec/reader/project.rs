//! The whole of a spec: what is not inside an entity.

use std::collections::BTreeMap;

use super::scalars::Style;
use super::{At, Reader, Table, acceptance, entity, words};
use crate::domain::name::{Identifier, ProjectName};
use crate::domain::problem::Problem;
use crate::domain::spec::{Entity, EnumValue, Limits, Relation, SPEC_VERSION, SignIn, Spec};
use crate::spec::ENTITIES_MAX;
use crate::spec::bounds::{ENUM_VALUES_MAX, SAMPLE_ROWS_DEFAULT};
use crate::spec::languages::is_language;
use crate::spec::names::{folded, is_reserved_project_name, project_name_like};
use crate::spec::tree::{Value, key_path};

/// Keys at the top of a spec.
pub(in crate::spec) const KEYS: [&str; 16] = [
    "spec_version",
    "name",
    "title",
    "summary",
    "template",
    "languages",
    "sign_in",
    "sample_data",
    "enums",
    "entities",
    "prose",
    "attachments",
    "features",
    "acceptance",
    "approval",
    "limits",
];
pub(in crate::spec) const SIGN_IN_KEYS: [&str; 2] = ["roles", "self_registration"];
pub(in crate::spec) const SAMPLE_DATA_KEYS: [&str; 1] = ["rows"];
pub(in crate::spec) const LIMITS_KEYS: [&str; 4] = ["minutes", "cost_usd", "calls", "tokens"];

const SAMPLE_ROWS_MAX: u32 = 100;
const LANGUAGES_MAX: usize = 20;
const ROLES_MAX: usize = 20;
const ENUMS_MAX: usize = 500;

/// Enumerations declared at the top, by name; `None` for one that is not well formed.
pub(super) type Enums = BTreeMap<String, Option<(Identifier, Vec<EnumValue>)>>;

pub(super) fn read(reader: &mut Reader, at: &At<'_>, entities_elsewhere: bool) -> Option<Spec> {
    if at.node.value == Value::Null {
        reader.refuse(at, Problem::new("file_empty", ""));
        return None;
    }
    let table = reader.table(at, "a table with `name` and `entities`", &KEYS)?;
    version(reader, &table);
    // Where there is no usable name there is a problem, and the spec is only looked at, never handed out.
    let name = name(reader, &table).or_else(|| ProjectName::parse("app").ok())?;
    let title = table.get("title").and_then(|at| reader.label(&at));
    let summary = table.get("summary").and_then(|at| reader.description(&at)).unwrap_or_default();
    let template = table.get("template").and_then(|at| template(reader, &at));
    let languages = table.get("languages").and_then(|at| languages(reader, &at));
    let sign_in = table.get("sign_in").and_then(|at| sign_in(reader, &at));
    let sample_rows = table.get("sample_data").and_then(|at| sample_rows(reader, &at));
    let enums = table.get("enums").map(|at| enums(reader, &at)).unwrap_or_default();
    let words = words::read(reader, &table);
    let (entities, relations) = entities(reader, &table, &enums, words.any || entities_elsewhere);
    unused_enums(reader, &table, &enums);
    Some(Spec {
        spec_version: SPEC_VERSION,
        title: title.unwrap_or_else(|| title_of(&name)),
        name,
        summary,
        template,
        languages: languages.unwrap_or_else(|| vec!["en".to_owned()]),
        sign_in,
        entities,
        relations,
        sample_rows: sample_rows.unwrap_or(SAMPLE_ROWS_DEFAULT),
        features: words.features,
        acceptance: table.get("acceptance").map(|at| acceptance::read(reader, &at)).unwrap_or_default(),
        limits: table.get("limits").map(|at| limits(reader, &at)).unwrap_or_default(),
        prose: words.prose,
        attachments: words.attachments,
        approval: table.get("approval").and_then(|at| reader.boolean(&at)).unwrap_or(false),
    })
}

fn version(reader: &mut Reader, table: &Table<'_>) {
    let Some(at) = table.get("spec_version") else { return };
    if let Value::Number(number) = &at.node.value
        && number.exact == Some(SPEC_VERSION.into())
    {
        return;
    }
    let found = match &at.node.value {
        Value::Number(number) => number.text.clone(),
        Value::Text(text) => text.chars().take(20).collect(),
        other => other.kind().to_owned(),
    };
    reader.refuse(&at, Problem::new("spec_version", &at.path).with("found", found).with("version", SPEC_VERSION));
}

fn name(reader: &mut Reader, table: &Table<'_>) -> Option<ProjectName> {
    let Some(at) = table.get("name") else {
        reader.missing(table, "name", "name: team-library");
        return None;
    };
    let text = reader.text(&at)?;
    match ProjectName::parse(text) {
        Ok(name) if is_reserved_project_name(name.as_str()) => {
            let problem = Problem::new("project_name_reserved", &at.path)
                .with("name", &name)
                .with("proposal", format!("{name}-app"));
            reader.refuse(&at, problem);
            None
        }
        Ok(name) => Some(name),
        Err(error) => {
            let problem = Problem::new("project_name_invalid", &at.path)
                .with("name", error.value)
                .with("rule", ProjectName::RULE)
                .with("proposal", project_name_like(text));
            reader.refuse(&at, problem);
            None
        }
    }
}

/// `team-library` as `Team library`.
pub(crate) fn title_of(name: &ProjectName) -> String {
    let words = name.as_str().replace('-', " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn template(reader: &mut Reader, at: &At<'_>) -> Option<String> {
    let text = reader.text(at)?;
    if text == "automatic" {
        return None;
    }
    match ProjectName::parse(text) {
        Ok(name) => Some(name.into()),
        Err(error) => {
            let problem = Problem::new("template_name_invalid", &at.path)
                .with("name", error.value)
                .with("proposal", project_name_like(text));
            reader.refuse(at, problem);
            None
        }
    }
}

fn languages(reader: &mut Reader, at: &At<'_>) -> Option<Vec<String>> {
    let mut languages: Vec<String> = Vec::new();
    for item in reader.items(at, "a list of language codes such as `[en, ru]`", LANGUAGES_MAX)? {
        let Some(text) = reader.text(&item) else { continue };
        let shown: String = text.chars().take(40).collect();
        if languages.iter().any(|language| language == text) {
            reader.refuse(&item, Problem::new("language_repeated", &item.path).with("language", shown));
        } else if is_language(text) {
            languages.push(text.to_owned());
        } else {
            let primary: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
            let primary = primary.to_ascii_lowercase();
            let proposal = if is_language(&primary) { primary } else { "en".to_owned() };
            let problem = Problem::new("language_unknown", &item.path);
            reader.refuse(&item, problem.with("language", shown).with("proposal", proposal));
        }
    }
    if languages.is_empty() && !reader.has_left_out_below(&at.path) {
        reader.refuse(at, Problem::new("languages_empty", &at.path));
    }
    (!languages.is_empty()).then_some(languages)
}

fn sign_in(reader: &mut Reader, at: &At<'_>) -> Option<SignIn> {
    let named = |names: &[&str]| names.iter().filter_map(|name| Identifier::parse(name).ok()).collect();
    let default_roles: Vec<Identifier> = named(&["admin", "member"]);
    match &at.node.value {
        Value::Boolean(false) => return None,
        Value::Boolean(true) => return Some(SignIn { roles: default_roles, self_registration: false }),
        _ => {}
    }
    let expected = "`true`, `false`, or a table with `roles` and `self_registration`";
    let table = reader.table(at, expected, &SIGN_IN_KEYS)?;
    let self_registration = table.get("self_registration").and_then(|at| reader.boolean(&at)).unwrap_or(false);
    let Some(at_roles) = table.get("roles") else {
        return Some(SignIn { roles: default_roles, self_registration });
    };
    let items = reader.items(&at_roles, "a list of role names such as `[admin, member]`", ROLES_MAX)?;
    if items.is_empty() {
        reader.refuse(&at_roles, Problem::new("roles_empty", &at_roles.path));
    }
    let roles = reader.identifiers(&items);
    if reader.has_left_out_below(&at_roles.path) {
        reader.left_out.insert(at_roles.path.clone());
    }
    Some(SignIn { roles, self_registration })
}

fn sample_rows(reader: &mut Reader, at: &At<'_>) -> Option<u32> {
    match &at.node.value {
        Value::Boolean(false) => return Some(0),
        Value::Boolean(true) => return Some(SAMPLE_ROWS_DEFAULT),
        _ => {}
    }
    let table = reader.table(at, "`true`, `false`, or a table with `rows`", &SAMPLE_DATA_KEYS)?;
    table.get("rows").and_then(|at| reader.whole(&at, 0..=SAMPLE_ROWS_MAX))
}

fn enums(reader: &mut Reader, at: &At<'_>) -> Enums {
    let Some(entries) = reader.entries(at, "a table of enumerations by name") else { return Enums::new() };
    if entries.len() > ENUMS_MAX {
        let problem = Problem::new("too_many", &at.path).with("count", entries.len()).with("most", ENUMS_MAX);
        reader.refuse(at, problem);
        return Enums::new();
    }
    let mut enums = Enums::new();
    for (key, at) in entries {
        let name = reader.name(key, &at, Style::Type);
        let values = enum_values(reader, &at);
        enums.insert(key.to_owned(), name.zip(values));
    }
    enums
}

fn unused_enums(reader: &mut Reader, table: &Table<'_>, enums: &Enums) {
    let Some(at) = table.get("enums") else { return };
    for name in enums.keys().filter(|name| !reader.used_enums.contains(*name)) {
        let mut ignored = Problem::new("spec_ignored_enum", key_path(&at.path, name)).with("name", name);
        let entry =
            if let Value::Table(entries) = &at.node.value { entries.iter().find(|(key, _)| key == name) } else { None };
        ignored.position = entry.map(|(_, node)| node.position);
        reader.ignored.push(ignored);
    }
}

/// The values of an enumeration: a list of names, or a table of names and labels.
pub(super) fn enum_values(reader: &mut Reader, at: &At<'_>) -> Option<Vec<EnumValue>> {
    let expected = "a list of values such as `[open, closed]`, or a table of values and labels such as `{open: Open}`";
    let mut values = Vec::new();
    let count = match &at.node.value {
        Value::Table(_) => {
            let entries = reader.entries(at, expected)?;
            let count = entries.len();
            for (key, entry) in entries.into_iter().take(ENUM_VALUES_MAX + 1) {
                // Nothing stands for the label that is made from the value.
                let label = if entry.node.value == Value::Null { None } else { reader.label(&entry) };
                let value = reader.name(key, &entry, Style::Member);
                add_enum_value(reader, &entry, &mut values, value, label);
            }
            count
        }
        _ => {
            let items = reader.items(at, expected, ENUM_VALUES_MAX)?;
            let count = items.len();
            for item in items {
                let value = reader.identifier(&item, Style::Member);
                add_enum_value(reader, &item, &mut values, value, None);
            }
            count
        }
    };
    if count == 0 {
        reader.refuse(at, Problem::new("enum_empty", &at.path));
    } else if count > ENUM_VALUES_MAX {
        let problem = Problem::new("too_many", &at.path).with("count", count).with("most", ENUM_VALUES_MAX);
        reader.refuse(at, problem);
    }
    if values.len() != count {
        reader.left_out.insert(at.path.clone());
    }
    (!values.is_empty()).then_some(values)
}

/// Adds a value unless one of the same name is there; what is not well formed leaves its enumeration incomplete.
fn add_enum_value(
    reader: &mut Reader,
    at: &At<'_>,
    values: &mut Vec<EnumValue>,
    value: Option<Identifier>,
    label: Option<String>,
) {
    let Some(value) = value else { return };
    let same = values.iter().find(|known| folded(known.value.as_str()) == folded(value.as_str()));
    match same.map(|known| known.value.clone()) {
        None => values.push(EnumValue { value, label }),
        Some(first) => {
            let problem = Problem::new("enum_value_clash", &at.path).with("name", value).with("first", first);
            reader.refuse(at, problem);
        }
    }
}

/// Reads the entities; there may be none where words, or another part of the file, say what the app is to be.
fn entities(reader: &mut Reader, table: &Table<'_>, enums: &Enums, may_be_none: bool) -> (Vec<Entity>, Vec<Relation>) {
    let (mut entities, mut relations) = (Vec::new(), Vec::new());
    let Some(at) = table.get("entities") else {
        if may_be_none {
            return (entities, relations);
        }
        reader.missing(table, "entities", "entities: { Book: { fields: { title: string } } }");
        return (entities, relations);
    };
    let Some(entries) = reader.entries(&at, "a table of entities by name") else { return (entities, relations) };
    if entries.is_empty() && !may_be_none {
        reader.refuse(&at, Problem::new("entities_empty", &at.path));
    }
    if entries.len() > ENTITIES_MAX {
        let problem = Problem::new("too_many", &at.path).with("count", entries.len()).with("most", ENTITIES_MAX);
        reader.refuse(&at, problem);
        return (entities, relations);
    }
    for (key, at) in entries {
        if let Some((entity, own)) = entity::read(reader, key, &at, enums) {
            entities.push(entity);
            relations.extend(own);
        }
    }
    (entities, relations)
}

fn limits(reader: &mut Reader, at: &At<'_>) -> Limits {
    const MINUTES_MAX: u32 = 7 * 24 * 60;
    const COST_MAX_USD: u32 = 1_000_000;
    const CALLS_MAX: u32 = 1_000_000;
    const TOKENS_MAX: u32 = u32::MAX;
    let Some(table) = reader.table(at, "a table of limits", &LIMITS_KEYS) else { return Limits::default() };
    let cost = table.get("cost_usd").and_then(|at| {
        let cost = reader.decimal(&at)?;
        if cost.is_sign_negative() || cost > COST_MAX_USD.into() {
            let problem = Problem::new("cost_out_of_bounds", &at.path).with("value", cost);
            reader.refuse(&at, problem.with("most", COST_MAX_USD));
            return None;
        }
        Some(cost.normalize())
    });
    Limits {
        minutes: table.get("minutes").and_then(|at| reader.whole(&at, 1..=MINUTES_MAX)),
        cost_usd: cost,
        calls: table.get("calls").and_then(|at| reader.whole(&at, 0..=CALLS_MAX)),
        tokens: table.get("tokens").and_then(|at| reader.whole(&at, 0..=TOKENS_MAX)).map(u64::from),
    }
}
