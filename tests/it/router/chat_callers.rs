//! Callers who speak Chat Completions: what they send is read, what they get is written.

use bytes::Bytes;
use insta::{assert_debug_snapshot, assert_snapshot};
use proptest::prelude::*;
use samokoder::{
    domain::usage::Usage,
    network::SseReader,
    router::{
        completion::{Choice, Completion, Delta, Finish, OriginalAnswer, Piece},
        dialect::{
            DialectName, Target, dialect,
            openai_chat::{PieceWriter, parse_request, write_completion},
        },
        failure::FailureClass,
        provider::Quirks,
        request::{Request, ToolCall},
    },
};
use serde_json::{Value, json};

use super::vendor_answers::answers;

fn body() -> Value {
    json!({
        "model": "gpt-4o",
        "messages": [
            { "role": "developer", "content": "Be brief." },
            { "role": "user", "name": "ann", "content": [
                { "type": "text", "text": "What is it?" },
                { "type": "image_url", "image_url": { "url": "https://example.com/a.jpg", "detail": "low" } },
                { "type": "image_url", "image_url": "data:image/png;charset=x;base64,iVBORw0KGgo=" },
                { "type": "image_url", "image_url": { "url": "data:text/plain,not%20base64" } },
                { "type": "input_audio", "input_audio": { "data": "UklGRg==", "format": "wav" } },
            ] },
            { "role": "assistant", "content": null, "tool_calls": [
                { "id": "call_1", "type": "function", "function": { "name": "add", "arguments": "{\"a\":1}" } },
                { "id": "call_2", "type": "custom", "custom": { "name": "shell", "input": "ls" } },
            ] },
            { "role": "tool", "tool_call_id": "call_1", "content": "2" },
            { "role": "function", "name": "old", "content": "3" },
            { "role": "assistant", "refusal": "No." },
        ],
        "tools": [
            { "type": "function", "function": { "name": "add", "description": "Adds.", "parameters": { "type": "object" }, "strict": true } },
            { "type": "function", "function": { "name": "now" } },
            { "type": "custom", "custom": { "name": "shell" } },
        ],
        "tool_choice": { "type": "function", "function": { "name": "add" } },
        "parallel_tool_calls": false,
        "response_format": { "type": "json_schema", "json_schema": { "name": "total", "schema": { "type": "object" }, "strict": true } },
        "max_completion_tokens": 100,
        "max_tokens": 50,
        "temperature": 0,
        "top_p": 0.5,
        "stop": "END",
        "seed": -1,
        "reasoning_effort": "minimal",
        "stream": true,
        "stream_options": { "include_usage": true },
        "metadata": { "a": "b" },
        "user": null,
        "made_up": [1],
    })
}

#[test]
fn a_whole_request_is_read() {
    let mut parsed = parse_request(body().to_string().as_bytes()).unwrap();
    let original = parsed.request.original.take().unwrap();
    assert_eq!((original.dialect, Value::from(original.body)), (DialectName::OpenaiChat, body()));
    assert_debug_snapshot!(parsed);
}

#[test]
fn the_smallest_request_is_read() {
    let parsed = parse_request(br#"{"model":"auto","messages":[{"role":"user","content":"Hi"}]}"#).unwrap();
    assert_eq!((parsed.model.as_str(), parsed.stream, parsed.include_usage), ("auto", false, false));
    let Request { messages, tools, max_output_tokens, stop, extra, .. } = parsed.request;
    assert_eq!((messages.len(), tools.len(), max_output_tokens, stop.len(), extra.len()), (1, 0, None, 0, 0));
}

#[test]
fn fields_that_are_null_are_fields_that_are_not_there() {
    let mut nulls = json!({ "model": "auto", "messages": [{ "role": "user", "content": "Hi" }] });
    for name in body().as_object().unwrap().keys() {
        if nulls.get(name).is_none() {
            nulls[name] = Value::Null;
        }
    }
    let parsed = parse_request(nulls.to_string().as_bytes()).unwrap();
    assert!(parsed.request.extra.is_empty(), "{:?}", parsed.request.extra);
    assert_eq!((parsed.request.max_output_tokens, parsed.request.temperature, parsed.stream), (None, None, false));
}

#[test]
fn every_problem_of_a_body_is_named() {
    let wrong = json!({
        "model": "  ",
        "messages": [
            "hi",
            { "content": "who?" },
            { "role": "wizard", "content": "x" },
            { "role": "user" },
            { "role": "user", "content": 7 },
            { "role": "user", "content": [3, { "text": "x" }, { "type": "text" }, { "type": "image_url" },
                { "type": "image_url", "image_url": { "url": 1, "detail": 2 } }] },
            { "role": "assistant", "tool_calls": [{ "function": { "name": 1 } }, {}] },
            { "role": "assistant", "tool_calls": {} },
            { "role": "tool", "content": "x" },
        ],
        "tools": [{ "type": "function" }, { "function": {} }, { "type": "function", "function": { "name": 1, "parameters": [], "strict": "yes" } }],
        "response_format": { "type": "json_schema", "json_schema": { "schema": 1, "strict": 1 } },
        "max_tokens": 0,
        "max_completion_tokens": 1.5,
        "temperature": "hot",
        "top_p": true,
        "stop": [1],
        "seed": 1e30,
        "parallel_tool_calls": "no",
        "stream": "yes",
        "stream_options": { "include_usage": 1 },
    });
    let failure = parse_request(wrong.to_string().as_bytes()).unwrap_err();
    assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Caller, Some("invalid_request")));
    assert_snapshot!(failure.message.replace("; ", "\n"));
}

#[test]
fn a_body_that_is_no_request_is_refused_in_words() {
    let told = |body: &[u8]| parse_request(body).unwrap_err().message;
    let cases: [&[u8]; 8] = [
        b"",
        b"{\"model\":",
        b"[]",
        b"\"text\"",
        b"{}",
        br#"{"model":null,"messages":null}"#,
        br#"{"model":"m","messages":[],"tools":1,"stream_options":true,"response_format":"json"}"#,
        b"{\"model\":\"\xFF\"}",
    ];
    assert_snapshot!(cases.map(told).join("\n"));
    let deep = format!("{{\"model\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    assert!(told(deep.as_bytes()).starts_with("the body is not JSON"), "nesting is bounded");
}

#[test]
fn a_flood_of_problems_is_counted() {
    let body = json!({ "model": "m", "messages": vec![Value::Null; 1_000] });
    let message = parse_request(body.to_string().as_bytes()).unwrap_err().message;
    assert!(message.ends_with("messages[49]: must be an object; and 950 more"), "{message}");
}

#[test]
fn what_is_read_is_written_again() {
    let quirks = Quirks::default();
    let target = Target { model: "gpt-4o", stream: true, default_max_output_tokens: 1, quirks: &quirks };
    let chat = dialect(DialectName::OpenaiChat);
    let mut request = parse_request(body().to_string().as_bytes()).unwrap().request;
    let as_it_came: Value = serde_json::from_slice(&chat.encode(&request, &target).unwrap().body).unwrap();
    let mut expected = body();
    expected.as_object_mut().unwrap().shift_remove("max_tokens");
    assert_eq!(as_it_came, expected);

    // Without the body as it came, the normal form says the same to whoever reads it again.
    request.original = None;
    let rewritten = chat.encode(&request, &target).unwrap().body;
    let mut again = parse_request(&rewritten).unwrap().request;
    again.original = None;
    assert_eq!(format!("{again:?}"), format!("{request:?}"));
}

fn completion() -> Completion {
    let call = ToolCall { id: "call_1".to_owned(), name: "add".to_owned(), arguments: "{\"a\":".to_owned() };
    Completion {
        id: "msg_1".to_owned(),
        model: "claude".to_owned(),
        choices: vec![
            Choice { text: "Hi \"you\"".to_owned(), reasoning: "Greet.".to_owned(), ..Choice::default() },
            Choice { tool_calls: vec![call], finish: Finish::ToolCalls, ..Choice::default() },
            Choice { refusal: Some("No.".to_owned()), finish: Finish::ContentFilter, ..Choice::default() },
            Choice { text: "a".to_owned(), finish: Finish::Length, ..Choice::default() },
            Choice { finish: Finish::Other("pause_turn".to_owned()), ..Choice::default() },
        ],
        usage: Some(Usage {
            fresh_input_tokens: 1,
            cache_read_tokens: 2,
            cache_write_tokens: 3,
            cache_write_1h_tokens: 4,
            output_tokens: 5,
            reasoning_tokens: 2,
        }),
        provider_cost: None,
        original: None,
    }
}

fn pretty(body: &[u8]) -> String {
    format!("{:#}", serde_json::from_slice::<Value>(body).unwrap())
}

#[test]
fn an_answer_of_another_format_is_written() {
    assert_snapshot!(pretty(&write_completion(&completion(), "asked-for", 1_700_000_000)));
    let nameless = Completion { choices: vec![Choice::default()], ..Completion::default() };
    let written = write_completion(&nameless, "asked-for", 0);
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!((&written["model"], written.get("usage")), (&json!("asked-for"), None));
}

#[test]
fn an_answer_of_the_same_format_goes_on_as_it_came() {
    for (name, body) in answers("openai_chat", "json") {
        let Ok(completion) = dialect(DialectName::OpenaiChat).decode(&body) else { continue };
        if completion.original.is_some() {
            assert_eq!(write_completion(&completion, "other", 0), body, "{name}");
        }
        let rewritten = Completion { original: None, ..completion.clone() };
        let again = dialect(DialectName::OpenaiChat).decode(&write_completion(&rewritten, "other", 0)).unwrap();
        assert_eq!(
            (again.id, again.model, again.choices),
            (completion.id, completion.model, completion.choices),
            "{name}"
        );
        assert_eq!(again.usage, completion.usage, "{name}");
    }
    let of_others = OriginalAnswer { dialect: DialectName::AnthropicMessages, body: Bytes::from_static(b"{}") };
    let completion = Completion { original: Some(of_others), ..completion() };
    assert!(write_completion(&completion, "", 0).len() > 100);
}

fn text(choice: u32, text: &str) -> Delta {
    Delta::Text { choice, text: text.to_owned() }
}

fn pieces() -> Vec<Piece> {
    let call = |id: Option<&str>, name: Option<&str>, arguments: &str| Delta::ToolCall {
        choice: 1,
        index: 0,
        id: id.map(str::to_owned),
        name: name.map(str::to_owned),
        arguments: arguments.to_owned(),
    };
    let deltas = vec![
        vec![Delta::Start { id: "msg_1".to_owned(), model: "claude".to_owned() }],
        vec![Delta::Usage { usage: Usage { fresh_input_tokens: 9, ..Usage::default() }, provider_cost: None }],
        vec![Delta::Reasoning { choice: 0, text: "Hm.".to_owned() }, text(0, "Hi\n")],
        vec![call(Some("c"), Some("add"), "")],
        vec![call(None, None, "{}")],
        vec![Delta::Refusal { choice: 2, text: "No.".to_owned() }],
        vec![
            Delta::Finish { choice: 0, finish: Finish::Stop },
            Delta::Finish { choice: 1, finish: Finish::ToolCalls },
            Delta::Finish { choice: 2, finish: Finish::ContentFilter },
        ],
        vec![Delta::Usage {
            usage: Usage { fresh_input_tokens: 9, output_tokens: 4, ..Usage::default() },
            provider_cost: None,
        }],
    ];
    deltas.into_iter().map(|deltas| Piece { deltas, original: None }).collect()
}

fn write(pieces: &[Piece], include_usage: bool) -> String {
    let mut writer = PieceWriter::new("chatcmpl-1".to_owned(), "asked-for".to_owned(), 1_700_000_000, include_usage);
    let mut out: Vec<u8> = pieces.iter().flat_map(|piece| writer.write(piece)).collect();
    out.extend(writer.end());
    String::from_utf8(out).unwrap()
}

#[test]
fn a_stream_of_another_format_is_written() {
    assert_snapshot!(write(&pieces(), true));
    let without_usage = write(&pieces(), false);
    assert!(!without_usage.contains("usage"), "{without_usage}");
    assert_eq!(write(&[], true), "data: [DONE]\n\n");
}

#[test]
fn facts_of_the_call_go_with_the_usage_that_the_caller_asked_for() {
    let facts = |pieces: &[Piece], include_usage| {
        let mut writer =
            PieceWriter::new("chatcmpl-1".to_owned(), "asked-for".to_owned(), 1_700_000_000, include_usage);
        for piece in pieces {
            writer.write(piece);
        }
        String::from_utf8(writer.end_with(json!({ "cost": "0.1" })).to_vec()).unwrap()
    };
    let (_, own) = answers("openai_chat", "sse").into_iter().find(|(name, _)| name == "openai").unwrap();
    let own: Vec<_> = read(&own).into_iter().filter_map(|(_, piece)| piece).collect();
    assert_eq!(facts(&pieces(), false), "data: [DONE]\n\n");
    assert_snapshot!(format!("{}{}{}", facts(&pieces(), true), facts(&own, true), facts(&[], true)));
}

/// The events of a stream, and their pieces.
fn read(stream: &[u8]) -> Vec<(Bytes, Option<Piece>)> {
    let mut reader = dialect(DialectName::OpenaiChat).piece_reader();
    let events = SseReader::new().push(stream).unwrap();
    events
        .into_iter()
        .map_while(|event| Some((event.data.clone(), reader.read(&event.name, &event.data).ok()?)))
        .collect()
}

#[test]
fn a_stream_of_the_same_format_goes_on_as_it_came() {
    for (name, stream) in answers("openai_chat", "sse") {
        let events = read(&stream);
        let pieces: Vec<_> = events.iter().filter_map(|(_, piece)| piece.clone()).collect();
        if pieces.iter().any(|piece| piece.original.is_none()) {
            continue;
        }
        let came = events.iter().filter(|(_, piece)| piece.is_some());
        let came: String = came.map(|(data, _)| format!("data: {}\n\n", str::from_utf8(data).unwrap())).collect();
        assert_eq!(write(&pieces, true), format!("{came}data: [DONE]\n\n"), "{name}");
        let shy = write(&pieces, false);
        assert!(!shy.contains("\"choices\":[],\"usage\""), "{name}: {shy}");
    }
}

#[test]
fn a_line_end_within_an_event_stays_within_it() {
    let body = Bytes::from_static(b"{\"choices\":\n[],\r\n\"id\":\"x\"}");
    let original = Some(OriginalAnswer { dialect: DialectName::OpenaiChat, body });
    let written = write(&[Piece { deltas: Vec::new(), original }], false);
    let events = SseReader::new().push(written.as_bytes()).unwrap();
    assert_eq!(events.len(), 2, "{written}");
    assert_eq!(serde_json::from_slice::<Value>(&events[0].data).unwrap(), json!({ "choices": [], "id": "x" }));
}

/// All that a stream says, put together by choice.
fn put_together(pieces: &[Piece]) -> Vec<(u32, String)> {
    let mut said: Vec<(u32, String)> = Vec::new();
    for delta in pieces.iter().flat_map(|piece| &piece.deltas) {
        let (choice, more) = match delta {
            Delta::Text { choice, text } => (*choice, format!("t{text}")),
            Delta::Reasoning { choice, text } => (*choice, format!("r{text}")),
            Delta::Refusal { choice, text } => (*choice, format!("n{text}")),
            Delta::ToolCall { choice, index, id, name, arguments } => {
                (*choice, format!("c{index}{id:?}{name:?}{arguments}"))
            }
            Delta::Finish { choice, finish } => (*choice, format!("f{finish:?}")),
            Delta::Start { .. } | Delta::Usage { .. } => continue,
        };
        said.push((choice, more));
    }
    said
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        texts in prop::collection::vec((0_u32..3, "\\PC{1,12}|[\\r\\n\u{2028}\"\\\\]{1,3}", 0..3_u8), 1..12),
    ) {
        let deltas = texts.into_iter().map(|(choice, text, kind)| match kind {
            0 => Delta::Text { choice, text },
            1 => Delta::Reasoning { choice, text },
            _ => Delta::Refusal { choice, text },
        });
        let mut pieces: Vec<_> = deltas.map(|delta| Piece { deltas: vec![delta], original: None }).collect();
        let finish = Delta::Finish { choice: 0, finish: Finish::Length };
        pieces.push(Piece { deltas: vec![finish], original: None });
        let again: Vec<_> = read(write(&pieces, true).as_bytes()).into_iter().filter_map(|(_, piece)| piece).collect();
        prop_assert_eq!(put_together(&again), put_together(&pieces));
    }

    #[test]
    fn any_body_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), field: prop::sample::Index, value in "\\PC{0,30}") {
        let _ = parse_request(&bytes);
        let mut odd = body();
        let names: Vec<_> = odd.as_object().unwrap().keys().cloned().collect();
        odd[&names[field.index(names.len())]] = serde_json::from_str(&value).unwrap_or(json!([{ "type": value }]));
        let _ = parse_request(odd.to_string().as_bytes());
    }
}
