//! Whole answers and errors, as callers of the format get them.

use bytes::Bytes;
use insta::assert_snapshot;
use samokoder::{
    domain::usage::Usage,
    router::{
        completion::{Choice, Completion, Finish, OriginalAnswer},
        dialect::{
            Dialect as _, DialectName,
            anthropic_messages::{AnthropicMessages, write_completion, write_error},
        },
    },
};
use serde_json::Value;

use super::{call, pretty};

fn written(completion: &Completion) -> Value {
    serde_json::from_slice(&write_completion(completion)).unwrap()
}

fn answer() -> Completion {
    let choice = Choice {
        text: "I look.".to_owned(),
        reasoning: "The weather, then.".to_owned(),
        refusal: None,
        tool_calls: vec![call("call_1", r#"{"location":"Paris"}"#), call("functions.get_weather:1", "{\"loc")],
        finish: Finish::ToolCalls,
    };
    let usage = Usage {
        fresh_input_tokens: 10,
        cache_read_tokens: 5,
        cache_write_tokens: 3,
        cache_write_1h_tokens: 2,
        output_tokens: 20,
        reasoning_tokens: 12,
    };
    Completion {
        id: "chatcmpl-1".to_owned(),
        model: "gpt-x".to_owned(),
        choices: vec![choice, Choice::default()],
        usage: Some(usage),
        ..Completion::default()
    }
}

#[test]
fn another_vendors_answer_is_one_of_the_same_meaning() {
    assert_snapshot!(pretty(&written(&answer())));
    let back = AnthropicMessages.decode(&write_completion(&answer())).unwrap();
    assert_eq!(back.usage, answer().usage);
    assert_eq!(back.choices[0].reasoning, "The weather, then.");
    assert_eq!(back.choices[0].tool_calls[0], answer().choices[0].tool_calls[0]);
}

#[test]
fn an_answer_of_the_format_goes_on_as_it_came() {
    let body = Bytes::from_static(b"{\"id\": \"msg_1\" , \"of_tomorrow\":1.50}");
    let original = |dialect| Some(OriginalAnswer { dialect, body: body.clone() });
    let same = Completion { original: original(DialectName::AnthropicMessages), ..answer() };
    assert_eq!(write_completion(&same), body);
    let other = Completion { original: original(DialectName::OpenaiChat), ..answer() };
    assert_eq!(written(&other)["id"], "chatcmpl-1");
}

#[test]
fn an_answer_of_nothing_has_all_its_fields() {
    assert_snapshot!(pretty(&written(&Completion::default())));
}

#[test]
fn why_an_answer_ended() {
    let reason = |finish: Finish, calls: bool| {
        let tool_calls = if calls { vec![call("a", "{}")] } else { Vec::new() };
        let choices = vec![Choice { finish, tool_calls, refusal: Some("No.".to_owned()), ..Choice::default() }];
        let body = written(&Completion { choices, ..Completion::default() });
        assert_eq!(body["content"][0]["text"], "No.");
        body["stop_reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(reason(Finish::Stop, false), "end_turn");
    assert_eq!(reason(Finish::Stop, true), "tool_use", "its calls must be answered");
    assert_eq!(reason(Finish::ToolCalls, true), "tool_use");
    assert_eq!(reason(Finish::Length, false), "max_tokens");
    assert_eq!(reason(Finish::ContentFilter, false), "refusal");
    assert_eq!(reason(Finish::Other("pause_turn".to_owned()), false), "pause_turn");
    assert_eq!(reason(Finish::Other("eos".to_owned()), false), "end_turn");
}

#[test]
fn errors_have_the_type_of_their_status() {
    let statuses = [400, 401, 402, 403, 404, 405, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529];
    let lines = statuses.map(|status| {
        let body: Value = serde_json::from_slice(&write_error(status, "words", None)).unwrap();
        format!("{status} {}", body["error"]["type"].as_str().unwrap())
    });
    assert_snapshot!(lines.join("\n"));
    let body = String::from_utf8(write_error(429, "slow \"down\"", Some("req_1"))).unwrap();
    assert_snapshot!(body, @r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow \"down\""},"request_id":"req_1"}"#);
}
