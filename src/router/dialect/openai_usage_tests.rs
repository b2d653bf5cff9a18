use proptest::prelude::*;
use serde_json::json;

use super::*;

fn usage(wire: &serde_json::Value) -> Option<Usage> {
    read(&wire.to_string()).usage
}

fn decimal(digits: &str) -> Decimal {
    digits.parse().unwrap()
}

#[test]
fn cached_tokens_are_taken_out_of_the_input() {
    // OpenAI, "Prompt caching".
    let wire = json!({
        "prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
        "prompt_tokens_details": { "cached_tokens": 1920, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": 128, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    });
    let expected = Usage {
        fresh_input_tokens: 86,
        cache_read_tokens: 1920,
        output_tokens: 300,
        reasoning_tokens: 128,
        ..Usage::default()
    };
    assert_eq!(usage(&wire), Some(expected));
    assert_eq!(expected.total_tokens(), 2306);
}

#[test]
fn every_vendor_names_its_cache_in_its_own_way() {
    let expected = Some(Usage { fresh_input_tokens: 20, cache_read_tokens: 70, output_tokens: 5, ..Usage::default() });
    let names = [
        ("DeepSeek", json!({ "prompt_cache_hit_tokens": 70, "prompt_cache_miss_tokens": 20 })),
        ("Moonshot", json!({ "cached_tokens": 70 })),
        ("OpenAI", json!({ "prompt_tokens_details": { "cached_tokens": 70 } })),
    ];
    for (vendor, more) in names {
        let mut wire = json!({ "prompt_tokens": 90, "completion_tokens": 5, "total_tokens": 95 });
        wire.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(usage(&wire), expected, "{vendor}");
    }
    let written = json!({
        "prompt_tokens": 90, "completion_tokens": 5,
        "prompt_tokens_details": { "cached_tokens": 30, "cache_write_tokens": 40 },
    });
    let read = usage(&written).unwrap();
    assert_eq!((read.fresh_input_tokens, read.cache_read_tokens, read.cache_write_tokens), (20, 30, 40));
}

#[test]
fn responses_are_counted_alike() {
    let wire = json!({
        "input_tokens": 328, "input_tokens_details": { "cached_tokens": 28 },
        "output_tokens": 52, "output_tokens_details": { "reasoning_tokens": 12 }, "total_tokens": 380,
    });
    let expected = Usage {
        fresh_input_tokens: 300,
        cache_read_tokens: 28,
        output_tokens: 52,
        reasoning_tokens: 12,
        ..Usage::default()
    };
    assert_eq!(usage(&wire), Some(expected));
}

#[test]
fn reasoning_that_a_vendor_counts_beside_the_output_is_added() {
    let wire = json!({
        "prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135,
        "completion_tokens_details": { "reasoning_tokens": 94 },
    });
    let read = usage(&wire).unwrap();
    assert_eq!((read.output_tokens, read.reasoning_tokens, read.total_tokens()), (103, 94, 135));
}

#[test]
fn a_count_that_is_left_out_follows_from_the_total() {
    let read = usage(&json!({ "prompt_tokens": 10, "total_tokens": 30 })).unwrap();
    assert_eq!((read.fresh_input_tokens, read.output_tokens), (10, 20));
}

#[test]
fn what_counts_nothing_says_nothing() {
    for wire in [json!({}), json!(null), json!("many"), json!([1]), json!({ "prompt_tokens": {} }), json!({ "x": 1 })] {
        assert_eq!(read(&wire.to_string()), Counted::default(), "{wire}");
    }
    assert_eq!(read("{\"prompt_tokens\":"), Counted::default());
}

#[test]
fn odd_numbers_are_read_as_far_as_they_go() {
    let read = usage(&json!({ "prompt_tokens": "12", "completion_tokens": 3.0, "total_tokens": -1 })).unwrap();
    assert_eq!((read.fresh_input_tokens, read.output_tokens), (12, 3));
    let more_cached_than_there_is = json!({
        "prompt_tokens": 10, "completion_tokens": u64::MAX, "prompt_tokens_details": { "cached_tokens": u64::MAX },
    });
    assert_eq!(usage(&more_cached_than_there_is).unwrap().fresh_input_tokens, 0);
}

#[test]
fn a_price_is_read_digit_by_digit() {
    let cost = |digits: &str| read(&format!("{{\"prompt_tokens\":1,\"cost\":{digits}}}")).cost;
    let read_as = [
        ("0.00014", decimal("0.00014")),
        ("0.1", decimal("0.1")),
        ("1.5e-07", decimal("0.00000015")),
        ("2E1", decimal("20")),
        ("\"0.0021\"", decimal("0.0021")),
        ("0.1234567890123456789012345678", decimal("0.1234567890123456789012345678")),
        ("0", decimal("0")),
    ];
    for (digits, amount) in read_as {
        assert_eq!(cost(digits), Some(Usd::new(amount)), "{digits}");
    }
    assert_eq!(cost("-0.1"), Some(Usd::new(decimal("-0.1"))), "to be told of, not to be believed");
    for digits in ["\"free\"", "null", "{\"total_cost\":1}", "1e999", "true"] {
        assert_eq!(cost(digits), None, "{digits}");
    }
}

#[test]
fn a_model_paid_with_a_key_of_ones_own_costs_its_price_and_the_fee() {
    let wire = |is_byok: bool| {
        let wire = json!({
            "prompt_tokens": 1, "completion_tokens": 1, "cost": 0.0005, "is_byok": is_byok,
            "cost_details": { "upstream_inference_cost": 0.01 },
        });
        read(&wire.to_string()).cost
    };
    assert_eq!(wire(true), Some(Usd::new(decimal("0.0105"))));
    assert_eq!(wire(false), Some(Usd::new(decimal("0.0005"))));
}

proptest! {
    #[test]
    fn no_token_is_counted_twice(prompt: u32, cached: u32, written: u32, output: u32, reasoning: u32) {
        let wire = json!({
            "prompt_tokens": prompt, "completion_tokens": output,
            "prompt_tokens_details": { "cached_tokens": cached.min(prompt) },
            "cache_creation_input_tokens": written.min(prompt - cached.min(prompt)),
            "completion_tokens_details": { "reasoning_tokens": reasoning },
        });
        let read = usage(&wire).unwrap();
        prop_assert_eq!(read.input_tokens(), u64::from(prompt));
        prop_assert_eq!(read.output_tokens, u64::from(output));
        prop_assert!(read.reasoning_tokens <= read.output_tokens);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,80}") {
        let _ = read(&text);
        let _ = read(&format!("{{\"prompt_tokens\":{text},\"cost\":{text}}}"));
    }
}
