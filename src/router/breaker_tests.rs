use std::{
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use super::{
    super::hand_clock::HandClock, Admission, BREAKERS_MAX, BreakerKey, Breakers, Health, Permit, UNLISTED_MAX,
};
use crate::router::{failure::FailureClass, settings::BreakerSettings};

fn key(credential: &str) -> BreakerKey {
    BreakerKey {
        provider: "acme".to_owned(),
        base_url: "https://api.example.org/v1".to_owned(),
        credential_fingerprint: credential.to_owned(),
        model: None,
    }
}

fn breakers() -> (Breakers, HandClock) {
    let clock = HandClock::default();
    (Breakers::new(BreakerSettings::default(), clock.shared()), clock)
}

fn admitted(breakers: &Breakers, key: &BreakerKey) -> Permit {
    match breakers.admit(key) {
        Admission::Admitted(permit) => permit,
        Admission::Refused { retry_after } => panic!("refused for {retry_after:?}"),
    }
}

fn refused(breakers: &Breakers, key: &BreakerKey) -> Duration {
    match breakers.admit(key) {
        Admission::Admitted(permit) => panic!("admitted: {permit:?}"),
        Admission::Refused { retry_after } => retry_after,
    }
}

fn fail(breakers: &Breakers, key: &BreakerKey, times: usize) {
    for _ in 0..times {
        admitted(breakers, key).failed(FailureClass::Overload);
    }
}

const OPEN: Duration = Duration::from_secs(60);

#[test]
fn the_fifth_failure_in_a_row_opens_for_a_minute() {
    let (breakers, clock) = breakers();
    fail(&breakers, &key("a"), 4);
    assert_eq!(breakers.health(&key("a")), Health::Closed);
    fail(&breakers, &key("a"), 1);
    assert_eq!(breakers.health(&key("a")), Health::Open { retry_after: OPEN });
    assert_eq!(refused(&breakers, &key("a")), OPEN);
    clock.advance(Duration::from_millis(59_999));
    assert_eq!(refused(&breakers, &key("a")), Duration::from_millis(1));
    clock.advance(Duration::from_millis(1));
    assert_eq!(breakers.health(&key("a")), Health::ProbeDue);
    assert!(admitted(&breakers, &key("a")).is_probe());
}

#[test]
fn a_success_begins_the_row_again() {
    let (breakers, _) = breakers();
    fail(&breakers, &key("a"), 4);
    admitted(&breakers, &key("a")).succeeded();
    fail(&breakers, &key("a"), 4);
    assert_eq!(breakers.health(&key("a")), Health::Closed);
}

#[test]
fn a_probe_that_succeeds_closes() {
    let (breakers, clock) = breakers();
    fail(&breakers, &key("a"), 5);
    clock.advance(OPEN);
    admitted(&breakers, &key("a")).succeeded();
    assert_eq!(breakers.health(&key("a")), Health::Closed);
    fail(&breakers, &key("a"), 4);
    assert_eq!(breakers.health(&key("a")), Health::Closed, "the row begins again too");
}

#[test]
fn a_probe_that_fails_opens_for_another_minute_and_lets_one_more_probe_after_it() {
    let (breakers, clock) = breakers();
    fail(&breakers, &key("a"), 5);
    for _ in 0..3 {
        clock.advance(OPEN);
        let probe = admitted(&breakers, &key("a"));
        assert!(probe.is_probe());
        assert_eq!(breakers.health(&key("a")), Health::Probing);
        assert_eq!(refused(&breakers, &key("a")), Duration::from_secs(1));
        probe.failed(FailureClass::Overload);
        assert_eq!(breakers.health(&key("a")), Health::Open { retry_after: OPEN });
    }
}

#[test]
fn a_probe_that_is_dropped_frees_its_place() {
    let (breakers, clock) = breakers();
    fail(&breakers, &key("a"), 5);
    clock.advance(OPEN);
    drop(admitted(&breakers, &key("a")));
    assert_eq!(breakers.health(&key("a")), Health::ProbeDue);
    assert!(admitted(&breakers, &key("a")).is_probe());
}

#[tokio::test]
async fn a_probe_whose_call_is_cancelled_frees_its_place() {
    let (breakers, clock) = breakers();
    fail(&breakers, &key("a"), 5);
    clock.advance(OPEN);
    let probe = admitted(&breakers, &key("a"));
    let call = async move {
        std::future::pending::<()>().await;
        probe.succeeded();
    };
    let mut running = Box::pin(call);
    assert!(futures::poll!(&mut running).is_pending());
    assert_eq!(breakers.health(&key("a")), Health::Probing);
    drop(running);
    assert_eq!(breakers.health(&key("a")), Health::ProbeDue);
}

#[test]
fn only_overloads_count() {
    let (breakers, _) = breakers();
    let harmless = [FailureClass::Caller, FailureClass::Key, FailureClass::RateLimit, FailureClass::ContentFilter];
    for class in harmless {
        for _ in 0..20 {
            admitted(&breakers, &key("a")).failed(class);
        }
        assert_eq!(breakers.health(&key("a")), Health::Closed, "{class:?}");
    }
    assert_eq!(breakers.states(), []);
}

#[test]
fn a_limit_on_requests_between_overloads_does_not_break_their_row() {
    let (breakers, _) = breakers();
    fail(&breakers, &key("a"), 4);
    admitted(&breakers, &key("a")).failed(FailureClass::RateLimit);
    fail(&breakers, &key("a"), 1);
    assert_eq!(breakers.health(&key("a")), Health::Open { retry_after: OPEN });
}

#[test]
fn a_probe_that_is_answered_with_a_refusal_closes() {
    for class in [FailureClass::Caller, FailureClass::Key, FailureClass::RateLimit, FailureClass::ContentFilter] {
        let (breakers, clock) = breakers();
        fail(&breakers, &key("a"), 5);
        clock.advance(OPEN);
        admitted(&breakers, &key("a")).failed(class);
        assert_eq!(breakers.health(&key("a")), Health::Closed, "{class:?}");
    }
}

#[test]
fn one_key_does_not_close_a_provider_to_others() {
    let (breakers, _) = breakers();
    fail(&breakers, &key("bad"), 5);
    assert_eq!(breakers.health(&key("bad")), Health::Open { retry_after: OPEN });
    assert_eq!(breakers.health(&key("good")), Health::Closed);
    let elsewhere = BreakerKey { base_url: "https://other.example.org".to_owned(), ..key("bad") };
    assert_eq!(breakers.health(&elsewhere), Health::Closed);
}

#[test]
fn what_began_before_it_opened_changes_nothing_after() {
    let (breakers, clock) = breakers();
    let early = admitted(&breakers, &key("a"));
    let late = admitted(&breakers, &key("a"));
    fail(&breakers, &key("a"), 5);
    early.succeeded();
    assert_eq!(breakers.health(&key("a")), Health::Open { retry_after: OPEN });
    clock.advance(OPEN);
    let probe = admitted(&breakers, &key("a"));
    late.failed(FailureClass::Overload);
    assert_eq!(breakers.health(&key("a")), Health::Probing, "the probe alone decides");
    probe.succeeded();
    assert_eq!(breakers.health(&key("a")), Health::Closed);
}

#[test]
fn of_many_at_once_one_is_the_probe() {
    const CALLS: usize = 64;
    for _ in 0..20 {
        let (breakers, clock) = breakers();
        fail(&breakers, &key("a"), 5);
        clock.advance(OPEN);
        let barrier = Arc::new(Barrier::new(CALLS));
        let calls: Vec<_> = (0..CALLS)
            .map(|_| {
                let (breakers, barrier) = (breakers.clone(), Arc::clone(&barrier));
                thread::spawn(move || {
                    barrier.wait();
                    breakers.admit(&key("a"))
                })
            })
            .collect();
        let admissions: Vec<_> = calls.into_iter().map(|call| call.join().unwrap()).collect();
        let admitted = admissions.iter().filter(|admission| matches!(admission, Admission::Admitted(_))).count();
        assert_eq!(admitted, 1);
    }
}

#[test]
fn memory_is_bounded_and_quiet_breakers_are_forgotten() {
    let (breakers, clock) = breakers();
    for number in 0..BREAKERS_MAX * 2 {
        fail(&breakers, &key(&number.to_string()), 1);
    }
    assert!(breakers.states().len() <= BREAKERS_MAX);
    clock.advance(Duration::from_hours(1));
    assert_eq!(breakers.states(), []);
}

#[test]
fn a_breaker_of_one_failure_opens_at_once() {
    let clock = HandClock::default();
    let settings = BreakerSettings { failures: 1, open_for: Duration::from_secs(5) };
    let breakers = Breakers::new(settings, clock.shared());
    fail(&breakers, &key("a"), 1);
    assert_eq!(breakers.states(), [(key("a"), Health::Open { retry_after: Duration::from_secs(5) })]);
}

#[test]
fn a_model_that_is_not_listed_has_a_breaker_of_its_own() {
    let (breakers, clock) = breakers();
    let (shared, unlisted) = (key("k"), key("k").of_model("made-up"));
    fail(&breakers, &unlisted, 5);
    assert!(matches!(breakers.health(&unlisted), Health::Open { .. }));
    assert_eq!(breakers.health(&shared), Health::Closed);
    assert_eq!(breakers.health(&key("k").of_model("other")), Health::Closed);
    assert!(breakers.states().is_empty(), "it is no state of the provider");
    fail(&breakers, &shared, 5);
    assert!(
        matches!(breakers.health(&key("k").of_model("other")), Health::Open { .. }),
        "the provider is down for all"
    );
    clock.advance(Duration::from_secs(60));
    assert_eq!(breakers.health(&key("k").of_model("other")), Health::Closed);
    assert_eq!(breakers.health(&shared), Health::ProbeDue);
}

#[test]
fn names_that_are_made_up_push_no_provider_out() {
    let (breakers, _clock) = breakers();
    fail(&breakers, &key("k"), 5);
    for number in 0..2 * BREAKERS_MAX {
        fail(&breakers, &key("other").of_model(&number.to_string()), 1);
    }
    assert!(matches!(breakers.health(&key("k")), Health::Open { .. }));
    assert!(breakers.shared.lock().unlisted.len() <= UNLISTED_MAX);
}
