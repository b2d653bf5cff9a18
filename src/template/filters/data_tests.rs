use proptest::prelude::*;
use saphyr::{LoadableYamlNode as _, Yaml};

use super::super::hostile;
use super::*;

fn from_yaml(text: &str) -> Option<String> {
    let documents = Yaml::load_from_str(&format!("value: {text}\nother: 1\n")).unwrap();
    let value = documents.first().and_then(|document| document.as_mapping_get("value")).unwrap();
    value.as_str().map(str::to_owned)
}

fn from_toml(text: &str) -> Option<String> {
    let table: toml::Table = format!("value = {text}\nother = 1\n").parse().unwrap();
    table.get("value").and_then(toml::Value::as_str).map(str::to_owned)
}

/// Reads a literal as SQLite does: quoted runs and `char(n)`, joined by `||`.
fn from_sql(literal: &str) -> String {
    let mut text = String::new();
    let mut rest = literal.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(literal);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("char(") {
            let (number, after) = after.split_once(')').unwrap();
            text.push(char::from_u32(number.parse().unwrap()).unwrap());
            rest = after;
        } else {
            rest = rest.strip_prefix('\'').unwrap();
            while let Some((run, after)) = rest.split_once('\'') {
                text.push_str(run);
                rest = after;
                match rest.strip_prefix('\'') {
                    Some(after) => {
                        text.push('\'');
                        rest = after;
                    }
                    None => break,
                }
            }
        }
        rest = rest.strip_prefix(" || ").unwrap_or_else(|| {
            assert!(rest.is_empty(), "{rest}");
            ""
        });
    }
    text
}

#[track_caller]
fn round_trips(text: &str) {
    let value = Value::from(text);
    let in_yaml = yaml(&value).unwrap();
    assert_eq!(from_yaml(&in_yaml).as_deref(), Some(text), "{in_yaml}");
    let in_toml = super::toml(&value).unwrap();
    assert_eq!(from_toml(&in_toml).as_deref(), Some(text), "{in_toml}");
    let in_sql = sql(&value).unwrap();
    assert_eq!(from_sql(&in_sql), text, "{in_sql}");
    for written in [in_yaml, in_toml, in_sql] {
        assert!(!written.contains(char::is_control), "{written:?}");
    }
}

/// For YAML, TOML and SQL; words that YAML reads as other than text are among them.
#[test]
fn s35_s37_hostile_texts_round_trip() {
    hostile::texts().iter().for_each(|text| round_trips(text));
}

proptest! {
    #[test]
    fn every_text_round_trips(text in ".*", quotes in "['\"\\\\\n\0 |a-]{0,20}") {
        round_trips(&text);
        round_trips(&quotes);
    }
}

#[test]
fn other_values_keep_their_type() {
    let list = Value::from_serializable(&serde_json::json!([1, 1.0, true, "1", { "a b": "c" }]));
    assert_eq!(super::toml(&list).unwrap(), r#"[1, 1.0, true, "1", { "a b" = "c" }]"#);
    assert_eq!(yaml(&list).unwrap(), r#"[1, 1, true, "1", { "a b": "c" }]"#);
    assert_eq!(sql(&Value::from(true)).unwrap(), "1");
    assert_eq!(sql(&Value::none()).unwrap(), "NULL");
    assert_eq!(sql(&Value::from(-1.5)).unwrap(), "-1.5");
    assert_eq!(yaml(&Value::none()).unwrap(), "null");
}

#[test]
fn what_a_language_has_no_literal_for_is_an_error() {
    assert!(super::toml(&Value::none()).is_err());
    assert!(sql(&Value::from(vec![1])).is_err());
    assert!(yaml(&Value::undefined()).is_err());
}
