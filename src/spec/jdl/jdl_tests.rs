use std::path::Path;

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::read;
use crate::spec::Reading;

fn read_fixture(name: &str) -> Reading {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/jdl").join(name);
    read(name, &std::fs::read_to_string(path).expect("the fixture is there"))
}

/// The whole reading, without what is `null`, `false` or empty.
fn shown(reading: &Reading) -> Value {
    without_blanks(json!({ "spec": reading.spec, "problems": reading.problems, "ignored": reading.ignored }))
}

fn without_blanks(value: Value) -> Value {
    match value {
        Value::Object(object) if object.contains_key("column") => {
            format!("{}:{}", object["line"], object["column"]).into()
        }
        Value::Object(object) => {
            let kept = object.into_iter().map(|(key, value)| (key, without_blanks(value)));
            Value::Object(kept.filter(|(_, value)| !is_blank(value)).collect())
        }
        Value::Array(items) => items.into_iter().map(without_blanks).collect(),
        other => other,
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

macro_rules! fixtures {
    ($($test:ident: $file:literal,)*) => {$(
        #[test]
        fn $test() {
            let reading = read_fixture($file);
            assert_eq!(reading.problems, [], "{} reads without problems", $file);
            assert_json_snapshot!(stringify!($test), shown(&reading));
        }
    )*};
}

fixtures! {
    blog: "blog.jdl",
    bug_tracker: "bug-tracker.jdl",
    library: "library.jdl",
    simple_online_shop: "simple-online-shop.jdl",
    every_type: "every-type.jdl",
    annotations: "annotations.jdl",
    relationships: "relationships.jdl",
    several_applications: "several-applications.jdl",
    options: "options.jdl",
    layout: "layout.jdl",
    clinic: "clinic.jdl",
    user_declared: "user-declared.jdl",
    odd_file_name: "4th Café.jdl",
}
