//! Requests in `OpenAI`'s two wire formats, byte for byte.

use std::fmt::Write as _;

use insta::assert_snapshot;
use samokoder::router::{
    dialect::{DialectName, Target, dialect, openai_chat::parse_request},
    provider::{Quirks, SchemaMode},
    request::{Effort, Format, Image, Message, Original, Part, Request, Role, Tool, ToolCall, ToolChoice},
};
use serde_json::{Map, Value, json};

use super::vendor_answers::shown_failure;

const NAMES: [DialectName; 2] = [DialectName::OpenaiChat, DialectName::OpenaiResponses];

fn written(name: DialectName, request: &Request, stream: bool, quirks: &Quirks) -> String {
    let target = Target { model: "the-model", stream, default_max_output_tokens: 1_000, quirks };
    match dialect(name).encode(request, &target) {
        Ok(encoded) => {
            assert!(encoded.headers.is_empty());
            let body: Value = serde_json::from_slice(&encoded.body).unwrap();
            format!("POST {}\n{body:#}", encoded.path)
        }
        Err(failure) => shown_failure(&failure),
    }
}

/// The bodies of cases, in both wire formats.
fn all(cases: &[(&str, Request)], stream: bool, quirks: &Quirks) -> String {
    let mut told = String::new();
    for (case, request) in cases {
        for name in NAMES {
            writeln!(told, "{case}: {}\n", written(name, request, stream, quirks)).unwrap();
        }
    }
    told
}

fn asking(text: &str) -> Request {
    Request { messages: vec![Message::text(Role::User, text)], ..Request::default() }
}

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn add_tool() -> Tool {
    Tool {
        name: "add".to_owned(),
        description: Some("Adds.".to_owned()),
        parameters: json!({ "type": "object", "properties": { "a": { "type": "integer" } } }),
        strict: None,
    }
}

fn total() -> Format {
    let schema = json!({ "type": "object", "properties": { "total": { "type": "integer" } }, "required": ["total"] });
    Format::JsonSchema { name: "total".to_owned(), schema, strict: true }
}

fn conversation() -> Vec<Message> {
    let picture = Image::Base64 { media_type: "image/png".to_owned(), data: "iVBORw0KGgo=".to_owned(), detail: None };
    let linked = Image::Url { url: "https://example.com/a.jpg".to_owned(), detail: Some("low".to_owned()) };
    let call = ToolCall { id: "call_1".to_owned(), name: "add".to_owned(), arguments: "{\"a\":1}".to_owned() };
    vec![
        Message::text(Role::System, "Be brief."),
        Message::text(Role::System, "Be kind."),
        Message {
            parts: vec![Part::Text("What is it?".to_owned()), Part::Image(picture), Part::Image(linked)],
            ..Message::text(Role::User, "")
        },
        Message { parts: Vec::new(), tool_calls: vec![call.clone()], ..Message::text(Role::Assistant, "") },
        Message { tool_call_id: Some("call_1".to_owned()), ..Message::text(Role::Tool, "2") },
        Message {
            tool_calls: vec![ToolCall { id: "call_2".to_owned(), ..call }],
            ..Message::text(Role::Assistant, "Again.")
        },
        Message { tool_call_id: Some("call_2".to_owned()), parts: Vec::new(), ..Message::text(Role::Tool, "") },
        Message::text(Role::System, "Now in French."),
        Message::text(Role::Assistant, "Deux."),
        Message::text(Role::User, "Merci"),
    ]
}

#[test]
fn questions_in_the_normal_form_are_written() {
    let everything = Request {
        messages: conversation(),
        tools: vec![
            add_tool(),
            Tool { name: "now".to_owned(), description: None, parameters: Value::Null, strict: Some(true) },
        ],
        tool_choice: Some(ToolChoice::Named("add".to_owned())),
        parallel_tool_calls: Some(false),
        format: total(),
        max_output_tokens: Some(500),
        temperature: Some(0.2),
        top_p: Some(0.9),
        seed: Some(-7),
        reasoning_effort: Some(Effort::Low),
        extra: fields(json!({ "user": "u", "seed": "not ours", "made_up": { "a": [1] } })),
        ..Request::default()
    };
    let cases = [
        ("a text", asking("Hello")),
        ("everything", everything),
        ("a JSON object", Request { format: Format::JsonObject, ..asking("JSON, please") }),
        ("stop texts", Request { stop: vec!["END".to_owned(), "\n".to_owned()], ..asking("Hello") }),
        ("no tool", Request { tools: vec![add_tool()], tool_choice: Some(ToolChoice::None), ..asking("Hello") }),
    ];
    assert_snapshot!(all(&cases, false, &Quirks::default()));
}

#[test]
fn streams_ask_for_their_usage_unless_the_vendor_refuses() {
    let cases = [("a text", asking("Hello"))];
    let shy = Quirks { no_stream_usage: true, ..Quirks::default() };
    assert_snapshot!(format!("{}{}", all(&cases, true, &Quirks::default()), all(&cases, true, &shy)));
}

#[test]
fn a_schema_becomes_what_the_vendor_understands() {
    let tools = |choice| Request { tools: vec![add_tool()], tool_choice: choice, format: total(), ..asking("Sum") };
    let told = vec![Message::text(Role::System, "Be brief."), Message::text(Role::User, "Sum")];
    let listed =
        vec![Message { parts: vec![Part::Text("A".to_owned()), Part::Text("B".to_owned())], ..told[0].clone() }];
    let cases = [
        ("a schema", Request { format: total(), ..asking("Sum") }),
        ("a schema, and a system message", Request { format: total(), messages: told, ..Request::default() }),
        (
            "a schema, and a system message of parts",
            Request { format: total(), messages: listed, ..Request::default() },
        ),
        ("any object", Request { format: Format::JsonObject, ..asking("Sum") }),
        ("a schema beside tools", tools(None)),
        ("a schema beside a tool that must be called", tools(Some(ToolChoice::Named("add".to_owned())))),
        ("a schema beside tools that must not be called", tools(Some(ToolChoice::None))),
        ("text", asking("Sum")),
    ];
    for (name, schema_mode) in [("json_object", SchemaMode::JsonObject), ("function", SchemaMode::Function)] {
        let quirks = Quirks { schema_mode, ..Quirks::default() };
        assert_snapshot!(format!("a_schema_as_{name}"), all(&cases, false, &quirks));
    }
}

/// A body as a caller of the gateway sends it.
fn sent(body: &Value) -> Request {
    parse_request(body.to_string().as_bytes()).unwrap().request
}

fn whole_body() -> Value {
    json!({
        "temperature": 0.5,
        "model": "auto",
        "messages": [
            { "role": "developer", "content": "Be brief.", "name": "boss" },
            { "role": "user", "content": [{ "type": "input_audio", "input_audio": { "data": "UklGRg==", "format": "wav" } }] },
        ],
        "stream": false,
        "stream_options": { "include_obfuscation": false },
        "max_tokens": 77,
        "n": 2,
        "metadata": { "a": "b" },
        "logit_bias": { "50256": -100 },
        "tools": [{ "type": "custom", "custom": { "name": "shell" } }],
        "response_format": { "type": "json_schema", "json_schema": { "name": "x", "schema": { "type": "object" } } },
        "reasoning_effort": "xhigh",
        "user": null,
        "made_up": 1,
    })
}

#[test]
fn a_body_of_the_same_format_goes_on_as_it_came() {
    let request = sent(&whole_body());
    let quirks = Quirks {
        max_tokens_field: Some("max_output".to_owned()),
        drop_fields: vec!["logit_bias".to_owned(), "metadata".to_owned()],
        add_fields: [("provider", json!({ "allow_fallbacks": false })), ("made_up", json!(2))]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        ..Quirks::default()
    };
    let plain = written(DialectName::OpenaiChat, &request, false, &Quirks::default());
    let with_quirks = written(DialectName::OpenaiChat, &request, true, &quirks);
    assert_snapshot!(format!("whole, no quirks: {plain}\n\nstreamed, with quirks: {with_quirks}"));
}

#[test]
fn a_schema_in_a_body_of_the_same_format_becomes_what_the_vendor_understands() {
    let request = sent(&whole_body());
    let written = [SchemaMode::JsonObject, SchemaMode::Function].map(|schema_mode| {
        written(DialectName::OpenaiChat, &request, false, &Quirks { schema_mode, ..Quirks::default() })
    });
    assert_snapshot!(written.join("\n\n"));
}

#[test]
fn the_name_of_the_limit_is_the_vendors_or_else_the_callers() {
    let limit = |body: Value, field: Option<&str>| {
        let mut body = body;
        body["model"] = "auto".into();
        body["messages"] = json!([{ "role": "user", "content": "x" }]);
        let quirks = Quirks { max_tokens_field: field.map(str::to_owned), ..Quirks::default() };
        let target = Target { model: "m", stream: false, default_max_output_tokens: 9, quirks: &quirks };
        let encoded = dialect(DialectName::OpenaiChat).encode(&sent(&body), &target).unwrap();
        let mut written: Map<String, Value> = serde_json::from_slice(&encoded.body).unwrap();
        written.retain(|name, _| !matches!(name.as_str(), "model" | "messages"));
        Value::from(written)
    };
    assert_eq!(limit(json!({ "max_tokens": 5 }), None), json!({ "max_tokens": 5 }));
    assert_eq!(limit(json!({ "max_completion_tokens": 5 }), None), json!({ "max_completion_tokens": 5 }));
    assert_eq!(
        limit(json!({ "max_tokens": 4, "max_completion_tokens": 5 }), None),
        json!({ "max_completion_tokens": 5 })
    );
    assert_eq!(limit(json!({ "max_completion_tokens": 5 }), Some("max_tokens")), json!({ "max_tokens": 5 }));
    assert_eq!(limit(json!({ "max_tokens": 5 }), Some("")), json!({ "max_tokens": 5 }));
    assert_eq!(limit(json!({ "max_tokens": null }), Some("max_tokens")), json!({}));
}

#[test]
fn what_another_format_alone_can_say_is_refused_by_name() {
    let body = |more: Value| {
        let mut body = json!({ "model": "auto", "messages": [{ "role": "user", "content": "x" }] });
        body.as_object_mut().unwrap().extend(fields(more));
        sent(&body)
    };
    let file = json!({ "messages": [{ "role": "user", "content": [{ "type": "file", "file": { "file_id": "f" } }] }] });
    let refused = [
        ("a file", body(file)),
        ("a tool that is no function", body(json!({ "tools": [{ "type": "custom", "custom": { "name": "shell" } }] }))),
        ("several answers", body(json!({ "n": 2 }))),
        ("likelihoods", body(json!({ "logprobs": true }))),
        ("sound", body(json!({ "modalities": ["text", "audio"] }))),
        ("stop texts", body(json!({ "stop": "END" }))),
        ("a choice among some tools", body(json!({ "tool_choice": { "type": "allowed_tools" } }))),
        ("a grammar", body(json!({ "response_format": { "type": "grammar" } }))),
        (
            "a picture from the operator",
            body(json!({
                "messages": [{ "role": "system", "content": [{ "type": "image_url", "image_url": { "url": "https://a" } }] }],
            })),
        ),
    ];
    let said = body(json!({
        "n": 1, "logprobs": false, "modalities": ["text"], "frequency_penalty": 0, "presence_penalty": 0.0,
        "logit_bias": {}, "audio": null, "seed": 3, "verbosity": "low", "reasoning_effort": "xhigh", "store": true,
        "metadata": { "a": "b" }, "made_up": [1],
    }));
    let mut told = String::new();
    for (name, request) in refused.iter().chain([&("what asks for nothing", said)]) {
        writeln!(told, "{name}: {}\n", written(DialectName::OpenaiResponses, request, false, &Quirks::default()))
            .unwrap();
    }
    assert_snapshot!(told);
}

#[test]
fn fields_of_anthropic_stay_behind_and_unknown_ones_go_on() {
    let extra = fields(json!({ "metadata": { "user_id": "u" }, "thinking": { "type": "enabled" }, "top_k": 40 }));
    let original = Original { dialect: DialectName::AnthropicMessages, body: Map::new(), headers: Vec::new() };
    let request = Request { extra, original: Some(original), ..asking("Hello") };
    let sound = Part::Other { kind: "document".to_owned(), body: json!({ "type": "document" }) };
    let mut with_document = request.clone();
    with_document.messages[0].parts.push(sound);
    let cases = [("a text", request), ("a document", with_document)];
    assert_snapshot!(all(&cases, false, &Quirks::default()));
}

#[test]
fn a_body_of_responses_goes_on_as_it_came() {
    let body = fields(json!({
        "model": "x", "input": "Hello", "previous_response_id": "resp_1", "max_output_tokens": 9, "stream": true,
    }));
    let original = Original { dialect: DialectName::OpenaiResponses, body, headers: Vec::new() };
    let request = Request { max_output_tokens: Some(9), original: Some(original), ..Request::default() };
    assert_snapshot!(written(DialectName::OpenaiResponses, &request, false, &Quirks::default()));
}
