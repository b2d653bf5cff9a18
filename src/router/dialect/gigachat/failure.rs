//! Errors of GigaChat, in our classes.

use http::HeaderMap;
use serde_json::Value;

use crate::{
    domain::clock::Timestamp,
    router::{
        failure::{Failure, FailureClass},
        retry_after::retry_after,
    },
};

/// Characters of the vendor's words that are kept.
const WORDS_LIMIT: usize = 1_000;

/// Reads an answer of a status that is not a success: `{"status", "message"}`, with a `code` now and then.
///
/// By status alone: 402 says that no tokens are left for this model, 413 that the prompt is too large, 429 that more
/// streams are open than the account may have.
pub(super) fn of_answer(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    Failure { retry_after: retry_after(headers, now), ..of(status, &said) }
}

/// Reads an error object that came with status 200, whole or within a stream; none when it is no error object.
pub(super) fn of_object(body: &[u8]) -> Option<Failure> {
    let said: Value = serde_json::from_slice(body).ok()?;
    words(&said)?;
    let within = error_of(&said);
    let status = ["status", "code"].into_iter().find_map(|name| within.get(name)?.as_u64());
    let status = status.and_then(|status| u16::try_from(status).ok()).filter(|status| (400..600).contains(status));
    Some(Failure { status: Some(200), ..of(status.unwrap_or(500), &said) })
}

fn of(status: u16, said: &Value) -> Failure {
    let code = match error_of(said).get("code") {
        Some(Value::String(code)) => Some(code.chars().take(100).collect()),
        Some(Value::Number(code)) => Some(code.to_string()),
        _ => None,
    };
    let message =
        words(said).unwrap_or_else(|| format!("the provider answered with status {status} and does not say why"));
    Failure {
        class: FailureClass::of_status(status),
        status: Some(status),
        code,
        message,
        retry_after: None,
        usage: None,
        provider_cost: None,
    }
}

/// The vendor's gateways wrap errors as others do.
fn error_of(said: &Value) -> &Value {
    said.get("error").filter(|error| error.is_object()).unwrap_or(said)
}

fn words(said: &Value) -> Option<String> {
    let error = error_of(said);
    let text = error.get("message").or_else(|| said.get("error"))?.as_str()?.trim();
    let one_line = |character: char| if character.is_control() { ' ' } else { character };
    (!text.is_empty()).then(|| text.chars().take(WORDS_LIMIT).map(one_line).collect())
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
