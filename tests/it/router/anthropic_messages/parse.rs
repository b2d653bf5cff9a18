//! Requests of callers who speak the format.

use insta::{assert_debug_snapshot, assert_snapshot};
use samokoder::router::{
    dialect::anthropic_messages::parse_request,
    failure::{Failure, FailureClass},
    request::{Effort, Format, Part, Request, Role},
};
use serde_json::{Value, json};

use super::parsed;

fn refused(body: &[u8]) -> Failure {
    let failure = parse_request(body).unwrap_err();
    assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Caller, Some("invalid_request")));
    failure
}

fn asks(fields: &Value) -> Value {
    let mut body = json!({ "model": "auto", "max_tokens": 10_000, "messages": [{ "role": "user", "content": "Hi" }] });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn everything_with_a_form_is_understood() {
    let body = json!({
        "model": "claude-opus-5-5",
        "max_tokens": 1_024,
        "stream": true,
        "system": [{ "type": "text", "text": "Be kind." }, { "type": "text", "text": "Be brief." }],
        "temperature": 0.5,
        "top_p": 1,
        "stop_sequences": ["END"],
        "tools": [
            { "name": "get_weather", "description": "Weather.", "input_schema": { "type": "object" }, "strict": true },
            { "type": "custom", "name": "now", "input_schema": {} },
            { "type": "web_search_20250305", "name": "web_search" },
        ],
        "tool_choice": { "type": "tool", "name": "now", "disable_parallel_tool_use": true },
        "top_k": 5,
        "metadata": { "user_id": "u-1" },
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "What is it?", "cache_control": { "type": "ephemeral" } },
                { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo=" } },
                { "type": "image", "source": { "type": "url", "url": "https://example.com/a.png" } },
                { "type": "image", "source": { "type": "file", "file_id": "file_1" } },
                { "type": "document", "title": "Notes", "source": { "type": "text", "data": "Ants.", "media_type": "text/plain" } },
                { "type": "document", "source": { "type": "base64", "media_type": "application/pdf", "data": "JVBERi0=" } },
            ]},
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "Hm.", "signature": "Eq" },
                { "type": "redacted_thinking", "data": "Em" },
                { "type": "text", "text": "I look." },
                { "type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": { "b": 1.50, "a": [] } },
            ]},
            { "role": "user", "content": [
                { "type": "text", "text": "Quick!" },
                { "type": "tool_result", "tool_use_id": "toolu_1", "content": "15" },
                { "type": "tool_result", "tool_use_id": "toolu_2", "is_error": true, "content": [
                    { "type": "text", "text": "down" },
                    { "type": "image", "source": { "type": "url", "url": "https://example.com/b.png" } },
                ]},
            ]},
            { "role": "system", "content": "It is late." },
            { "role": "assistant", "content": "So" },
        ],
    });
    let parsed = parse_request(body.to_string().as_bytes()).unwrap();
    assert_eq!((parsed.model.as_str(), parsed.stream), ("claude-opus-5-5", true));
    let original = parsed.request.original.as_ref().unwrap();
    assert_eq!(Value::Object(original.body.clone()), body);
    assert_debug_snapshot!(Request { original: None, ..parsed.request });
}

#[test]
fn the_look_of_the_answer() {
    let schema = json!({ "type": "object", "properties": {} });
    let format = json!({ "type": "json_schema", "schema": schema });
    for fields in [json!({ "output_config": { "format": format } }), json!({ "output_format": format })] {
        let Format::JsonSchema { schema: read, strict, .. } = parsed(&asks(&fields)).format else {
            panic!("{fields} was not read");
        };
        assert_eq!((read, strict), (schema.clone(), true));
    }
    assert!(matches!(parsed(&asks(&json!({ "output_config": null }))).format, Format::Text));
}

#[test]
fn how_long_it_may_think() {
    let budget = |tokens: u64| json!({ "thinking": { "type": "enabled", "budget_tokens": tokens } });
    let effort = |effort: &str| json!({ "thinking": { "type": "adaptive" }, "output_config": { "effort": effort } });
    let cases = [
        (json!({}), None),
        (json!({ "thinking": { "type": "disabled" } }), Some(Effort::None)),
        (json!({ "thinking": { "type": "adaptive" } }), None),
        (budget(1_024), Some(Effort::Minimal)),
        (budget(2_000), Some(Effort::Low)),
        (budget(5_000), Some(Effort::Medium)),
        (budget(9_999), Some(Effort::High)),
        (effort("low"), Some(Effort::Low)),
        (effort("medium"), Some(Effort::Medium)),
        (effort("max"), Some(Effort::High)),
        (effort("of_tomorrow"), None),
        (json!({ "output_config": { "effort": "xhigh" } }), Some(Effort::High)),
    ];
    for (fields, effort) in cases {
        assert_eq!(parsed(&asks(&fields)).reasoning_effort, effort, "{fields}");
    }
}

#[test]
fn only_fields_that_the_format_does_not_have_are_extra() {
    let fields = json!({ "top_k": 5, "provider": { "only": ["x"] }, "metadata": {}, "cache_control": {}, "betas": [] });
    let extra = parsed(&asks(&fields)).extra;
    assert_eq!(Value::Object(extra), json!({ "top_k": 5, "provider": { "only": ["x"] } }));
}

#[test]
fn a_turn_of_nothing_stays_a_turn() {
    let body =
        asks(&json!({ "messages": [{ "role": "user", "content": [] }, { "role": "assistant", "content": "" }] }));
    let messages = parsed(&body).messages;
    assert_eq!(messages.iter().map(|message| message.role).collect::<Vec<_>>(), [Role::User, Role::Assistant]);
    assert!(messages[0].parts.is_empty());
    assert!(matches!(&messages[1].parts[..], [Part::Text(text)] if text.is_empty()));
}

#[test]
fn all_problems_are_told_at_once() {
    let body = json!({
        "model": 5,
        "max_tokens": -1,
        "stream": "yes",
        "temperature": 1.5,
        "top_p": "much",
        "system": [{ "type": "image" }, "text"],
        "stop_sequences": ["a", 5],
        "thinking": { "type": "enabled" },
        "output_config": { "effort": 5, "format": { "type": "xml", "schema": [] } },
        "tools": [5, { "name": "a" }, { "type": 7, "input_schema": "s", "strict": 1 }],
        "tool_choice": { "type": "sometimes", "disable_parallel_tool_use": "no" },
        "messages": [
            5,
            {},
            { "role": "robot", "content": "x" },
            { "role": "user", "content": 5 },
            { "role": "user", "content": [
                "x", {}, { "type": "text" }, { "type": "image" }, { "type": "image", "source": { "type": "url" } },
                { "type": "image", "source": { "type": "base64", "data": 5 } }, { "type": "tool_use" },
                { "type": "tool_result", "content": [{ "type": "tool_result" }, { "type": "text", "text": 5 }] },
            ]},
            { "role": "assistant", "content": [{ "type": "tool_use", "id": 5, "input": "x" }, { "type": "tool_result" }] },
        ],
    });
    let failure = refused(body.to_string().as_bytes());
    assert_snapshot!(failure.message.replace("; ", "\n"));
}

#[test]
fn a_body_that_is_no_object() {
    let told: Vec<_> = ["", "{", "[]", "{}", "\"x\"", "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[]}"]
        .map(|body| refused(body.as_bytes()).message)
        .to_vec();
    assert_snapshot!(told.join("\n"));
}

#[test]
fn a_body_that_is_wrong_throughout_is_told_in_short() {
    let wrong = vec![json!(5); 10_000];
    let message = refused(asks(&json!({ "messages": wrong })).to_string().as_bytes()).message;
    assert!(message.ends_with("messages.49: must be an object; and 9950 more problems"), "{message}");
}
