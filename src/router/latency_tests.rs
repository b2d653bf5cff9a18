use std::time::Duration;

use super::{super::hand_clock::HandClock, HALF_LIFE, Latencies};

const fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

fn latencies() -> (Latencies, HandClock) {
    let clock = HandClock::default();
    (Latencies::new(clock.shared()), clock)
}

fn first_piece_ms(latencies: &Latencies) -> Option<f64> {
    latencies.speed("acme/one")?.first_piece_ms
}

fn is_near(left: Option<f64>, right: f64) -> bool {
    left.is_some_and(|left| (left - right).abs() < 1e-6 * right)
}

#[test]
fn equal_weights_make_a_plain_mean() {
    let (latencies, _) = latencies();
    latencies.note_stream("acme/one", ms(100), 0, ms(0));
    latencies.note_stream("acme/one", ms(300), 0, ms(0));
    assert!(is_near(first_piece_ms(&latencies), 200.0));
}

#[test]
fn a_measurement_of_a_half_life_ago_weighs_half() {
    let (latencies, clock) = latencies();
    latencies.note_stream("acme/one", ms(900), 0, ms(0));
    clock.advance(HALF_LIFE);
    latencies.note_stream("acme/one", ms(300), 0, ms(0));
    // (900 / 2 + 300) / (1 / 2 + 1)
    assert!(is_near(first_piece_ms(&latencies), 500.0), "{:?}", first_piece_ms(&latencies));
}

#[test]
fn time_alone_changes_no_mean_but_ends_it() {
    let (latencies, clock) = latencies();
    latencies.note_stream("acme/one", ms(250), 0, ms(0));
    clock.advance(HALF_LIFE * 3);
    assert!(is_near(first_piece_ms(&latencies), 250.0));
    clock.advance(HALF_LIFE);
    assert_eq!(first_piece_ms(&latencies), None, "a sixteenth of a measurement is none");
}

#[test]
fn a_stream_is_expected_by_its_first_piece_and_a_whole_answer_by_its_end() {
    let (latencies, _) = latencies();
    latencies.note_stream("acme/one", ms(400), 500, ms(5_000));
    let speed = latencies.speed("acme/one").unwrap();
    assert!(is_near(speed.tokens_per_second, 100.0));
    assert!(is_near(speed.expected_ms(200, true), 400.0));
    assert!(is_near(speed.expected_ms(200, false), 2_400.0));
}

#[test]
fn a_whole_answer_says_nothing_of_first_pieces() {
    let (latencies, _) = latencies();
    latencies.note_whole("acme/one", ms(4_000), 200);
    let speed = latencies.speed("acme/one").unwrap();
    assert_eq!(speed.expected_ms(100, true), None);
    assert!(is_near(speed.expected_ms(100, false), 2_000.0));
}

#[test]
fn a_burst_says_nothing_of_a_rate() {
    let (latencies, _) = latencies();
    latencies.note_stream("acme/one", ms(100), 5, ms(1_000));
    latencies.note_stream("acme/one", ms(100), 500, ms(3));
    latencies.note_whole("acme/one", ms(0), 500);
    let speed = latencies.speed("acme/one").unwrap();
    assert_eq!((speed.tokens_per_second, speed.whole_tokens_per_second), (None, None));
}

#[test]
fn routes_are_apart() {
    let (latencies, _) = latencies();
    latencies.note_stream("acme/one", ms(100), 0, ms(0));
    assert_eq!(latencies.speed("acme/two"), None);
}
