use serde_json::json;

use super::*;
use crate::router::{
    call::{Caller, Wanted},
    completion::Choice,
    price::PriceTable,
    request::{Message, Request, Role},
    settings::{Currency, OwnPrice, PriceSettings},
};

fn call(extra: serde_json::Value) -> Call {
    let extra = extra.as_object().unwrap().clone();
    Call {
        request: Request { messages: vec![Message::text(Role::User, "Hello")], extra, ..Request::default() },
        wanted: Wanted::Auto,
        strategy: None,
        caller: Caller::local(),
        deadline: None,
        cost_cap: None,
        cache: false,
    }
}

/// One US dollar per million tokens of input, two of output.
fn price() -> Price {
    let row = OwnPrice {
        provider: "own".to_owned(),
        model: "gpt-4o".to_owned(),
        currency: Currency::Usd,
        input: 1.into(),
        output: 2.into(),
        cache_read: None,
        cache_write: None,
        since: None,
        source: None,
    };
    let table = PriceTable::load(&PriceSettings { rows: vec![row], ..PriceSettings::default() }).unwrap();
    table.price("own", "gpt-4o").unwrap().clone()
}

fn bill(price: Option<Price>) -> Bill {
    Bill {
        call: Arc::new(call(json!({}))),
        model: "gpt-4o".to_owned(),
        price,
        is_free: false,
        usage: None,
        provider_cost: None,
        cost_not_believed: None,
        output_most_tokens: 500,
        heard: String::new(),
        heard_beyond_bytes: 0,
    }
}

fn usd(text: &str) -> Usd {
    Usd::new(text.parse().unwrap())
}

const USAGE: Usage = Usage {
    fresh_input_tokens: 100,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 10,
    reasoning_tokens: 0,
};

#[test]
fn the_best_that_is_known_decides() {
    let mut told = bill(Some(price()));
    assert!(told.told().is_none(), "nothing is known yet");
    told.hear_usage(Some(USAGE), None);
    assert_eq!(told.told().unwrap().cost, Cost { amount: Some(usd("0.00012")), basis: CostBasis::Usage });
    told.hear_usage(None, Some(usd("0.5")));
    let spent = told.told().unwrap();
    assert_eq!(spent.cost, Cost { amount: Some(usd("0.5")), basis: CostBasis::Provider });
    assert_eq!(spent.usage, USAGE, "a later word does not take back an earlier one");

    assert_eq!(bill(None).told().unwrap().cost, Cost::default(), "without a price nothing has to be counted");
    let mut free = Bill { is_free: true, ..bill(None) };
    free.hear_usage(Some(USAGE), None);
    assert_eq!(free.told().unwrap().cost, Cost::FREE);
}

#[test]
fn a_cost_below_zero_is_noted_and_not_believed() {
    let mut told = bill(Some(price()));
    told.hear_usage(Some(USAGE), Some(usd("-3")));
    assert_eq!(told.told().unwrap().cost, Cost { amount: Some(usd("0.00012")), basis: CostBasis::Usage });
    assert_eq!(told.cost_not_believed(), Some(usd("-3")));
    told.hear_usage(None, Some(usd("0")));
    assert_eq!(told.told().unwrap().cost, Cost { amount: Some(usd("0")), basis: CostBasis::Provider });
}

/// Nobody knows how long an answer was that was cut off before any of it came.
#[test]
fn an_answer_that_nobody_saw_counts_as_long_as_it_may_have_become() {
    let spent = bill(Some(price())).counted(true);
    assert_eq!((spent.usage.fresh_input_tokens, spent.usage.output_tokens), (9, 500));
    assert_eq!(spent.cost, Cost { amount: Some(usd("0.001009")), basis: CostBasis::Estimate });
}

#[test]
fn what_was_heard_is_counted() {
    let mut heard = bill(Some(price()));
    let text = |text: &str| Delta::Text { choice: 0, text: text.to_owned() };
    let tool = Delta::ToolCall {
        choice: 0,
        index: 0,
        id: Some("not counted".to_owned()),
        name: Some("look".to_owned()),
        arguments: "{}".to_owned(),
    };
    let deltas = vec![text("Hel"), text("lo"), Delta::Reasoning { choice: 0, text: " world".to_owned() }, tool];
    heard.hear(&Piece { deltas, original: None });
    let spent = heard.counted(false);
    // Hello, world, look, {}.
    assert_eq!((spent.usage.fresh_input_tokens, spent.usage.output_tokens), (9, 4));
    assert_eq!(spent.cost, Cost { amount: Some(usd("0.000017")), basis: CostBasis::Estimate });
}

#[test]
fn a_whole_answer_is_heard_only_when_it_must_be_counted() {
    let choice = Choice { text: "Hello world".to_owned(), ..Choice::default() };
    let silent = Completion { choices: vec![choice], ..Completion::default() };
    let mut heard = bill(Some(price()));
    heard.hear_whole(&silent);
    assert_eq!((heard.told().is_none(), heard.counted(false).usage.output_tokens), (true, 2));

    let mut told = bill(Some(price()));
    told.hear_whole(&Completion { usage: Some(USAGE), ..silent });
    assert!(told.heard.is_empty());
}

/// Of an answer without an end, no more is kept than what can be counted.
#[test]
fn what_is_kept_is_bounded() {
    let mut heard = bill(Some(price()));
    let text = "ж".repeat(KEPT_BYTES / 2 - 1);
    for _ in 0..3 {
        let delta = Delta::Text { choice: 0, text: text.clone() };
        heard.hear(&Piece { deltas: vec![delta], original: None });
    }
    assert!(heard.heard.len() <= KEPT_BYTES);
    assert_eq!(heard.heard.len() as u64 + heard.heard_beyond_bytes, 3 * text.len() as u64);
}

#[test]
fn the_tier_that_is_asked_for_is_priced() {
    for (wanted, tier) in
        [("priority", ServiceTier::Priority), ("flex", ServiceTier::Flex), ("auto", ServiceTier::Standard)]
    {
        assert_eq!(super::tier(&call(json!({"service_tier": wanted}))), tier);
    }
    assert_eq!(super::tier(&call(json!({"service_tier": 7}))), ServiceTier::Standard);
}
