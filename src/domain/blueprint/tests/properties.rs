//! What holds for every spec.

use std::collections::{BTreeMap, HashMap, HashSet};

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use super::kitchen_sink::pack;
use super::{broken, end, entity, field, spec};
use crate::domain::blueprint::{Blueprint, derive, reserved};
use crate::domain::spec::{EnumValue, Field, FieldType, Relation, RelationKind, SignIn, Spec};

const TYPES: usize = 15;

fn field_type(index: usize) -> FieldType {
    let value = |value: &str| EnumValue { value: super::identifier(value), label: None };
    match index {
        0 => FieldType::String,
        1 => FieldType::Text,
        2 => FieldType::Integer,
        3 => FieldType::Decimal,
        4 => FieldType::Float,
        5 => FieldType::Boolean,
        6 => FieldType::Date,
        7 => FieldType::Time,
        8 => FieldType::Datetime,
        9 => FieldType::Duration,
        10 => FieldType::Uuid,
        11 => FieldType::Email,
        12 => FieldType::Url,
        13 => FieldType::Enum { name: super::identifier("Kind"), values: vec![value("A"), value("b_c"), value("D")] },
        _ => FieldType::Binary { image: index % 2 == 0 },
    }
}

fn names() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "name",
        "title",
        "email",
        "firstName",
        "price",
        "year",
        "isbn",
        "phone",
        "slug",
        "url",
        "country",
        "login",
        "description",
        "order",
        "select",
        "constructor",
        "id_",
        "createdOn",
        "endsAt",
        "birthday",
        "code",
        "color",
    ]);
    prop_oneof![known.prop_map(str::to_owned), "[A-Za-z][A-Za-z0-9_]{0,20}"]
}

/// Patterns of the common subset: classes, repetitions, choices and groups.
fn patterns() -> impl Strategy<Value = String> {
    let class = prop::sample::select(vec!["[a-z]", "[A-Z0-9]", "\\d", "\\w", "[^@ ]", "x", "-", "\\.", "[а-я]", "."]);
    let counted = prop::sample::select(vec!["", "+", "*", "?", "{2}", "{1,3}", "{3,}"]);
    let part = (class, counted).prop_map(|(class, count)| format!("{class}{count}"));
    let leaf = prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat());
    leaf.prop_recursive(2, 6, 3, |inner| {
        let choice = prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| format!("({})", parts.join("|")));
        (choice, prop::sample::select(vec!["", "?", "{1,2}"])).prop_map(|(group, count)| format!("{group}{count}"))
    })
}

fn fields() -> impl Strategy<Value = Field> {
    let lengths = (0_u32..60, prop::option::of(0_u32..200), any::<bool>());
    let numbers = (-10_000_i64..10_000, prop::option::of(0_i64..5_000), 0_u32..4, any::<bool>());
    (names(), 0..TYPES + 1, any::<(bool, bool)>(), lengths, numbers, prop::option::weighted(0.2, patterns())).prop_map(
        |(name, kind, (required, unique), (least, more, bounded), (min, span, scale, floor), pattern)| {
            let mut made = Field { required, unique, ..field(&name, field_type(kind)) };
            let constraints = &mut made.constraints;
            match &made.field_type {
                FieldType::String | FieldType::Text => {
                    constraints.pattern = pattern;
                    // A pattern has lengths of its own; bounds that cross them have no value.
                    if constraints.pattern.is_none() {
                        constraints.min_length = bounded.then_some(least);
                        constraints.max_length = more.map(|more| (least + more).max(1));
                    }
                }
                FieldType::Email | FieldType::Url => {
                    constraints.min_length = bounded.then_some(least);
                    constraints.max_length = more.map(|more| (least + more).max(12));
                }
                FieldType::Integer => {
                    constraints.min = floor.then_some(Decimal::from(min));
                    constraints.max = span.map(|span| Decimal::from(min + span));
                }
                FieldType::Decimal | FieldType::Float => {
                    constraints.min = floor.then_some(Decimal::new(min, scale));
                    constraints.max = span.map(|span| Decimal::new(min + span, scale));
                }
                FieldType::Binary { .. } => {
                    constraints.min_length = bounded.then_some(least);
                    constraints.max_length = more.map(|more| least + more + 120);
                }
                _ => {}
            }
            made
        },
    )
}

fn entities() -> impl Strategy<Value = Vec<(String, Vec<Field>)>> {
    let known = prop::sample::select(vec![
        "Order",
        "Event",
        "class",
        "News",
        "Settings",
        "User",
        "Account",
        "Session",
        "Date",
        "Book",
        "BookInput",
        "Health",
        "Person",
        "Value",
        "Index",
        "Series",
        "SqliteThing",
        "ISBNCode",
        "Entity",
        "ClassEntity",
        "Option",
    ]);
    let name = prop_oneof![3 => known.prop_map(str::to_owned), 1 => "[A-Za-z][A-Za-z0-9_]{0,12}"];
    prop::collection::vec((name, prop::collection::vec(fields(), 0..6)), 1..8)
}

/// Keeps what the readers of specs guarantee: names are unique, ignoring case and underscores.
fn folded(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

fn specs() -> impl Strategy<Value = Spec> {
    let relation = (0_usize..8, 0_usize..8, 0_usize..3, any::<(bool, bool)>(), "[a-z]{1,6}");
    let sign_in = prop::option::of(any::<bool>());
    (entities(), prop::collection::vec(relation, 0..8), sign_in, 0_u32..9).prop_map(
        |(entities, relations, sign_in, rows)| {
            let mut seen = HashSet::new();
            let mut kept = Vec::new();
            for (name, fields) in entities {
                if seen.insert(folded(&name)) {
                    let mut fields_seen = HashSet::new();
                    let fields =
                        fields.into_iter().filter(|field| fields_seen.insert(folded(field.name.as_str()))).collect();
                    kept.push(entity(&name, fields));
                }
            }
            let count = kept.len();
            let related = relations.into_iter().map(|(from, to, kind, (required, inverse), name)| {
                let kind = [RelationKind::ManyToOne, RelationKind::OneToOne, RelationKind::ManyToMany][kind];
                let (from, to) = ((from % count).max(to % count), (from % count).min(to % count));
                let name_of = |at: usize| kept[at].name.as_str();
                Relation {
                    kind,
                    from: end(name_of(from), Some(&name)),
                    to: end(name_of(to), inverse.then_some("others")),
                    required: required && from != to,
                }
            });
            let relations = related.collect();
            let mut made = spec(kept, relations);
            made.sample_rows = rows;
            made.sign_in = sign_in.map(|self_registration| SignIn {
                roles: vec![super::identifier("admin"), super::identifier("reader")],
                self_registration,
            });
            made
        },
    )
}

fn assert_distinct(what: &str, names: Vec<String>) {
    let mut seen = HashSet::new();
    for name in names {
        assert!(seen.insert(name.clone()), "{what}: {name} stands there twice");
    }
}

fn names_are_unique_and_free(blueprint: &Blueprint) {
    let entity_names = blueprint.entities.iter().map(|entity| &entity.names);
    let all = entity_names.clone().chain(blueprint.enums.iter().map(|item| &item.names));
    let mut code: Vec<String> = all
        .flat_map(|names| [&names.pascal, &names.camel, &names.plural_pascal, &names.plural_camel])
        .cloned()
        .chain(
            entity_names.clone().flat_map(|names| [format!("{}Input", names.pascal), format!("{}Input", names.camel)]),
        )
        .collect();
    code.extend(blueprint.join_tables.iter().map(|join| join.camel.clone()));
    for name in &code {
        assert!(!reserved::TYPES.contains(&name.as_str()) && !reserved::VARIABLES.contains(&name.as_str()), "{name}");
        assert!(!pack().reserved_types.contains(name) && !pack().reserved_variables.contains(name), "{name}");
    }
    assert_distinct("code", code);
    let mut tables: Vec<String> = blueprint.entities.iter().map(|entity| entity.table.clone()).collect();
    tables.extend(blueprint.join_tables.iter().map(|join| join.table.clone()));
    for table in &tables {
        assert!(!reserved::SQL_KEYWORDS.contains(&table.as_str()) && !table.starts_with("sqlite_"), "{table}");
    }
    assert_distinct("tables", tables);
    assert_distinct("files", entity_names.clone().map(|names| names.kebab.clone()).collect());
    let paths: Vec<String> = entity_names.map(|names| names.plural_kebab.clone()).collect();
    assert!(paths.iter().all(|path| !reserved::PATH_SEGMENTS.contains(&path.as_str())), "{paths:?}");
    assert_distinct("paths", paths);
    for entity in &blueprint.entities {
        let fields = entity.fields.iter().flat_map(|field| std::iter::once(&field.camel).chain(&field.content_camel));
        let references = entity.references.iter().flat_map(|reference| [&reference.camel, &reference.id_camel]);
        let links = entity.links.iter().flat_map(|link| [&link.camel, &link.ids_camel]);
        let referrers = entity.referrers.iter().filter_map(|referrer| referrer.camel.as_ref());
        let properties: Vec<String> =
            fields.chain(references).chain(links).chain(referrers).map(|name| name.to_ascii_lowercase()).collect();
        assert!(properties.iter().all(|name| name != "id" && name != "constructor"), "{properties:?}");
        assert_distinct(&entity.names.pascal, properties);
        let columns =
            entity.fields.iter().flat_map(|field| std::iter::once(&field.column).chain(&field.content_column));
        let columns: Vec<String> =
            columns.chain(entity.references.iter().map(|reference| &reference.column)).cloned().collect();
        assert!(columns.iter().all(|column| !reserved::SQL_KEYWORDS.contains(&column.as_str())), "{columns:?}");
        assert_distinct(&entity.table, columns);
    }
}

fn creation_order_holds(blueprint: &Blueprint) {
    let position: HashMap<&str, usize> =
        blueprint.creation_order.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    assert_eq!(position.len(), blueprint.entities.len());
    for entity in &blueprint.entities {
        let own = position[entity.names.pascal.as_str()];
        assert_eq!(own, entity.creation_index);
        let references =
            entity.references.iter().filter(|reference| reference.required).map(|reference| &reference.target);
        let links = entity.links.iter().filter(|link| link.required).map(|link| &link.target);
        for target in references.chain(links) {
            assert!(position[target.pascal.as_str()] < own, "{} before {}", target.pascal, entity.names.pascal);
        }
    }
}

fn samples_hold(blueprint: &Blueprint, spec: &Spec) {
    let by_name: BTreeMap<&str, _> =
        blueprint.entities.iter().map(|entity| (entity.names.pascal.as_str(), entity)).collect();
    for (entity, source) in blueprint.entities.iter().zip(&spec.entities) {
        for (field, source) in entity.fields.iter().zip(&source.fields) {
            let values: Vec<&Value> =
                entity.samples.iter().map(|row| row.values.get(&field.camel).unwrap_or(&Value::Null)).collect();
            for value in &values {
                assert_eq!(
                    broken(source, value),
                    Vec::<&str>::new(),
                    "{}.{}: {value}",
                    entity.names.pascal,
                    field.camel
                );
            }
            if field.unique {
                assert_distinct(
                    &field.camel,
                    values.iter().filter(|value| !value.is_null()).map(|value| value.to_string()).collect(),
                );
            }
        }
        for reference in &entity.references {
            let target = by_name[reference.target.pascal.as_str()];
            let mut numbers = Vec::new();
            for (index, row) in entity.samples.iter().enumerate() {
                let number = row.references.get(&reference.id_camel).and_then(Value::as_u64);
                assert!(number.is_some() || !reference.required, "{}", reference.id_camel);
                let Some(number) = number else { continue };
                let last = if reference.reflexive { index } else { target.samples.len() };
                assert!(number >= 1 && number <= last as u64, "{}: {number} of {last}", reference.id_camel);
                assert!(reference.reflexive || target.creation_index < entity.creation_index);
                numbers.push(number.to_string());
            }
            if reference.kind == RelationKind::OneToOne {
                assert_distinct(&reference.id_camel, numbers);
            }
        }
        for link in entity.links.iter().filter(|link| link.owner) {
            let count = by_name[link.target.pascal.as_str()].samples.len() as u64;
            for row in &entity.samples {
                let numbers: Vec<u64> =
                    row.links[&link.ids_camel].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
                assert!(!link.required || !numbers.is_empty(), "{}", link.ids_camel);
                assert!(numbers.iter().all(|number| (1..=count).contains(number)));
                assert!(numbers.is_sorted_by(|left, right| left < right), "{numbers:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn examples_satisfy_every_rule_and_invalid_ones_break_their_own(made in fields()) {
        let (blueprint, problems) = derive(&spec(vec![entity("Thing", vec![made.clone()])], Vec::new()), &pack());
        let derived = &blueprint.entities[0].fields[0];
        if problems.is_empty() {
            prop_assert_eq!(broken(&made, &derived.example), Vec::<&str>::new(), "{}", derived.example);
            prop_assert_eq!(broken(&made, &derived.other_example), Vec::<&str>::new(), "{}", derived.other_example);
            prop_assert!(!made.required || !derived.example.is_null());
            prop_assert!(!made.unique || derived.example != derived.other_example);
        } else {
            // Only what cannot be, or what is hard to find, is given up: small sets and odd patterns.
            let narrow = made.constraints.pattern.is_some() || made.unique;
            let long = matches!(made.field_type, FieldType::Email | FieldType::Url | FieldType::Binary { .. });
            prop_assert!(narrow || long, "{:?} for {:?}", problems, made);
        }
        for invalid in &derived.invalid {
            prop_assert_eq!(broken(&made, &invalid.value), vec![invalid.rule.as_str()], "{:?}", invalid);
        }
    }

    #[test]
    fn a_pattern_that_matches_something_gets_an_example(pattern in patterns()) {
        let made = Field { constraints: crate::domain::spec::Constraints { pattern: Some(pattern.clone()), ..Default::default() }, ..field("note", FieldType::String) };
        let (blueprint, problems) = derive(&spec(vec![entity("Thing", vec![made.clone()])], Vec::new()), &pack());
        // A pattern that only the empty text matches has none.
        let matches_text = regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
        if problems.is_empty() {
            let example = blueprint.entities[0].fields[0].example.as_str().unwrap().to_owned();
            prop_assert!(matches_text.is_match(&example) && !example.is_empty(), "{example}");
        } else {
            prop_assert!(matches_text.is_match(""), "{pattern}: {problems:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_order_and_samples_hold_for_every_spec(made in specs()) {
        let (blueprint, problems) = derive(&made, &pack());
        names_are_unique_and_free(&blueprint);
        creation_order_holds(&blueprint);
        if problems.is_empty() && made.sign_in.is_none() {
            samples_hold(&blueprint, &made);
        }
        let again = derive(&made, &pack());
        prop_assert_eq!(serde_json::to_string(&again.0).unwrap(), serde_json::to_string(&blueprint).unwrap());
        prop_assert_eq!(again.1, problems);
    }
}
