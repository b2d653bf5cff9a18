//! Streams, as callers of the format get them.

use bytes::Bytes;
use insta::assert_snapshot;
use proptest::prelude::*;
use samokoder::{
    domain::usage::Usage,
    router::{
        completion::{Delta, Finish, OriginalAnswer, Piece},
        dialect::{DialectName, anthropic_messages::PieceWriter},
    },
};
use serde_json::{Value, json};

use super::{finished, gathered, grammar, read, stream};

fn text(text: &str) -> Delta {
    Delta::Text { choice: 0, text: text.to_owned() }
}

fn reasoning(text: &str) -> Delta {
    Delta::Reasoning { choice: 0, text: text.to_owned() }
}

fn called(index: u32, first: Option<&str>, arguments: &str) -> Delta {
    let id = first.map(|_| format!("call_{index}"));
    let name = first.map(str::to_owned);
    Delta::ToolCall { choice: 0, index, id, name, arguments: arguments.to_owned() }
}

fn start() -> Delta {
    Delta::Start { id: "chatcmpl-1".to_owned(), model: "gpt-x".to_owned() }
}

fn usage() -> Delta {
    let usage = Usage { fresh_input_tokens: 10, output_tokens: 5, ..Usage::default() };
    Delta::Usage { usage, provider_cost: None }
}

/// Each delta as a piece of its own.
fn write(deltas: &[Delta]) -> Vec<u8> {
    let mut writer = PieceWriter::new();
    let mut out = Vec::new();
    for delta in deltas {
        out.extend(writer.write(&Piece { deltas: vec![delta.clone()], original: None }));
    }
    out.extend(writer.end());
    assert!(writer.end().is_empty(), "it ends once");
    out
}

#[test]
fn another_vendors_stream_is_one_of_the_same_meaning() {
    let deltas = [
        start(),
        reasoning("The weather, then."),
        text("I "),
        text(""),
        text("look."),
        called(0, Some("get_weather"), ""),
        called(0, None, r#"{"location":"#),
        called(0, None, r#""Paris"}"#),
        called(1, Some("now"), "{}"),
        finished(Finish::ToolCalls),
        usage(),
        Delta::Text { choice: 1, text: "another choice".to_owned() },
    ];
    let out = write(&deltas);
    grammar::check(&out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn a_call_is_written_as_it_comes() {
    let mut writer = PieceWriter::new();
    let mut write = |delta: Delta| writer.write(&Piece { deltas: vec![delta], original: None });
    write(start());
    assert!(!write(called(0, Some("a"), "{\"x\":")).is_empty());
    assert!(!write(called(0, None, "1}")).is_empty());
    assert!(!write(called(1, Some("b"), "{\"y\":")).is_empty(), "the first is whole");
    assert!(write(called(2, Some("c"), "{}")).is_empty(), "the second may go on");
    assert!(write(text("later")).is_empty());
    assert!(!write(called(1, None, "2}")).is_empty());
    let end = String::from_utf8(writer.end()).unwrap();
    assert!(end.contains("\"name\":\"c\"") && end.contains("later") && end.contains("tool_use"));
}

#[test]
fn calls_that_come_interleaved_stay_apart() {
    let deltas = [
        start(),
        called(0, Some("a"), "{"),
        called(1, Some("b"), "["),
        called(0, None, "}"),
        called(1, None, "]"),
        text("between"),
        called(2, Some("c"), ""),
        finished(Finish::Stop),
    ];
    let read = grammar::check(&write(&deltas)).unwrap();
    let call = |index: u32, name: &str, input: &str| (format!("call_{index}"), name.to_owned(), input.to_owned());
    assert_eq!(read.calls, [call(0, "a", "{}"), call(1, "b", "[]"), call(2, "c", "")]);
    assert_eq!((read.text.as_str(), read.stop_reason.as_str()), ("between", "tool_use"));
}

#[test]
fn an_answer_of_nothing_is_whole() {
    let read = grammar::check(&write(&[])).unwrap();
    assert_eq!(
        read,
        grammar::Read { stop_reason: "end_turn".to_owned(), usage: read.usage.clone(), ..Default::default() }
    );
}

#[test]
fn odd_identities_become_ones_that_the_format_takes() {
    let odd = Delta::ToolCall {
        choice: 0,
        index: 0,
        id: Some("functions.read:0".to_owned()),
        name: Some("read".to_owned()),
        arguments: "{}".to_owned(),
    };
    let read = grammar::check(&write(&[start(), odd])).unwrap();
    assert_snapshot!(read.calls[0].0, @"functions_read_0_c216cab2");
}

#[test]
fn events_of_the_format_go_on_as_they_came() {
    let events = [
        stream::begin(),
        json!({ "type": "ping" }),
        stream::block(0, &json!({ "type": "thinking", "thinking": "", "signature": "" })),
        stream::delta(0, &json!({ "type": "signature_delta", "signature": "Eq" })),
        stream::stop(0),
        json!({ "type": "of_tomorrow\ndata: {}" }),
        stream::finish("end_turn"),
        stream::end(),
    ];
    let (pieces, ..) = read(&events);
    let mut writer = PieceWriter::new();
    let out: Vec<u8> = pieces.iter().flat_map(|piece| writer.write(piece)).collect();
    let written = String::from_utf8(out).unwrap();
    let data: Vec<Value> = written
        .split_terminator("\n\n")
        .map(|event| serde_json::from_str(event.split_once("data: ").unwrap().1).unwrap())
        .collect();
    assert_eq!(data, events);
    assert_eq!(written.matches("event: ").count(), events.len() - 1, "a name that would end its line is left out");
    assert!(writer.end().is_empty(), "the provider ended it");

    let broken = Bytes::from_static(b"{\"type\":\n\"ping\"}");
    let original = Some(OriginalAnswer { dialect: DialectName::AnthropicMessages, body: broken });
    let out = PieceWriter::new().write(&Piece { deltas: Vec::new(), original });
    assert_eq!(out, b"event: ping\ndata: {\"type\":\ndata: \"ping\"}\n\n");
}

#[test]
fn a_failure_on_the_way_is_the_last_event() {
    let mut writer = PieceWriter::new();
    writer.write(&Piece { deltas: vec![start(), text("Hel")], original: None });
    let out = String::from_utf8(writer.fail(529, "all providers are overloaded")).unwrap();
    assert_snapshot!(out, @r#"
    event: error
    data: {"type":"error","error":{"type":"overloaded_error","message":"all providers are overloaded"}}
    "#);
    assert!(writer.end().is_empty());
    assert!(writer.write(&Piece { deltas: vec![text("lo")], original: None }).is_empty());
}

/// Pieces of a Chat stream, calls interleaved as they like; their arguments are cut anywhere.
fn chat_stream() -> impl Strategy<Value = Vec<Delta>> {
    let said = prop_oneof![
        "\\PC{0,6}".prop_map(|said| text(&said)),
        "\\PC{0,6}".prop_map(|said| reasoning(&said)),
        (0..4_u32, "[{}:,\"a-z]{0,6}").prop_map(|(index, arguments)| called(index, None, &arguments)),
    ];
    prop::collection::vec(said, 0..30).prop_map(|said| {
        let mut deltas = vec![start()];
        let mut begun = std::collections::BTreeMap::<u32, u32>::new();
        for delta in said {
            let Delta::ToolCall { index, arguments, .. } = &delta else {
                deltas.push(delta);
                continue;
            };
            let next = u32::try_from(begun.len()).unwrap();
            let first = !begun.contains_key(index);
            let known = *begun.entry(*index).or_insert(next);
            deltas.push(called(known, first.then_some("tool"), arguments));
        }
        deltas.extend([finished(Finish::Stop), usage()]);
        deltas
    })
}

proptest! {
    #[test]
    fn a_chat_stream_keeps_to_the_grammar_and_its_meaning(deltas in chat_stream()) {
        let read = grammar::check(&write(&deltas)).map_err(TestCaseError::fail)?;
        let said = gathered(&deltas);
        prop_assert_eq!(&read.text, &said.text);
        prop_assert_eq!(&read.thinking, &said.reasoning);
        prop_assert_eq!(read.calls.len(), said.tool_calls.len());
        for (written, call) in read.calls.iter().zip(&said.tool_calls) {
            prop_assert_eq!((&written.0, &written.1), (&call.id, &call.name));
            // What follows arguments that are whole is not JSON any more; it may be lost.
            prop_assert!(call.arguments.starts_with(&written.2));
            if written.2 != call.arguments {
                prop_assert!(serde_json::from_str::<Value>(&written.2).is_ok());
            }
        }
        prop_assert_eq!(&read.stop_reason, if said.tool_calls.is_empty() { "end_turn" } else { "tool_use" });
        prop_assert_eq!(&read.usage["output_tokens"], &json!(5));
    }
}
