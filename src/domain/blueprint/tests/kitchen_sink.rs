use serde_json::json;

use crate::domain::blueprint::{Blueprint, PackFacts, derive};
use crate::domain::spec::Spec;

#[test]
fn print() {
    let spec: Spec = serde_json::from_str(include_str!("kitchen_sink.json")).unwrap();
    let (blueprint, problems) = derive(&spec, &PackFacts::default());
    println!("{}", serde_json::to_string_pretty(&blueprint).unwrap());
    println!("{problems:?}");
}
