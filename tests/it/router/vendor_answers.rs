//! Answers of every wire format, after the vendors' documentation: whole, streamed, cut anywhere, damaged.

use std::{fs, path::Path};

use insta::assert_snapshot;
use proptest::prelude::*;
use samokoder::network::SseReader;
use samokoder::router::{
    completion::{Completion, Delta, Piece},
    dialect::{DialectName, dialect},
    failure::Failure,
};

const DIALECTS: [(DialectName, &str); 4] = [
    (DialectName::OpenaiChat, "openai_chat"),
    (DialectName::OpenaiResponses, "openai_responses"),
    (DialectName::AnthropicMessages, "anthropic_messages"),
    (DialectName::Gigachat, "gigachat"),
];

/// Answers of a kind (`json`, `sse`), by name.
pub(super) fn answers(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/router").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|other| other == ending))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect();
    found.sort();
    assert!(found.len() > 5, "answers were not found");
    found
}

/// A failure in one line.
pub(super) fn shown_failure(failure: &Failure) -> String {
    let Failure { class, status, code, message, retry_after, usage, provider_cost: _ } = failure;
    let code = code.as_deref().unwrap_or("none");
    format!("{class:?}, status {status:?}, code {code}: {message}; wait {retry_after:?}; {usage:?}")
}

fn shown_answer(answer: &Result<Completion, Failure>) -> String {
    match answer {
        Ok(Completion { id, model, choices, usage, provider_cost, original }) => {
            let choices: Vec<_> = choices.iter().map(|choice| format!("  {choice:?}\n")).collect();
            let kept = if original.is_some() { "kept as it came" } else { "not kept" };
            let cost = provider_cost.map(|cost| format!("{cost} USD"));
            format!("{id} {model}\n{}  {usage:?}\n  cost {cost:?}, {kept}", choices.concat())
        }
        Err(failure) => shown_failure(failure),
    }
}

/// What a stream says, a line for each event, and its end.
fn told(name: DialectName, chunks: &[&[u8]]) -> String {
    let mut events = SseReader::new();
    let mut reader = dialect(name).piece_reader();
    let mut told = String::new();
    for chunk in chunks {
        let read = events.push(chunk).map_err(Failure::from).and_then(|events| {
            for event in events {
                if let Some(Piece { deltas, original }) = reader.read(&event.name, &event.data)? {
                    let kept = if original.is_some() { "" } else { " (not kept)" };
                    told.push_str(&format!("  {deltas:?}{kept}\n"));
                }
            }
            Ok(())
        });
        if let Err(failure) = read {
            return format!("{told}  {}", shown_failure(&failure));
        }
    }
    format!("{told}  complete: {}", reader.is_complete())
}

#[test]
fn whole_answers_are_read() {
    for (name, folder) in DIALECTS {
        let read = answers(folder, "json")
            .into_iter()
            .map(|(answer, body)| format!("{answer}: {}\n", shown_answer(&dialect(name).decode(&body))));
        assert_snapshot!(format!("whole_answers_of_{folder}"), read.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn streams_are_read() {
    for (name, folder) in DIALECTS {
        let read =
            answers(folder, "sse").into_iter().map(|(answer, body)| format!("{answer}:\n{}\n", told(name, &[&body])));
        assert_snapshot!(format!("streams_of_{folder}"), read.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn where_a_stream_is_cut_makes_no_difference() {
    for (name, folder) in DIALECTS {
        for (answer, body) in answers(folder, "sse") {
            let whole = told(name, &[&body]);
            for cut in 0..=body.len() {
                let (head, tail) = body.split_at(cut);
                assert_eq!(told(name, &[head, tail]), whole, "{answer} cut at {cut}");
            }
            let single: Vec<&[u8]> = body.chunks(1).collect();
            assert_eq!(told(name, &single), whole, "{answer} byte by byte");
        }
    }
}

#[test]
fn a_whole_answer_that_breaks_off_is_damage_and_never_an_answer() {
    for (name, folder) in DIALECTS {
        for (answer, body) in answers(folder, "json") {
            let body = body.trim_ascii();
            for cut in 0..body.len() {
                let failure = dialect(name).decode(&body[..cut]).unwrap_err();
                assert_eq!(failure.code.as_deref(), Some("damaged_answer"), "{answer} cut at {cut}");
            }
        }
    }
}

#[test]
fn a_stream_that_breaks_off_is_never_complete() {
    for (name, folder) in DIALECTS {
        for (answer, body) in answers(folder, "sse") {
            let mut is_complete = false;
            for cut in 0..body.len() {
                let now = told(name, &[&body[..cut]]).ends_with("complete: true");
                assert!(now || !is_complete, "{answer} was complete before its byte {cut} and then was not");
                is_complete = now;
            }
            let told_to = told(name, &[&body]);
            let has_end = told_to.contains("Finish {");
            assert!(has_end || !told_to.ends_with("complete: true"), "{answer}");
        }
    }
}

#[test]
fn values_of_the_wrong_kind_are_damage() {
    let wrong = [
        "null",
        "true",
        "7",
        "\"text\"",
        "[]",
        "{}",
        "[1,2]",
        r#"{"choices":{}}"#,
        r#"{"choices":[1]}"#,
        r#"{"choices":[]}"#,
        r#"{"choices":[{}]}"#,
        r#"{"choices":[{"message":"hi"}]}"#,
        r#"{"choices":[{"message":{"content":5}}]}"#,
        r#"{"choices":[{"message":{"content":{"a":1}}}]}"#,
        r#"{"choices":[{"index":-1,"message":{"content":"x"}}]}"#,
        r#"{"model":7,"choices":[{"message":{"content":"x"}}]}"#,
        r#"{"choices":[{"message":{"content":"x","tool_calls":5,"function_call":5}}]}"#,
        r#"{"choices":[{"message":{"content":"x"},"finish_reason":3}]}"#,
        r#"{"output":{}}"#,
        r#"{"output":["x"]}"#,
        r#"{"output":[{"type":"message","content":"x"}]}"#,
        r#"{"status":3,"output":[]}"#,
        r#"{"content":"x"}"#,
        r#"{"type":"message","id":"m","model":"m","content":["x"],"stop_reason":"end_turn"}"#,
        "<html>",
        "\u{feff}{}",
    ];
    for (name, _) in DIALECTS {
        for body in wrong {
            let failure = dialect(name).decode(body.as_bytes()).unwrap_err();
            assert_eq!(failure.code.as_deref(), Some("damaged_answer"), "{name:?}: {body}");
        }
        for body in [b"".as_slice(), b"  \n", b"{\"id\":\"\xFF\"}"] {
            let failure = dialect(name).decode(body).unwrap_err();
            assert_eq!(failure.code.as_deref(), Some("damaged_answer"), "{name:?}: {body:?}");
        }
    }
}

#[test]
fn damage_quotes_nothing_of_the_answer() {
    let body = br#"{"choices":[{"message":{"content":"fine","refusal":{"secret":1}}}],"id":"secret"}"#;
    let failure = dialect(DialectName::OpenaiChat).decode(body).unwrap_err();
    assert_eq!(failure.message, "the provider's answer has a value of a wrong kind (line 1, column 51)");
    let failure = dialect(DialectName::OpenaiChat).decode(br#"{"choices":"secret"}"#).unwrap_err();
    assert!(!failure.message.contains("secret"), "{}", failure.message);
}

#[test]
fn text_is_put_together_as_it_came() {
    let mut events = SseReader::new();
    let mut reader = dialect(DialectName::OpenaiChat).piece_reader();
    let (_, body) = answers("openai_chat", "sse").into_iter().find(|(name, _)| name == "openai").unwrap();
    let mut text = String::new();
    for event in events.push(&body).unwrap() {
        for delta in reader.read(&event.name, &event.data).unwrap().map(|piece| piece.deltas).unwrap_or_default() {
            if let Delta::Text { text: more, .. } = delta {
                text.push_str(&more);
            }
        }
    }
    assert_eq!(text, "Hello \"🦀\"");
}

/// JSON that has the words of the wire formats in odd places.
fn odd_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        "[a-z_. ]{0,12}".prop_map(serde_json::Value::from),
        prop::sample::select(vec![
            "stop",
            "error",
            "function_call",
            "message",
            "samokoder_answer",
            "response.completed"
        ])
        .prop_map(serde_json::Value::from),
    ];
    let names = vec![
        "id",
        "model",
        "object",
        "choices",
        "index",
        "message",
        "delta",
        "content",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "finish_reason",
        "usage",
        "prompt_tokens",
        "cost",
        "error",
        "code",
        "type",
        "text",
        "thinking",
        "reasoning",
        "refusal",
        "output",
        "response",
        "item",
        "output_index",
        "status",
        "incomplete_details",
        "x_groq",
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        let field = (prop::sample::select(names.clone()), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec(field, 0..6).prop_map(|fields| {
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<serde_json::Value>()
            }),
        ]
    })
}

fn read_everywhere(bytes: &[u8]) {
    for (name, _) in DIALECTS {
        let _ = dialect(name).decode(bytes);
        let _ = dialect(name).failure(500, &http::HeaderMap::new(), bytes, samokoder::domain::clock::Timestamp(0));
        let mut reader = dialect(name).piece_reader();
        for event in ["", "error", "response.completed"] {
            let _ = reader.read(event, bytes);
        }
        let _ = told(name, &[bytes]);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_everywhere(&bytes);
    }

    #[test]
    fn any_json_is_read_without_a_panic(values in prop::collection::vec(odd_json(), 1..4)) {
        let stream: String = values.iter().map(|value| format!("data: {value}\n\n")).collect();
        read_everywhere(stream.as_bytes());
        for value in values {
            read_everywhere(value.to_string().as_bytes());
        }
    }

    #[test]
    fn an_answer_with_one_byte_changed_is_read_without_a_panic(
        answer: prop::sample::Index, place: prop::sample::Index, byte: u8,
    ) {
        for (name, folder) in DIALECTS {
            let all = [answers(folder, "json"), answers(folder, "sse")].concat();
            let (_, mut body) = all[answer.index(all.len())].clone();
            let place = place.index(body.len());
            body[place] = byte;
            let _ = dialect(name).decode(&body);
            let _ = told(name, &[&body]);
        }
    }
}
