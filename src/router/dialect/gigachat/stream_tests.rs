use super::ChunkReader;
use crate::router::{
    completion::Delta,
    dialect::PieceReader as _,
    failure::{Failure, FailureClass},
};

/// Reads events; what they say, and whether the answer was whole.
fn read(events: &[&str]) -> Result<(Vec<Delta>, bool), Failure> {
    let mut reader = ChunkReader::default();
    let mut deltas = Vec::new();
    for event in events {
        deltas.extend(reader.read("", event.as_bytes())?.into_iter().flat_map(|piece| piece.deltas));
    }
    Ok((deltas, reader.is_complete()))
}

const FIRST: &str = r#"{"choices":[{"delta":{"content":"GigaChat это","role":"assistant"},"index":0}],"created":1683538840,"model":"GigaChat:1.0.26.20","object":"chat.completion"}"#;
const LAST: &str = r#"{"choices":[{"delta":{"content":""},"index":0,"finish_reason":"stop"}],"created":1683538840,"model":"GigaChat:1.0.26.20","object":"chat.completion","usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10,"precached_prompt_tokens":6}}"#;
const CALL: &str = r#"{"choices":[{"delta":{"content":"","role":"assistant","function_call":{"name":"weather","arguments":{"city":"Москва"}},"functions_state_id":"77d3fb14-457a-46ba-937e-8d856156d003"},"index":0,"finish_reason":"function_call"}],"created":1,"model":"GigaChat-2"}"#;

#[test]
fn words_come_piece_by_piece() {
    let more = r#"{"choices":[{"delta":{"content":" сервис","reasoning_content":"хм"},"index":0}]}"#;
    insta::assert_debug_snapshot!(read(&[FIRST, more, LAST, "[DONE]"]).unwrap());
}

#[test]
fn a_call_comes_in_one_piece_with_its_state() {
    insta::assert_debug_snapshot!(read(&[CALL, CALL, "[DONE]"]).unwrap());
}

#[test]
fn the_function_that_stands_for_a_schema_is_text() {
    let answer = CALL.replace("weather", "samokoder_answer");
    insta::assert_debug_snapshot!(read(&[&answer, "[DONE]"]).unwrap());
}

#[test]
fn a_stream_without_its_end_is_not_whole() {
    assert!(!read(&[]).unwrap().1);
    assert!(!read(&[FIRST]).unwrap().1);
    assert!(!read(&[FIRST, "[DONE]"]).unwrap().1);
    assert!(read(&[FIRST, LAST]).unwrap().1);
    let second = FIRST.replace(r#""index":0"#, r#""index":1"#);
    assert!(!read(&[FIRST, &second, LAST]).unwrap().1, "one of two choices goes on");
}

#[test]
fn an_error_in_the_middle_ends_it() {
    let failure = read(&[FIRST, r#"{"status":500,"message":"Internal Server Error"}"#]).unwrap_err();
    assert_eq!((failure.class, failure.message.as_str()), (FailureClass::Overload, "Internal Server Error"));
    let wrong = LAST.replace(r#""stop""#, r#""error""#);
    assert_eq!(read(&[FIRST, &wrong]).unwrap_err().usage.unwrap().output_tokens, 2);
}

#[test]
fn damage_ends_it() {
    for event in ["{", "7", "{}", r#"{"choices":[{"index":128}]}"#, r#"{"choices":[{"index":"a"}]}"#] {
        assert_eq!(read(&[FIRST, event]).unwrap_err().code.as_deref(), Some("damaged_answer"), "{event}");
    }
    let mut reader = ChunkReader::default();
    assert!(reader.read("", b"{\"choices\":[{\"delta\":{\"content\":\"\xc3\"}}]}").is_err());
}
