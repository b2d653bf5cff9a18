//! Failures that a provider tells.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use insta::assert_snapshot;
use samokoder::{
    domain::clock::Timestamp,
    router::{
        dialect::{Dialect as _, anthropic_messages::AnthropicMessages},
        failure::{Failure, FailureClass},
    },
};
use serde_json::{Value, json};

/// 2026-11-21T12:00:00Z.
const NOW: Timestamp = Timestamp(1_795_262_400_000);

fn failure(status: u16, body: &Value) -> Failure {
    AnthropicMessages.failure(status, &HeaderMap::new(), body.to_string().as_bytes(), NOW)
}

fn error(kind: &str, message: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy" })
}

#[test]
fn classes_by_status_and_type() {
    let statuses = [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (408, "timeout_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (498, "api_error"),
        (500, "api_error"),
        (503, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
        (302, "redirect"),
    ];
    let lines: Vec<_> = statuses
        .into_iter()
        .map(|(status, kind)| {
            let failure = failure(status, &error(kind, "words"));
            assert_eq!(failure.status, Some(status));
            format!("{status} {} -> {}", failure.code.unwrap(), failure.class.name())
        })
        .collect();
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_nobody_will_pay_is_the_keys_fault_whatever_the_status() {
    for code in ["enforced_spend_limit_reached", "contract_spend_limit_reached"] {
        let mut body = error("rate_limit_error", "limit");
        body["error"]["details"] = json!({ "error_code": code });
        let failure = failure(429, &body);
        assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Key, Some(code)));
    }
    let mut body = error("rate_limit_error", "grows too fast");
    body["error"]["details"] = json!({ "error_code": "ramp_limit_exceeded" });
    assert_eq!(failure(429, &body).class, FailureClass::RateLimit, "one that passes");
    let words = [
        "Your credit balance is too low to access the Anthropic API.",
        "You have reached your specified API usage limits. You will regain access on 2026-12-01.",
    ];
    for words in words {
        assert_eq!(failure(400, &error("invalid_request_error", words)).class, FailureClass::Key, "{words}");
    }
}

#[test]
fn a_filter_is_told_apart() {
    let words = "Output blocked by content filtering policy";
    assert_eq!(failure(400, &error("invalid_request_error", words)).class, FailureClass::ContentFilter);
}

#[test]
fn an_overload_is_one_under_any_status() {
    assert_eq!(failure(400, &error("overloaded_error", "Overloaded")).class, FailureClass::Overload);
}

#[test]
fn how_long_to_wait_and_which_request_it_was() {
    let body = error("rate_limit_error", "slow down").to_string();
    for told in ["17", "Sat, 21 Nov 2026 12:00:17 GMT"] {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static(told));
        headers.insert("request-id", HeaderValue::from_static("req_018EeWyXxfu5pfWkrYcMdjWG"));
        let failure = AnthropicMessages.failure(429, &headers, body.as_bytes(), NOW);
        assert_eq!(failure.retry_after, Some(Duration::from_secs(17)), "{told}");
        assert_eq!(failure.message, "slow down (request req_018EeWyXxfu5pfWkrYcMdjWG)");
    }
}

#[test]
fn bodies_that_are_no_error_object_are_told_in_short() {
    let cases: [(&[u8], &str, &str); 6] = [
        (b"", "http_502", ""),
        (b"<h1>Bad Gateway</h1>\n", "http_502", "<h1>Bad Gateway</h1>"),
        (b"\xff\xfe", "http_502", "\u{fffd}\u{fffd}"),
        (b"{\"error\":\"busy\"}", "error", "busy"),
        (b"{\"error\":{\"type\":5,\"message\":[]}}", "error", ""),
        (b"[1,2]", "http_502", "[1,2]"),
    ];
    for (body, code, message) in cases {
        let failure = AnthropicMessages.failure(502, &HeaderMap::new(), body, NOW);
        assert_eq!((failure.code.as_deref(), failure.message.as_str()), (Some(code), message));
        assert_eq!(failure.class, FailureClass::Overload);
    }
    let long = AnthropicMessages.failure(500, &HeaderMap::new(), "ж".repeat(100_000).as_bytes(), NOW);
    assert_eq!(long.message.chars().count(), 2_000);
}
