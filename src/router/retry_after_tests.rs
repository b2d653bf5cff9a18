use http::HeaderValue;
use proptest::prelude::*;

use super::*;

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
/// The same time.
const NOW: Timestamp = Timestamp(784_111_777_000);
/// A clock that is off.
const LATER: Timestamp = Timestamp(784_198_177_000);

fn wait(headers: &[(&'static str, &str)], now: Timestamp) -> Option<Duration> {
    let headers = headers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    retry_after(&headers.collect(), now)
}

#[test]
fn seconds_are_read_with_or_without_a_fraction() {
    assert_eq!(wait(&[("retry-after", "2")], NOW), Some(Duration::from_secs(2)));
    assert_eq!(wait(&[("retry-after", " 0.5 ")], NOW), Some(Duration::from_millis(500)));
    assert_eq!(wait(&[("retry-after", "0")], NOW), Some(Duration::ZERO));
}

#[test]
fn milliseconds_go_before_seconds() {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        assert_eq!(wait(&[(name, "1500"), ("retry-after", "2")], NOW), Some(Duration::from_millis(1500)), "{name}");
        assert_eq!(wait(&[(name, "soon"), ("retry-after", "2")], NOW), Some(Duration::from_secs(2)), "{name}");
    }
}

#[test]
fn a_date_in_each_form_of_http_counts_from_the_date_of_the_answer() {
    let until = ["Sun, 06 Nov 1994 08:49:40 GMT", "Sunday, 06-Nov-94 08:49:40 GMT", "Sun Nov  6 08:49:40 1994"];
    for until in until {
        assert_eq!(wait(&[("retry-after", until), ("date", DATE)], LATER), Some(Duration::from_secs(3)), "{until}");
    }
}

#[test]
fn a_date_counts_from_our_clock_when_the_answer_has_no_date() {
    let until = ("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT");
    assert_eq!(wait(&[until], NOW), Some(Duration::from_secs(3)));
    assert_eq!(wait(&[until, ("date", "yesterday")], NOW), Some(Duration::from_secs(3)));
    let wrong_clock = Timestamp(0);
    assert_eq!(wait(&[until, ("date", DATE)], wrong_clock), Some(Duration::from_secs(3)));
}

#[test]
fn a_date_that_has_passed_is_no_wait() {
    assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:30 GMT"), ("date", DATE)], LATER), Some(Duration::ZERO));
}

#[test]
fn more_than_a_day_is_taken_as_a_day() {
    for seconds in ["86401", "999999999999", "1e300"] {
        assert_eq!(wait(&[("retry-after", seconds)], NOW), Some(Duration::from_hours(24)), "{seconds}");
    }
    let until = ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT");
    assert_eq!(wait(&[until], NOW), Some(Duration::from_hours(24)));
}

#[test]
fn what_is_neither_says_nothing() {
    for odd in ["", "soon", "-1", "NaN", "inf", "2 seconds"] {
        assert_eq!(wait(&[("retry-after", odd), ("date", DATE)], LATER), None, "{odd:?}");
    }
    assert_eq!(wait(&[], NOW), None);
    assert_eq!(wait(&[("retry-after", DATE)], Timestamp(u64::MAX)), Some(Duration::ZERO));
}

proptest! {
    #[test]
    fn any_header_is_read_without_a_panic(value in "\\PC{0,40}", now in any::<u64>()) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            let headers = http::HeaderMap::from_iter([(http::header::RETRY_AFTER, value)]);
            prop_assert!(retry_after(&headers, Timestamp(now)).is_none_or(|wait| wait <= LONGEST));
        }
    }
}
