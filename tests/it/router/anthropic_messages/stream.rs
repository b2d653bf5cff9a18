//! Streams, after the vendor's documentation.

use insta::assert_debug_snapshot;
use proptest::prelude::*;
use samokoder::{
    domain::usage::Usage,
    router::{
        completion::{Delta, Finish, Piece},
        dialect::{Dialect as _, anthropic_messages::AnthropicMessages},
        failure::FailureClass,
    },
};
use serde_json::{Value, json};

use super::{gathered, read};

pub(super) fn begin() -> Value {
    json!({ "type": "message_start", "message": {
        "id": "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY", "type": "message", "role": "assistant", "content": [],
        "model": "claude-opus-5-5", "stop_reason": null, "stop_sequence": null,
        "usage": { "input_tokens": 25, "output_tokens": 1, "cache_read_input_tokens": 7,
            "cache_creation_input_tokens": 30,
            "cache_creation": { "ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20 } },
    }})
}

pub(super) fn block(index: u64, block: &Value) -> Value {
    json!({ "type": "content_block_start", "index": index, "content_block": block })
}

pub(super) fn delta(index: u64, delta: &Value) -> Value {
    json!({ "type": "content_block_delta", "index": index, "delta": delta })
}

pub(super) fn stop(index: u64) -> Value {
    json!({ "type": "content_block_stop", "index": index })
}

pub(super) fn finish(reason: &str) -> Value {
    json!({ "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null },
        "usage": { "output_tokens": 89, "output_tokens_details": { "thinking_tokens": 40 } } })
}

pub(super) fn end() -> Value {
    json!({ "type": "message_stop" })
}

fn tool_use(name: &str, input: &Value) -> Value {
    json!({ "type": "tool_use", "id": "toolu_01T1x1fJ34qAmk2tNTrN7Up6", "name": name, "input": input })
}

fn json_delta(index: u64, text: &str) -> Value {
    delta(index, &json!({ "type": "input_json_delta", "partial_json": text }))
}

fn deltas(pieces: &[Piece]) -> Vec<Delta> {
    pieces.iter().flat_map(|piece| piece.deltas.clone()).collect()
}

#[test]
fn thinking_text_and_a_call() {
    let events = [
        begin(),
        block(0, &json!({ "type": "thinking", "thinking": "", "signature": "" })),
        json!({ "type": "ping" }),
        delta(0, &json!({ "type": "thinking_delta", "thinking": "I need the weather." })),
        delta(0, &json!({ "type": "signature_delta", "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk" })),
        stop(0),
        block(1, &json!({ "type": "text", "text": "" })),
        delta(1, &json!({ "type": "text_delta", "text": "Okay, let's " })),
        delta(1, &json!({ "type": "text_delta", "text": "check:" })),
        stop(1),
        block(2, &tool_use("get_weather", &json!({}))),
        json_delta(2, ""),
        json_delta(2, r#"{"location": "San"#),
        json_delta(2, r#" Francisco, CA"}"#),
        stop(2),
        finish("tool_use"),
        end(),
    ];
    let (pieces, failure, complete) = read(&events);
    assert!(failure.is_none() && complete);
    assert_debug_snapshot!(deltas(&pieces));
    let originals: Vec<Value> =
        pieces.iter().map(|piece| serde_json::from_slice(&piece.original.as_ref().unwrap().body).unwrap()).collect();
    assert_eq!(originals, events, "who speaks the format gets every event, signatures too");
}

#[test]
fn counts_are_from_the_beginning_and_what_is_unsaid_stands() {
    let (pieces, ..) = read(&[begin(), finish("end_turn"), end()]);
    let counts: Vec<_> = deltas(&pieces)
        .into_iter()
        .filter_map(|delta| if let Delta::Usage { usage, .. } = delta { Some(usage) } else { None })
        .collect();
    let first = Usage {
        fresh_input_tokens: 25,
        cache_read_tokens: 7,
        cache_write_tokens: 10,
        cache_write_1h_tokens: 20,
        output_tokens: 1,
        reasoning_tokens: 0,
    };
    assert_eq!(counts, [first, Usage { output_tokens: 89, reasoning_tokens: 40, ..first }]);
}

#[test]
fn only_message_stop_completes_an_answer() {
    let events = [begin(), block(0, &json!({ "type": "text", "text": "" })), stop(0), finish("end_turn"), end()];
    for until in 0..events.len() {
        let (_, failure, complete) = read(&events[..until]);
        assert!(failure.is_none() && !complete, "{until} events");
    }
    let mut reader = AnthropicMessages.piece_reader();
    for event in &events {
        reader.read("", event.to_string().as_bytes()).unwrap();
    }
    assert!(reader.is_complete());
    assert!(reader.read("", b"[DONE]").unwrap().is_none(), "what some append is no part of the answer");
}

#[test]
fn events_and_blocks_of_tomorrow_say_nothing_and_go_on() {
    let events = [
        json!({ "type": "ping" }),
        begin(),
        json!({ "type": "of_tomorrow", "index": "five" }),
        block(0, &json!({ "type": "of_tomorrow", "id": 5 })),
        delta(0, &json!({ "type": "of_tomorrow_delta", "text": 5 })),
        json_delta(0, "{"),
        stop(0),
        block(1, &json!({ "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} })),
        json_delta(1, r#"{"query": "ants"}"#),
        stop(1),
        end(),
    ];
    let (pieces, failure, complete) = read(&events);
    assert!(failure.is_none() && complete);
    assert_eq!(pieces.len(), events.len() - 1, "a ping before the beginning is no piece of the answer");
    assert_eq!(gathered(&deltas(&pieces)), gathered([]));
}

#[test]
fn an_error_on_the_way_says_what_was_billed() {
    let error = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
    let (pieces, failure, complete) = read(&[begin(), error.clone()]);
    let failure = failure.unwrap();
    assert_eq!((pieces.len(), complete, failure.class), (1, false, FailureClass::Overload));
    assert_eq!(failure.code.as_deref(), Some("overloaded_error"));
    assert_eq!(failure.usage.unwrap().fresh_input_tokens, 25);
    let (_, failure, _) = read(&[error]);
    assert_eq!(failure.unwrap().usage, None, "nothing was counted");
}

#[test]
fn a_refusal_ends_the_answer_in_its_words() {
    let mut refused = finish("refusal");
    refused["delta"]["stop_details"] = json!({ "type": "refusal", "explanation": "It may harm." });
    let (pieces, ..) = read(&[begin(), refused, end()]);
    let choice = gathered(&deltas(&pieces));
    assert_eq!((choice.finish, choice.refusal.as_deref()), (Finish::ContentFilter, Some("It may harm.")));
}

#[test]
fn a_call_without_pieces_has_the_arguments_it_began_with() {
    let (whole, none) = (json!({ "location": "Paris" }), json!({}));
    let events = [
        begin(),
        block(0, &tool_use("get_weather", &whole)),
        stop(0),
        block(1, &tool_use("now", &none)),
        json_delta(1, ""),
        stop(1),
        finish("tool_use"),
        end(),
    ];
    let calls = gathered(&deltas(&read(&events).0)).tool_calls;
    assert_eq!(calls.iter().map(|call| call.arguments.as_str()).collect::<Vec<_>>(), [r#"{"location":"Paris"}"#, "{}"]);
}

#[test]
fn the_answers_function_becomes_text_for_all() {
    let events = [
        begin(),
        block(0, &tool_use("samokoder_answer", &json!({}))),
        json_delta(0, ""),
        json_delta(0, r#"{"name":"#),
        json_delta(0, r#""Ada"}"#),
        stop(0),
        finish("tool_use"),
        end(),
    ];
    let (pieces, _, complete) = read(&events);
    assert!(complete);
    let choice = gathered(&deltas(&pieces));
    assert_eq!((choice.text.as_str(), choice.finish), (r#"{"name":"Ada"}"#, Finish::Stop));
    assert!(choice.tool_calls.is_empty());
    // Who speaks the format asked for text too.
    let originals: Vec<Value> =
        pieces.iter().map(|piece| serde_json::from_slice(&piece.original.as_ref().unwrap().body).unwrap()).collect();
    let (again, failure, _) = read(&originals);
    assert!(failure.is_none());
    assert_eq!(gathered(&deltas(&again)).text, r#"{"name":"Ada"}"#);
    assert_eq!(originals[1]["content_block"], json!({ "type": "text", "text": "" }));
    assert_eq!(originals[6]["delta"]["stop_reason"], "end_turn");
    assert_eq!(originals[6]["usage"], finish("")["usage"]);
}

#[test]
fn damage_is_the_providers_fault() {
    let wrong = [
        b"\xff".to_vec(),
        b"".to_vec(),
        b"{".to_vec(),
        b"[]".to_vec(),
        b"{\"type\":5}".to_vec(),
        begin().to_string().into_bytes(),
        block(0, &json!("text")).to_string().into_bytes(),
        block(0, &json!({ "type": "tool_use" })).to_string().into_bytes(),
        delta(0, &json!({ "type": "text_delta", "text": 5 })).to_string().into_bytes(),
        b"{\"type\":\"content_block_stop\",\"index\":-1}".to_vec(),
        b"{\"type\":\"message_delta\",\"delta\":5}".to_vec(),
        b"{\"type\":\"error\"}".to_vec(),
    ];
    for data in wrong {
        let mut reader = AnthropicMessages.piece_reader();
        reader.read("message_start", begin().to_string().as_bytes()).unwrap();
        let failure = reader.read("", &data).unwrap_err();
        let told = String::from_utf8_lossy(&data);
        assert_eq!(failure.code.as_deref(), Some("damaged_answer"), "{told}");
        assert_eq!(failure.usage.unwrap().output_tokens, 1, "{told}");
    }
    for early in [block(0, &json!({ "type": "text", "text": "" })), stop(0), finish("end_turn"), end()] {
        assert!(read(std::slice::from_ref(&early)).1.is_some(), "{early} before the beginning");
    }
}

proptest! {
    #[test]
    fn however_arguments_are_cut_they_are_the_same(
        name in "\\PC{0,20}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let arguments = json!({ "name": name, "deep": [{ "a": [] }] }).to_string();
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(arguments.len())).collect();
        places.retain(|place| arguments.is_char_boundary(*place));
        places.extend([0, arguments.len()]);
        places.sort_unstable();
        let mut events = vec![begin(), block(0, &tool_use("get_weather", &json!({})))];
        events.extend(places.windows(2).map(|pair| json_delta(0, arguments.get(pair[0]..pair[1]).unwrap())));
        events.extend([stop(0), finish("tool_use"), end()]);
        let choice = gathered(&deltas(&read(&events).0));
        prop_assert_eq!(&choice.tool_calls[0].arguments, &arguments);
    }
}
