use super::*;
use crate::router::{
    account::{AttemptFailure, Cost, CostBasis},
    failure::FailureClass,
};

fn attempt(route: &str, failed: Option<FailureClass>, usd: Option<&str>) -> Attempt {
    Attempt {
        route: route.to_owned(),
        failed: failed.map(|class| AttemptFailure { class, status: Some(500), code: None }),
        duration_ms: 20,
        usage: Usage::default(),
        cost: Cost { amount: usd.map(|usd| Usd::new(usd.parse().unwrap())), basis: CostBasis::Usage },
        cost_not_believed: None,
    }
}

fn figures(meters: &Meters, name: &str) -> Vec<String> {
    let text = meters.text();
    let mut lines: Vec<_> = text.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_call_is_counted_by_its_routes() {
    let meters = Meters::new([("groq", "llama"), ("openai", "gpt")]);
    let billed = Usage { fresh_input_tokens: 2, ..Usage::default() };
    let usage = Usage {
        fresh_input_tokens: 7,
        cache_read_tokens: 3,
        output_tokens: 9,
        reasoning_tokens: 4,
        ..Usage::default()
    };
    let account = Account {
        attempts: vec![
            Attempt { usage: billed, ..attempt("groq/llama", Some(FailureClass::Overload), Some("0.0000001")) },
            Attempt { usage, ..attempt("openai/gpt", None, Some("0.00012345")) },
        ],
        provider_ms: 30.0,
        first_piece_ms: Some(12.0),
        ..Account::default()
    };
    meters.answered(Endpoint::Chat, &account, 30.25);
    meters.ended(&account, CallEnd::Answered);
    let mut lines = figures(&meters, "samokoder_");
    lines.retain(|line| !line.ends_with(" 0") && !line.contains("_bucket"));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    samokoder_attempt_duration_seconds_count{provider="groq",model="llama"} 1
    samokoder_attempt_duration_seconds_count{provider="openai",model="gpt"} 1
    samokoder_attempt_duration_seconds_sum{provider="groq",model="llama"} 0.02
    samokoder_attempt_duration_seconds_sum{provider="openai",model="gpt"} 0.02
    samokoder_attempts_total{provider="groq",model="llama",outcome="overload"} 1
    samokoder_attempts_total{provider="openai",model="gpt",outcome="answered"} 1
    samokoder_cost_nano_usd_total{provider="groq",model="llama"} 100
    samokoder_cost_nano_usd_total{provider="openai",model="gpt"} 123450
    samokoder_overhead_seconds_count{endpoint="chat_completions"} 1
    samokoder_overhead_seconds_sum{endpoint="chat_completions"} 0.00025
    samokoder_request_duration_seconds_count{endpoint="chat_completions"} 1
    samokoder_request_duration_seconds_sum{endpoint="chat_completions"} 0.03025
    samokoder_time_to_first_token_seconds_count{provider="openai",model="gpt"} 1
    samokoder_time_to_first_token_seconds_sum{provider="openai",model="gpt"} 0.012
    samokoder_tokens_total{provider="groq",model="llama",kind="input"} 2
    samokoder_tokens_total{provider="openai",model="gpt",kind="cache_read"} 3
    samokoder_tokens_total{provider="openai",model="gpt",kind="input"} 7
    samokoder_tokens_total{provider="openai",model="gpt",kind="output"} 5
    samokoder_tokens_total{provider="openai",model="gpt",kind="reasoning"} 4
    "#);
}

#[test]
fn what_the_catalogue_does_not_know_shares_one_series() {
    let meters = Meters::new([("openai", "gpt")]);
    for route in ["openai/x1", "openai/x2/y", "evil/one", "evil", ""] {
        meters.attempted(&attempt(route, None, None));
    }
    let mut lines = figures(&meters, "samokoder_attempts_total");
    lines.retain(|line| !line.ends_with(" 0"));
    assert_eq!(
        lines,
        [
            r#"samokoder_attempts_total{provider="openai",model="other",outcome="answered"} 2"#,
            r#"samokoder_attempts_total{provider="other",model="other",outcome="answered"} 3"#,
        ]
    );
}

#[test]
fn a_request_is_in_flight_until_it_goes() {
    let meters = Meters::new([]);
    let request = InFlight::begin(&meters);
    assert_eq!(figures(&meters, names::IN_FLIGHT), ["samokoder_requests_in_flight 1"]);
    drop(request);
    assert_eq!(figures(&meters, names::IN_FLIGHT), ["samokoder_requests_in_flight 0"]);
}

#[test]
fn money_is_counted_to_the_billionth() {
    for (usd, nano) in [("0", 0), ("1", 1_000_000_000), ("0.0000000015", 2), ("0.00000015", 150), ("-1", 0)] {
        assert_eq!(nano_usd(Usd::new(usd.parse().unwrap())), nano, "{usd}");
    }
}

#[test]
fn each_outcome_has_its_series() {
    let meters = Meters::new([("openai", "gpt")]);
    let cut_off = |code: &str, status| {
        let failed = AttemptFailure { class: FailureClass::Overload, status, code: Some(code.to_owned()) };
        Attempt { failed: Some(failed), ..attempt("openai/gpt", None, None) }
    };
    let classes = [
        FailureClass::Caller,
        FailureClass::Key,
        FailureClass::RateLimit,
        FailureClass::Overload,
        FailureClass::ContentFilter,
    ];
    for class in classes {
        meters.attempted(&attempt("openai/gpt", Some(class), None));
    }
    // Our own ends are no fault of the provider's; its own words for its faults do not make them so.
    for (code, status) in [("abandoned", None), ("deadline", None), ("deadline", Some(504))] {
        meters.attempted(&cut_off(code, status));
    }
    meters.attempted(&attempt("openai/gpt", None, None));
    let lines = figures(&meters, "samokoder_attempts_total");
    let counted = lines.iter().map(|line| {
        let (_, rest) = line.split_once("outcome=\"").unwrap();
        rest.replace("\"}", "")
    });
    assert_eq!(
        counted.collect::<Vec<_>>(),
        [
            "abandoned 1",
            "answered 1",
            "caller 1",
            "content_filter 1",
            "deadline 1",
            "key 1",
            "overload 2",
            "rate_limit 1"
        ]
    );
}
