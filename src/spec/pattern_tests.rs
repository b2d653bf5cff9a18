use super::*;

#[test]
fn patterns_of_both_engines_are_taken() {
    for pattern in [
        "[0-9]{13}",
        "[a-z]+(-[a-z]+)*",
        r"\d{3}\s\w+",
        r"\p{Lu}\p{L}*",
        r"a\.b\/c",
        r"[\w.\-]+",
        r"\u{1F680}|\x41|\u0041",
        "(?:a|b)?c{2,3}d*?",
        "(?<year>[0-9]{4})",
        r"[^\]]+",
        "",
    ] {
        assert_eq!(refusal(&normal_form(pattern)), None, "{pattern}");
    }
}

#[test]
fn patterns_that_mean_something_in_one_engine_only_are_refused() {
    for pattern in [
        "(?i)a",
        "(?i:a)",
        "(?=a)b",
        r"(a)\1",
        "(?P<n>a)",
        r"\bword\b",
        "a^b",
        "^a|b$",
        "[[:alpha:]]",
        "[a-z&&[^b]]",
        "[a[bc]]",
        r"\pL",
        r"\p{Greek}",
        r"\x{41}",
        r"\U0001F680",
        r"\a",
        "a{,3}",
        "a{",
        "a}",
        "x]",
        r"\A",
        "(",
        "[",
        "*",
        "a{3,1}",
    ] {
        assert!(refusal(&normal_form(pattern)).is_some(), "{pattern}");
    }
    assert_eq!(refusal(&"a".repeat(501)), Some(Refusal::TooLong));
    assert_eq!(refusal(r"((\p{L}{100}){100}){100}"), Some(Refusal::TooLarge));
    assert!(matches!(refusal(&"(".repeat(400)), Some(Refusal::Syntax(_))));
}

#[test]
fn the_normal_form_has_no_anchors_around_it_and_no_needless_backslashes() {
    for (pattern, normal) in [
        ("^[a-z]+$", "[a-z]+"),
        ("^", ""),
        (r"^[^@]+\@[^@]+$", "[^@]+@[^@]+"),
        (r"a\-b[\-c\@]", r"a-b[\-c@]"),
        ("^a|b$", "^a|b$"),
        ("(", "("),
        ("é^$", "é^"),
    ] {
        assert_eq!(normal_form(pattern), normal, "{pattern}");
    }
}

#[test]
fn lengths_are_told_of_ascii_patterns() {
    assert_eq!(lengths("[0-9]{3}-?x"), Some((4, Some(5))));
    assert_eq!(lengths("a+|[^b]{2,}"), Some((1, None)));
    assert_eq!(lengths(r".\w\d"), Some((3, Some(3))));
    assert_eq!(lengths("é"), None);
    assert_eq!(lengths(r"\p{L}"), None);
}

#[test]
fn the_whole_value_is_matched_with_the_meaning_of_ecmascript() {
    let matches = |pattern: &str, text: &str| compiled(pattern).unwrap().is_match(text);
    assert!(matches(r"\d+", "12"));
    assert!(!matches(r"\d+", "a12"));
    assert!(!matches(r"\d+", "१२"));
    assert!(!matches(r"[\w]+", "é"));
    assert!(matches(r"\W", "é"));
    assert!(matches("a|b", "b"));
    assert!(!matches("a|b", "ab"));
}
