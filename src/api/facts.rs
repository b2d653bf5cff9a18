//! What a call took, as headers of its answer.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    domain::{id::RequestId, money::Usd},
    router::account::Attempt,
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

/// Says who answered.
pub(super) fn name_route(headers: &mut HeaderMap, provider: &str, model: &str) {
    insert(headers, PROVIDER, provider);
    insert(headers, MODEL, model);
}

/// Says how often providers were asked, and what that cost as far as it is known.
pub(super) fn count_attempts(headers: &mut HeaderMap, attempts: &[Attempt]) {
    headers.insert(ATTEMPTS, HeaderValue::from(attempts.len()));
    let amounts: Vec<Usd> = attempts.iter().filter_map(|attempt| attempt.cost.amount).collect();
    if !amounts.is_empty() {
        name_cost(headers, amounts.into_iter().sum());
    }
}

/// Says what all of it cost, in US dollars.
pub(super) fn name_cost(headers: &mut HeaderMap, cost: Usd) {
    insert(headers, COST, &cost.to_string());
}

/// Says whether a cache answered, or another call that asked the same.
pub(super) fn name_source(headers: &mut HeaderMap, cached: bool) {
    headers.insert(CACHED, HeaderValue::from_static(if cached { "true" } else { "false" }));
}

/// A value that no header can hold is left out: a model's name is what somebody else wrote.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
