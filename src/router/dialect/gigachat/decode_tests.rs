use proptest::prelude::*;

use super::decode;
use crate::router::{
    completion::Finish,
    dialect::{Dialect as _, gigachat::Gigachat},
    failure::FailureClass,
};

/// The example of the vendor's page on `POST /chat/completions`, with a cache that held some of it.
const ANSWER: &str = r#"{
    "choices": [{
        "message": { "role": "assistant", "content": "Здравствуйте!", "created": 1678878333 },
        "index": 0, "finish_reason": "stop"
    }],
    "created": 1678878333, "model": "GigaChat:1.0.26.20", "object": "chat.completion",
    "usage": { "prompt_tokens": 18, "completion_tokens": 68, "total_tokens": 86, "precached_prompt_tokens": 37 }
}"#;

/// The example of the vendor's page on functions.
const CALL: &str = r#"{
    "choices": [{
        "message": {
            "content": "", "role": "assistant", "functions_state_id": "77d3fb14-457a-46ba-937e-8d856156d003",
            "function_call": { "name": "weather_forecast", "arguments": { "location": "Москва", "format": "celsius" } }
        },
        "index": 0, "finish_reason": "function_call"
    }],
    "created": 1700000000, "model": "GigaChat:4.0.26.8", "object": "chat.completion",
    "usage": { "prompt_tokens": 153, "completion_tokens": 25, "total_tokens": 178 }
}"#;

#[test]
fn an_answer_in_words() {
    insta::assert_debug_snapshot!(decode(ANSWER.as_bytes()).unwrap());
}

#[test]
fn a_call_and_the_id_that_brings_its_state_back() {
    insta::assert_debug_snapshot!(decode(CALL.as_bytes()).unwrap());
}

#[test]
fn a_call_without_a_state_has_an_id_of_what_it_says() {
    let id = |body: &str| decode(body.as_bytes()).unwrap().choices[0].tool_calls[0].id.clone();
    let plain = CALL.replace(r#""functions_state_id": "77d3fb14-457a-46ba-937e-8d856156d003","#, "");
    assert!(id(&plain).starts_with("call_") && id(&plain).len() == 29, "{}", id(&plain));
    assert_eq!(id(&plain), id(&plain));
    assert_ne!(id(&plain), id(&plain.replace("Москва", "Тула")));
    assert_ne!(id(&plain), id(&plain.replace("1700000000", "1700000001")));
    for hostile in ["a\\nb", "", &"x".repeat(61)] {
        let body = CALL.replace("77d3fb14-457a-46ba-937e-8d856156d003", hostile);
        assert!(id(&body).starts_with("call_"), "{hostile}");
    }
}

#[test]
fn the_function_that_stands_for_a_schema_is_the_answer() {
    let body = CALL.replace("weather_forecast", "samokoder_answer");
    let completion = decode(body.as_bytes()).unwrap();
    assert_eq!(completion.text(), r#"{"location":"Москва","format":"celsius"}"#);
    assert_eq!(completion.choices[0].finish, Finish::Stop);
    assert!(completion.choices[0].tool_calls.is_empty());
}

#[test]
fn each_end_has_its_reason() {
    for (reason, finish) in [
        (r#""stop""#, Finish::Stop),
        (r#""length""#, Finish::Length),
        (r#""blacklist""#, Finish::ContentFilter),
        (r#""tired""#, Finish::Other("tired".to_owned())),
        ("null", Finish::Stop),
    ] {
        let body = ANSWER.replace(r#""stop""#, reason);
        assert_eq!(decode(body.as_bytes()).unwrap().choices[0].finish, finish);
    }
    let cut = CALL.replace(r#""finish_reason": "function_call""#, r#""finish_reason": "length""#);
    assert_eq!(decode(cut.as_bytes()).unwrap().choices[0].finish, Finish::Length);
}

/// The vendor bills what it calls wrong.
#[test]
fn an_answer_that_the_vendor_calls_wrong_is_a_failure_that_cost_something() {
    let failure =
        decode(CALL.replace(r#""function_call""#, r#""error""#).replace("\"error\":", "\"function_call\":").as_bytes())
            .unwrap_err();
    assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Overload, Some("wrong_arguments")));
    assert_eq!(failure.usage.unwrap().total_tokens(), 178);
}

#[test]
fn choices_come_in_their_order() {
    let body = r#"{"choices":[{"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"}}]}"#;
    let completion = decode(body.as_bytes()).unwrap();
    let texts: Vec<&str> = completion.choices.iter().map(|choice| choice.text.as_str()).collect();
    assert_eq!((texts, completion.usage), (vec!["a", "b"], None));
}

#[test]
fn a_damaged_answer_is_the_providers_fault() {
    for body in [
        &b""[..],
        b"null",
        b"[]",
        b"{}",
        br#"{"choices":[]}"#,
        br#"{"choices":null}"#,
        br#"{"choices":{}}"#,
        br#"{"choices":[{"index":-1}]}"#,
        br#"{"choices":[{"message":{"content":7}}]}"#,
        b"{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}",
        br#"{"choices":[{"message":{"content":"cut"#,
    ] {
        let failure = decode(body).unwrap_err();
        assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Overload, Some("damaged_answer")));
    }
    let nonsense = ANSWER.replace(r#""prompt_tokens": 18"#, r#""prompt_tokens": -18"#).replace("37", "\"37\"");
    assert_eq!(decode(nonsense.as_bytes()).unwrap().usage.unwrap().total_tokens(), 68);
}

#[test]
fn an_error_object_is_no_answer() {
    let failure = decode(br#"{"status":402,"message":"Payment Required"}"#).unwrap_err();
    assert_eq!((failure.class, failure.message.as_str()), (FailureClass::Key, "Payment Required"));
}

proptest! {
    /// Any byte of an answer may be any other, and it may end anywhere: it is read or a failure.
    #[test]
    fn damage_is_never_worse_than_a_failure(at in 0..CALL.len(), byte: u8, end in 0..CALL.len()) {
        let mut bytes = CALL.as_bytes().to_vec();
        bytes[at] = byte;
        for bytes in [&bytes[..], &bytes[..end]] {
            let _ = decode(bytes);
            let _ = Gigachat.piece_reader().read("", bytes);
            let _ = Gigachat.failure(500, &http::HeaderMap::new(), bytes, crate::domain::clock::Timestamp(0));
        }
        prop_assert!(decode(&CALL.as_bytes()[..end]).is_err(), "what breaks off is no answer");
    }
}
