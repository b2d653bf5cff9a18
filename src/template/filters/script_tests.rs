use proptest::prelude::*;

use super::super::hostile;
use super::*;

/// The value of a literal that this module wrote: JSON knows the same escapes, but for the quotes.
fn value_of(literal: &str) -> String {
    let quote = literal.chars().next().unwrap();
    let inside = literal.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap();
    let json = if quote == '\'' { inside.replace('"', "\\\"").replace("\\'", "'") } else { inside.to_owned() };
    serde_json::from_str(&format!("\"{json}\"")).unwrap()
}

#[track_caller]
fn round_trips(text: &str) {
    let literal = string(text);
    assert_eq!(value_of(&literal), text, "{literal}");
    assert!(!literal.contains(is_hidden), "{literal}");
    let lower = literal.to_lowercase();
    assert!(!["</", "<!", "${"].iter().any(|mark| lower.contains(mark)), "{literal}");
}

/// For JavaScript.
#[test]
fn s35_hostile_texts_round_trip() {
    hostile::texts().iter().for_each(|text| round_trips(text));
}

proptest! {
    #[test]
    fn every_text_round_trips(text in ".*", quotes in "['\"\\\\<>/!${}a]{0,20}") {
        round_trips(&text);
        round_trips(&quotes);
    }

    #[test]
    fn numbers_round_trip(number in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        prop_assert_eq!(super::number(number).unwrap().parse::<f64>().unwrap().to_bits(), number.to_bits());
    }
}

#[test]
fn quotes_are_those_that_biome_keeps() {
    assert_eq!(string("it's"), "\"it's\"");
    assert_eq!(string("say \"hi\""), "'say \"hi\"'");
    assert_eq!(string("'\""), "\"'\\\"\"");
    assert_eq!(string("\"\"'"), "'\"\"\\''");
    assert_eq!(string("plain"), "\"plain\"");
}

#[test]
fn what_ends_scripts_and_lines_is_escaped() {
    assert_eq!(string("</Script>${a}\u{2028}\0"), "\"\\u003C/Script>\\u0024{a}\\u2028\\u0000\"");
    assert_eq!(string("a < b, 1 $ 2"), "\"a < b, 1 $ 2\"");
}

#[test]
fn properties_are_bare_when_they_can_be() {
    assert_eq!(property("title"), "title");
    assert_eq!(property("class"), "class");
    assert_eq!(property("a-b"), "\"a-b\"");
    assert_eq!(property("1"), "\"1\"");
    assert_eq!(property(""), "\"\"");
    assert_eq!(property("__proto__"), "[\"__proto__\"]");
}

#[test]
fn numbers_are_written_as_javascript_prints_them() {
    let printed = |value| number(value).unwrap();
    assert_eq!(printed(1.0), "1");
    assert_eq!(printed(-0.5), "-0.5");
    assert_eq!(printed(1e20), "100000000000000000000");
    assert_eq!(printed(1e21), "1e21");
    assert_eq!(printed(1.5e-7), "1.5e-7");
    assert_eq!(printed(0.000_001), "0.000001");
    assert_eq!((number(f64::NAN), number(f64::INFINITY)), (None, None));
}

#[test]
fn patterns_stay_inside_their_literal() {
    assert_eq!(regex("[A-Z]{3}"), "/^(?:[A-Z]{3})$/u");
    assert_eq!(regex("a/b"), "/^(?:a\\/b)$/u");
    assert_eq!(regex("[/]\\/"), "/^(?:[/]\\/)$/u");
    assert_eq!(regex("[\\]/]/"), "/^(?:[\\]/]\\/)$/u");
    assert_eq!(regex("a\nb\u{2028}"), "/^(?:a\\nb\\u2028)$/u");
    assert_eq!(regex("a\\\nb"), "/^(?:a\\nb)$/u");
    assert_eq!(regex("a|b"), "/^(?:a|b)$/u");
    assert_eq!(regex("\\"), "/^(?:\\\\)$/u");
    assert_eq!(regex("*/"), "/^(?:*\\/)$/u");
}
