//! Names of entities, tables and enumerations: every case form, safe and unique.
//!
//! Three kinds of names stand in three kinds of places, so that a clash in one leaves the others natural: code names
//! (types and variables: one scope for the whole project), file names, and path segments with tables. An entity
//! `Event` is `EventEntity` in code, where `Event` means something else, but stays `/events` and `event.ts`.
//!
//! A word that is its own plural (`News`, `Settings`) has the code names `news` and `newsRows`; its file, path and
//! table are all called `news`.

use std::collections::HashMap;

use crate::domain::spec::{EnumValue, FieldType, Spec};

use super::labels::{label_of, label_plural_of};
use super::scope::{Scope, first_accepted};
use super::words::Words;
use super::{Names, PackFacts, reserved};

/// Names of the project, in the order of the spec.
pub(super) struct Naming<'a> {
    /// One for each entity.
    pub(super) entities: Vec<Names>,
    /// One for each entity.
    pub(super) tables: Vec<String>,
    /// Enumerations in the order in which fields use them.
    pub(super) enums: Vec<NamedEnum<'a>>,
    /// Position in `enums` for each use.
    enum_positions: HashMap<EnumKey<'a>, usize>,
    /// Names in code that are taken.
    pub(super) code: Scope,
    /// Table names that are taken.
    pub(super) table_scope: Scope,
}

/// Two enumerations are the same when name, values and labels are.
type EnumKey<'a> = (&'a str, Vec<(&'a str, Option<&'a str>)>);

fn enum_key<'a>(name: &'a str, values: &'a [EnumValue]) -> EnumKey<'a> {
    (name, values.iter().map(|value| (value.value.as_str(), value.label.as_deref())).collect())
}

/// An enumeration with its names.
pub(super) struct NamedEnum<'a> {
    /// Its names.
    pub(super) names: Names,
    /// Its values.
    pub(super) values: &'a [EnumValue],
}

impl<'a> Naming<'a> {
    /// Names everything that has a name of its own in the whole project.
    pub(super) fn derive(spec: &'a Spec, pack: &PackFacts) -> Self {
        let mut code = code_scope(spec, pack);
        let stems: Vec<Words> = spec.entities.iter().map(|entity| Words::of(entity.name.as_str())).collect();
        let in_code = take_each(&stems, "entity", |stem| {
            code_names(stem, &pack.derived_names).and_then(|(names, all)| code.try_take(&all).then_some(names))
        });
        let mut files = Scope::ignoring_case(reserved::FILE_NAMES.iter().copied());
        let file_stems = take_each(&stems, "entity", |stem| files.try_take(&[stem.kebab()]).then(|| stem.clone()));
        let plurals: Vec<Words> = stems.iter().map(Words::plural).collect();
        let mut paths = Scope::ignoring_case(reserved::PATH_SEGMENTS.iter().copied());
        let path_stems = take_each(&plurals, "rows", |stem| paths.try_take(&[stem.kebab()]).then(|| stem.clone()));
        let mut table_scope = table_scope(spec, pack);
        let tables = take_each(&plurals, "table", |stem| {
            let name = table_name(stem);
            table_scope.try_take(std::slice::from_ref(&name)).then_some(name)
        });
        let entities = (spec.entities.iter().zip(in_code))
            .zip(file_stems.iter().zip(&path_stems))
            .map(|((entity, code), (file, path))| {
                let label = entity.label.clone().unwrap_or_else(|| label_of(entity.name.as_str()));
                let plural = entity.label_plural.clone();
                code.into_names(file, path, label, plural)
            })
            .collect();
        let mut naming =
            Self { entities, tables, enums: Vec::new(), enum_positions: HashMap::new(), code, table_scope };
        naming.name_enums(spec);
        naming
    }

    /// Position in `enums` of the enumeration that a field's type names.
    pub(super) fn enum_position(&self, field_type: &'a FieldType) -> Option<usize> {
        match field_type {
            FieldType::Enum { name, values } => self.enum_positions.get(&enum_key(name.as_str(), values)).copied(),
            _ => None,
        }
    }

    fn name_enums(&mut self, spec: &'a Spec) {
        let mut kinds: Vec<(&'a str, &'a [EnumValue])> = Vec::new();
        for field in spec.entities.iter().flat_map(|entity| &entity.fields) {
            if let FieldType::Enum { name, values } = &field.field_type {
                self.enum_positions.entry(enum_key(name.as_str(), values)).or_insert_with(|| {
                    kinds.push((name.as_str(), values.as_slice()));
                    kinds.len() - 1
                });
            }
        }
        let stems: Vec<Words> = kinds.iter().map(|(name, _)| Words::of(name)).collect();
        let mut files = Scope::ignoring_case(reserved::FILE_NAMES.iter().copied());
        let named = take_each(&stems, "enum", |stem| {
            let (names, all) = code_names(stem, &[])?;
            self.code.try_take(&all).then_some(names)
        });
        let file_stems = take_each(&stems, "enum", |stem| files.try_take(&[stem.kebab()]).then(|| stem.clone()));
        self.enums = (kinds.into_iter().zip(named).zip(file_stems))
            .map(|(((identifier, values), code), file)| NamedEnum {
                names: code.into_names(&file, &file.plural(), label_of(identifier), None),
                values,
            })
            .collect();
    }
}

/// Gives each stem a name: first to all whose natural name is free, then to the others with a suffix.
pub(super) fn take_each<T>(stems: &[Words], suffix: &str, mut take: impl FnMut(&Words) -> Option<T>) -> Vec<T> {
    let natural: Vec<Option<T>> = stems.iter().map(&mut take).collect();
    (stems.iter().zip(natural))
        .map(|(stem, name)| name.unwrap_or_else(|| first_accepted(suffix, |suffix| take(&stem.and(suffix)))))
        .collect()
}

/// Types and variables of one entity or enumeration.
struct CodeNames {
    pascal: String,
    camel: String,
    plural_pascal: String,
    plural_camel: String,
}

impl CodeNames {
    fn into_names(self, file: &Words, path: &Words, label: String, label_plural: Option<String>) -> Names {
        Names {
            pascal: self.pascal,
            camel: self.camel,
            plural_pascal: self.plural_pascal,
            plural_camel: self.plural_camel,
            snake: file.snake(),
            kebab: file.kebab(),
            plural_snake: path.snake(),
            plural_kebab: path.kebab(),
            label_plural: label_plural.unwrap_or_else(|| label_plural_of(&label)),
            label,
        }
    }
}

/// Names of a stem in code, and all that the pack makes of them.
fn code_names(stem: &Words, derived: &[String]) -> Option<(CodeNames, Vec<String>)> {
    let plural = stem.plural();
    let plural = if plural == *stem { stem.and("rows") } else { plural };
    let names = CodeNames {
        pascal: stem.pascal(),
        camel: stem.camel(),
        plural_pascal: plural.pascal(),
        plural_camel: plural.camel(),
    };
    let mut all =
        vec![names.pascal.clone(), names.camel.clone(), names.plural_pascal.clone(), names.plural_camel.clone()];
    all.extend(derived.iter().map(|form| {
        form.replace("{pascal}", &names.pascal)
            .replace("{camel}", &names.camel)
            .replace("{plural_pascal}", &names.plural_pascal)
            .replace("{plural_camel}", &names.plural_camel)
    }));
    // A pack may derive one of the four itself, such as `{pascal}s`.
    let mut seen = std::collections::HashSet::new();
    all.retain(|name| seen.insert(name.clone()));
    (names.pascal != names.plural_pascal).then_some((names, all))
}

/// The table of a stem; databases keep some first parts for themselves.
pub(super) fn table_name(stem: &Words) -> String {
    let snake = stem.snake();
    if reserved::TABLE_PREFIXES.iter().any(|prefix| snake.starts_with(prefix)) {
        stem.after("app").snake()
    } else {
        snake
    }
}

/// Account and session belong to the pack when people sign in and the spec has no entity of that name.
const SIGN_IN_CODE: &[&str] =
    &["Account", "Accounts", "account", "accounts", "Session", "Sessions", "session", "sessions"];
const SIGN_IN_TABLES: &[&str] = &["accounts", "sessions"];

fn code_scope(spec: &Spec, pack: &PackFacts) -> Scope {
    let sign_in = if spec.sign_in.is_some() { SIGN_IN_CODE } else { &[] };
    let fixed = reserved::TYPES.iter().chain(reserved::VARIABLES).chain(sign_in).copied();
    let packs = pack.reserved_types.iter().chain(&pack.reserved_variables).map(String::as_str);
    Scope::exact(fixed.chain(packs))
}

fn table_scope(spec: &Spec, pack: &PackFacts) -> Scope {
    let sign_in = if spec.sign_in.is_some() { SIGN_IN_TABLES } else { &[] };
    let fixed = reserved::SQL_KEYWORDS.iter().chain(sign_in).copied();
    Scope::ignoring_case(fixed.chain(pack.reserved_tables.iter().map(String::as_str)))
}
