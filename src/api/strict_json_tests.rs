use super::check;

fn told(text: &str) -> String {
    check(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn ordinary_json_passes() {
    let text = r#"{"a":[1,-2,3.5e2,true,false,null,"x\né",{"a":1}],"b":{"a":{"b":[]}}} "#;
    assert!(check(text.as_bytes()).is_ok());
    assert!(check(b"[]").is_ok());
}

#[test]
fn a_field_that_stands_there_twice_is_found_however_it_is_written() {
    assert_eq!(
        told(r#"{"model":"a","x":{"y":1},"model":"b"}"#),
        r#"the field "model" stands there twice at line 1 column 32"#
    );
    assert_eq!(told(r#"{"a":[{"b":1,"\u0062":2}]}"#), r#"the field "b" stands there twice at line 1 column 21"#);
    let many: Vec<_> = (0..40).map(|number| format!("\"k{number}\":0")).collect();
    let twice = format!("{{{},\"k30\":1}}", many.join(","));
    assert!(told(&twice).starts_with(r#"the field "k30" stands there twice"#));
}

#[test]
fn what_readers_would_not_agree_on_is_refused() {
    assert!(told(&"[".repeat(100_000)).starts_with("recursion limit exceeded"));
    assert!(told(&"{\"a\":".repeat(100_000)).starts_with("recursion limit exceeded"));
    assert_eq!(told("[1e400]"), "number out of range at line 1 column 6");
    assert!(told(r#"["\ud800"]"#).starts_with("unexpected end of hex escape"));
    assert!(told("{} x").starts_with("trailing characters"));
    assert!(told("").starts_with("EOF"));
    let million: Vec<_> = (0..1_000_000).map(|number| format!("\"{number}\":0")).collect();
    assert!(told(&format!("{{{}}}", million.join(","))).starts_with("an object has more than 10000 fields"));
}

#[test]
fn text_that_is_not_unicode_is_refused() {
    assert!(check(b"[\"\xff\"]").is_err());
}
