//! Errors of `OpenAI` and of those who answer like it, in our classes.

use http::HeaderMap;
use serde_json::Value;

use super::openai_usage;
use crate::{
    domain::clock::Timestamp,
    router::{
        failure::{Failure, FailureClass},
        retry_after::retry_after,
    },
};

/// Characters of a provider's words that are kept.
const WORDS_LIMIT: usize = 1_000;

/// Codes and types that mean the key, whatever the status: `insufficient_quota` comes as 429, and is no reason to wait.
const KEY: &[&str] = &[
    "access_terminated",
    "account_deactivated",
    "authentication_error",
    "billing_error",
    "billing_hard_limit_reached",
    "billing_not_active",
    "exceeded_current_quota_error",
    "insufficient_balance",
    "insufficient_credits",
    "insufficient_quota",
    "invalid_api_key",
    "invalid_authentication",
    "permission_denied",
    "permission_error",
];

/// Those that mean a filter. `invalid_prompt` is how `OpenAI` says that a prompt was flagged.
const FILTER: &[&str] = &[
    "content_filter",
    "content_policy_violation",
    "cyber_policy_violation",
    "data_inspection_failed",
    "invalid_prompt",
    "moderation_blocked",
    "responsibleaipolicyviolation",
];

/// Those that mean too many requests: Groq says so with 413 too.
const RATE: &[&str] = &["rate_limit_error", "rate_limit_exceeded", "too_many_requests"];

/// Those that mean the caller, in an answer whose status says nothing.
const CALLER: &[&str] = &[
    "context_length_exceeded",
    "invalid_request_error",
    "invalid_value",
    "model_not_found",
    "not_found_error",
    "unsupported_parameter",
    "unsupported_value",
];

/// What an error object says.
#[derive(Default)]
struct Said {
    /// `code`, when it is a word.
    code: Option<String>,
    /// `type`.
    kind: Option<String>,
    /// Azure's `innererror.code`.
    inner: Option<String>,
    /// `code`, when it is a number: `OpenRouter` and vLLM put the HTTP status there.
    status: Option<u16>,
    message: Option<String>,
    /// `OpenRouter`'s filter, which comes as 403 with reasons.
    is_flagged: bool,
}

/// Reads an answer of a status that is not a success.
pub(super) fn of_answer(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let said = parsed.as_ref().map(said).unwrap_or_default();
    let retry_after = retry_after(headers, now);
    // A 402 that says when to come back is a budget for requests in flight (OpenRouter), not an empty account.
    let class = match (classify(Some(status), &said), status) {
        (FailureClass::Key, 402) if retry_after.is_some() => FailureClass::RateLimit,
        (class, _) => class,
    };
    let counted =
        parsed.as_ref().and_then(|body| body.get("usage")).map(|usage| openai_usage::read(&usage.to_string()));
    let counted = counted.unwrap_or_default();
    Failure {
        class,
        status: Some(status),
        message: message(&said).unwrap_or_else(|| words_of(body, status)),
        code: code(said),
        retry_after,
        usage: counted.usage,
        provider_cost: counted.cost,
    }
}

/// Reads an error object that came with status 200, whole or within a stream: its JSON, and that of the usage beside it.
pub(super) fn of_object(error: &str, usage: Option<&str>) -> Failure {
    let said = serde_json::from_str(error).map(|error: Value| said_in(&error)).unwrap_or_default();
    let counted = usage.map(openai_usage::read).unwrap_or_default();
    Failure {
        class: classify(said.status, &said),
        status: Some(200),
        message: message(&said)
            .unwrap_or_else(|| "the provider sent an error that does not say what is wrong".to_owned()),
        code: code(said),
        retry_after: None,
        usage: counted.usage,
        provider_cost: counted.cost,
    }
}

/// JSON that is not what the wire format says. Holds no word of it: `serde_json` would quote the answer.
pub(super) fn damaged(error: &serde_json::Error) -> Failure {
    let what = match error.classify() {
        serde_json::error::Category::Data => "has a value of a wrong kind",
        serde_json::error::Category::Eof => "breaks off",
        serde_json::error::Category::Io | serde_json::error::Category::Syntax => "is not JSON",
    };
    Failure::damaged(format!("the provider's answer {what} (line {}, column {})", error.line(), error.column()))
}

fn classify(status: Option<u16>, said: &Said) -> FailureClass {
    let is_one_of = |words: &[&str]| {
        [&said.code, &said.kind, &said.inner].into_iter().flatten().any(|word| {
            let word = word.to_ascii_lowercase();
            words.contains(&word.as_str())
        })
    };
    let is_of_server = status.is_some_and(|status| status >= 500);
    if is_of_server {
        FailureClass::Overload
    } else if said.is_flagged || is_one_of(FILTER) {
        FailureClass::ContentFilter
    } else if is_one_of(KEY) {
        FailureClass::Key
    } else if is_one_of(RATE) {
        FailureClass::RateLimit
    } else if let Some(status) = status {
        FailureClass::of_status(status)
    } else if is_one_of(CALLER) {
        FailureClass::Caller
    } else {
        FailureClass::Overload
    }
}

/// Finds the error in a body: `{"error": {..}}`, `{"error": ".."}`, the object itself (vLLM, Mistral), `{"detail": ..}`
/// (`FastAPI`), or a list of one of them (Gemini).
fn said(body: &Value) -> Said {
    match body {
        Value::Array(items) => items.first().map(said_in_object).unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => said_in_object(body),
    }
}

fn said_in_object(body: &Value) -> Said {
    match body.get("error") {
        Some(error) if !error.is_null() => said_in(error),
        Some(_) | None => said_in(body),
    }
}

fn said_in(error: &Value) -> Said {
    let text = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let field = |name: &str| error.get(name).and_then(text);
    let metadata = error.get("metadata");
    let code = error.get("code");
    let number = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    let status = number.and_then(|number| u16::try_from(number).ok()).filter(|status| (400..600).contains(status));
    let upstream = metadata.and_then(|metadata| metadata.get("raw")).and_then(text);
    let detail = error.get("detail").or_else(|| error.get("message")).filter(|detail| !detail.is_null());
    let detail = detail.map(|detail| text(detail).unwrap_or_else(|| detail.to_string()));
    let words = text(error).or_else(|| field("message")).or(detail);
    Said {
        code: field("code").filter(|_| status.is_none()),
        kind: field("type"),
        inner: error.get("innererror").and_then(|inner| inner.get("code")).and_then(text),
        status,
        message: match (words, upstream) {
            (Some(words), Some(upstream)) => Some(format!("{words}: {upstream}")),
            (words, upstream) => words.or(upstream),
        },
        is_flagged: metadata.is_some_and(|metadata| metadata.get("reasons").is_some()),
    }
}

fn code(said: Said) -> Option<String> {
    let code = said.code.or(said.kind).or_else(|| said.status.map(|status| status.to_string()))?;
    Some(code.chars().take(100).collect())
}

fn message(said: &Said) -> Option<String> {
    said.message.as_deref().map(shortened)
}

/// What to say of a body that is no error of a known form, such as a proxy's page.
fn words_of(body: &[u8], status: u16) -> String {
    let text = String::from_utf8_lossy(body.get(..4 * WORDS_LIMIT).unwrap_or(body));
    let text = text.trim();
    if text.is_empty() || text.starts_with('<') {
        return format!("the provider answered with status {status} and does not say why");
    }
    format!("the provider answered with status {status}: {}", shortened(text))
}

fn shortened(text: &str) -> String {
    let one_line = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.trim().chars().take(WORDS_LIMIT).map(one_line).collect();
    if text.trim().chars().nth(WORDS_LIMIT).is_some() {
        short.push('…');
    }
    short
}
