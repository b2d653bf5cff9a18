//! Errors of vendors who answer like `OpenAI`, after their documentation, in our classes.

use std::fmt::Write as _;

use http::{HeaderMap, HeaderName, HeaderValue};
use insta::assert_snapshot;
use proptest::prelude::*;
use samokoder::{
    domain::clock::Timestamp,
    router::{
        dialect::{DialectName, dialect},
        failure::{Failure, FailureClass},
    },
};

use super::vendor_answers::shown_failure;

/// 2026-11-21T12:00:00Z.
const NOW: Timestamp = Timestamp(1_795_262_400_000);

fn failure(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
    let headers =
        headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    dialect(DialectName::OpenaiChat).failure(status, &headers.collect::<HeaderMap>(), body.as_bytes(), NOW)
}

/// Who, with which status, and what.
const BODIES: &[(&str, u16, &str)] = &[
    (
        "openai wrong key",
        401,
        r#"{"error":{"message":"Incorrect API key provided: sk-x.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
    ),
    (
        "openai empty account",
        429,
        r#"{"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
    ),
    (
        "openai too fast",
        429,
        r#"{"error":{"message":"Rate limit reached for gpt-4o.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    ),
    (
        "openai too long",
        400,
        r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
    ),
    (
        "openai no such model",
        404,
        r#"{"error":{"message":"The model `x` does not exist.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
    ),
    (
        "openai flagged",
        400,
        r#"{"error":{"message":"Invalid prompt: your prompt was flagged.","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}"#,
    ),
    (
        "openai region",
        403,
        r#"{"error":{"code":"unsupported_country_region_territory","message":"Country not supported","param":null,"type":"request_forbidden"}}"#,
    ),
    (
        "openai broken",
        500,
        r#"{"error":{"message":"The server had an error.","type":"server_error","param":null,"code":null}}"#,
    ),
    ("openai full", 503, r#"{"error":{"message":"Slow down.","type":"server_error","param":null,"code":"slow_down"}}"#),
    (
        "azure filter",
        400,
        r#"{"error":{"message":"The response was filtered.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
    ),
    (
        "azure inner filter",
        400,
        r#"{"error":{"message":"Filtered.","code":"BadRequest","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
    ),
    ("azure too fast", 429, r#"{"error":{"code":"429","message":"Requests have exceeded the call rate limit."}}"#),
    ("openrouter no credits", 402, r#"{"error":{"message":"Insufficient credits.","code":402},"user_id":"u"}"#),
    (
        "openrouter flagged",
        403,
        r#"{"error":{"message":"Input was flagged.","code":403,"metadata":{"reasons":["violence"],"flagged_input":"...","provider_name":"OpenAI","model_slug":"openai/gpt-4o"}}}"#,
    ),
    ("openrouter key", 401, r#"{"error":{"message":"No auth credentials found","code":401}}"#),
    (
        "openrouter upstream",
        502,
        r#"{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream connect error","provider_name":"Novita"}}}"#,
    ),
    (
        "groq too large",
        413,
        r#"{"error":{"message":"Request too large for model on tokens per minute (TPM).","type":"tokens","code":"rate_limit_exceeded"}}"#,
    ),
    ("groq flex", 498, r#"{"error":{"message":"Flex tier capacity exceeded.","type":"capacity_exceeded"}}"#),
    (
        "groq bad function",
        400,
        r#"{"error":{"message":"Failed to call a function.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"{"}}"#,
    ),
    (
        "deepseek empty account",
        402,
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
    ),
    ("deepseek full", 503, r#"{"error":{"message":"Server overloaded","type":"server_error"}}"#),
    (
        "mistral",
        422,
        r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error","param":null,"code":null}"#,
    ),
    ("mistral key", 401, r#"{"detail":"Unauthorized"}"#),
    (
        "vllm",
        400,
        r#"{"object":"error","message":"max_tokens is too large.","type":"BadRequestError","param":null,"code":400}"#,
    ),
    (
        "ollama",
        404,
        r#"{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error","param":null,"code":null}}"#,
    ),
    ("lm studio", 400, r#"{"error":"No models loaded."}"#),
    ("fastapi", 422, r#"{"detail":[{"loc":["body","messages"],"msg":"field required","type":"value_error.missing"}]}"#),
    ("gemini", 400, r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]"#),
    ("moonshot", 429, r#"{"error":{"message":"Your account is suspended.","type":"exceeded_current_quota_error"}}"#),
    ("a proxy's page", 502, "<html><body>Bad Gateway</body></html>"),
    ("a proxy's words", 503, "no healthy upstream\n"),
    ("nothing", 529, ""),
    ("a strange number", 418, "{}"),
    ("not UTF-8", 500, "\u{0}\u{1}bad"),
    (
        "billed all the same",
        500,
        r#"{"error":{"message":"Broken."},"usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
    ),
];

#[test]
fn errors_of_every_vendor_find_their_class() {
    let mut told = String::new();
    for (name, status, body) in BODIES {
        writeln!(told, "{name}: {}", shown_failure(&failure(*status, &[], body))).unwrap();
    }
    assert_snapshot!(told);
}

#[test]
fn a_status_without_words_has_a_class() {
    let class = |status| failure(status, &[], "").class;
    for status in [400, 404, 405, 410, 413, 415, 422, 431] {
        assert_eq!(class(status), FailureClass::Caller, "{status}");
    }
    for status in [401, 402, 403] {
        assert_eq!(class(status), FailureClass::Key, "{status}");
    }
    assert_eq!(class(429), FailureClass::RateLimit);
    for status in [302, 408, 409, 425, 498, 499, 500, 502, 503, 504, 520, 524, 529] {
        assert_eq!(class(status), FailureClass::Overload, "{status}");
    }
}

#[test]
fn how_long_to_wait_is_read_from_the_headers() {
    let wait = |headers: &[(&'static str, &str)]| {
        let failure = failure(429, headers, "");
        (failure.class, failure.retry_after.map(|wait| wait.as_millis()))
    };
    let limited = |wait_ms| (FailureClass::RateLimit, wait_ms);
    assert_eq!(wait(&[]), limited(None));
    assert_eq!(wait(&[("retry-after", "2")]), limited(Some(2000)));
    assert_eq!(wait(&[("retry-after", "2"), ("retry-after-ms", "1500")]), limited(Some(1500)));
    let dates = [("retry-after", "Wed, 21 Oct 2015 07:28:07 GMT"), ("date", "Wed, 21 Oct 2015 07:28:00 GMT")];
    assert_eq!(wait(&dates), limited(Some(7000)));
    assert_eq!(wait(&[("retry-after", "Sat, 21 Nov 2026 12:00:07 GMT")]), limited(Some(7000)), "by our own clock");
}

#[test]
fn a_budget_for_requests_in_flight_is_a_limit_and_an_empty_account_is_not() {
    let body = r#"{"error":{"message":"In-flight budget.","code":402}}"#;
    assert_eq!(failure(402, &[("retry-after", "3")], body).class, FailureClass::RateLimit);
    assert_eq!(failure(402, &[], body).class, FailureClass::Key);
}

#[test]
fn a_flood_of_words_is_cut_short_and_stays_one_line() {
    let body =
        serde_json::json!({ "error": { "message": "word\r\n\u{1b}[31m ".repeat(5_000), "code": "c".repeat(5_000) } });
    let failed = failure(400, &[], &body.to_string());
    assert_eq!(failed.message.chars().count(), 1_001);
    assert!(!failed.message.chars().any(char::is_control), "{}", failed.message);
    assert_eq!(failed.code.map(|code| code.len()), Some(100));
    assert!(failure(500, &[], &"x".repeat(100_000)).message.len() < 1_200);
}

proptest! {
    #[test]
    fn every_status_and_body_has_a_class(status: u16, body in prop::collection::vec(any::<u8>(), 0..100)) {
        for name in [DialectName::OpenaiChat, DialectName::OpenaiResponses] {
            let failed = dialect(name).failure(status, &HeaderMap::new(), &body, NOW);
            prop_assert_eq!(failed.status, Some(status));
            prop_assert!(!failed.message.is_empty());
        }
    }
}
