//! Requests of callers who speak the format, which go on as they came.

use http::{HeaderMap, HeaderValue};
use insta::assert_snapshot;
use samokoder::router::{
    dialect::{
        Dialect as _, Target,
        anthropic_messages::{AnthropicMessages, parse_request},
    },
    provider::{Quirks, SchemaMode},
};
use serde_json::{Value, json};

use super::{NEW, OLD, encode, encode_with, parsed, pretty};

fn rich() -> Value {
    json!({
        "model": "auto",
        "max_tokens": 16_000,
        "stream": false,
        "system": [{ "type": "text", "text": "Long.", "cache_control": { "type": "ephemeral", "ttl": "1h" } }],
        "thinking": { "type": "enabled", "budget_tokens": 10_000 },
        "context_management": { "edits": [{ "type": "clear_tool_uses_20250919" }] },
        "metadata": { "user_id": "u-1" },
        "tools": [
            { "name": "get_weather", "input_schema": { "type": "object" }, "cache_control": { "type": "ephemeral" } },
            { "type": "web_search_20250305", "name": "web_search", "max_uses": 5 },
        ],
        "messages": [
            { "role": "user", "content": "Weather in Paris?" },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "Call it.", "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3h" },
                { "type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix" },
                { "type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": { "location": "Paris" } },
            ]},
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "toolu_1", "is_error": true, "content": "down" },
                { "type": "document", "source": { "type": "file", "file_id": "file_1" } },
            ]},
        ],
        "a_field_of_tomorrow": { "deep": [1.50, null] },
    })
}

/// The format refuses a budget of thinking that is not below the token limit: who lowers the limit lowers the budget.
#[test]
fn thinking_fits_into_a_limit_that_was_lowered() {
    let quirks = Quirks::default();
    let target = Target { model: OLD, stream: false, default_max_output_tokens: 4_000, quirks: &quirks };
    let body = |request: &_| AnthropicMessages.encode(request, &target).map(|encoded| encoded.body);
    let read = |request: &_| serde_json::from_slice::<Value>(&body(request).unwrap()).unwrap();
    let mut lowered = parsed(&rich());
    for (limit, budget) in [(16_000, 10_000), (10_001, 10_000), (10_000, 9_999), (1_025, 1_024)] {
        lowered.max_output_tokens = Some(limit);
        let sent = read(&lowered);
        assert_eq!(sent["thinking"], json!({ "type": "enabled", "budget_tokens": budget }), "{limit}");
        assert_eq!(sent["max_tokens"], json!(limit));
    }
    lowered.max_output_tokens = Some(1_024);
    assert_eq!(body(&lowered).unwrap_err().code.as_deref(), Some("unsupported"), "no budget is that small");

    let mut as_asked = rich();
    as_asked["max_tokens"] = json!(5_000);
    assert_eq!(
        read(&parsed(&as_asked))["thinking"],
        as_asked["thinking"],
        "what the caller asks is the provider's to judge"
    );

    let mut unlimited = super::asks("Why?");
    unlimited.extra.insert("thinking".to_owned(), json!({ "type": "enabled", "budget_tokens": 9_000 }));
    assert_eq!(read(&unlimited)["thinking"]["budget_tokens"], 3_999, "the route's own limit");
}

#[test]
fn all_but_what_the_router_decides_stays() {
    let request = parsed(&rich());
    let mut expected = rich();
    expected["model"] = json!(OLD);
    assert_eq!(encode(&request, OLD), expected);

    let quirks = Quirks::default();
    let target = Target { model: NEW, stream: true, default_max_output_tokens: 1, quirks: &quirks };
    let mut limited = request;
    limited.max_output_tokens = Some(12_000);
    let body: Value = serde_json::from_slice(&AnthropicMessages.encode(&limited, &target).unwrap().body).unwrap();
    expected["model"] = json!(NEW);
    expected["stream"] = json!(true);
    expected["max_tokens"] = json!(12_000);
    assert_eq!(body, expected);
}

#[test]
fn headers_of_betas_go_along() {
    let mut parsed = parse_request(rich().to_string().as_bytes()).unwrap();
    let mut headers = HeaderMap::new();
    headers.append("anthropic-beta", HeaderValue::from_static("context-management-2025-06-27"));
    headers.append("anthropic-beta", HeaderValue::from_static("files-api-2025-04-14"));
    headers.append("x-api-key", HeaderValue::from_static("sk-gateway-key"));
    parsed.keep_headers(&headers);
    let quirks = Quirks::default();
    let target = Target { model: OLD, stream: false, default_max_output_tokens: 1, quirks: &quirks };
    let encoded = AnthropicMessages.encode(&parsed.request, &target).unwrap();
    let sent: Vec<_> =
        encoded.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    assert_snapshot!(sent.join("\n"), @r"
    anthropic-version: 2023-06-01
    anthropic-beta: context-management-2025-06-27
    anthropic-beta: files-api-2025-04-14
    ");
}

#[test]
fn thinking_that_nobody_signed_is_taken_out() {
    let mut body = rich();
    let unsigned = json!({ "type": "thinking", "thinking": "Another vendor's.", "signature": "" });
    body["messages"][1]["content"][0] = unsigned.clone();
    body["messages"][0] = json!({ "role": "assistant", "content": [unsigned] });
    let sent = encode(&parsed(&body), OLD);
    assert_eq!(sent["messages"].as_array().unwrap().len(), 2, "a turn of nothing else is no turn");
    assert_eq!(sent["messages"][0]["content"][0]["type"], "redacted_thinking");
    assert_eq!(sent["messages"][1], rich()["messages"][2]);
}

#[test]
fn a_vendor_without_the_field_gets_the_function_in_its_place() {
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    let mut body = rich();
    body["output_config"] = json!({ "effort": "low", "format": { "type": "json_schema", "schema": schema } });
    let function = Quirks { schema_mode: SchemaMode::Function, ..Quirks::default() };
    let sent = encode_with(&parsed(&body), OLD, &function);
    let changed = ["output_config", "tools", "tool_choice", "thinking"].map(|name| json!({ name: sent.get(name) }));
    assert_snapshot!(pretty(&Value::from(changed.to_vec())));
    assert_eq!(sent["messages"], rich()["messages"]);

    let unforced = encode_with(&parsed(&body), NEW, &function);
    assert_eq!(unforced["tool_choice"], json!({ "type": "auto" }));
    assert_eq!(unforced["system"][1]["text"], "Answer with a call of at least one of your tools.");

    body["output_config"]["format"]["schema"] = json!({ "type": "array" });
    let sent = encode_with(&parsed(&body), OLD, &function);
    assert_eq!(sent["system"][0], rich()["system"][0]);
    assert!(sent["system"][1]["text"].as_str().unwrap().contains(r#"{"type":"array"}"#));
    assert_eq!(encode(&parsed(&body), OLD)["output_config"], body["output_config"], "where the field is, it stays");
}
