use super::*;
use crate::router::{dialect::DialectName, request::Original};

fn holder() -> KeyHolder {
    KeyHolder {
        name: Some("a".to_owned()),
        tenant: "acme".to_owned(),
        call_cap: None,
        requests: crate::api::bound::Bound::new(1),
    }
}

fn headers(rows: &[(&str, &str)]) -> HeaderMap {
    let row = |(name, value): &(&str, &str)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap());
    rows.iter().map(row).collect::<Vec<(HeaderName, HeaderValue)>>().into_iter().collect()
}

fn made(rows: &[(&str, &str)]) -> Result<Call, Fault> {
    call(Request::default(), "auto", &holder(), &headers(rows))
}

#[test]
fn headers_say_how_the_call_is_to_be_made() {
    let generation = "0193e2a0-7c11-7c11-8c11-0193e2a07c11";
    let call = made(&[
        ("x-samokoder-strategy", "latency"),
        ("x-samokoder-cache", "on"),
        ("x-samokoder-generation", generation),
        ("x-samokoder-provider-key-groq", "gsk_own"),
    ])
    .unwrap();
    assert_eq!((call.strategy, call.cache), (Some(Strategy::Latency), true));
    assert_eq!(call.caller.generation.unwrap().to_string(), generation);
    assert_eq!((call.caller.tenant.as_str(), call.caller.key.as_deref()), ("acme", Some("a")));
    let keys: Vec<_> = call.caller.own_keys.iter().map(|(name, key)| (name.as_str(), key.expose())).collect();
    assert_eq!(keys, [("groq", "gsk_own")]);
}

#[test]
fn fields_of_the_body_say_the_same_and_do_not_travel_on() {
    let body: Map<String, Value> =
        serde_json::from_str(r#"{"model":"m","x-samokoder-strategy":"cost","x-samokoder-cache":true,"user":"u"}"#)
            .unwrap();
    let mut extra = body.clone();
    extra.shift_remove("model");
    let original = Some(Original { dialect: DialectName::OpenaiChat, body, headers: Vec::new() });
    let request = Request { extra, original, ..Request::default() };
    let call = call(request, "m", &holder(), &headers(&[("x-samokoder-cache", "off")])).unwrap();
    assert_eq!((call.strategy, call.cache), (Some(Strategy::Cost), false), "a header goes before a field");
    assert_eq!(Value::from(call.request.extra).to_string(), r#"{"user":"u"}"#);
    assert_eq!(Value::from(call.request.original.unwrap().body).to_string(), r#"{"model":"m","user":"u"}"#);
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let told = |rows: &[(&str, &str)]| made(rows).unwrap_err().message;
    assert_eq!(
        told(&[("x-samokoder-strategy", "best")]),
        r#"x-samokoder-strategy is "best"; it must be one of ordered, cost, latency, quality, balanced"#
    );
    assert_eq!(told(&[("x-samokoder-cache", "yes")]), r#"x-samokoder-cache is "yes"; it must be on or off"#);
    assert_eq!(
        told(&[("x-samokoder-generation", "7")]),
        r#"x-samokoder-generation is "7"; it must be the id of a generation (a UUID)"#
    );
    assert!(told(&[("x-samokoder-provider-key-groq", "\u{e9}")]).ends_with("must be printable ASCII"));
}
