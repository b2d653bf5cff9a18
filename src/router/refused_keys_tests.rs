use super::*;
use crate::router::hand_clock::HandClock;

fn key(fingerprint: &str) -> BreakerKey {
    BreakerKey {
        provider: "first".to_owned(),
        base_url: "https://first.example.org".to_owned(),
        credential_fingerprint: fingerprint.to_owned(),
        model: None,
    }
}

fn refusal(status: u16) -> Failure {
    Failure { status: Some(status), ..Failure::new(FailureClass::Key, "refused", "refused") }
}

fn refused_keys() -> (RefusedKeys, HandClock) {
    let clock = HandClock::default();
    (RefusedKeys::new(clock.shared()), clock)
}

fn refuse(keys: &RefusedKeys, status: u16) {
    keys.learn_failure(&key("a"), "m", DialectName::OpenaiChat, &refusal(status));
}

fn wait_s(keys: &RefusedKeys) -> u64 {
    keys.passed_over(&key("a"), "m").map_or(0, |passed| passed.wait.as_secs())
}

#[test]
fn a_refused_key_is_passed_over_for_longer_each_time() {
    let (keys, clock) = refused_keys();
    for wait in [60, 120, 240, 480, 600, 600] {
        assert!(keys.admit(&key("a"), "m").is_ok());
        refuse(&keys, 401);
        assert_eq!(wait_s(&keys), wait);
        clock.advance(Duration::from_secs(wait - 1));
        let passed = keys.admit(&key("a"), "other").unwrap_err();
        assert_eq!((passed.wait.as_secs(), passed.status), (1, Some(401)));
        clock.advance(Duration::from_secs(1));
    }
    keys.accepted(&key("a"), "m");
    refuse(&keys, 401);
    assert_eq!(wait_s(&keys), 60, "a key that was good meanwhile begins anew");
}

#[test]
fn refusals_at_once_count_once() {
    let (keys, _clock) = refused_keys();
    for _ in 0..5 {
        refuse(&keys, 402);
    }
    assert_eq!(wait_s(&keys), 60);
}

#[test]
fn one_call_tries_it_and_the_next_when_nothing_is_heard_of_that() {
    let (keys, clock) = refused_keys();
    refuse(&keys, 401);
    clock.advance(FIRST_WAIT);
    assert!(keys.admit(&key("a"), "m").is_ok());
    assert!(keys.admit(&key("a"), "m").is_err(), "it is being tried");
    clock.advance(TRIAL);
    assert!(keys.admit(&key("a"), "m").is_ok());
    refuse(&keys, 401);
    assert_eq!(wait_s(&keys), 120);
}

#[test]
fn another_key_and_other_failures_are_not_touched() {
    let (keys, _clock) = refused_keys();
    refuse(&keys, 403);
    let short_of_money = Failure { message: "You requested up to 9 max_tokens".to_owned(), ..refusal(402) };
    keys.learn_failure(&key("a"), "m", DialectName::OpenaiChat, &short_of_money);
    let busy = Failure { status: Some(429), ..Failure::new(FailureClass::RateLimit, "slow", "slow") };
    keys.learn_failure(&key("a"), "m", DialectName::OpenaiChat, &busy);
    let malformed = Failure::new(FailureClass::Key, "malformed_key", "malformed");
    keys.learn_failure(&key("a"), "m", DialectName::OpenaiChat, &malformed);
    assert_eq!(wait_s(&keys), 0);
    refuse(&keys, 401);
    assert_eq!(keys.passed_over(&key("b"), "m"), None);
}

#[test]
fn what_is_of_one_model_is_kept_for_that_alone() {
    let (keys, _clock) = refused_keys();
    keys.learn_failure(&key("a"), "m", DialectName::Gigachat, &refusal(402));
    assert!(keys.passed_over(&key("a"), "m").is_some());
    assert_eq!(keys.passed_over(&key("a"), "other"), None);
    // A model that the catalogue does not list says nothing of the others.
    let unlisted = key("b").of_model("x");
    keys.learn_failure(&unlisted, "x", DialectName::OpenaiChat, &refusal(401));
    assert!(keys.passed_over(&unlisted, "x").is_some());
    assert_eq!(keys.passed_over(&key("b"), "m"), None);
    keys.learn_failure(&key("b"), "m", DialectName::OpenaiChat, &refusal(401));
    assert!(keys.passed_over(&key("b").of_model("y"), "y").is_some(), "a key that is refused is refused for all");
}
