use serde_json::json;

use super::*;
use crate::domain::problem_sentences::open_placeholders;
use crate::spec::surface::tests as surface_tests;
use crate::spec::{format_guide, read};

/// A spec of a user who described a part himself.
fn asked() -> Spec {
    let yaml = r#"
name: hives
title: Hive book
sign_in: { roles: [warden, member] }
sample_data: { rows: 5 }
enums: { Colour: [red, green] }
entities:
  Apiary:
    fields:
      name: { type: string, required: true, max_length: 80 }
      colour: { type: enum, enum: Colour }
    samples: [{ name: North }, { name: South }]
    sort: name
  Hive:
    label: Bee hive
    fields: { code: { type: string, unique: true }, state: { type: enum, values: { ok: Fine, dead: Dead } } }
    relations:
      apiary: { to: Apiary, required: true, inverse: hives }
    access: { write: [warden] }
prose: We inspect our hives.
features: [Warn when a hive was not inspected for long.]
acceptance: [{ name: it runs, command: [npm, test] }]
limits: { cost_usd: 2.5 }
approval: true
"#;
    let mut spec = read("asked.yaml", yaml.as_bytes()).spec.unwrap();
    crate::spec::attach(&mut spec, "notes.txt", b"Notes.").unwrap();
    spec
}

fn completed(answer: Value) -> Spec {
    let completed = complete(&asked(), &answer);
    completed.spec.unwrap_or_else(|| panic!("{:#?}", completed.problems))
}

/// The problems of an answer, as the model that wrote it is told.
fn refused(answer: &Value) -> Vec<String> {
    let Completed { spec, problems } = complete(&asked(), answer);
    assert_eq!(spec, None);
    assert!(!problems.is_empty());
    for problem in &problems {
        assert_eq!(open_placeholders(problem), Vec::<String>::new(), "{problem:?}");
        assert!(problem.file.is_none() && problem.position.is_none());
    }
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn what_repeats_or_leaves_out_changes_nothing() {
    for (name, spec) in surface_tests::specs() {
        for answer in [surface::surface(&spec), json!({})] {
            let completed = complete(&spec, &answer);
            assert_eq!(completed.spec.as_ref(), Some(&spec), "{name}: {:#?}", completed.problems);
        }
    }
    assert_eq!(completed(surface::surface(&asked())), asked());
    // Said from the other side, or with less.
    let less = json!({ "sign_in": true, "entities": {
        "Apiary": { "fields": { "name": "string" }, "relations": { "hives": { "to": "Hive", "kind": "one-to-many", "inverse": "apiary" } } },
        "Hive": { "fields": { "state": { "type": "enum", "values": ["ok", "dead"] } }, "relations": { "apiary": "Apiary" } },
    } });
    assert_eq!(completed(less), asked());
}

#[test]
fn what_is_missing_is_added_behind_what_is_there() {
    let spec = completed(json!({
        "title": "Another title",
        "summary": "Hives and their inspections.",
        "entities": {
            "Inspection": {
                "fields": { "day": "date!", "colour": { "type": "enum", "enum": "Colour" }, "state": { "type": "enum", "enum": "HiveState" } },
                "relations": { "hive": { "to": "Hive", "required": true, "inverse": "inspections" } },
                "access": { "read": ["warden", "member"], "write": ["warden", "member"] },
                "samples": false,
            },
            "Hive": {
                "label": "Box",
                "sort": "-code",
                "fields": { "queen_year": { "type": "integer", "min": 2000 } },
                "samples": [{ "code": "K-1", "queen_year": 2024 }],
            },
        },
    }));
    let asked = asked();
    assert_eq!(spec.title, "Hive book", "words that the user gave stay");
    assert_eq!(spec.summary, "Hives and their inspections.");
    let names: Vec<&str> = spec.entities.iter().map(|entity| entity.name.as_str()).collect();
    assert_eq!(names, ["Apiary", "Hive", "Inspection"]);
    assert!(spec.entities[2].without_samples && !spec.entities[1].without_samples);
    let hive = &spec.entities[1];
    assert_eq!(hive.fields[..2], asked.entities[1].fields[..]);
    assert_eq!((hive.fields[2].name.as_str(), hive.samples.len()), ("queen_year", 1));
    assert_eq!((hive.label.as_deref(), &hive.sort), (Some("Bee hive"), &None));
    assert_eq!(spec.relations[..1], asked.relations[..]);
    assert_eq!(spec.relations.len(), 2);
    let kept =
        Spec { summary: String::new(), entities: asked.entities.clone(), relations: asked.relations.clone(), ..spec };
    assert_eq!(kept, asked);
}

#[test]
fn a_spec_of_words_alone_becomes_one_with_structure() {
    let asked = read("hives.md", b"# Hives\n\nWe keep bees.\n").spec.unwrap();
    let answer: Value = serde_json::from_str(example()).unwrap();
    let completed = complete(&asked, &answer);
    let spec = completed.spec.unwrap_or_else(|| panic!("{:#?}", completed.problems));
    assert_eq!((spec.title.as_str(), spec.prose.as_str()), ("Team library", "# Hives\n\nWe keep bees."));
    assert_eq!(spec.entities.len(), 5);
    assert!(spec.sign_in.is_some());
    assert_eq!(complete(&asked, &json!({})).spec, Some(asked), "an app may keep nothing");
}

#[test]
fn who_may_do_what_comes_with_sign_in() {
    let asked = read("a.yaml", b"name: app\nprose: x\nentities: { Note: { fields: { text: text } } }\n").spec.unwrap();
    let answer = json!({ "sign_in": { "roles": ["boss", "guest"] }, "entities": { "Note": { "access": { "read": ["boss"] } } } });
    let spec = complete(&asked, &answer).spec.unwrap();
    assert_eq!(spec.sign_in.unwrap().roles.len(), 2);
    assert_eq!(spec.entities[0].read_roles.as_ref().map(Vec::len), Some(1));
}

/// The sentences are what a model has to go by when it corrects its answer.
#[test]
fn contradictions_are_told() {
    let told = refused(&json!({
        "name": "other",
        "template": "react-hono",
        "languages": ["ru"],
        "sign_in": { "roles": ["admin", "member"] },
        "sample_data": false,
        "prose": "Something else.",
        "features": [],
        "acceptance": [{ "name": "mine", "command": ["sh"] }],
        "limits": { "cost_usd": 1000 },
        "approval": false,
        "enums": { "Colour": ["blue"] },
        "entities": {
            "Apiary": {
                "fields": { "name": { "type": "text", "max_length": 800 }, "colour": { "type": "enum", "values": ["a"] }, "opened_on": "date!" },
                "samples": [],
                "sort": "-name",
            },
            "Hive": {
                "fields": { "code": "string!", "Code": "string" },
                "relations": { "apiary": { "to": "Apiary", "kind": "many-to-many" }, "keeper": "Keeper" },
                "access": { "write": ["member"] },
            },
            "hive": { "fields": { "code": "string" } },
        },
    }));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn hostile_answers_are_refused() {
    let deep = (0..100).fold(json!("x"), |inner, _| json!([inner]));
    let wide: serde_json::Map<String, Value> =
        (0..600).map(|number| (format!("Thing{number}x"), json!({ "fields": { "a": "string" } }))).collect();
    for answer in [
        json!(null),
        json!([1]),
        json!("text"),
        json!({ "entities": [] }),
        json!({ "entities": { "Hive": null } }),
        json!({ "entities": { "Hive": { "fields": [] } } }),
        json!({ "entities": { "Hive": { "fields": { "code": deep } } } }),
        json!({ "entities": wide }),
        json!({ "enums": [] }),
        json!({ "entities": { "../x": { "fields": { "a": "string" } } } }),
        json!({ "entities": { "__proto__": { "fields": { "a": "string" } } } }),
        json!({ "entities": { "A": { "fields": { "a": { "type": "string", "label": "a\u{202e}b" } } } } }),
        json!({ "summary": "a\u{1b}[31m" }),
        json!({ "summary": "x".repeat(11 * 1024 * 1024) }),
        json!({ "stories": [] }),
    ] {
        let told = refused(&answer).join("\n");
        assert!(!told.contains(['\u{202e}', '\u{1b}']), "{told}");
        assert!(told.len() < 500_000);
    }
}

fn example() -> &'static str {
    let (_, rest) = format_guide().split_once("```json\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_guide_is_short_and_its_example_reads() {
    assert!(format_guide().split_whitespace().count() <= 950);
    let mut example: Value = serde_json::from_str(example()).unwrap();
    example["name"] = json!("team-library");
    let reading = read("example.json", example.to_string().as_bytes());
    assert!(reading.spec.is_some(), "{:#?}", reading.problems);
    for word in crate::spec::kinds::KINDS {
        assert!(format_guide().contains(&format!("`{word}`")), "{word} is not explained");
    }
    for keys in [crate::spec::reader::known_keys()].iter().flatten() {
        let is_told = matches!(keys.0, "/$defs/entity/properties" | "/$defs/field_table/properties");
        for key in keys.1.iter().filter(|_| is_told) {
            assert!(
                format_guide().contains(&format!("`{key}`")) || format_guide().contains(&format!("\"{key}\"")),
                "{key}"
            );
        }
    }
}
