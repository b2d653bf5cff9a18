//! Requests as the provider gets them, translated from the normal form.

use insta::assert_snapshot;
use samokoder::router::{
    dialect::{Dialect as _, DialectName, Target, anthropic_messages::AnthropicMessages},
    failure::FailureClass,
    provider::{Quirks, SchemaMode},
    request::{Effort, Format, Image, Message, Original, Part, Request, Role, Tool, ToolChoice},
};
use serde_json::{Map, Value, json};

use super::{NEW, OLD, asks, call, calls, encode, encode_with, pretty, result, try_encode, weather};

#[test]
fn a_conversation_with_tools_becomes_turns_that_alternate() {
    let request = Request {
        messages: vec![
            Message::text(Role::System, "You are a weather service."),
            Message::text(Role::User, "Weather in Paris and London?"),
            Message::text(Role::User, "In degrees Celsius."),
            Message {
                parts: vec![Part::Text("I look.".to_owned())],
                ..calls(vec![call("toolu_1", r#"{"location":"Paris"}"#), call("functions.get_weather:1", "")])
            },
            result("toolu_1", "15"),
            result("functions.get_weather:1", "12"),
            Message::text(Role::System, "Be brief."),
            Message::text(Role::User, "And which is warmer?"),
            Message::text(Role::Assistant, "   "),
        ],
        tools: vec![weather()],
        temperature: Some(1.5),
        top_p: Some(0.9),
        stop: vec!["END".to_owned()],
        seed: Some(7),
        ..Request::default()
    };
    assert_snapshot!(pretty(&encode(&request, OLD)));
}

#[test]
fn headers_and_path_are_the_formats() {
    let encoded = try_encode(&asks("Hello"), NEW, &Quirks::default()).unwrap();
    assert_eq!(encoded.path, "/messages");
    assert_eq!(encoded.headers.len(), 1);
    assert_eq!(encoded.headers[0].0, "anthropic-version");
    assert_eq!(encoded.headers[0].1, "2023-06-01");
}

#[test]
fn a_stream_is_asked_for_and_a_limit_is_always_there() {
    let quirks = Quirks::default();
    let target = Target { model: NEW, stream: true, default_max_output_tokens: 4_096, quirks: &quirks };
    let encoded = AnthropicMessages.encode(&asks("Hello"), &target).unwrap();
    let text = String::from_utf8(encoded.body).unwrap();
    assert_snapshot!(text, @r#"{"model":"claude-opus-5-5","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}],"stream":true}"#);
}

#[test]
fn pictures_go_as_bytes_or_by_address() {
    let image = |image| Part::Image(image);
    let parts = vec![
        Part::Text("What is in these?".to_owned()),
        image(Image::Base64 {
            media_type: "image/png".to_owned(),
            data: "iVBORw0KGgo=".to_owned(),
            detail: Some("low".to_owned()),
        }),
        image(Image::Url { url: "https://example.com/ant.jpg".to_owned(), detail: None }),
    ];
    let picture = Message { parts, ..Message::text(Role::User, "") };
    let request = Request { messages: vec![picture], ..Request::default() };
    assert_snapshot!(pretty(&encode(&request, NEW)["messages"]));
}

#[test]
fn the_choice_of_tools_has_its_own_words() {
    let choices = [
        None,
        Some(ToolChoice::Auto),
        Some(ToolChoice::None),
        Some(ToolChoice::Required),
        Some(ToolChoice::Named("get_weather".to_owned())),
    ];
    let mut lines = Vec::new();
    for tool_choice in choices {
        for parallel_tool_calls in [None, Some(true), Some(false)] {
            let tool_choice = tool_choice.clone();
            let request =
                Request { tools: vec![weather()], tool_choice, parallel_tool_calls, ..asks("Weather in Paris?") };
            let body = encode(&request, OLD);
            let asked = (&request.tool_choice, parallel_tool_calls);
            lines.push(format!("{asked:?} -> {}", body.get("tool_choice").unwrap_or(&Value::Null)));
        }
    }
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_model_that_cannot_be_forced_is_asked_in_words() {
    let forced = |tool_choice, model| {
        let messages = vec![Message::text(Role::System, "Be brief."), Message::text(Role::User, "Weather?")];
        let request = Request {
            messages,
            tools: vec![weather()],
            tool_choice: Some(tool_choice),
            reasoning_effort: Some(Effort::High),
            ..Request::default()
        };
        let body = encode(&request, model);
        format!("{model}: {} {} {}", body["system"], body["tool_choice"], body.get("thinking").unwrap_or(&Value::Null))
    };
    let named = || ToolChoice::Named("get_weather".to_owned());
    let lines = [
        forced(ToolChoice::Required, NEW),
        forced(named(), NEW),
        forced(named(), "claude-sonnet-5"),
        forced(named(), "claude-sonnet-4-6"),
        forced(named(), OLD),
    ];
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_strict_tool_is_strict_where_its_schema_and_the_model_allow() {
    let open = json!({ "type": "object", "additionalProperties": true });
    let tools = vec![
        Tool { strict: Some(true), ..weather() },
        Tool { name: "open".to_owned(), strict: Some(true), parameters: open, ..weather() },
        Tool { name: "bare".to_owned(), description: None, parameters: Value::Null, strict: None },
        Tool { name: "untyped".to_owned(), description: None, parameters: json!({ "properties": {} }), strict: None },
    ];
    let request = Request { tools, ..asks("Weather?") };
    assert_snapshot!(pretty(&encode(&request, NEW)["tools"]));
    let old = encode(&request, "claude-3-5-haiku-20241022");
    assert_eq!(old["tools"][0].get("strict"), None, "it came with Claude 4.5");
}

#[test]
fn calls_of_tools_that_are_gone_are_told_and_forbidden() {
    let messages =
        vec![Message::text(Role::User, "Weather?"), calls(vec![call("a", "{}")]), result("a", "15"), result("b", "")];
    let body = encode(&Request { messages, ..Request::default() }, NEW);
    assert_snapshot!(pretty(&json!({ "tools": body["tools"], "tool_choice": body["tool_choice"] })));
    assert_eq!(body["messages"][2]["content"][1], json!({ "type": "tool_result", "tool_use_id": "b" }));
}

#[test]
fn damaged_arguments_go_within_an_object() {
    let arguments = [r#"{"location": "Par"#, "[1]", "", r#" {"a": 1.0, "b": 12345678901234567890123} "#];
    let calls_made = arguments.iter().map(|arguments| call("a", arguments)).collect();
    let messages = vec![Message::text(Role::User, "Weather?"), calls(calls_made), result("a", "15")];
    let target_quirks = Quirks::default();
    let request = Request { messages, tools: vec![weather()], ..Request::default() };
    let body = String::from_utf8(try_encode(&request, NEW, &target_quirks).unwrap().body).unwrap();
    for input in [
        r#""input":{"arguments":"{\"location\": \"Par"}"#,
        r#""input":{"arguments":"[1]"}"#,
        r#""input":{}"#,
        r#""input":{"a": 1.0, "b": 12345678901234567890123}"#,
    ] {
        assert!(body.contains(input), "{input} is not in {body}");
    }
}

#[test]
fn the_system_alone_speaks_as_the_user() {
    let request = Request { messages: vec![Message::text(Role::System, "Say hello.")], ..Request::default() };
    let body = encode(&request, NEW);
    assert_eq!(body.get("system"), None);
    assert_eq!(body["messages"], json!([{ "role": "user", "content": [{ "type": "text", "text": "Say hello." }] }]));
}

#[test]
fn a_beginning_of_the_answer_ends_in_no_blank() {
    let messages = vec![Message::text(Role::User, "Sun in Greek?"), Message::text(Role::Assistant, "It is ( \n")];
    let body = encode(&Request { messages, ..Request::default() }, OLD);
    assert_eq!(body["messages"][1]["content"][0]["text"], "It is (");
}

#[test]
fn thinking_is_said_in_the_words_of_the_models_generation() {
    let efforts = [Effort::None, Effort::Minimal, Effort::Low, Effort::Medium, Effort::High];
    let models = [
        "claude-3-5-haiku-20241022",
        OLD,
        "claude-sonnet-4-6",
        "claude-opus-4.7",
        "anthropic/claude-opus-5",
        "claude-sonnet-5-5",
        "claude-opus-5-5",
        "claude-next",
        "deepseek-chat",
    ];
    let mut lines = Vec::new();
    for model in models {
        for effort in efforts {
            let request = Request {
                reasoning_effort: Some(effort),
                max_output_tokens: Some(20_000),
                temperature: Some(0.2),
                ..asks("Prove it.")
            };
            let body = encode(&request, model);
            let said = |name: &str| body.get(name).map_or_else(|| "-".to_owned(), Value::to_string);
            let (thinking, config, temperature) = (said("thinking"), said("output_config"), said("temperature"));
            lines.push(format!("{model} {effort:?}: {thinking} {config} temperature {temperature}"));
        }
    }
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_budget_gives_way_to_what_forbids_it() {
    let thinks = |request: Request| {
        let request = Request { reasoning_effort: Some(Effort::High), tools: vec![weather()], ..request };
        encode(&request, OLD).get("thinking").cloned()
    };
    let enabled = |budget: u64| Some(json!({ "type": "enabled", "budget_tokens": budget }));
    let limited = |max: u64| Request { max_output_tokens: Some(max), ..asks("Weather?") };
    assert_eq!(thinks(limited(1_000_000)), enabled(32_000));
    assert_eq!(thinks(limited(1_025)), enabled(1_024));
    assert_eq!(thinks(limited(1_024)), None, "the least budget is not less than the limit");
    assert_eq!(thinks(Request { tool_choice: Some(ToolChoice::Required), ..limited(9_000) }), None);
    let waiting = vec![Message::text(Role::User, "?"), calls(vec![call("a", "{}")]), result("a", "15")];
    assert_eq!(thinks(Request { messages: waiting, ..limited(9_000) }), None, "its turn would begin unsigned");
    let own = Map::from_iter([("thinking".to_owned(), json!({ "type": "enabled", "budget_tokens": 2_000 }))]);
    assert_eq!(thinks(Request { extra: own, ..limited(9_000) }), enabled(2_000), "the caller's own words go first");
}

fn person() -> Value {
    json!({
        "type": "object",
        "properties": { "name": { "type": "string", "maxLength": 20 }, "age": { "type": "integer" } },
        "required": ["name", "age"],
        "additionalProperties": false,
    })
}

fn wants(schema: Value) -> Request {
    let format = Format::JsonSchema { name: "person".to_owned(), schema, strict: true };
    Request { format, ..asks("Who?") }
}

#[test]
fn json_of_a_schema_is_a_field_of_its_own() {
    let request = Request { reasoning_effort: Some(Effort::Low), ..wants(person()) };
    assert_snapshot!(pretty(&encode(&request, NEW)));
}

#[test]
fn a_schema_that_cannot_be_held_becomes_a_function() {
    let free = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let body = encode(&Request { reasoning_effort: Some(Effort::High), ..wants(free) }, NEW);
    assert_snapshot!(pretty(&body));
}

#[test]
fn older_models_and_vendors_without_the_field_get_the_function() {
    let function = Quirks { schema_mode: SchemaMode::Function, ..Quirks::default() };
    let by_age = encode(&wants(person()), "claude-opus-4-1-20250805");
    let by_vendor = encode_with(&wants(person()), OLD, &function);
    assert_eq!(by_age["tools"], by_vendor["tools"]);
    assert_eq!(by_age["tools"][0]["input_schema"], person(), "as the caller wrote it");
    for body in [by_age, by_vendor] {
        let choice = json!({ "type": "tool", "name": "samokoder_answer", "disable_parallel_tool_use": true });
        assert_eq!(body["tool_choice"], choice);
        assert_eq!(body.get("output_config"), None);
    }
}

#[test]
fn the_function_stands_beside_the_callers_tools() {
    let function = Quirks { schema_mode: SchemaMode::Function, ..Quirks::default() };
    let choice = |tool_choice| {
        let request = Request { tools: vec![weather()], tool_choice, ..wants(person()) };
        let body = encode_with(&request, OLD, &function);
        assert_eq!(body["tools"].as_array().unwrap().len(), 2);
        body["tool_choice"].to_string()
    };
    let alone = r#"{"type":"tool","name":"samokoder_answer","disable_parallel_tool_use":true}"#;
    assert_eq!(choice(None), r#"{"type":"any"}"#);
    assert_eq!(choice(Some(ToolChoice::Required)), r#"{"type":"any"}"#);
    assert_eq!(choice(Some(ToolChoice::None)), alone);
    assert_eq!(choice(Some(ToolChoice::Named("get_weather".to_owned()))), r#"{"type":"tool","name":"get_weather"}"#);
}

#[test]
fn json_is_asked_for_in_words_where_nothing_else_is_there() {
    let mode = |schema_mode| Quirks { schema_mode, ..Quirks::default() };
    let object = Request { format: Format::JsonObject, ..asks("Who?") };
    let list = wants(json!({ "type": "array", "items": { "type": "string" } }));
    let system = |request: &Request, schema_mode| encode_with(request, NEW, &mode(schema_mode))["system"].clone();
    let said = [
        system(&object, SchemaMode::Native),
        system(&object, SchemaMode::JsonObject),
        system(&wants(person()), SchemaMode::JsonObject),
        system(&list, SchemaMode::Function),
    ];
    assert_snapshot!(said.map(|said| said.to_string()).join("\n"));
    let forced = encode_with(&object, OLD, &mode(SchemaMode::Function));
    assert_eq!(forced["tools"][0]["input_schema"], json!({ "type": "object" }));
}

#[test]
fn fields_without_a_form_go_on_but_for_those_of_another_format() {
    let own = json!({ "frequency_penalty": 0.5, "user": "u-1", "n": 1, "top_k": 5, "logprobs": false,
        "reasoning_effort": "xhigh", "novel": [1] });
    let extra = own.as_object().unwrap().clone();
    let original = Original { dialect: DialectName::OpenaiChat, body: extra.clone(), headers: Vec::new() };
    let translated = Request { extra: extra.clone(), original: Some(original.clone()), ..asks("Hello") };
    assert_snapshot!(pretty(&encode(&translated, NEW)));
    let from_nowhere = encode(&Request { extra, ..asks("Hello") }, NEW);
    assert_eq!(from_nowhere["frequency_penalty"], 0.5, "who says it in no format means this one");
    let meant = json!({ "n": 2, "logprobs": true, "modalities": ["text", "audio"], "web_search_options": {},
        "tool_choice": { "type": "allowed_tools" } });
    let extra = meant.as_object().unwrap().clone();
    let refused = try_encode(&Request { extra, original: Some(original), ..asks("Hello") }, NEW, &Quirks::default());
    let refused = refused.unwrap_err();
    assert_eq!(refused.class, FailureClass::Caller);
    assert_snapshot!(refused.message, @"Anthropic Messages has no form for n, logprobs, modalities, tool_choice, web_search_options");
}

#[test]
fn quirks_rename_drop_and_add() {
    let quirks = Quirks {
        max_tokens_field: Some("max_output".to_owned()),
        drop_fields: vec!["stop_sequences".to_owned()],
        add_fields: [("service_tier".to_owned(), json!("standard_only")), ("model".to_owned(), json!("not this"))]
            .into_iter()
            .collect(),
        ..Quirks::default()
    };
    let request = Request { stop: vec!["END".to_owned()], max_output_tokens: Some(10), ..asks("Hello") };
    assert_snapshot!(encode_with(&request, NEW, &quirks).to_string(), @r#"{"model":"claude-opus-5-5","max_output":10,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}],"service_tier":"standard_only"}"#);
}

#[test]
fn what_has_no_form_is_named() {
    let other = || Part::Other { kind: "input_audio".to_owned(), body: Value::Null };
    let with_part = |role| Request {
        messages: vec![Message { parts: vec![other()], ..Message::text(role, "") }],
        ..Request::default()
    };
    let picture = Part::Image(Image::Url { url: "https://example.com/a.png".to_owned(), detail: None });
    let cases = [
        with_part(Role::User),
        with_part(Role::System),
        Request {
            messages: vec![Message { parts: vec![picture], ..Message::text(Role::System, "") }],
            ..Request::default()
        },
        Request { messages: vec![Message::text(Role::Tool, "15")], ..Request::default() },
        Request { other_tools: vec![json!({ "type": "web_search" })], ..asks("Hello") },
        Request { stop: vec!["\n".to_owned()], ..asks("Hello") },
        Request { tools: vec![Tool { name: "samokoder_answer".to_owned(), ..weather() }], ..asks("Hello") },
    ];
    let told: Vec<_> = cases
        .iter()
        .map(|request| {
            let failure = try_encode(request, NEW, &Quirks::default()).unwrap_err();
            assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Caller, Some("unsupported")));
            failure.message
        })
        .collect();
    assert_snapshot!(told.join("\n"));
}
