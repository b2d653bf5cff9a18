//! Calls without arguments: whatever a provider sends for them, a caller gets JSON.

use samokoder::router::{
    completion::{Delta, Finish, Piece},
    dialect::{DialectName, anthropic_messages, dialect, openai_chat},
};
use serde_json::{Value, json};

const ALL: [DialectName; 4] =
    [DialectName::OpenaiChat, DialectName::OpenaiResponses, DialectName::AnthropicMessages, DialectName::Gigachat];
/// What providers send for no arguments; none for not sending them.
const EMPTY: [Option<&str>; 4] = [None, Some(""), Some(" "), Some("{}")];

/// A stream that calls one function, and ends.
fn stream(name: DialectName, function: &str, arguments: Option<&str>) -> Vec<Value> {
    match name {
        DialectName::OpenaiChat => {
            let called = json!({"index": 0, "id": "call_1", "function": {"name": function, "arguments": arguments}});
            vec![
                json!({"id": "1", "model": "m", "choices": [{"index": 0, "delta": {"tool_calls": [called]}}]}),
                json!({"id": "1", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
            ]
        }
        DialectName::OpenaiResponses => {
            let item = json!({"type": "function_call", "call_id": "call_1", "name": function, "arguments": arguments});
            let begun = json!({"type": "function_call", "call_id": "call_1", "name": function, "arguments": ""});
            let response = json!({"id": "1", "model": "m", "status": "completed"});
            vec![
                json!({"type": "response.output_item.added", "output_index": 0, "item": begun}),
                json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": arguments.unwrap_or_default()}),
                json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
                json!({"type": "response.completed", "response": response}),
            ]
        }
        DialectName::AnthropicMessages => {
            let block = json!({"type": "tool_use", "id": "call_1", "name": function, "input": {}});
            let piece = json!({"type": "input_json_delta", "partial_json": ""});
            let mut events = vec![
                json!({"type": "message_start", "message": {"id": "1", "model": "m", "content": []}}),
                json!({"type": "content_block_start", "index": 0, "content_block": block}),
                json!({"type": "content_block_stop", "index": 0}),
                json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}),
                json!({"type": "message_stop"}),
            ];
            if arguments.is_some() {
                events.insert(2, json!({"type": "content_block_delta", "index": 0, "delta": piece}));
            }
            events
        }
        DialectName::Gigachat => {
            let called = json!({"name": function, "arguments": arguments});
            let delta = json!({"content": "", "role": "assistant", "function_call": called});
            vec![json!({"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": "function_call"}]})]
        }
    }
}

fn pieces(name: DialectName, events: &[Value]) -> Vec<Piece> {
    let mut reader = dialect(name).piece_reader();
    let read = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        reader.read(kind, event.to_string().as_bytes()).unwrap()
    };
    events.iter().filter_map(read).collect()
}

/// Text, arguments of the call and end that pieces come to.
fn gathered(pieces: &[Piece]) -> (String, String, Finish) {
    let mut whole = (String::new(), String::new(), Finish::Length);
    for delta in pieces.iter().flat_map(|piece| &piece.deltas) {
        match delta {
            Delta::Text { text, .. } => whole.0.push_str(text),
            Delta::ToolCall { arguments, .. } => whole.1.push_str(arguments),
            Delta::Finish { finish, .. } => whole.2 = finish.clone(),
            Delta::Start { .. } | Delta::Reasoning { .. } | Delta::Refusal { .. } | Delta::Usage { .. } => {}
        }
    }
    whole
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    for name in ALL {
        for arguments in EMPTY {
            let (text, called, finish) = gathered(&pieces(name, &stream(name, "now", arguments)));
            let told = format!("{} {arguments:?}", name.name());
            assert_eq!((text.as_str(), called.trim(), finish), ("", "{}", Finish::ToolCalls), "{told}");
        }
    }
}

#[test]
fn the_answers_function_without_arguments_answers_an_empty_object() {
    for name in ALL {
        for arguments in EMPTY {
            let (text, called, finish) = gathered(&pieces(name, &stream(name, "samokoder_answer", arguments)));
            let told = format!("{} {arguments:?}", name.name());
            assert_eq!((text.trim(), called.as_str(), finish), ("{}", "", Finish::Stop), "{told}");
        }
    }
}

/// An answer that was cut off before its arguments has none: the limit is what the caller must hear of.
#[test]
fn a_call_that_was_cut_off_gets_nothing() {
    let mut events = stream(DialectName::OpenaiChat, "now", Some(""));
    events[1]["choices"][0]["finish_reason"] = "length".into();
    let (_, called, finish) = gathered(&pieces(DialectName::OpenaiChat, &events));
    assert_eq!((called.as_str(), finish), ("", Finish::Length));
}

/// Callers who speak the provider's own format get what it sent, and the object with it.
#[test]
fn callers_of_the_same_format_get_the_object_too() {
    let mut writer = openai_chat::PieceWriter::new("1".to_owned(), "m".to_owned(), 0, false);
    let events = stream(DialectName::OpenaiChat, "now", Some(""));
    let out: Vec<u8> = pieces(DialectName::OpenaiChat, &events).iter().flat_map(|piece| writer.write(piece)).collect();
    let out = String::from_utf8(out).unwrap();
    let chunks: Vec<Value> =
        out.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect();
    let delta = |number: usize| &chunks[number]["choices"][0]["delta"];
    assert_eq!(delta(0)["tool_calls"][0]["function"]["name"], "now", "as it came");
    assert_eq!(delta(1), &json!({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}));
    assert_eq!(chunks[2]["choices"][0]["finish_reason"], "tool_calls");

    let mut writer = anthropic_messages::PieceWriter::new();
    let events = stream(DialectName::AnthropicMessages, "samokoder_answer", None);
    let pieces = pieces(DialectName::AnthropicMessages, &events);
    let out: Vec<u8> = pieces.iter().flat_map(|piece| writer.write(piece)).collect();
    let out = String::from_utf8(out).unwrap();
    let events: Vec<Value> =
        out.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect();
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds[1..4], ["content_block_start", "content_block_delta", "content_block_stop"]);
    assert_eq!(
        events[2],
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "{}"}})
    );
}

#[test]
fn whole_answers_have_the_object_too() {
    for arguments in EMPTY {
        let call = json!({"id": "call_1", "type": "function", "function": {"name": "now", "arguments": arguments}});
        let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
        let chat = json!({"id": "1", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]});
        let item = json!({"type": "function_call", "call_id": "call_1", "name": "now", "arguments": arguments});
        let responses = json!({"id": "1", "model": "m", "status": "completed", "output": [item]});
        for (name, body) in [(DialectName::OpenaiChat, chat), (DialectName::OpenaiResponses, responses)] {
            let completion = dialect(name).decode(body.to_string().as_bytes()).unwrap();
            let told = format!("{} {arguments:?}", name.name());
            assert_eq!(completion.choices[0].tool_calls[0].arguments, "{}", "{told}");
            let is_as_it_came = completion.original.is_some();
            assert_eq!(is_as_it_came, name == DialectName::OpenaiChat && arguments == Some("{}"), "{told}");
        }
    }
}
