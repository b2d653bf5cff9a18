use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{super::hand_clock::HandClock, Limited, RateLimits, go_duration, wait};
use crate::{
    domain::clock::Timestamp,
    router::{
        breaker::BreakerKey,
        failure::{Failure, FailureClass},
        hand_clock::START,
    },
};

fn key() -> BreakerKey {
    BreakerKey {
        provider: "acme".to_owned(),
        base_url: "https://api.example.org/v1".to_owned(),
        credential_fingerprint: "0123".to_owned(),
        model: None,
    }
}

fn limits() -> (RateLimits, HandClock) {
    let clock = HandClock::default();
    (RateLimits::new(clock.shared()), clock)
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs =
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    pairs.collect()
}

fn wait_of(limits: &RateLimits, input_tokens: u64) -> Option<Duration> {
    limits.limited(&key(), "one", input_tokens).map(|limited| limited.wait)
}

fn failure(class: FailureClass, retry_after: Option<u64>) -> Failure {
    Failure { retry_after: retry_after.map(Duration::from_secs), ..Failure::new(class, "code", "words") }
}

#[test]
fn durations_are_read_as_go_writes_them() {
    for (text, ms) in [
        ("12ms", Some(12)),
        ("6m0s", Some(360_000)),
        ("2m59.56s", Some(179_560)),
        ("7.66s", Some(7_660)),
        ("1h2m3.5s", Some(3_723_500)),
        ("1500µs", Some(1)),
        ("0s", Some(0)),
        ("", None),
        ("s", None),
        ("5", None),
        ("-5s", None),
        ("1.2.3s", None),
        ("5 s", None),
        ("9d", None),
        ("99999999999999999999999999h", None),
    ] {
        assert_eq!(go_duration(text).map(|read| u64::try_from(read.as_millis()).unwrap()), ms, "{text}");
    }
}

#[test]
fn resets_are_read_in_every_form() {
    for (text, seconds) in [
        ("30", Some(30.0)),
        ("0.5", Some(0.5)),
        ("1m30s", Some(90.0)),
        // Unix times: 90 s from now in milliseconds and in seconds, and one that has passed.
        ("1795262490000", Some(90.0)),
        ("1795262490", Some(90.0)),
        ("1795262300", Some(0.0)),
        ("2026-11-21T12:01:30Z", Some(90.0)),
        ("2026-11-21T15:01:30+03:00", Some(90.0)),
        ("2026-11-21T11:00:00Z", Some(0.0)),
        // No more than a day is believed.
        ("9999h", Some(86_400.0)),
        ("-1", None),
        ("NaN", None),
        ("soon", None),
    ] {
        assert_eq!(wait(text, START).map(|read| read.as_secs_f64()), seconds, "{text}");
    }
    assert_eq!(wait("1795262490", Timestamp(0)), Some(Duration::from_hours(24)));
}

#[test]
fn a_used_up_limit_on_requests_blocks_until_one_is_free_again() {
    let (limits, clock) = limits();
    // Sixty in a minute, evenly: one a second.
    limits.learn(
        &key(),
        "one",
        &headers(&[
            ("x-ratelimit-limit-requests", "60"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "1m0s"),
        ]),
    );
    assert_eq!(
        limits.limited(&key(), "one", 10),
        Some(Limited { wait: Duration::from_secs(1), limit: "its limit on requests is used up" })
    );
    clock.advance(Duration::from_secs(1));
    assert_eq!(wait_of(&limits, 10), None);
    assert_eq!(limits.limited(&key(), "two", 10), None, "limits are per model");
    let other = BreakerKey { credential_fingerprint: "4567".to_owned(), ..key() };
    assert_eq!(limits.limited(&other, "one", 10), None, "and per key");
}

#[test]
fn a_limit_on_tokens_blocks_what_is_too_large_for_it_yet() {
    let (limits, clock) = limits();
    // Half of the bucket is left, the other half comes in 30 s.
    limits.learn(
        &key(),
        "one",
        &headers(&[
            ("x-ratelimit-limit-tokens", "6000"),
            ("x-ratelimit-remaining-tokens", "3000"),
            ("x-ratelimit-reset-tokens", "30s"),
        ]),
    );
    assert_eq!(wait_of(&limits, 3_000), None);
    assert_eq!(wait_of(&limits, 4_000), Some(Duration::from_secs(10)));
    assert_eq!(wait_of(&limits, 6_000), Some(Duration::from_secs(30)));
    assert_eq!(wait_of(&limits, 6_001), None, "it would never come: the provider decides");
    clock.advance(Duration::from_secs(10));
    assert_eq!(wait_of(&limits, 4_000), None);
}

#[test]
fn anthropics_four_limits_are_read() {
    for (kind, sentence) in [
        ("requests", "its limit on requests is used up"),
        ("tokens", "its limit on tokens leaves too few"),
        ("input-tokens", "its limit on tokens of input leaves too few"),
        ("output-tokens", "its limit on tokens of output is used up"),
    ] {
        let (limits, _) = limits();
        let mut headers = HeaderMap::new();
        for (part, value) in [("limit", "100"), ("remaining", "0"), ("reset", "2026-11-21T12:01:40Z")] {
            let name = format!("anthropic-ratelimit-{kind}-{part}");
            headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value));
        }
        limits.learn(&key(), "one", &headers);
        let limited = limits.limited(&key(), "one", 1).unwrap();
        assert_eq!(limited, Limited { wait: Duration::from_secs(1), limit: sentence });
    }
}

#[test]
fn openrouters_limit_is_read() {
    let (limits, _) = limits();
    limits.learn(
        &key(),
        "one",
        &headers(&[
            ("x-ratelimit-limit", "20"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795262460000"),
        ]),
    );
    assert_eq!(wait_of(&limits, 1), Some(Duration::from_secs(3)));
}

#[test]
fn figures_that_say_nothing_block_nothing() {
    for (limit, remaining, reset) in [
        ("-1", "-1", "0s"),
        ("0", "0", "1m0s"),
        ("-1", "0", "1m0s"),
        ("60", "-1", "1m0s"),
        ("60", "0", "soon"),
        ("many", "0", "1m0s"),
        ("60", "0.5", "1m0s"),
        ("99999999999999999999", "0", "1m0s"),
    ] {
        let (limits, _) = limits();
        limits.learn(
            &key(),
            "one",
            &headers(&[
                ("x-ratelimit-limit-requests", limit),
                ("x-ratelimit-remaining-requests", remaining),
                ("x-ratelimit-reset-requests", reset),
            ]),
        );
        assert_eq!(wait_of(&limits, 1), None, "{limit} {remaining} {reset}");
    }
}

#[test]
fn a_refusal_blocks_until_the_time_that_it_tells() {
    let (limits, clock) = limits();
    limits.learn_failure(&key(), "one", &failure(FailureClass::RateLimit, Some(7)));
    assert_eq!(
        limits.limited(&key(), "one", 1),
        Some(Limited { wait: Duration::from_secs(7), limit: "it asked to wait" })
    );
    limits.learn_failure(&key(), "one", &failure(FailureClass::RateLimit, Some(3)));
    assert_eq!(wait_of(&limits, 1), Some(Duration::from_secs(7)), "the later time counts");
    clock.advance(Duration::from_secs(7));
    assert_eq!(wait_of(&limits, 1), None);
}

#[test]
fn who_tells_no_time_is_left_alone_for_a_moment_or_not_at_all() {
    for (class, retry_after, waits) in [
        (FailureClass::RateLimit, None, Some(2)),
        (FailureClass::Overload, Some(30), Some(30)),
        (FailureClass::Overload, None, None),
        (FailureClass::Key, Some(30), None),
        (FailureClass::Caller, Some(30), None),
        (FailureClass::ContentFilter, None, None),
        (FailureClass::RateLimit, Some(1_000_000), Some(86_400)),
    ] {
        let (limits, _) = limits();
        limits.learn_failure(&key(), "one", &failure(class, retry_after));
        assert_eq!(wait_of(&limits, 1), waits.map(Duration::from_secs), "{class:?} {retry_after:?}");
    }
}
