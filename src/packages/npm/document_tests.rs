use serde_json::{Value, json};

use super::read;
use crate::{domain::clock::Timestamp, packages::PackageFacts};

fn document() -> Value {
    json!({
        "name": "thing",
        "dist-tags": {"latest": "2.0.0", "next": "3.0.0"},
        "versions": {
            "1.0.0": {"deprecated": "old"},
            "2.0.0-rc.1": {},
            "10.0.0": {},
            "2.0.0": {"scripts": {"postinstall": "node x.js", "test": "x"}, "deprecated": ""},
            "1.9.0": {"scripts": {"prepare": "tsc"}, "hasInstallScript": false},
            "3.0.0": {},
            "no version": {},
        },
        "time": {
            "created": "2011-01-01T00:00:00.000Z",
            "0.1.0": "2012-01-01T00:00:00.000Z",
            "1.0.0": "2020-01-01T00:00:00.000Z",
            "2.0.0": "2021-01-01T00:00:00.000000+00:00",
            "unpublished": {"name": "x"},
            "1.9.0": "rubbish",
        },
    })
}

fn facts(document: &Value) -> Result<PackageFacts, String> {
    read("thing", &serde_json::to_vec(document).unwrap())
}

#[test]
fn stable_versions_up_to_the_latest_are_told_newest_first() {
    let facts = facts(&document()).unwrap();
    let told: Vec<_> = facts
        .releases
        .iter()
        .map(|release| (release.version.as_str(), release.deprecated.as_deref(), release.has_install_scripts))
        .collect();
    assert_eq!(told, [("2.0.0", None, true), ("1.9.0", None, false), ("1.0.0", Some("old"), false)]);
    assert_eq!(facts.releases[0].published_at, Some(Timestamp(1_609_459_200_000)));
    assert_eq!(facts.releases[1].published_at, None);
    assert_eq!(
        facts.first_published_at,
        Some(Timestamp(1_577_836_800_000)),
        "neither a name that is only reserved nor a version that is gone has an age"
    );
}

#[test]
fn many_versions_are_cut() {
    let mut document = document();
    document["dist-tags"]["latest"] = json!("1.500.0");
    for minor in 0..=500 {
        document["versions"][format!("1.{minor}.0")] = json!({"gypfile": true});
    }
    let facts = facts(&document).unwrap();
    assert_eq!(facts.releases.len(), PackageFacts::RELEASES_MAX);
    assert_eq!(facts.releases[0].version, "1.500.0");
    assert!(facts.releases[0].has_install_scripts);
}

#[test]
fn a_package_without_versions_has_no_age() {
    let facts = facts(&json!({"name": "thing", "time": {"created": "2011-01-01T00:00:00.000Z"}})).unwrap();
    assert_eq!((facts.first_published_at, facts.releases.len()), (None, 0));
}

#[test]
fn what_cannot_be_read_is_a_sentence() {
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for text in [
        "",
        "null",
        "[]",
        "{\"name\": 1}",
        "{\"versions\": {}}",
        "{\"name\":\"thing\",\"versions\":[1]}",
        "{\"name\":\"thing\"",
        deep.as_str(),
    ] {
        let reason = read("thing", text.as_bytes()).unwrap_err();
        assert!(!reason.is_empty() && reason.len() < 200, "{reason}");
    }
    assert_eq!(read("other", &serde_json::to_vec(&document()).unwrap()).unwrap_err(), "it is about another package");
}
