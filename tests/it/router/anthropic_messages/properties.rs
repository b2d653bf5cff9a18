//! What holds for all inputs.

use proptest::prelude::*;
use samokoder::router::{
    dialect::{
        Dialect as _,
        anthropic_messages::{AnthropicMessages, parse_request},
    },
    request::Request,
};
use serde_json::{Map, Value, json};

use super::{NEW, encode, stream};

/// JSON whose words are the format's own, in any place and of any type.
fn near_json() -> impl Strategy<Value = Value> {
    let words = [
        "type",
        "content",
        "text",
        "thinking",
        "tool_use",
        "tool_result",
        "id",
        "name",
        "input",
        "index",
        "delta",
        "text_delta",
        "input_json_delta",
        "partial_json",
        "message_start",
        "message",
        "content_block",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "error",
        "usage",
        "role",
        "user",
        "assistant",
        "system",
        "messages",
        "model",
        "max_tokens",
        "tools",
        "tool_choice",
        "input_schema",
        "source",
        "base64",
        "stop_reason",
        "samokoder_answer",
        "output_config",
        "format",
        "schema",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        let name = prop::sample::select(words.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..8).prop_map(|fields| fields.into_iter().collect::<Value>()),
        ]
    })
}

/// A right document with one value in it replaced.
fn damaged(document: Value) -> impl Strategy<Value = Value> {
    (any::<prop::sample::Index>(), near_json()).prop_map(move |(place, other)| {
        let mut document = document.clone();
        let mut places = Vec::new();
        list(&document, String::new(), &mut places);
        let place: &String = place.get(&places);
        *document.pointer_mut(place).unwrap() = other;
        document
    })
}

fn list(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| list(item, format!("{place}/{index}"), places));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| list(field, format!("{place}/{name}"), places));
        }
        _ => {}
    }
    places.push(place);
}

fn a_stream() -> Value {
    json!([
        stream::begin(),
        stream::block(0, &json!({ "type": "tool_use", "id": "a", "name": "samokoder_answer", "input": {} })),
        stream::delta(0, &json!({ "type": "input_json_delta", "partial_json": "{}" })),
        stream::stop(0),
        stream::block(1, &json!({ "type": "tool_use", "id": "b", "name": "now", "input": {} })),
        stream::stop(1),
        stream::finish("tool_use"),
        stream::end(),
    ])
}

fn an_answer() -> Value {
    json!({ "id": "msg_1", "model": "m", "stop_reason": "tool_use", "usage": { "input_tokens": 1, "output_tokens": 2 },
        "content": [{ "type": "thinking", "thinking": "t" }, { "type": "text", "text": "t" },
            { "type": "tool_use", "id": "a", "name": "samokoder_answer", "input": { "a": 1 } }] })
}

fn a_request() -> Value {
    json!({ "model": "m", "max_tokens": 9, "tools": [{ "name": "t", "input_schema": { "type": "object" } }],
        "tool_choice": { "type": "auto" }, "thinking": { "type": "enabled", "budget_tokens": 1_024 },
        "output_config": { "effort": "low", "format": { "type": "json_schema", "schema": { "type": "object",
            "properties": { "a": { "$ref": "#/$defs/b" } }, "$defs": { "b": { "type": "string" } } } } },
        "messages": [{ "role": "user", "content": [{ "type": "text", "text": "t" }] },
            { "role": "assistant", "content": [{ "type": "tool_use", "id": "a", "name": "t", "input": {} }] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "a", "content": "r" }] }] })
}

fn read_all(events: &Value) {
    let mut reader = AnthropicMessages.piece_reader();
    for event in events.as_array().into_iter().flatten() {
        let _ = reader.read("", event.to_string().as_bytes());
    }
}

/// A request that is accepted is one that both ways of writing it can take or refuse.
fn parse_and_encode(body: &[u8]) {
    if let Ok(parsed) = parse_request(body) {
        for original in [parsed.request.original.clone(), None] {
            let request = Request { original, ..parsed.request.clone() };
            for schema_mode in [Default::default(), samokoder::router::provider::SchemaMode::Function] {
                let quirks = samokoder::router::provider::Quirks { schema_mode, ..Default::default() };
                if let Ok(encoded) = super::try_encode(&request, NEW, &quirks) {
                    serde_json::from_slice::<Map<String, Value>>(&encoded.body).unwrap();
                }
            }
        }
    }
}

/// One turn's blocks.
fn blocks(role: &'static str) -> impl Strategy<Value = Value> {
    let text = "[a-z]{1,8}".prop_map(|text| json!({ "type": "text", "text": text }));
    let url = "[a-z]{1,8}".prop_map(|path| json!({ "type": "url", "url": format!("https://example.com/{path}") }));
    let bytes = "[A-Za-z0-9]{4}".prop_map(|data| json!({ "type": "base64", "media_type": "image/png", "data": data }));
    let image = prop_oneof![url, bytes].prop_map(|source| json!({ "type": "image", "source": source }));
    let call = ("[A-Za-z0-9_-]{1,8}", "[a-z]{1,5}", -9..9_i64)
        .prop_map(|(id, name, input)| json!({ "type": "tool_use", "id": id, "name": name, "input": { "x": input } }));
    let result = ("[A-Za-z0-9_-]{1,8}", prop::collection::vec(prop_oneof![text.clone(), image.clone()], 1..3))
        .prop_map(|(id, content)| json!({ "type": "tool_result", "tool_use_id": id, "content": content }));
    let block = match role {
        // A call that is made follows what is said, as in the model's own turns.
        "assistant" => prop_oneof![text, call].boxed(),
        _ => prop_oneof![text, image, result].boxed(),
    };
    prop::collection::vec(block, 1..5).prop_map(move |mut blocks| {
        blocks.sort_by_key(|block| match block["type"].as_str() {
            Some("tool_result") => 0,
            Some("tool_use") => 2,
            _ => 1,
        });
        json!({ "role": role, "content": blocks })
    })
}

fn conversation() -> impl Strategy<Value = Value> {
    let turn = prop_oneof![blocks("user"), blocks("assistant")];
    (prop::option::of("[a-z]{1,8}"), prop::collection::vec(turn, 1..8)).prop_map(|(system, turns)| {
        let mut body = json!({ "model": "m", "max_tokens": 9, "messages": turns });
        if let Some(system) = system {
            body["system"] = json!(system);
        }
        body
    })
}

/// A conversation by who says what, whichever turn it stands in: answers of tools before the rest.
fn meaning(body: &Value) -> Vec<(Value, Vec<Value>)> {
    let mut said: Vec<(Value, Vec<Value>)> = vec![(json!("system"), body.get("system").cloned().into_iter().collect())];
    for turn in body["messages"].as_array().unwrap() {
        let blocks = turn["content"].as_array().unwrap().clone();
        match said.last_mut() {
            Some((role, known)) if *role == turn["role"] => known.extend(blocks),
            _ => said.push((turn["role"].clone(), blocks)),
        }
    }
    for (_, blocks) in &mut said {
        blocks.sort_by_key(|block| block["type"] != "tool_result");
    }
    said
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = AnthropicMessages.decode(&bytes);
        let _ = AnthropicMessages.failure(400, &http::HeaderMap::new(), &bytes, samokoder::domain::clock::Timestamp(0));
        let mut reader = AnthropicMessages.piece_reader();
        let _ = reader.read("", stream::begin().to_string().as_bytes());
        let _ = reader.read("", &bytes);
        parse_and_encode(&bytes);
    }

    #[test]
    fn any_words_of_the_format_are_read_without_panic(value in near_json()) {
        let text = value.to_string();
        let _ = AnthropicMessages.decode(text.as_bytes());
        let _ = AnthropicMessages.failure(400, &http::HeaderMap::new(), text.as_bytes(), samokoder::domain::clock::Timestamp(0));
        read_all(&json!([stream::begin(), value, value]));
        parse_and_encode(text.as_bytes());
    }

    #[test]
    fn any_damage_is_read_without_panic(
        events in damaged(a_stream()),
        answer in damaged(an_answer()),
        request in damaged(a_request()),
    ) {
        read_all(&events);
        let _ = AnthropicMessages.decode(answer.to_string().as_bytes());
        parse_and_encode(request.to_string().as_bytes());
    }

    #[test]
    fn a_conversation_that_is_read_and_written_again_means_the_same(body in conversation()) {
        let parsed = parse_request(body.to_string().as_bytes()).unwrap();
        let written = encode(&Request { original: None, ..parsed.request }, NEW);
        prop_assert_eq!(meaning(&body), meaning(&written));
    }
}
