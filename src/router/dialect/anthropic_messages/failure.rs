//! Failures as the format tells them: by status, by an error object, by an event in a stream.

use std::borrow::Cow;

use http::HeaderMap;
use serde_json::Value;

use crate::{
    domain::clock::Timestamp,
    router::{
        failure::{Failure, FailureClass},
        retry_after::retry_after,
    },
};

/// Most of a provider's words that are kept.
const MOST_WORDS_CHARS: usize = 2_000;
/// Codes of `error.details.error_code` that say that nobody will pay, under whatever status: nothing to wait for.
const UNPAID_CODES: [&str; 5] = [
    "enforced_spend_limit_reached",
    "contract_spend_limit_reached",
    "linked_organization_spend_limit_reached",
    "linked_organization_billing_unavailable",
    "organization_on_hold",
];
/// The same without a code: the vendor answers 400 when a prepaid balance is used up or a limit that the customer set is
/// reached, and says so in words alone.
const UNPAID_WORDS: [&str; 2] = ["credit balance is too low", "specified api usage limits"];
/// The vendor answers 400 when its filter stops an answer, and says so in words alone.
const FILTER_WORDS: &str = "content filtering policy";

/// What an error object says.
struct Told<'a> {
    kind: &'a str,
    code: Option<&'a str>,
    words: Cow<'a, str>,
}

/// The failure that an answer of another status than 200 means.
pub(super) fn of_answer(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let told = parsed.as_ref().and_then(told);
    let class = told.as_ref().and_then(class_told).unwrap_or_else(|| FailureClass::of_status(status));
    let mut failure = match told {
        Some(told) => failure(class, &told),
        None => Failure::new(class, &format!("http_{status}"), words(&String::from_utf8_lossy(body))),
    };
    if let Some(request) = headers.get("request-id").and_then(|id| id.to_str().ok()) {
        failure.message = format!("{} (request {})", failure.message, words(request));
    }
    failure.status = Some(status);
    failure.retry_after = retry_after(headers, now);
    failure
}

/// The failure that an error object under status 200 means, whole or as an event of a stream; none when it is no such object.
pub(super) fn of_error(error: &Value) -> Option<Failure> {
    if error.get("type").and_then(Value::as_str) != Some("error") && error.get("error").is_none_or(Value::is_null) {
        return None;
    }
    let Some(told) = told(error) else {
        return Some(Failure::damaged("an error that does not say which"));
    };
    let class = class_told(&told).unwrap_or_else(|| class_of_kind(told.kind));
    Some(Failure { status: Some(200), ..failure(class, &told) })
}

fn told(body: &Value) -> Option<Told<'_>> {
    let error = body.get("error")?;
    let text = |value: &Value, name| value.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(words) = error.as_str() {
        return Some(Told { kind: "", code: None, words: Cow::Borrowed(words) });
    }
    error.as_object()?;
    Some(Told {
        kind: error.get("type").and_then(Value::as_str).unwrap_or_default(),
        code: error.get("details").and_then(|details| details.get("error_code")).and_then(Value::as_str),
        words: Cow::Owned(text(error, "message").unwrap_or_default()),
    })
}

fn failure(class: FailureClass, told: &Told<'_>) -> Failure {
    let code = told.code.unwrap_or(if told.kind.is_empty() { "error" } else { told.kind });
    Failure::new(class, &words(code), words(&told.words))
}

/// The class where the words of an error decide it, whatever the status.
fn class_told(told: &Told<'_>) -> Option<FailureClass> {
    let unpaid_code = told.code.is_some_and(|code| UNPAID_CODES.contains(&code));
    let words = told.words.to_ascii_lowercase();
    if unpaid_code || told.kind == "billing_error" || UNPAID_WORDS.iter().any(|unpaid| words.contains(unpaid)) {
        return Some(FailureClass::Key);
    }
    if words.contains(FILTER_WORDS) {
        return Some(FailureClass::ContentFilter);
    }
    (told.kind == "overloaded_error").then_some(FailureClass::Overload)
}

fn class_of_kind(kind: &str) -> FailureClass {
    match kind {
        "invalid_request_error" | "not_found_error" | "request_too_large" => FailureClass::Caller,
        "authentication_error" | "permission_error" | "billing_error" => FailureClass::Key,
        "rate_limit_error" => FailureClass::RateLimit,
        _ => FailureClass::Overload,
    }
}

fn words(text: &str) -> String {
    text.trim().chars().take(MOST_WORDS_CHARS).collect()
}
