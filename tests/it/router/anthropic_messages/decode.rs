//! Whole answers, after the vendor's documentation.

use insta::{assert_debug_snapshot, assert_snapshot};
use samokoder::{
    domain::usage::Usage,
    router::{
        completion::{Completion, Finish},
        dialect::{Dialect as _, DialectName, anthropic_messages::AnthropicMessages},
        failure::{Failure, FailureClass},
    },
};
use serde_json::{Value, json};

fn decode(body: &Value) -> Result<Completion, Failure> {
    AnthropicMessages.decode(body.to_string().as_bytes())
}

fn answer(content: &Value, stop_reason: &str) -> Value {
    json!({
        "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
        "type": "message",
        "role": "assistant",
        "content": content,
        "model": "claude-opus-5-5",
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": { "input_tokens": 12, "output_tokens": 6 },
    })
}

#[test]
fn text() {
    let body = answer(&json!([{ "type": "text", "text": "Hello " }, { "type": "text", "text": "there!" }]), "end_turn");
    let completion = decode(&body).unwrap();
    assert_eq!(completion.text(), "Hello there!");
    let original = completion.original.as_ref().unwrap();
    assert_eq!((original.dialect, &original.body[..]), (DialectName::AnthropicMessages, body.to_string().as_bytes()));
    assert_debug_snapshot!(Completion { original: None, ..completion });
}

#[test]
fn thinking_and_calls() {
    let content = json!([
        { "type": "thinking", "thinking": "I need the weather.", "signature": "WaUjzkypQ2mUEVM36O2TxuC06KN8xyfbJwyem2dw3URve" },
        { "type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix" },
        { "type": "text", "text": "I'll check." },
        { "type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": { "query": "weather" } },
        { "type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "name": "get_weather",
          "input": { "location": "San Francisco, CA", "unit": "celsius" } },
        { "type": "tool_use", "id": "toolu_02", "name": "now", "input": {}, "caller": { "type": "direct" } },
        { "type": "a_block_of_tomorrow", "text": 5 },
    ]);
    let completion = decode(&answer(&content, "tool_use")).unwrap();
    assert_debug_snapshot!(completion.choices);
}

#[test]
fn stop_reasons() {
    let reasons = [
        ("end_turn", Finish::Stop),
        ("stop_sequence", Finish::Stop),
        ("max_tokens", Finish::Length),
        ("model_context_window_exceeded", Finish::Length),
        ("tool_use", Finish::ToolCalls),
        ("refusal", Finish::ContentFilter),
        ("pause_turn", Finish::Other("pause_turn".to_owned())),
        ("of_tomorrow", Finish::Other("of_tomorrow".to_owned())),
    ];
    for (reason, finish) in reasons {
        assert_eq!(decode(&answer(&json!([]), reason)).unwrap().choices[0].finish, finish, "{reason}");
    }
    let mut refused = answer(&json!([]), "refusal");
    refused["stop_details"] = json!({ "type": "refusal", "category": "cyber", "explanation": "It may harm." });
    assert_eq!(decode(&refused).unwrap().choices[0].refusal.as_deref(), Some("It may harm."));
}

#[test]
fn usage_parts_what_caches_held() {
    let usage = |usage: Value| {
        let mut body = answer(&json!([]), "end_turn");
        body["usage"] = usage;
        decode(&body).unwrap().usage
    };
    let whole = json!({
        "input_tokens": 2_048, "cache_read_input_tokens": 1_800, "cache_creation_input_tokens": 248,
        "cache_creation": { "ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100 },
        "output_tokens": 503, "output_tokens_details": { "thinking_tokens": 400 },
        "server_tool_use": { "web_search_requests": 1 }, "service_tier": "standard",
    });
    assert_eq!(
        usage(whole),
        Some(Usage {
            fresh_input_tokens: 2_048,
            cache_read_tokens: 1_800,
            cache_write_tokens: 148,
            cache_write_1h_tokens: 100,
            output_tokens: 503,
            reasoning_tokens: 400,
        })
    );
    let unsplit = json!({ "input_tokens": 1, "cache_creation_input_tokens": 248, "output_tokens": 2,
        "cache_read_input_tokens": null, "cache_creation": null });
    let expected = Usage { fresh_input_tokens: 1, cache_write_tokens: 248, output_tokens: 2, ..Usage::default() };
    assert_eq!(usage(unsplit), Some(expected));
    let impossible = json!({ "cache_creation_input_tokens": 5, "cache_creation": { "ephemeral_1h_input_tokens": 9 },
        "output_tokens": 2, "output_tokens_details": { "thinking_tokens": 3 } });
    let expected = Usage { cache_write_1h_tokens: 5, output_tokens: 2, reasoning_tokens: 2, ..Usage::default() };
    assert_eq!(usage(impossible), Some(expected), "no token is counted twice");
    for wrong in [json!(null), json!("many"), json!({ "output_tokens": -1 }), json!({ "input_tokens": 1.5 }), json!([])]
    {
        assert_eq!(usage(wrong.clone()), None, "{wrong}");
    }
}

#[test]
fn the_answers_function_becomes_text() {
    let content = json!([
        { "type": "text", "text": "Here it is:" },
        { "type": "tool_use", "id": "toolu_1", "name": "samokoder_answer", "input": { "name": "Ada" } },
    ]);
    let completion = decode(&answer(&content, "tool_use")).unwrap();
    assert_eq!(completion.text(), r#"{"name":"Ada"}"#);
    assert_eq!(completion.choices[0].finish, Finish::Stop);
    assert!(completion.choices[0].tool_calls.is_empty());
    let original: Value = serde_json::from_slice(&completion.original.unwrap().body).unwrap();
    assert_eq!(original["content"], json!([{ "type": "text", "text": r#"{"name":"Ada"}"# }]));
    assert_eq!(original["stop_reason"], "end_turn");
    assert_eq!(original["usage"], json!({ "input_tokens": 12, "output_tokens": 6 }));

    let beside = json!([content[1], { "type": "tool_use", "id": "toolu_2", "name": "now", "input": {} }]);
    let completion = decode(&answer(&beside, "tool_use")).unwrap();
    assert_eq!(completion.choices[0].finish, Finish::ToolCalls, "the other call waits");
    assert_eq!(completion.choices[0].tool_calls.len(), 1);
}

#[test]
fn an_error_under_status_200_is_a_failure() {
    let error = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
    let failure = decode(&error).unwrap_err();
    assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Overload, Some("overloaded_error")));
    let mut both = answer(&json!([]), "end_turn");
    both["error"] = json!({ "type": "authentication_error", "message": "who?" });
    assert_eq!(decode(&both).unwrap_err().class, FailureClass::Key);
    both["error"] = json!(5);
    assert_eq!(decode(&both).unwrap_err().class, FailureClass::Overload);
    assert_eq!(decode(&json!({ "error": "no" })).unwrap_err().message, "no");
}

#[test]
fn damage_is_the_providers_fault_and_repeats_none_of_it() {
    let right = answer(&json!([{ "type": "text", "text": "secret" }]), "end_turn");
    let with = |place: &str, value: Value| {
        let mut body = right.clone();
        *body.pointer_mut(place).unwrap() = value;
        body.to_string().into_bytes()
    };
    let bodies = [
        Vec::new(),
        b" \n".to_vec(),
        b"<html>secret</html>".to_vec(),
        b"\xff\xfe".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        right.to_string().into_bytes()[..90].to_vec(),
        with("/content", json!("secret")),
        with("/content", json!(["secret"])),
        with("/content/0/text", json!({ "secret": 1 })),
        with("/content/0/type", json!(5)),
        with("/content/0", json!({ "type": "tool_use", "id": 5, "name": "x" })),
        with("/content/0", json!({ "type": "thinking", "thinking": null })),
        with("/stop_reason", json!(["secret"])),
        with("/id", json!(7)),
    ];
    let told: Vec<_> = bodies
        .iter()
        .map(|body| {
            let failure = AnthropicMessages.decode(body).unwrap_err();
            assert_eq!(failure.code.as_deref(), Some("damaged_answer"));
            assert_eq!(failure.class, FailureClass::Overload);
            failure.message
        })
        .collect();
    assert!(told.iter().all(|message| !message.contains("secret")));
    assert_snapshot!(told.join("\n"));
}
