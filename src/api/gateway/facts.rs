//! What a call took, as headers of its answer.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::{
    domain::{id::RequestId, money::Usd},
    router::account::{Account, Attempt},
};

/// Header with the identity of a request; logs have the same.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-samokoder-request-id");
const PROVIDER: HeaderName = HeaderName::from_static("x-samokoder-provider");
const MODEL: HeaderName = HeaderName::from_static("x-samokoder-model");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-samokoder-attempts");
const COST: HeaderName = HeaderName::from_static("x-samokoder-cost-usd");
const CACHED: HeaderName = HeaderName::from_static("x-samokoder-cached");

/// Names the request.
pub(super) fn name_request(headers: &mut HeaderMap, id: RequestId) {
    insert(headers, REQUEST_ID, &id.to_string());
}

/// Says what an answered call took.
pub(super) fn tell(headers: &mut HeaderMap, account: &Account) {
    tell_route(headers, account, account.attempts.len());
    if let Some(amount) = account.cost.amount {
        insert(headers, COST, &amount.to_string());
    }
}

/// Says what is known when a stream begins: who answers, by the attempt that is being made. What it costs is known at its end.
pub(super) fn tell_so_far(headers: &mut HeaderMap, account: &Account) {
    tell_route(headers, account, account.attempts.len() + 1);
}

fn tell_route(headers: &mut HeaderMap, account: &Account, attempts: usize) {
    insert(headers, PROVIDER, &account.provider);
    insert(headers, MODEL, &account.model);
    headers.insert(ATTEMPTS, HeaderValue::from(attempts));
    headers.insert(CACHED, HeaderValue::from_static(if account.cached { "true" } else { "false" }));
}

/// Says what a call without an answer took: how often providers were asked, and what that cost, as far as it is known.
pub(super) fn tell_attempts(headers: &mut HeaderMap, attempts: &[Attempt]) {
    headers.insert(ATTEMPTS, HeaderValue::from(attempts.len()));
    let amounts: Option<Vec<Usd>> = attempts.iter().map(|attempt| attempt.cost.amount).collect();
    if let Some(amounts) = amounts {
        insert(headers, COST, &amounts.into_iter().sum::<Usd>().to_string());
    }
}

/// The same as a JSON object, for the end of a stream.
pub(super) fn object(account: &Account) -> Value {
    json!({
        "provider": account.provider,
        "model": account.model,
        "attempts": account.attempts.len(),
        "cost_usd": account.cost.amount,
        "cost_basis": account.cost.basis,
        "cached": account.cached,
    })
}

/// A value that no header can hold is left out: a model's name is what somebody else wrote.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
