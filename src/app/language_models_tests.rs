//! What the router says, as agents hear it.

use serde_json::json;

use super::*;
use crate::router::{account::Cost, failure::Failure, route::Refusal};

fn refused(kind: RefusalKind) -> Refusal {
    Refusal {
        route: "openai/gpt".to_owned(),
        reason: "it cannot".to_owned(),
        for_caller: "it cannot".to_owned(),
        kind,
        wait: None,
    }
}

fn no_route(kinds: &[RefusalKind]) -> NoReplyKind {
    let refused = kinds.iter().copied().map(refused).collect();
    no_reply(router::Error::NoRoute { asked: "coding".to_owned(), refused }).kind
}

#[test]
fn what_is_missing_decides_what_a_missing_route_means() {
    assert_eq!(no_route(&[]), NoReplyKind::NoProvider);
    assert_eq!(no_route(&[RefusalKind::Settings, RefusalKind::Time]), NoReplyKind::NoProvider);
    assert_eq!(no_route(&[RefusalKind::Request, RefusalKind::Request]), NoReplyKind::Question);
    assert_eq!(no_route(&[RefusalKind::Request, RefusalKind::Settings]), NoReplyKind::NoProvider);
    assert_eq!(no_route(&[RefusalKind::Settings, RefusalKind::Budget]), NoReplyKind::Budget);
}

#[test]
fn whose_fault_a_failure_is_decides_what_follows() {
    let kind = |class| {
        let failure = Failure::new(class, "code", "it failed");
        no_reply(router::Error::Failed { failure, attempts: Vec::new() }).kind
    };
    assert_eq!(kind(FailureClass::Caller), NoReplyKind::Question);
    assert_eq!(kind(FailureClass::ContentFilter), NoReplyKind::Question);
    for class in [FailureClass::Key, FailureClass::RateLimit, FailureClass::Overload] {
        assert_eq!(kind(class), NoReplyKind::NoProvider);
    }
}

#[test]
fn failed_attempts_count_with_their_money_and_their_tokens() {
    let attempt = |cents: i64, tokens: u64| Attempt {
        route: "openai/gpt".to_owned(),
        failed: None,
        duration_ms: 1,
        usage: Usage { fresh_input_tokens: tokens, output_tokens: 1, ..Usage::default() },
        cost: Cost { amount: Some(Usd::new(rust_decimal::Decimal::new(cents, 2))), ..Cost::default() },
        cost_not_believed: None,
    };
    let failure = Failure::new(FailureClass::Overload, "code", "it failed");
    let heard = no_reply(router::Error::Failed { failure, attempts: vec![attempt(1, 100), attempt(2, 20)] });
    assert_eq!(heard.cost, Usd::new(rust_decimal::Decimal::new(3, 2)));
    assert_eq!((heard.usage.fresh_input_tokens, heard.usage.output_tokens), (120, 2));
}

#[test]
fn a_reply_whose_tokens_nobody_counted_is_counted_by_its_length() {
    let reply = |usage| Reply {
        text: "ten bytes.".to_owned(),
        end: ReplyEnd::Complete,
        provider: "own".to_owned(),
        model: "own".to_owned(),
        usage,
        cost: None,
        attempts: 1,
    };
    let by_length = counted(reply(Usage::default()), 50).usage;
    assert_eq!((by_length.fresh_input_tokens, by_length.output_tokens), (50, 4));
    let told = Usage { output_tokens: 3, ..Usage::default() };
    assert_eq!(counted(reply(told), 50).usage, told);
}

#[test]
fn a_schema_is_strict_only_where_every_object_says_all() {
    let strict = json!({
        "type": "object",
        "properties": {"list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}},
            "required": ["a"], "additionalProperties": false}}},
        "required": ["list"],
        "additionalProperties": false,
    });
    assert!(can_be_strict(&strict));
    let mut open = strict.clone();
    open["additionalProperties"] = json!(true);
    assert!(!can_be_strict(&open));
    let mut optional = strict.clone();
    optional["required"] = json!([]);
    assert!(!can_be_strict(&optional));
    let mut free = strict;
    free["properties"]["list"]["items"] = json!({"type": "object"});
    assert!(!can_be_strict(&free));
}
