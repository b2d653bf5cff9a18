//! Which routes are chosen, in which order, and why.

use std::{collections::BTreeMap, time::Duration};

use rust_decimal::Decimal;
use samokoder::{
    domain::money::Usd,
    router::{
        Settings,
        call::{Call, ModelClass, Strategy},
        catalog::Catalog,
        choice::{Choice, Need, Why},
        dialect::DialectName,
        failure::{Failure, FailureClass},
        request::{Format, Image, Message, Original, Part, Request, Role, Tool, ToolCall, ToolChoice},
        settings::Weights,
    },
};

use super::choice_world::{World, call};

fn saying(text: &str) -> Request {
    Request { messages: vec![Message::text(Role::User, text)], ..Request::default() }
}

fn by(strategy: Strategy, wanted: &str) -> Call {
    Call { strategy: Some(strategy), ..call(wanted, saying("Hello.")) }
}

/// Three providers; `big` is dear and slow, `small` is cheap and simple.
const THREE: &str = r#"
[providers.one]
dialect = "openai_chat"
base_url = "https://one.example.org/v1"
key_names = ["ONE_KEY", "OTHER_KEY"]
[providers.two]
dialect = "anthropic_messages"
base_url = "https://two.example.org/v1"
key_names = ["TWO_KEY"]
quirks.schema_mode = "json_object"
[providers.own]
dialect = "openai_chat"
base_url = "http://127.0.0.1:9/v1"
key_optional = true
free = true
quirks.schema_mode = "function"

[[models]]
name = "big"
classes = ["reasoning", "coding"]
tier = 5
context_tokens = 100_000
max_output_tokens = 20_000
vision = true
tools = true
forced_tools = false
schema = true
reasoning = true
routes = [{ provider = "two", model = "big" }, { provider = "one", model = "v/big", tools = false }]

[[models]]
name = "small"
classes = ["fast", "coding"]
tier = 2
context_tokens = 10_000
vision = false
tools = false
schema = false
reasoning = false
routes = [
  { provider = "one", model = "small" },
  { provider = "two", model = "small" },
  { provider = "own", model = "small:8b", context_tokens = 4_000, tools = true },
]
"#;

fn three() -> World {
    let mut world = World::of(THREE);
    world.prices.0 = [("two/big", (5, 25)), ("one/v/big", (4, 30)), ("one/small", (1, 2)), ("two/small", (1, 2))]
        .map(|(route, price)| (route.to_owned(), price))
        .into();
    world
}

#[test]
fn ordered_is_by_the_settings_then_as_listed() {
    let mut world = three();
    let listed = ["one/v/big", "one/small", "two/big", "two/small", "own/small:8b"];
    assert_eq!(world.names(&by(Strategy::Ordered, "coding")), listed);
    world.settings.provider_order = vec!["own".to_owned(), "two".to_owned()];
    let ordered = ["own/small:8b", "two/big", "two/small", "one/v/big", "one/small"];
    assert_eq!(world.names(&by(Strategy::Ordered, "coding")), ordered);
    assert_eq!(world.names(&by(Strategy::Ordered, "auto")), ordered);
    assert_eq!(world.names(&by(Strategy::Ordered, "big")), ["two/big", "one/v/big"]);
    assert_eq!(world.names(&by(Strategy::Ordered, "one/any/model:id")), ["one/any/model:id"]);
}

#[test]
fn the_default_order_is_the_one_that_is_promised() {
    let world = World::around(Catalog::load(&[]).unwrap(), Settings::default());
    let mut providers: Vec<String> = Vec::new();
    for name in world.names(&call("auto", saying("Hello."))) {
        providers.push(name.split_once('/').unwrap().0.to_owned());
    }
    providers.dedup();
    assert_eq!(providers[..4], ["openrouter", "groq", "openai", "anthropic"]);
}

#[test]
fn cost_is_what_this_request_is_expected_to_cost() {
    let mut world = three();
    // One is cheaper to ask, two is cheaper to listen to.
    world.prices.0.insert("one/v/big".to_owned(), (1, 30));
    let short = Request { max_output_tokens: Some(10), ..saying(&"word ".repeat(10_000)) };
    let asked = |request| Call { strategy: Some(Strategy::Cost), ..call("big", request) };
    assert_eq!(world.names(&asked(short)), ["one/v/big", "two/big"]);
    assert_eq!(world.names(&asked(saying("Tell me all."))), ["two/big", "one/v/big"]);
}

#[test]
fn by_cost_what_is_free_comes_first_and_what_has_no_price_last() {
    let mut world = three();
    world.prices.0.remove("one/small");
    assert_eq!(world.names(&by(Strategy::Cost, "small")), ["own/small:8b", "two/small", "one/small"]);
}

#[test]
fn by_latency_what_was_not_measured_lately_comes_first_then_the_quickest() {
    let world = three();
    let note = |route, ms| world.latencies.note_stream(route, Duration::from_millis(ms), 0, Duration::ZERO);
    note("one/small", 300);
    note("two/small", 100);
    assert_eq!(world.names(&by(Strategy::Latency, "small")), ["own/small:8b", "two/small", "one/small"]);
    note("own/small:8b", 200);
    assert_eq!(world.names(&by(Strategy::Latency, "small")), ["two/small", "own/small:8b", "one/small"]);
    world.clock.advance(Duration::from_hours(1));
    note("two/small", 100);
    assert_eq!(world.names(&by(Strategy::Latency, "small")), ["one/small", "own/small:8b", "two/small"]);
}

#[test]
fn a_whole_answer_is_expected_by_its_end() {
    let world = three();
    let quick_start = ("one/small", 100, 500, 10_000);
    let quick_end = ("two/small", 1_000, 500, 1_000);
    for (route, first, tokens, after) in [quick_start, quick_end, ("own/small:8b", 9_000, 500, 9_000)] {
        world.latencies.note_stream(route, Duration::from_millis(first), tokens, Duration::from_millis(after));
    }
    let call = by(Strategy::Latency, "small");
    let first = |stream| {
        let choice = world.choose(&call, &Need::of(&call.request, stream));
        choice.candidates.first().unwrap().name().to_owned()
    };
    assert_eq!((first(true).as_str(), first(false).as_str()), ("one/small", "two/small"));
}

#[test]
fn quality_is_by_tier_then_ordered() {
    let world = three();
    let best_first = ["one/v/big", "two/big", "one/small", "two/small", "own/small:8b"];
    assert_eq!(world.names(&by(Strategy::Quality, "coding")), best_first);
}

#[test]
fn balanced_follows_its_weights() {
    let mut world = three();
    for (route, ms) in [("two/big", 2_000), ("one/v/big", 1_000), ("one/small", 400), ("two/small", 500)] {
        world.latencies.note_stream(route, Duration::from_millis(ms), 0, Duration::ZERO);
    }
    for (weights, first) in [
        (Weights { cost: 1.0, latency: 0.0, quality: 0.0 }, "own/small:8b"),
        (Weights { cost: 0.0, latency: 1.0, quality: 0.0 }, "one/small"),
        (Weights { cost: 0.0, latency: 0.0, quality: 1.0 }, "one/v/big"),
        (Weights { cost: 0.0, latency: 2.0, quality: 1.0 }, "one/small"),
        (Weights { cost: 0.0, latency: 1.0, quality: 2.0 }, "one/v/big"),
    ] {
        world.settings.weights = weights;
        assert_eq!(world.names(&by(Strategy::Balanced, "coding"))[0], first, "{weights:?}");
    }
}

#[test]
fn why_can_be_asked_for() {
    let mut world = three();
    world.settings.provider_order = vec!["two".to_owned()];
    world.latencies.note_stream("one/small", Duration::from_millis(412), 0, Duration::ZERO);
    world.fail("two", 5);
    let strategies = [Strategy::Ordered, Strategy::Cost, Strategy::Latency, Strategy::Quality, Strategy::Balanced];
    let explanations = strategies.map(|strategy| {
        let call = by(strategy, "coding");
        world.choose(&call, &Need::of(&call.request, true)).explanation()
    });
    insta::assert_json_snapshot!(explanations);
}

#[test]
fn each_filter_keeps_away_what_cannot_answer_and_says_why() {
    let mut world = three();
    let picture = Part::Image(Image::Url { url: "https://example.org/a.png".to_owned(), detail: None });
    let looking = Request {
        messages: vec![Message { parts: vec![picture], ..Message::text(Role::User, "") }],
        ..Request::default()
    };
    assert_eq!(world.names(&call("auto", looking.clone())), ["one/v/big", "two/big"]);
    assert_eq!(world.why(&call("auto", looking), "one/small"), "it does not look at pictures");

    let tool = Tool { name: "t".to_owned(), description: None, parameters: serde_json::json!({}), strict: None };
    let with_tools = Request { tools: vec![tool], ..saying("Hello.") };
    assert_eq!(world.names(&call("auto", with_tools.clone())), ["two/big", "own/small:8b"]);
    assert_eq!(world.why(&call("auto", with_tools.clone()), "one/v/big"), "it does not call tools this way");

    let past = ToolCall { id: "1".to_owned(), name: "t".to_owned(), arguments: "{}".to_owned() };
    let after_tools = Request {
        messages: vec![Message { tool_calls: vec![past], ..Message::text(Role::Assistant, "") }],
        ..Request::default()
    };
    assert_eq!(world.names(&call("auto", after_tools)), ["two/big", "own/small:8b"]);

    let forced = Request { tool_choice: Some(ToolChoice::Required), ..with_tools };
    assert_eq!(world.names(&call("auto", forced.clone())), ["own/small:8b"]);
    assert_eq!(world.why(&call("auto", forced), "two/big"), "it cannot be made to call a tool");

    let schema =
        Format::JsonSchema { name: "answer".to_owned(), schema: serde_json::json!({"type": "object"}), strict: true };
    let keeping = Request { format: schema, ..saying("Hello.") };
    // Natively, by JSON mode with the schema in words, and by a forced function.
    let kept = ["one/v/big", "two/big", "two/small", "own/small:8b"];
    assert_eq!(world.names(&call("auto", keeping.clone())), kept);
    assert_eq!(world.why(&call("auto", keeping), "one/small"), "it does not keep to a schema");

    let sound = Part::Other { kind: "input_audio".to_owned(), body: serde_json::json!({}) };
    let original =
        Original { dialect: DialectName::AnthropicMessages, body: serde_json::Map::new(), headers: Vec::new() };
    let foreign = Request {
        messages: vec![Message { parts: vec![sound], ..Message::text(Role::User, "") }],
        original: Some(original),
        ..Request::default()
    };
    assert_eq!(world.names(&call("auto", foreign.clone())), ["two/big", "two/small"]);
    assert_eq!(
        world.why(&call("auto", foreign), "one/small"),
        "the request holds parts that only the wire format anthropic_messages can say"
    );

    world.without_key = vec!["one".to_owned(), "own".to_owned()];
    assert_eq!(world.names(&call("small", saying("Hello."))), ["two/small", "own/small:8b"], "a key may be optional");
    assert_eq!(world.why(&call("small", saying("Hello.")), "one/small"), "no key: set ONE_KEY or OTHER_KEY");
}

#[test]
fn windows_and_lengths_are_kept() {
    let world = three();
    let long = saying(&"word ".repeat(3_000));
    assert_eq!(world.names(&call("small", long.clone())), ["one/small", "two/small"]);
    assert_eq!(
        world.why(&call("small", long.clone()), "own/small:8b"),
        "about 5008 tokens of input and 1000 of output do not fit into its window of 4000 tokens"
    );
    let longer = Request { max_output_tokens: Some(5_000), ..long.clone() };
    assert_eq!(world.names(&call("small", longer)), Vec::<String>::new());
    let counted = Need::of(&long, true).with_input_tokens(3_000);
    assert_eq!(world.choose(&call("small", long.clone()), &counted).candidates.len(), 3, "a count beats an estimate");
    let wordy = Request { max_output_tokens: Some(20_001), ..saying("Hello.") };
    assert_eq!(world.why(&call("big", wordy), "two/big"), "it answers with 20000 tokens at most, 20001 are asked for");
    let output = |request: Request| {
        let need = Need::of(&request, true);
        world.choose(&call("small", request), &need).candidates.first().unwrap().output_tokens
    };
    assert_eq!(output(Request { max_output_tokens: Some(7), ..saying("Hello.") }), 7);
    assert_eq!(output(long), 10_000 - 5_008, "what the window leaves, when nobody says less");
}

#[test]
fn money_keeps_away_what_may_cost_more_and_what_has_no_price() {
    let mut world = three();
    world.prices.0.remove("two/small");
    let request = Request { max_output_tokens: Some(1_000), ..saying("Hello.") };
    let usd = |text: &str| Usd::new(text.parse::<Decimal>().unwrap());
    let capped = |cap: &str| Call { cost_cap: Some(usd(cap)), ..call("auto", request.clone()) };
    assert_eq!(world.names(&call("auto", request.clone())).len(), 5, "without a cap a price need not be known");
    assert_eq!(world.names(&capped("0.01")), ["one/small", "own/small:8b"]);
    assert_eq!(world.names(&capped("0")), ["own/small:8b"], "what is free has a price: none");
    assert_eq!(world.why(&capped("1"), "two/small"), "its price is not known, and money is limited: set a price");
    assert_eq!(world.why(&capped("0.01"), "two/big"), "it may cost 0.02505 USD, and 0.01 USD are allowed");
    world.budget_left = Some(usd("0.001"));
    assert_eq!(world.names(&capped("0.01")), ["own/small:8b"], "the smaller of the two counts");
}

#[test]
fn what_fails_or_asked_to_wait_is_postponed_not_lost() {
    let world = three();
    let call = call("small", saying("Hello."));
    let need = Need::of(&call.request, true);
    world.fail("one", 5);
    let limited = Failure {
        retry_after: Some(Duration::from_secs(9)),
        ..Failure::new(FailureClass::RateLimit, "rate_limit", "words")
    };
    world.rate_limits.learn_failure(&world.key("two"), "small", &limited);
    let choice = world.choose(&call, &need);
    let postponed = |choice: &Choice| -> Vec<(String, u64)> {
        let later = choice.postponed.iter();
        later.map(|later| (later.candidate.name().to_owned(), later.wait.as_secs())).collect()
    };
    assert_eq!(choice.candidates.len(), 1);
    assert_eq!(postponed(&choice), [("two/small".to_owned(), 9), ("one/small".to_owned(), 60)]);
    assert_eq!(world.why(&call, "one/small"), "it failed, and is left alone for 60.0 s");
    assert_eq!(world.why(&call, "two/small"), "it asked to wait: 9.0 s to go");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.choose(&call, &need).candidates.len(), 3);
    let probe = world.breakers.admit(&world.key("one"));
    assert_eq!(postponed(&world.choose(&call, &need)), [("one/small".to_owned(), 1)]);
    drop(probe);
    assert_eq!(world.choose(&call, &need).candidates.len(), 3);
}

#[test]
fn timeouts_are_the_classes() {
    let world = three();
    let timeouts = |wanted: &str, stream| {
        let call = call(wanted, saying("Hello."));
        world.choose(&call, &Need::of(&call.request, stream)).candidates.first().unwrap().timeouts
    };
    let classes = world.settings.timeouts;
    assert_eq!(timeouts("fast", true), classes.of(ModelClass::Fast));
    assert_eq!(timeouts("coding", true), classes.of(ModelClass::Coding), "as asked, though the model reasons");
    assert_eq!(timeouts("big", true), classes.of(ModelClass::Reasoning), "the most patient of the model's own");
    assert_eq!(timeouts("own/unknown", true), classes.of(ModelClass::Reasoning));
    let whole = timeouts("fast", false);
    assert_eq!(whole.first_byte, whole.total, "a whole answer's head comes at its end");
}

#[test]
fn settings_that_name_what_there_is_not_are_refused_all_at_once() {
    let mut world = three();
    world.settings.provider_order = vec!["one".to_owned(), "twoo".to_owned()];
    world.settings.class_models = BTreeMap::from([(ModelClass::Fast, vec!["smaller".to_owned()])]);
    world.settings.weights = Weights { cost: 0.0, latency: 0.0, quality: 0.0 };
    let call = call("small", saying("Hello."));
    let error = world.try_choose(&call, &Need::of(&call.request, true)).unwrap_err();
    insta::assert_snapshot!(error);
}

#[test]
fn nothing_of_that_name_is_an_error_and_no_route_is_a_list_of_reasons() {
    let mut world = three();
    let unknown = call("smaller", saying("Hello."));
    let error = world.try_choose(&unknown, &Need::of(&unknown.request, true)).unwrap_err();
    assert_eq!(error.to_string(), "no model is named `smaller`: did you mean `small`?");
    world.without_key = vec!["one".to_owned(), "two".to_owned()];
    let call = call("big", saying("Hello."));
    let choice = world.choose(&call, &Need::of(&call.request, true));
    assert!(
        choice.candidates.is_empty() && choice.refused.iter().all(|refused| matches!(refused.why, Why::NoKey { .. }))
    );
    assert_eq!(
        choice.no_route().to_string(),
        "no route for big: two/big: no key is set up for it; one/v/big: no key is set up for it; \
         ask for another model, or the operator for what is missing"
    );
}
