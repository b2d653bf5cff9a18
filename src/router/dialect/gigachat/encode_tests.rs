use serde_json::{Value, json};

use super::encode;
use crate::router::{
    dialect::{DialectName, Encoded, Target},
    failure::{Failure, FailureClass},
    provider::{Quirks, SchemaMode},
    request::{Effort, Format, Message, Original, Request, Role, Tool, ToolChoice},
};

fn encoded_with(request: &Request, quirks: &Quirks) -> Result<Encoded, Failure> {
    encode(request, &Target { model: "GigaChat-2-Max", stream: false, default_max_output_tokens: 4096, quirks })
}

fn body_with(request: &Request, quirks: &Quirks) -> Value {
    serde_json::from_slice(&encoded_with(request, quirks).unwrap().body).unwrap()
}

fn body(request: &Request) -> Value {
    body_with(request, &Quirks::default())
}

fn refusal(request: &Request, quirks: &Quirks) -> String {
    let failure = encoded_with(request, quirks).unwrap_err();
    assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Caller, Some("unsupported")));
    failure.message
}

fn question(text: &str) -> Request {
    Request { messages: vec![Message::text(Role::User, text)], ..Request::default() }
}

fn tool(name: &str, parameters: Value) -> Tool {
    Tool { name: name.to_owned(), description: Some(format!("Does {name}.")), parameters, strict: Some(true) }
}

fn quirks(schema_mode: SchemaMode) -> Quirks {
    Quirks { schema_mode, ..Quirks::default() }
}

fn person() -> Format {
    let schema = json!({
        "type": "object",
        "properties": { "name": { "type": "string" }, "home": { "$ref": "#/$defs/Place", "description": "Where." } },
        "required": ["name"],
        "$defs": { "Place": { "type": "object", "properties": { "city": { "type": "string" } } } },
    });
    Format::JsonSchema { name: "person".to_owned(), schema, strict: true }
}

#[test]
fn a_body_says_what_the_request_asks() {
    let mut request = question("Привет");
    request.tools = vec![tool("weather", json!({ "type": "object", "properties": { "city": { "type": "string" } } }))];
    request.parallel_tool_calls = Some(true);
    request.max_output_tokens = Some(100);
    request.temperature = Some(0.7);
    request.top_p = Some(0.9);
    request.seed = Some(7);
    request.reasoning_effort = Some(Effort::Minimal);
    request.extra = json!({ "profanity_check": false, "repetition_penalty": 1.1, "model": "other", "n": 2 })
        .as_object()
        .unwrap()
        .clone();
    insta::assert_json_snapshot!(body(&request));
}

#[test]
fn headers_ask_for_the_form_and_name_the_conversation() {
    let mut request = question("Привет");
    let quirks = Quirks::default();
    let target = Target { model: "m", stream: true, default_max_output_tokens: 1, quirks: &quirks };
    let streamed = encode(&request, &target).unwrap();
    assert_eq!(streamed.path, "/chat/completions");
    assert_eq!(serde_json::from_slice::<Value>(&streamed.body).unwrap()["stream"], true);
    insta::assert_debug_snapshot!(streamed.headers, @r#"
    [
        (
            "accept",
            "text/event-stream",
        ),
        (
            "x-session-id",
            "9b8400e6-3591-9f89-bdce-db0e3b45289a",
        ),
    ]
    "#);
    let session = |request: &Request| encoded_with(request, &quirks).unwrap().headers[1].clone();
    let first = session(&request);
    assert_eq!(first, streamed.headers[1]);
    request.messages.insert(0, Message::text(Role::System, "Be brief."));
    let with_system = session(&request);
    assert_ne!(first, with_system);
    request.messages.push(Message::text(Role::Assistant, "Да?"));
    request.messages.push(Message::text(Role::User, "Нет."));
    assert_eq!(session(&request), with_system, "a conversation that grows keeps its name");
}

#[test]
fn no_temperature_is_zero() {
    let sampling = |temperature, top_p| {
        let body = body(&Request { temperature, top_p, ..question("a") });
        (body.get("temperature").cloned(), body.get("top_p").cloned())
    };
    assert_eq!(sampling(Some(0.0), Some(0.9)), (None, Some(json!(0))));
    assert_eq!(sampling(Some(0.2), Some(0.9)), (Some(json!(0.2)), Some(json!(0.9))));
    assert_eq!(sampling(None, None), (None, None));
}

#[test]
fn whether_functions_are_called_is_always_said() {
    let object = || json!({ "type": "object", "properties": {} });
    let said = |choice, names: &[&str]| {
        let tools = names.iter().map(|name| tool(name, object())).collect();
        body(&Request { tools, tool_choice: choice, ..question("a") }).get("function_call").cloned()
    };
    assert_eq!(said(None, &[]), None);
    assert_eq!(said(Some(ToolChoice::Required), &[]), None);
    assert_eq!(said(None, &["a"]), Some(json!("auto")));
    assert_eq!(said(Some(ToolChoice::Auto), &["a"]), Some(json!("auto")));
    assert_eq!(said(Some(ToolChoice::None), &["a"]), Some(json!("none")));
    assert_eq!(said(Some(ToolChoice::Required), &["a"]), Some(json!({ "name": "a" })));
    assert_eq!(said(Some(ToolChoice::Named("b".to_owned())), &["a", "b"]), Some(json!({ "name": "b" })));
}

#[test]
fn parameters_are_always_listed() {
    let parameters = |parameters| {
        let request = Request { tools: vec![tool("a", parameters)], ..question("a") };
        body(&request)["functions"][0]["parameters"].clone()
    };
    let empty = json!({ "type": "object", "properties": {} });
    assert_eq!(parameters(Value::Null), empty);
    assert_eq!(parameters(json!({})), empty);
    assert_eq!(parameters(json!({ "type": "object" })), empty);
    assert_eq!(
        parameters(json!({ "properties": { "a": {} } })),
        json!({ "properties": { "a": {} }, "type": "object" })
    );
}

#[test]
fn a_schema_is_asked_for_in_three_ways() {
    let request = Request { format: person(), ..question("Кто?") };
    insta::assert_json_snapshot!("schema_by_function", body_with(&request, &quirks(SchemaMode::Function)));
    insta::assert_json_snapshot!("schema_native", body_with(&request, &quirks(SchemaMode::Native)));
    insta::assert_json_snapshot!("schema_in_words", body_with(&request, &quirks(SchemaMode::JsonObject)));
}

#[test]
fn some_object_is_asked_for_in_words() {
    let mut request = Request { format: Format::JsonObject, ..question("Кто?") };
    request.messages.push(Message::text(Role::System, "Be brief."));
    let messages = body_with(&request, &quirks(SchemaMode::Function))["messages"].clone();
    let system = "Be brief.\n\nAnswer with one JSON object and nothing else.";
    assert_eq!(messages, json!([{ "role": "system", "content": system }, { "role": "user", "content": "Кто?" }]));
}

#[test]
fn functions_that_must_not_be_called_do_not_keep_from_a_schema() {
    let tools = vec![tool("weather", Value::Null)];
    let request = Request { format: person(), tools, tool_choice: Some(ToolChoice::None), ..question("Кто?") };
    let body = body_with(&request, &quirks(SchemaMode::Function));
    assert_eq!(body["function_call"], json!({ "name": "samokoder_answer" }));
    assert_eq!(body["functions"].as_array().unwrap().len(), 2);
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    let function = quirks(SchemaMode::Function);
    let two = vec![tool("a", Value::Null), tool("b", Value::Null)];
    let of_list = Format::JsonSchema { name: "l".to_owned(), schema: json!({ "type": "array" }), strict: false };
    let requests = [
        Request { stop: vec!["\n".to_owned()], ..question("a") },
        Request { tools: two.clone(), tool_choice: Some(ToolChoice::Required), ..question("a") },
        Request { tools: two, format: person(), ..question("a") },
        Request { format: of_list, ..question("a") },
        Request { tools: vec![tool("samokoder_answer", Value::Null)], ..question("a") },
        Request { tools: vec![tool("a", json!({ "$ref": "#/$defs/a", "$defs": {} }))], ..question("a") },
    ];
    let refusals: Vec<String> = requests.iter().map(|request| refusal(request, &function)).collect();
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn quirks_decide_last() {
    let request = Request { stop: vec!["\n".to_owned()], max_output_tokens: Some(5), ..question("a") };
    let quirks = Quirks {
        drop_fields: vec!["stop".to_owned(), "messages".to_owned()],
        add_fields: [("profanity_check".to_owned(), json!(true))].into(),
        max_tokens_field: Some("max".to_owned()),
        ..Quirks::default()
    };
    assert_eq!(body_with(&request, &quirks), json!({ "model": "GigaChat-2-Max", "max": 5, "profanity_check": true }));
}

#[test]
fn fields_of_anthropic_do_not_come_along() {
    let mut request = question("a");
    request.extra = json!({ "thinking": { "type": "enabled" }, "n": 1 }).as_object().unwrap().clone();
    request.original =
        Some(Original { dialect: DialectName::AnthropicMessages, body: serde_json::Map::new(), headers: Vec::new() });
    let body = body(&request);
    assert_eq!((body.get("thinking"), body.get("n")), (None, Some(&json!(1))));
}
