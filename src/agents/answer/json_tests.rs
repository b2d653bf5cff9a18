use super::*;
use proptest::prelude::*;
use serde_json::json;

fn value(text: &str) -> Value {
    read(text).map(|(value, _)| value).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

#[test]
fn damage_is_read_as_it_was_meant() {
    for (text, meant) in [
        ("{\"a\": 1,}", json!({"a": 1})),
        ("[1, 2,]", json!([1, 2])),
        ("[1 2\n3]", json!([1, 2, 3])),
        ("{\"a\": 1 \"b\": 2}", json!({"a": 1, "b": 2})),
        ("{a: 1, $b_2: 'x', 'c': \"it's\"}", json!({"a": 1, "$b_2": "x", "c": "it's"})),
        ("{ // why\n \"a\": /* so */ 1 # yes\n}", json!({"a": 1})),
        ("{“a”: “b”, „c“: ‘d’}", json!({"a": "b", "c": "d"})),
        ("{\"a\": \"“quoted” text\"}", json!({"a": "“quoted” text"})),
        ("{\"a\": NaN, \"b\": -Infinity, \"c\": undefined}", json!({"a": null, "b": null, "c": null})),
        ("{\"a\": True, \"b\": False, \"c\": None}", json!({"a": true, "b": false, "c": null})),
        ("{\"a\": \"two\nlines\tand a tab\"}", json!({"a": "two\nlines\tand a tab"})),
        ("{\"a\": \"a regular \\d+ expression\"}", json!({"a": "a regular \\d+ expression"})),
        ("{\"a\": \"it\\'s \\u00e9 \\ud83d\\ude00 \\ud83d.\"}", json!({"a": "it's é 😀 \u{fffd}."})),
        ("{\"a\": .5, \"b\": 5., \"c\": +7, \"d\": 007}", json!({"a": 0.5, "b": 5.0, "c": 7, "d": 7.0})),
        ("\u{feff}{\"a\": 1}", json!({"a": 1})),
    ] {
        let text = text.trim_start_matches('\u{feff}');
        assert_eq!(value(text), meant, "{text}");
    }
}

#[test]
fn what_is_not_closed_is_cut_off() {
    let whole = "{\"a\": [1, {\"b\": \"c\\n\"}, true], \"d\": \"e\"}";
    for (cut, _) in whole.char_indices().skip(1) {
        let (cut, _) = whole.split_at(cut);
        assert_eq!(read(cut).unwrap_err().0, Fault::CutOff, "{cut}");
    }
    assert_eq!(read("{/* never ends").unwrap_err().0, Fault::CutOff);
}

#[test]
fn what_is_no_json_is_said_with_its_place() {
    for (text, at, expected) in [
        ("{\"a\": 1, \"b\" 2}", 13, "`:` after the name"),
        ("{\"a\": word}", 6, "a value; text stands in double quotes"),
        ("{\"a\": \"He said \"no\" there\"}", 18, "`:` after the name"),
        ("{\"a\": }", 6, "a value"),
        ("{\"a\": \"\\u12\"}", 9, "four hexadecimal digits"),
        ("[1, }", 4, "a value"),
        ("{\"a\": 1]", 7, "a name in double quotes, or `}`"),
    ] {
        assert_eq!(read(text).unwrap_err().0, Fault::Unexpected { at, expected }, "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(65)).is_ok());
    assert_eq!(read(&nested(66)).unwrap_err().0, Fault::TooDeep);
    assert_eq!(read(&"{\"a\":".repeat(1_000_000)).unwrap_err().0, Fault::TooDeep);
}

pub(in crate::agents::answer) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |number| Number::from_f64(number).map(Value::Number)),
        any::<String>().prop_map(Value::from),
        "[\"'{}\\[\\],:/#“”\\\\\n]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn valid_json_keeps_its_value(value in any_json()) {
        let text = value.to_string();
        let expected: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read(&text).unwrap(), (expected, text.len()));
    }

    #[test]
    fn any_text_is_read_without_panic(text in "[\\[\\]{}:,\"'“”/*#\\\\nu0-9a-f\\-+. \n]{0,60}") {
        if let Ok((_, end)) = read(&text) {
            prop_assert!(text.is_char_boundary(end));
        }
    }
}
