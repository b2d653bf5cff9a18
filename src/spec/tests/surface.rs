//! Specs written back, for whatever spec there is.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn label() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec![
        "Name",
        "No",
        "Имя",
        "a: b",
        "- x",
        "#1",
        "it's \"so\"",
        "{x}",
        "🐝 👩‍👩‍👧",
        "1e3",
        "true",
        "[a, b]",
        "\\n",
        "a # b",
        "é\u{301}",
        "`x`",
    ]))
    .prop_map(|label| label.map(str::to_owned))
}

fn with(mut table: Value, key: &str, value: Option<Value>) -> Value {
    if let Some(value) = value {
        table[key] = value;
    }
    table
}

/// A field with what fits its type, and a value that it can have.
fn field() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(kinds::KINDS.to_vec());
    let numbers = (any::<bool>(), -1_000_000_000_000_i64..1_000_000_000_000, 0_u32..12, 0_i64..1_000_000);
    let lengths = (prop::option::of(0_u32..40), prop::option::of(0_u32..5_000), any::<bool>());
    (kinds, any::<(bool, bool, bool)>(), label(), label(), numbers, lengths).prop_map(
        |(kind, (required, unique, default), label, text, (bounded, least, scale, span), (min, more, pattern))| {
            let mut field = json!({ "type": kind, "required": required });
            field = with(field, "label", label.clone().map(Value::from));
            field = with(field, "description", text.clone().map(Value::from));
            let takes_unique = !matches!(kind, "boolean" | "enum" | "binary");
            field = with(field, "unique", (unique && takes_unique).then(|| json!(true)));
            let default = default && !(unique && takes_unique);
            match kind {
                "integer" => {
                    field = with(field, "min", bounded.then(|| json!(least)));
                    field = with(field, "max", bounded.then(|| json!(least + span)));
                    field = with(field, "default", default.then(|| json!(least)));
                }
                "decimal" | "float" => {
                    let exact = |value| rust_decimal::Decimal::new(value, scale).to_string();
                    field = with(field, "min", bounded.then(|| json!(exact(least))));
                    field = with(field, "max", bounded.then(|| json!(exact(least + span))));
                    let value = if kind == "decimal" {
                        json!(exact(least))
                    } else {
                        json!(exact(least).parse::<f64>().unwrap())
                    };
                    field = with(field, "default", default.then_some(value));
                }
                "string" | "text" => {
                    field = with(field, "min_length", min.map(Value::from));
                    field = with(field, "max_length", more.map(|more| json!(min.unwrap_or(0) + more.max(1))));
                    field = with(
                        field,
                        "pattern",
                        (pattern && more.is_none() && min.is_none()).then(|| json!("\\p{L}+[-'\"#:]?")),
                    );
                    field = with(
                        field,
                        "default",
                        text.filter(|_| default && !pattern && min.is_none() && more.is_none()).map(Value::from),
                    );
                }
                "enum" if bounded => field["enum"] = json!("Shared"),
                "enum" => {
                    field["values"] = if pattern { json!(["no", "a_b"]) } else { json!({ "no": label, "yes": "Да" }) }
                }
                "binary" => {
                    field["image"] = json!(pattern);
                    field = with(field, "max_length", more.map(|more| json!(more + 1)));
                }
                "boolean" => field = with(field, "default", default.then(|| json!(pattern))),
                "date" => field = with(field, "default", default.then(|| json!("2026-11-21"))),
                "datetime" => field = with(field, "default", default.then(|| json!("2026-11-21 13:45+03:00"))),
                "duration" => field = with(field, "default", default.then(|| json!("PT1H30M"))),
                _ => {}
            }
            field
        },
    )
}

fn entity() -> impl Strategy<Value = (Value, bool)> {
    let choices = (
        prop::option::of(1_u32..200),
        any::<(bool, bool, bool)>(),
        prop::sample::select(vec!["pages", "infinite-scroll"]),
    );
    (prop::collection::vec(field(), 0..6), label(), label(), choices).prop_map(
        |(fields, label, plural, (size, (search, sort, access), kind))| {
            let mut named: Map<String, Value> =
                fields.into_iter().enumerate().map(|(index, field)| (format!("field_{index}x"), field)).collect();
            if search {
                // The sample rows have no value for them.
                named.values_mut().for_each(|field| field["required"] = json!(false));
            }
            named.insert("name".to_owned(), json!("string"));
            let mut entity = json!({ "fields": named });
            entity = with(entity, "label", label.map(Value::from));
            entity = with(entity, "label_plural", plural.map(Value::from));
            entity = with(entity, "pagination", size.map(|size| json!({ "kind": kind, "size": size })));
            entity = with(entity, "search", search.then(|| if sort { json!(false) } else { json!(["name"]) }));
            entity = with(entity, "sort", sort.then(|| json!(if search { "-name" } else { "name" })));
            let samples = if search { Some(json!([{ "name": "a: 'b'" }, {}])) } else { sort.then(|| json!(false)) };
            (with(entity, "samples", samples), access)
        },
    )
}

/// From, to, kind, required, inverse and labels of a relation; entities by their numbers.
fn relation() -> impl Strategy<Value = (usize, usize, Value)> {
    let kind = prop::sample::select(vec!["many-to-one", "one-to-many", "one-to-one", "many-to-many"]);
    (0..4_usize, 0..4_usize, kind, any::<(bool, bool, bool)>(), label()).prop_map(
        |(from, to, kind, (required, inverse, display), label)| {
            let mut relation = json!({ "kind": kind, "required": required && kind != "one-to-many" && to < from });
            relation = with(relation, "inverse", inverse.then(|| json!("seen")));
            relation = with(relation, "inverse_label", label.clone().filter(|_| inverse).map(Value::from));
            relation = with(relation, "display", display.then(|| json!("name")));
            (from, to, with(relation, "label", label.map(Value::from)))
        },
    )
}

fn specs() -> impl Strategy<Value = Value> {
    let entities = prop::collection::vec(entity(), 1..5);
    let top = (any::<(bool, bool, bool)>(), label(), label(), 0_u32..100);
    (entities, prop::collection::vec(relation(), 0..6), top).prop_map(
        |(entities, relations, ((signs_in, words, limited), title, summary, rows))| {
            let count = entities.len();
            let mut tables: Vec<Value> = Vec::new();
            for (mut entity, access) in entities {
                entity = with(entity, "access", (signs_in && access).then(|| json!({ "write": ["boss", "no"] })));
                tables.push(entity);
            }
            for (index, (from, to, mut relation)) in relations.into_iter().enumerate() {
                relation["to"] = json!(format!("Thing{}x", to % count));
                if relation["required"] == json!(true) && to % count >= from % count {
                    relation["required"] = json!(false);
                }
                if relation.get("inverse").is_some() {
                    relation["inverse"] = json!(format!("seen_{index}x"));
                } else if relation["kind"] == json!("one-to-many") {
                    relation["inverse"] = json!(format!("owner_{index}x"));
                }
                tables[from % count]["relations"][format!("link_{index}x")] = relation;
            }
            let entities: Map<String, Value> =
                tables.into_iter().enumerate().map(|(index, table)| (format!("Thing{index}x"), table)).collect();
            let mut spec =
                json!({ "name": "app", "enums": { "Shared": { "a": null, "B": "Bee" } }, "entities": entities });
            spec = with(spec, "title", title.clone().map(Value::from));
            spec = with(spec, "summary", summary.map(Value::from));
            spec = with(
                spec,
                "sign_in",
                signs_in.then(|| json!({ "roles": ["boss", "no", "guest"], "self_registration": words })),
            );
            spec = with(spec, "sample_data", limited.then(|| json!({ "rows": rows })));
            spec = with(spec, "limits", limited.then(|| json!({ "cost_usd": 0.1, "tokens": 5, "minutes": 3 })));
            spec = with(spec, "approval", limited.then(|| json!(true)));
            spec = with(spec, "prose", words.then(|| json!("We keep bees.\n\n# And honey\n")));
            spec = with(spec, "features", title.map(|title| json!([title])));
            with(spec, "attachments", words.then(|| json!([{ "name": "a.csv", "text": "a;b\n\tc\n" }])))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spec_that_is_written_back_is_the_same(spec in specs()) {
        let reading = read("spec.json", spec.to_string().as_bytes());
        let spec = reading.spec.as_ref().unwrap_or_else(|| panic!("{}", told(&reading)));
        let written = surface(spec);
        let again = read("again.json", written.to_string().as_bytes());
        prop_assert_eq!(again.spec.as_ref(), Some(spec), "{}", told(&again));
        prop_assert_eq!(digest(spec), digest(&again.spec.unwrap()));

        let completed = complete(spec, &written);
        prop_assert_eq!(completed.spec.as_ref(), Some(spec), "{:?}", completed.problems);

        let yaml = surface_yaml(spec);
        let short = read("short.yaml", yaml.as_bytes());
        let short = short.spec.unwrap_or_else(|| panic!("{yaml}\n{:?}", short.problems));
        let (prose, attachments) = (spec.prose.clone(), spec.attachments.clone());
        let (approval, limits) = (spec.approval, spec.limits.clone());
        prop_assert_eq!(&crate::domain::spec::Spec { prose, attachments, approval, limits, ..short }, spec, "{}", yaml);
    }

    /// Whatever is added, what the user said stays, and what comes of it is a spec like any other.
    #[test]
    fn what_is_added_leaves_what_was_asked(asked in specs(), other in specs()) {
        let asked = read("spec.json", asked.to_string().as_bytes()).spec.unwrap();
        let mut answer: Value = serde_json::from_str(&other.to_string().replace("Thing", "Other")).unwrap();
        let table = answer.as_object_mut().unwrap();
        table.retain(|key, _| key == "entities" || key == "enums" || (key == "sign_in" && asked.sign_in.is_none()));
        let added = json!({ "fields": { "extra": "date", "name": "string" }, "relations": { "more": "Other0x" } });
        table["entities"]["Thing0x"] = added;
        let completed = complete(&asked, &answer);
        let spec = completed.spec.unwrap_or_else(|| panic!("{:?}", completed.problems));
        prop_assert!(spec.entities.len() > asked.entities.len());
        for (own, kept) in asked.entities.iter().zip(&spec.entities) {
            prop_assert_eq!(&kept.fields[..own.fields.len()], &own.fields[..]);
            let fields = kept.fields.clone();
            prop_assert_eq!(kept, &crate::domain::spec::Entity { fields, ..own.clone() });
        }
        prop_assert_eq!(spec.entities[0].fields.len(), asked.entities[0].fields.len() + 1);
        let kept: Vec<_> = spec.relations.iter().filter(|relation| asked.relations.contains(relation)).collect();
        prop_assert_eq!(kept, asked.relations.iter().collect::<Vec<_>>());
        let (sign_in, summary) = (spec.sign_in.clone(), spec.summary.clone());
        let (entities, relations) = (asked.entities.clone(), asked.relations.clone());
        prop_assert!(asked.sign_in.is_none() || sign_in == asked.sign_in);
        let again = read("again.json", surface(&spec).to_string().as_bytes());
        prop_assert_eq!(again.spec.as_ref(), Some(&spec), "{}", told(&again));
        prop_assert_eq!(crate::domain::spec::Spec { sign_in: asked.sign_in.clone(), summary, entities, relations, ..spec }, asked);
    }

    #[test]
    fn whatever_the_answer_there_is_a_spec_or_there_are_problems(asked in specs(), answer in specs(), cut in any::<prop::sample::Index>()) {
        let asked = read("spec.json", asked.to_string().as_bytes()).spec.unwrap();
        let text = answer.to_string();
        // Some key or value is another one, wherever it stands.
        let strings: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
        let other = text.replace(&format!("\"{}\"", strings[cut.index(strings.len())]), "\"fields\"");
        for answer in [Some(answer), serde_json::from_str(&other).ok()].into_iter().flatten() {
            let completed = complete(&asked, &answer);
            prop_assert_eq!(completed.spec.is_some(), completed.problems.is_empty());
        }
    }
}

#[test]
fn the_yaml_of_a_spec_has_a_line_for_a_field() {
    let (_, bytes) = examples().into_iter().find(|(name, _)| name == "team-library.yaml").unwrap();
    let spec = read("team-library.yaml", &bytes).spec.unwrap();
    insta::assert_snapshot!(surface_yaml(&spec));
}
