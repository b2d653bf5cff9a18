use serde_json::json;

use super::super::hostile;
use super::*;

fn value(json: &serde_json::Value) -> Value {
    Value::try_from_serializable(json).unwrap()
}

fn place(indent: usize) -> Place {
    Place { indent, column: indent, tail: 1, width: WIDTH }
}

/// For JSON.
#[test]
fn s35_hostile_texts_round_trip_through_json() {
    for text in hostile::texts() {
        let nested = json!({ "a": [text], text.as_str(): { "b": text, "n": null, "t": true } });
        let flat = flat(&value(&nested), Style::Json).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&flat).unwrap(), nested, "{flat}");
        let pretty = expanded(&value(&nested), Style::Json, place(0)).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&pretty).unwrap(), nested, "{pretty}");
        assert!(!flat.contains(script::is_hidden) && !flat.contains("</"), "{flat}");
    }
}

#[test]
fn numbers_keep_their_value() {
    let numbers = json!([0, -1, 9_007_199_254_740_993_i64, u64::MAX, 1.5, 1e300, -2.5e-9]);
    let written = flat(&value(&numbers), Style::Json).unwrap();
    let read: serde_json::Value = serde_json::from_str(&written).unwrap();
    for (a, b) in numbers.as_array().unwrap().iter().zip(read.as_array().unwrap()) {
        assert!(a == b || a.as_f64() == b.as_f64(), "{a} {b}");
    }
}

#[test]
fn typescript_on_one_line() {
    let nested = json!({ "a": [1, "x"], "b-c": {}, "__proto__": null, "d": [], "e": { "f": false } });
    let written = flat(&value(&nested), Style::Ts).unwrap();
    assert_eq!(written, r#"{ a: [1, "x"], "b-c": {}, ["__proto__"]: null, d: [], e: { f: false } }"#);
}

/// What Biome 2.6.8 leaves as it is.
#[test]
fn typescript_over_lines() {
    let long = "a".repeat(40);
    let nested = json!({
        "numbers": vec![1_111_111_111; 9], "grid": [[1, 2], [3, 4]], "rows": [{ "a": 1 }], "short": ["x"],
        "long": [long, long, long], "empty": {},
    });
    insta::assert_snapshot!(expanded(&value(&nested), Style::Ts, place(2)).unwrap());
    insta::assert_snapshot!(expanded(&value(&nested), Style::Json, place(2)).unwrap());
}

#[test]
fn the_column_decides_whether_a_list_fits() {
    let list = value(&json!(["x".repeat(40), "y".repeat(40)]));
    let at = |column| expanded(&list, Style::Ts, Place { indent: 2, column, tail: 1, width: 100 }).unwrap();
    // 88 columns of text and one for what follows.
    assert_eq!(at(11).lines().count(), 1);
    assert_eq!(at(12).lines().count(), 4);
}

#[test]
fn what_no_literal_can_hold_is_an_error() {
    for style in [Style::Json, Style::Ts] {
        assert!(flat(&Value::undefined(), style).is_err());
        assert!(flat(&Value::from(f64::NAN), style).is_err());
    }
}
