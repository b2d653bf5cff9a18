//! Hostile specs: each ends with a clear error, or with a project. What such projects are worth is shown by
//! `scripts/verify-specs`, which builds and tests `tests/fixtures/specs/hostile-names.yaml`.

use std::{fs, path::Path, process::Command};

/// Texts that have broken generators, and whether one may be the name of an entity or a field.
const TEXTS: &[(&str, bool)] = &[
    ("../x", false),
    ("__proto__", false),
    ("constructor", false),
    ("class", true),
    ("order", true),
    ("select", true),
    ("self", true),
    ("async", true),
    ("type", true),
    ("Ünïcode", false),
    ("🦔", false),
    ("quo'te", false),
    ("back`tick", false),
    ("{{ x }}", false),
    ("{{ 7*7 }}", false),
    ("{% for i in range(999999999) %}", false),
    ("${x}", false),
    ("<%= 7*7 %>", false),
    ("</script>", false),
    ("a; touch PWNED #", false),
    ("$(touch PWNED)", false),
    ("`id`", false),
    ("a\nb", false),
    ("--help", false),
    ("-", false),
];

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A place in a spec that takes a text, and whether any text without control characters is welcome there.
struct Place {
    name: &'static str,
    spec: fn(&str) -> String,
    takes_any: bool,
}

const PLACES: &[Place] = &[
    Place {
        name: "project",
        spec: |text| {
            format!(r#"{{"spec_version":1,"name":{text},"entities":{{"Note":{{"fields":{{"a":"string"}}}}}}}}"#)
        },
        takes_any: false,
    },
    Place {
        name: "entity",
        spec: |text| format!(r#"{{"spec_version":1,"name":"x","entities":{{{text}:{{"fields":{{"a":"string"}}}}}}}}"#),
        takes_any: false,
    },
    Place {
        name: "field",
        spec: |text| {
            format!(r#"{{"spec_version":1,"name":"x","entities":{{"Note":{{"fields":{{{text}:"string"}}}}}}}}"#)
        },
        takes_any: false,
    },
    Place {
        name: "label",
        spec: |text| {
            format!(
                r#"{{"spec_version":1,"name":"x","entities":{{"Note":{{"label":{text},"fields":{{"a":{{"type":"string","label":{text}}}}}}}}}}}"#
            )
        },
        takes_any: true,
    },
];

/// Generates with the real pack, and gives the exit code and the complaint.
#[expect(clippy::disallowed_methods, reason = "the program is run as its user runs it")]
fn generate(folder: &Path, spec: &str) -> (i32, String) {
    let file = folder.join("spec.json");
    fs::write(&file, spec).unwrap();
    let started = std::time::Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_samokoder"))
        .args(["generate", "spec.json", "--no-verify", "--workspace", "work", "-o", "out.zip"])
        .current_dir(folder)
        .env("SAMOKODER_CACHE_DIR", folder.join("cache"))
        .env("SAMOKODER_STATE_DIR", folder.join("state"))
        .output()
        .unwrap();
    assert!(started.elapsed().as_secs() < 10, "a hostile spec took {:?}: {spec}", started.elapsed());
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn try_text(place: &Place, text: &str, may_be_name: bool) {
    let folder = tempfile::Builder::new().prefix("hostile-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (code, complaint) = generate(folder.path(), &(place.spec)(&quoted(text)));
    let is_project_name = place.name == "project" && text == "constructor";
    let welcome = if place.takes_any { !text.contains(char::is_control) } else { may_be_name || is_project_name };
    if welcome {
        assert_eq!(code, 3, "{} {text:?}: {complaint}", place.name);
        let rendered = fs::read_to_string(folder.path().join("work/tree/README.md")).unwrap();
        assert!(!rendered.contains("49"), "{text:?} was evaluated");
    } else {
        assert_eq!(code, 2, "{} {text:?}: {complaint}", place.name);
        assert!(complaint.starts_with("spec.json:1:"), "no place is named: {complaint}");
        assert!(!folder.path().join("work").exists(), "work was started");
    }
    assert!(!folder.path().join("PWNED").exists(), "{text:?} was run by a shell");
}

/// Names and texts, wherever a spec takes one.
#[test]
fn s33_s36_s38_every_hostile_text_is_a_project_or_a_clear_error() {
    for place in PLACES {
        for (text, may_be_name) in TEXTS {
            try_text(place, text, *may_be_name);
        }
    }
}

#[test]
fn names_of_300_characters_are_refused() {
    for place in PLACES {
        let folder = tempfile::Builder::new().prefix("hostile-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let (code, complaint) = generate(folder.path(), &(place.spec)(&quoted(&"x".repeat(300))));
        assert_eq!(code, 2, "{}: {complaint}", place.name);
    }
}

#[test]
fn entities_that_differ_only_in_case_are_refused() {
    let folder = tempfile::Builder::new().prefix("hostile-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let spec = r#"{"spec_version":1,"name":"x","entities":{"Note":{"fields":{"a":"string"}},"NOTE":{"fields":{"a":"string"}}}}"#;
    let (code, complaint) = generate(folder.path(), spec);
    assert_eq!(code, 2);
    assert!(complaint.contains("NOTE") && complaint.contains("Note"), "{complaint}");
}

#[test]
fn a_circle_of_required_relations_is_refused_and_shown() {
    let folder = tempfile::Builder::new().prefix("hostile-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let entity =
        |to: &str| format!(r#"{{"fields":{{"a":"string"}},"relations":{{"r":{{"to":"{to}","required":true}}}}}}"#);
    let entities = format!(r#""Hen":{},"Egg":{}"#, entity("Egg"), entity("Hen"));
    let (code, complaint) =
        generate(folder.path(), &format!(r#"{{"spec_version":1,"name":"x","entities":{{{entities}}}}}"#));
    assert_eq!(code, 2);
    assert!(complaint.contains("Hen") && complaint.contains("Egg"), "{complaint}");
}
