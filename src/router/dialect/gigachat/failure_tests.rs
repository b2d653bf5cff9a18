use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use super::{of_answer, of_object};
use crate::{domain::clock::Timestamp, router::failure::FailureClass};

const NOW: Timestamp = Timestamp(1_795_262_400_000);

#[test]
fn the_status_says_whose_fault_it_is() {
    let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("2"))]);
    for (status, class) in [
        (400, FailureClass::Caller),
        (401, FailureClass::Key),
        (402, FailureClass::Key),
        (403, FailureClass::Key),
        (404, FailureClass::Caller),
        (413, FailureClass::Caller),
        (422, FailureClass::Caller),
        (429, FailureClass::RateLimit),
        (500, FailureClass::Overload),
        (503, FailureClass::Overload),
    ] {
        let failure = of_answer(status, &headers, br#"{"status":1,"message":"Payment\nRequired"}"#, NOW);
        assert_eq!((failure.class, failure.status), (class, Some(status)));
        assert_eq!(failure.message, "Payment Required");
        assert_eq!(failure.retry_after, Some(Duration::from_secs(2)));
    }
}

#[test]
fn a_date_counts_from_our_clock_when_the_answer_has_none() {
    let until = HeaderValue::from_static("Sat, 21 Nov 2026 12:00:07 GMT");
    let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, until)]);
    assert_eq!(of_answer(429, &headers, b"", NOW).retry_after, Some(Duration::from_secs(7)));
}

#[test]
fn any_body_is_read() {
    for (body, message, code) in [
        (&br#"{"code":6,"message":"bad"}"#[..], "bad", Some("6")),
        (br#"{"error":{"code":"x","message":"bad"}}"#, "bad", Some("x")),
        (br#"{"error":"bad"}"#, "bad", None),
        (b"<html>", "the provider answered with status 502 and does not say why", None),
        (b"", "the provider answered with status 502 and does not say why", None),
        (b"\xff\xfe", "the provider answered with status 502 and does not say why", None),
        (br#"{"message":7}"#, "the provider answered with status 502 and does not say why", None),
    ] {
        let failure = of_answer(502, &HeaderMap::new(), body, NOW);
        assert_eq!((failure.message.as_str(), failure.code.as_deref()), (message, code));
    }
    let long = format!(r#"{{"message":"{}"}}"#, "я".repeat(5000));
    assert_eq!(of_answer(500, &HeaderMap::new(), long.as_bytes(), NOW).message.chars().count(), 1000);
}

#[test]
fn an_error_within_a_good_status_has_its_own() {
    let class = |body: &str| of_object(body.as_bytes()).map(|failure| (failure.class, failure.status));
    assert_eq!(class(r#"{"status":402,"message":"no tokens"}"#), Some((FailureClass::Key, Some(200))));
    assert_eq!(class(r#"{"status":429,"message":"slow"}"#), Some((FailureClass::RateLimit, Some(200))));
    assert_eq!(class(r#"{"message":"oops"}"#), Some((FailureClass::Overload, Some(200))));
    assert_eq!(class(r#"{"error":{"status":422,"message":"bad"}}"#), Some((FailureClass::Caller, Some(200))));
    assert_eq!(class(r#"{"choices":[]}"#), None);
    assert_eq!(class("[]"), None);
    assert_eq!(class("nonsense"), None);
}
