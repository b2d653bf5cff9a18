//! Fields of a caller's body that have no typed form.
//!
//! They go to the provider as they came: it may know them. Only those that the body's own wire format defines, and this one
//! does not have, are looked at, since the vendor refuses a body with any field that it does not know: what merely tunes is
//! left out, what changes what the answer is cannot be said.

use serde_json::{Map, Value};

use super::thinking::effort_of_word;
use crate::router::{
    dialect::DialectName,
    failure::{Failure, FailureClass},
    request::{Effort, Request},
};

/// Fields of `OpenAI`'s formats and of GigaChat's that tune, label or route.
const TUNING: [&str; 28] = [
    "reasoning_effort",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "n",
    "modalities",
    "user",
    "safety_identifier",
    "metadata",
    "store",
    "service_tier",
    "stream_options",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_retention",
    "verbosity",
    "include",
    "truncation",
    "text",
    "reasoning",
    "max_tool_calls",
    "background",
    "moderation",
    "profanity_check",
    "update_interval",
];
/// Fields of the same that decide what the answer is.
const MEANING: [&str; 9] = [
    "audio",
    "functions",
    "function_call",
    "tool_choice",
    "response_format",
    "web_search_options",
    "previous_response_id",
    "conversation",
    "prompt",
];

/// The fields that go on.
pub(super) fn fields(request: &Request) -> Result<Vec<(&String, &Value)>, Failure> {
    if !speaks_otherwise(request) {
        return Ok(request.extra.iter().collect());
    }
    refuse_meaning(&request.extra)?;
    Ok(request.extra.iter().filter(|(name, _)| !TUNING.contains(&name.as_str()) && !is_meaning(name)).collect())
}

/// Who the caller's own user is, where a caller says so: what the format's `metadata.user_id` is for.
pub(super) fn user(request: &Request) -> Option<&str> {
    let names = ["safety_identifier", "user"].iter().filter(|_| speaks_otherwise(request));
    names.into_iter().find_map(|name| request.extra.get(*name)?.as_str())
}

/// An effort beyond the typed ones, such as `xhigh`.
pub(super) fn effort(request: &Request) -> Option<Effort> {
    effort_of_word(request.extra.get("reasoning_effort")?.as_str()?).filter(|_| speaks_otherwise(request))
}

fn speaks_otherwise(request: &Request) -> bool {
    request.original.as_ref().is_some_and(|original| original.dialect != DialectName::AnthropicMessages)
}

fn is_meaning(name: &str) -> bool {
    MEANING.contains(&name)
}

fn refuse_meaning(extra: &Map<String, Value>) -> Result<(), Failure> {
    let wants = |name: &str| extra.get(name).filter(|value| !value.is_null());
    let several = wants("n").is_some_and(|n| n.as_u64() != Some(1));
    let likelihoods = wants("logprobs").is_some_and(|logprobs| *logprobs != Value::Bool(false));
    let sound = wants("modalities").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one != "text"));
    let tuning = [("n", several), ("logprobs", likelihoods), ("modalities", sound)];
    let refused = tuning.into_iter().filter_map(|(name, refused)| refused.then_some(name));
    let refused: Vec<_> = refused.chain(MEANING.into_iter().filter(|name| wants(name).is_some())).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let message = format!("Anthropic Messages has no form for {}", refused.join(", "));
    Err(Failure::new(FailureClass::Caller, "unsupported", message))
}
