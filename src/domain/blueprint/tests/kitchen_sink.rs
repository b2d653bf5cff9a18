//! One spec with nearly everything in it.

use crate::domain::blueprint::{Blueprint, PackFacts, architecture_page, derive};
use crate::domain::spec::Spec;

pub(super) fn spec() -> Spec {
    serde_json::from_str(include_str!("kitchen_sink.json")).unwrap()
}

pub(super) fn pack() -> PackFacts {
    PackFacts {
        name: "react-hono".to_owned(),
        version: "1.0.0".to_owned(),
        reserved_types: vec!["Option".to_owned()],
        reserved_variables: vec!["db".to_owned()],
        reserved_tables: vec!["login_attempts".to_owned()],
        derived_names: vec!["{pascal}Input".to_owned(), "{camel}Input".to_owned()],
        account_properties: vec!["role".to_owned(), "password".to_owned(), "passwordHash".to_owned()],
    }
}

pub(super) fn blueprint() -> Blueprint {
    let (blueprint, problems) = derive(&spec(), &pack());
    assert_eq!(problems, []);
    blueprint
}

#[test]
fn the_whole_blueprint() {
    insta::assert_json_snapshot!(blueprint());
}

#[test]
fn the_architecture_page() {
    insta::assert_snapshot!(architecture_page(&blueprint()));
}

#[test]
fn the_same_spec_gives_the_same_blueprint_and_survives_a_file() {
    let text = serde_json::to_string(&blueprint()).unwrap();
    assert_eq!(text, serde_json::to_string(&blueprint()).unwrap());
    assert_eq!(serde_json::from_str::<Blueprint>(&text).unwrap(), blueprint());
}

#[test]
fn an_application_without_entities_has_a_page_without_tables() {
    let feature = crate::domain::spec::Feature { description: "A timer".to_owned() };
    let empty = Spec { sign_in: None, entities: Vec::new(), relations: Vec::new(), features: vec![feature], ..spec() };
    let (blueprint, problems) = derive(&empty, &pack());
    assert_eq!(problems, []);
    assert!(blueprint.has_features && !blueprint.has_entities);
    let page = architecture_page(&blueprint);
    assert!(page.contains("No rows of anything are kept."), "{page}");
    assert!(!page.contains("```mermaid") && !page.contains("## Entities") && !page.contains("0 tables"), "{page}");
}
