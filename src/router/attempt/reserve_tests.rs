use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::{
    domain::usage::Usage,
    router::{
        dialect::{DialectName, Target, anthropic_messages, dialect, openai_chat},
        provider::Quirks,
        request::{Message, Role, Tool},
        settings::{Currency, OwnPrice, PriceSettings},
    },
};

const LIMITS_OF_MODEL: Limits = Limits { window_tokens: Some(200_000), output_tokens: Some(8_000) };

fn target<'a>(model: &'a str, quirks: &'a Quirks) -> Target<'a> {
    Target { model, stream: false, default_max_output_tokens: 8_000, quirks }
}

/// What a question of Chat Completions may use at a provider of a wire format.
fn extent_at(wire: DialectName, model: &str, body: &Value, limits: Limits) -> Result<Extent, Unbounded> {
    let request = openai_chat::parse_request(body.to_string().as_bytes()).unwrap().request;
    let encoded = dialect(wire).encode(&request, &target(model, &Quirks::default())).unwrap();
    Extent::of(&Sent { request: &request, encoded: &encoded, model, limit_name: None, is_embedding: false }, limits)
}

/// A question with more fields, at a model of Chat Completions.
fn extent(more: &Value) -> Result<Extent, Unbounded> {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hello"}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    extent_at(DialectName::OpenaiChat, "m", &body, LIMITS_OF_MODEL)
}

fn refused(more: &Value) -> String {
    match extent(more) {
        Err(Unbounded::Field(field)) => field,
        other => panic!("{more} is not refused: {other:?}"),
    }
}

#[test]
fn all_that_is_sent_counts() {
    let plain = extent(&json!({})).unwrap();
    assert!((256..512).contains(&plain.input_tokens), "{plain:?}");
    let long = "x".repeat(10_000);
    for more in [
        json!({"metadata": {"a": long}}),
        json!({"functions": [{"name": long}]}),
        json!({"tools": [{"type": "custom", "custom": {"name": long}}]}),
        json!({"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"title": long}}}}),
        json!({"a_field_of_tomorrow": long}),
    ] {
        assert!(extent(&more).unwrap().input_tokens >= plain.input_tokens + 10_000, "{more}");
    }
}

#[test]
fn answers_are_multiplied_in_whatever_form_their_number_comes() {
    for (n, most) in [(json!(100), 100), (json!(100.0), 100), (json!("100"), 100), (json!(1), 1), (json!(null), 1)] {
        let extent = extent(&json!({"n": n, "max_tokens": 7})).unwrap();
        assert_eq!(extent.output_tokens, 7 * most, "{n}");
    }
    assert_eq!(extent(&json!({"best_of": 3, "max_tokens": 7})).unwrap().output_tokens, 21);
    for n in [json!(1.5), json!("many"), json!(-1), json!(0), json!([2]), json!("NaN"), json!("1e300")] {
        assert_eq!(refused(&json!({"n": n})), "n");
    }
}

#[test]
fn s81_the_limit_that_is_sent_bounds_the_answer_and_without_one_the_models_own() {
    assert_eq!(extent(&json!({})).unwrap().output_tokens, 8_000, "the model's own");
    assert_eq!(extent(&json!({"max_tokens": 50})).unwrap().output_tokens, 50);
    assert_eq!(extent(&json!({"max_tokens": 50, "max_completion_tokens": 900})).unwrap().output_tokens, 900);
    assert_eq!(extent(&json!({"max_tokens": 900, "max_completion_tokens": 50})).unwrap().output_tokens, 50);
    let predicted = extent(&json!({"max_tokens": 50, "prediction": {"type": "content", "content": "x"}})).unwrap();
    assert!(predicted.output_tokens > 50, "what is not taken over of a prediction is billed as output");
    let hello = json!({"model": "m", "messages": [{"role": "user", "content": "Hello"}]});
    let unknown = extent_at(DialectName::OpenaiChat, "m", &hello, Limits::default());
    assert_eq!(unknown, Err(Unbounded::Answer));
    let only_window = Limits { window_tokens: Some(9_000), output_tokens: None };
    assert_eq!(extent_at(DialectName::OpenaiChat, "m", &hello, only_window).unwrap().output_tokens, 9_000);
}

/// A vendor's quirk that takes the limit out, as the body has it, leaves the model's own.
#[test]
fn a_limit_that_is_not_sent_bounds_nothing() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5});
    let request = openai_chat::parse_request(body.to_string().as_bytes()).unwrap().request;
    let output_tokens = |quirks: &Quirks| {
        let encoded = dialect(DialectName::OpenaiChat).encode(&request, &target("m", quirks)).unwrap();
        let limit_name = quirks.max_tokens_field.as_deref();
        let sent = Sent { request: &request, encoded: &encoded, model: "m", limit_name, is_embedding: false };
        Extent::of(&sent, LIMITS_OF_MODEL).unwrap().output_tokens
    };
    let renamed = Quirks { max_tokens_field: Some("max_length".to_owned()), ..Quirks::default() };
    let dropped = Quirks { drop_fields: vec!["max_tokens".to_owned()], ..Quirks::default() };
    assert_eq!((output_tokens(&renamed), output_tokens(&dropped)), (5, 8_000));
}

#[test]
fn what_has_no_bound_is_refused_by_its_name() {
    for (name, value) in [
        ("models", json!(["dear/model"])),
        ("plugins", json!([{"id": "web"}])),
        ("web_search_options", json!({})),
        ("search_parameters", json!({"mode": "on"})),
        ("mcp_servers", json!([{"url": "https://a.test"}])),
        ("container", json!("c1")),
        ("prompt", json!({"id": "pmpt_1"})),
        ("preset", json!("dear")),
        ("speed", json!("fast")),
        ("inference_geo", json!("us")),
        ("modalities", json!(["text", "audio"])),
        ("audio", json!({"voice": "alloy"})),
        ("context_management", json!({"edits": [{"type": "compact_20260112"}]})),
    ] {
        assert_eq!(refused(&json!({(name): value})), name);
        assert!(extent(&json!({(name): null})).is_ok(), "{name}");
    }
    for idle in [
        json!({"models": []}),
        json!({"plugins": []}),
        json!({"speed": "standard"}),
        json!({"modalities": ["text"]}),
        json!({"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}),
    ] {
        assert!(extent(&idle).is_ok(), "{idle}");
    }
    assert_eq!(refused(&json!({"tools": [{"type": "web_search"}]})), "tools of type web_search");
    let sound = json!([{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA=="}}]}]);
    assert_eq!(refused(&json!({"messages": sound})), "part of type input_audio");
    let before = json!([{"role": "assistant", "audio": {"id": "audio_1"}}, {"role": "user", "content": "And?"}]);
    assert_eq!(refused(&json!({"messages": before})), "messages.audio");
}

/// What the provider fetches or keeps is at most what the model's window holds.
#[test]
fn what_is_not_sent_is_bounded_by_the_window() {
    let file = json!([{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]);
    let kept =
        [json!({"messages": file}), json!({"previous_response_id": "resp_1"}), json!({"conversation": "conv_1"})];
    let without_window = Limits { window_tokens: None, ..LIMITS_OF_MODEL };
    for (more, field) in kept.iter().zip(["part of type file", "previous_response_id", "conversation"]) {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hello"}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(extent(more).unwrap().input_tokens, 200_000, "{more}");
        let unknown = extent_at(DialectName::OpenaiChat, "m", &body, without_window);
        assert_eq!(unknown, Err(Unbounded::Field(field.to_owned())));
    }
    let text = extent(&json!({"metadata": "x".repeat(500_000)})).unwrap();
    assert_eq!(text.input_tokens, 200_000, "no question is longer than the window");
}

#[test]
fn a_picture_counts_as_the_largest_and_not_by_its_bytes() {
    let picture = |url: String| json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]});
    let data = format!("data:image/png;base64,{}", "A".repeat(300_000));
    for url in ["https://pictures.test/1.png".to_owned(), data] {
        let of = |wire, model| extent_at(wire, model, &picture(url.clone()), LIMITS_OF_MODEL).unwrap().input_tokens;
        assert!((50_000..51_000).contains(&of(DialectName::OpenaiChat, "gpt-4o-mini")));
        assert!((5_000..6_000).contains(&of(DialectName::AnthropicMessages, "claude-sonnet-4-5")));
        assert!((5_000..6_000).contains(&of(DialectName::OpenaiChat, "anthropic/claude-sonnet-4.5")));
    }
    let document = picture("data:application/pdf;base64,AAAA".to_owned());
    let extent = extent_at(DialectName::OpenaiChat, "m", &document, LIMITS_OF_MODEL).unwrap();
    assert_eq!(extent.input_tokens, 200_000, "a document that came as a picture");
}

/// Thinking of earlier turns goes to Anthropic as it came, and stands nowhere in the normal form.
#[test]
fn what_only_the_body_holds_counts() {
    let body = json!({
        "model": "claude-sonnet-4-5", "max_tokens": 100,
        "messages": [
            {"role": "user", "content": "Why?"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "x".repeat(20_000), "signature": "c2lnbmVk"}, {"type": "text", "text": "So."},
            ]},
            {"role": "user", "content": "Really?"},
        ],
    });
    let mut parsed = anthropic_messages::parse_request(body.to_string().as_bytes()).unwrap();
    let extent = |parsed: &anthropic_messages::ParsedRequest| {
        let quirks = Quirks::default();
        let model = "claude-sonnet-4-5";
        let encoded = dialect(DialectName::AnthropicMessages).encode(&parsed.request, &target(model, &quirks)).unwrap();
        let sent = Sent { request: &parsed.request, encoded: &encoded, model, limit_name: None, is_embedding: false };
        Extent::of(&sent, LIMITS_OF_MODEL).unwrap()
    };
    assert!(extent(&parsed).input_tokens > 20_000);
    assert_eq!(extent(&parsed).output_tokens, 100);
    parsed.request.messages[0].parts.push(Part::Other { kind: "document".to_owned(), body: json!({}) });
    assert_eq!(extent(&parsed).input_tokens, 200_000);
    let mut headers = http::HeaderMap::new();
    headers.insert("anthropic-beta", HeaderValue::from_static("a-beta,context-1m-2025-08-07"));
    parsed.keep_headers(&headers);
    assert_eq!(extent(&parsed).input_tokens, 1_000_000, "the beta has a longer window than the catalogue says");
}

#[test]
fn vectors_have_no_output_and_a_window_for_each_text() {
    let question = Request { messages: vec![Message::text(Role::User, "a")], ..Request::default() };
    let body = json!({"model": "m", "input": ["x".repeat(300_000)]}).to_string().into_bytes();
    let encoded = Encoded { path: "/embeddings", headers: Vec::new(), body };
    let sent = Sent { request: &question, encoded: &encoded, model: "m", limit_name: None, is_embedding: true };
    let extent = Extent::of(&sent, LIMITS_OF_MODEL).unwrap();
    assert!(extent.input_tokens > 300_000 && extent.output_tokens == 0, "{extent:?}");
    let pictures = Request {
        messages: vec![Message {
            parts: vec![Part::Other { kind: "object".to_owned(), body: json!({}) }],
            ..Message::text(Role::User, "")
        }],
        ..Request::default()
    };
    let sent = Sent { request: &pictures, ..sent };
    assert_eq!(Extent::of(&sent, LIMITS_OF_MODEL), Err(Unbounded::Field("part of type object".to_owned())));
}

#[test]
fn the_dearest_tier_that_may_serve_counts() {
    let tiers = |tier: Value| extent(&json!({"service_tier": tier})).unwrap().tiers;
    assert_eq!(tiers(json!("default")), [ServiceTier::Standard]);
    assert_eq!(tiers(json!("priority")), [ServiceTier::Standard, ServiceTier::Priority]);
    assert_eq!(tiers(json!("auto")), ServiceTier::ALL);
    assert_eq!(extent(&json!({})).unwrap().tiers, [ServiceTier::Standard]);
}

/// Prices of input, output and writing into a cache, in US dollars per million tokens: usual ones and odd ones.
fn prices() -> &'static [Price] {
    static PRICES: LazyLock<Vec<Price>> = LazyLock::new(|| {
        let rates = [(3, 15, 4), (5, 1, 0), (1, 0, 9), (0, 7, 0), (0, 0, 0), (30, 180, 38)];
        let row = |(number, (input, output, cache_write)): (usize, (u32, u32, u32))| OwnPrice {
            provider: "own".to_owned(),
            model: number.to_string(),
            currency: Currency::Usd,
            input: input.into(),
            output: output.into(),
            cache_read: Some(1.into()),
            cache_write: Some(cache_write.into()),
            since: None,
            source: None,
        };
        let rows: Vec<_> = rates.into_iter().enumerate().map(row).collect();
        let models: Vec<_> = rows.iter().map(|row| row.model.clone()).collect();
        let table = PriceTable::load(&PriceSettings { rows, ..PriceSettings::default() }).unwrap();
        models.iter().map(|model| table.price("own", model).unwrap().clone()).collect()
    });
    &PRICES
}

/// A question as callers write them, and how many tokens a provider may find in it at most: one for a byte of text, what
/// its vendor bills for pictures, what it adds to turns and tools.
#[derive(Debug, Clone)]
struct Question {
    request: Request,
    tokens_most: u64,
    answers: u64,
}

fn arbitrary_part() -> impl Strategy<Value = (Part, u64)> {
    let picture = |part| (Part::Image(part), 4_784);
    prop_oneof![
        4 => ("\\PC{0,60}", 1_usize..60).prop_map(|(text, times)| {
            let text = text.repeat(times);
            let most = text.len() as u64;
            (Part::Text(text), most)
        }),
        1 => (0_usize..4_000).prop_map(move |bytes| picture(Image::Base64 {
            media_type: "image/png".to_owned(), data: "A".repeat(bytes), detail: None,
        })),
        1 => Just(picture(Image::Url { url: "https://pictures.test/1".to_owned(), detail: Some("high".to_owned()) })),
    ]
}

fn arbitrary_question() -> impl Strategy<Value = Question> {
    let messages = prop::collection::vec(prop::collection::vec(arbitrary_part(), 1..4), 1..6);
    let tools = prop::collection::vec(("[a-z]{1,20}", "\\PC{0,80}"), 0..4);
    let n = prop_oneof![Just(None), (1_u64..9).prop_map(Some)];
    (messages, tools, prop::option::of(1_u64..5_000), n, 0_u8..3).prop_map(|(messages, tools, limit, n, form)| {
        let mut tokens_most = 150;
        let mut request = Request { max_output_tokens: limit, ..Request::default() };
        for parts in messages {
            tokens_most += 5 + parts.iter().map(|(_, most)| most).sum::<u64>();
            let parts = parts.into_iter().map(|(part, _)| part).collect();
            request.messages.push(Message { parts, ..Message::text(Role::User, "") });
        }
        tokens_most += if tools.is_empty() { 0 } else { 804 };
        for (name, description) in tools {
            tokens_most += 10 + (name.len() + description.len()) as u64;
            request.tools.push(Tool { name, description: Some(description), parameters: json!({}), strict: None });
        }
        let mut extra = Map::new();
        extra.extend(n.map(|n| {
            let written = match form {
                0 => json!(n),
                1 => json!(n as f64),
                _ => json!(n.to_string()),
            };
            ("n".to_owned(), written)
        }));
        request.extra = extra;
        Question { request, tokens_most, answers: n.unwrap_or(1) }
    })
}

/// Shares of a whole, in thousandths, one after the other.
fn share(rest: &mut u64, thousandths: u64) -> u64 {
    let share = *rest * thousandths / 1_000;
    *rest -= share;
    share
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Whatever a provider finds in a question and writes within its limits, and however much of it a cache held: it
    /// costs no more than the reserve.
    #[test]
    fn no_call_costs_more_than_its_reserve(
        question in arbitrary_question(),
        wire in prop::sample::select(vec![DialectName::OpenaiChat, DialectName::AnthropicMessages, DialectName::OpenaiResponses]),
        price in prop::sample::select(prices()),
        // Often all that there may be.
        shares in prop::array::uniform6(prop_oneof![Just(1_000), 0_u64..=1_000]),
    ) {
        let quirks = Quirks::default();
        let model = "claude-sonnet-4-5";
        let encoded = dialect(wire).encode(&question.request, &target(model, &quirks)).unwrap();
        let sent = Sent { request: &question.request, encoded: &encoded, model, limit_name: None, is_embedding: false };
        let extent = Extent::of(&sent, LIMITS_OF_MODEL).unwrap();
        let mut input = question.tokens_most.min(200_000) * shares[0] / 1_000;
        let output_tokens = question.request.max_output_tokens.unwrap_or(8_000) * question.answers * shares[1] / 1_000;
        let usage = Usage {
            cache_read_tokens: share(&mut input, shares[2]),
            cache_write_tokens: share(&mut input, shares[3]),
            cache_write_1h_tokens: share(&mut input, shares[4]),
            fresh_input_tokens: input,
            output_tokens,
            reasoning_tokens: output_tokens * shares[5] / 1_000,
        };
        let (cost, most) = (price.cost(&usage), extent.most(&price));
        prop_assert!(cost <= most, "{} > {}: {:?} within {:?}", cost, most, usage, extent);
    }
}
