use super::*;

/// P-74.
#[test]
fn a_key_is_a_quoted_text_or_a_bare_token() {
    assert_eq!(read("\"8e03978e-40d5\"").as_deref(), Some("8e03978e-40d5"));
    assert_eq!(read("8e03978e-40d5").as_deref(), Some("8e03978e-40d5"));
    assert_eq!(read(r#""a \"b\" \\ c""#).as_deref(), Some(r#"a "b" \ c"#));
    assert_eq!(read(&format!("\"{}\"", "k".repeat(255))).map(|key| key.len()), Some(255));
}

/// P-74.
#[test]
fn what_is_neither_is_refused() {
    let long = format!("\"{}\"", "k".repeat(300));
    for value in
        ["", "\"\"", "\"", "\"a", "a b", "a\"b", "\"a\"b\"", "\"a\\n\"", "\"a\\", "a;b=c", "ключ", "\"ключ\"", &long]
    {
        assert_eq!(read(value), None, "{value}");
    }
}
