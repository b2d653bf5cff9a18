//! What a caller says about a call beside the question: in headers that begin with `x-samokoder-`, or in fields of the body
//! with the same names.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::{fault::Fault, key::KeyHolder};
use crate::router::{
    call::{Call, Strategy, Wanted},
    request::Request,
    secret::Secret,
};

const STRATEGY: HeaderName = HeaderName::from_static("x-samokoder-strategy");
const CACHE: HeaderName = HeaderName::from_static("x-samokoder-cache");
const GENERATION: HeaderName = HeaderName::from_static("x-samokoder-generation");
/// What all headers of ours begin with.
const OURS: &str = "x-samokoder-";
/// What headers with a caller's own keys begin with; the provider's name follows.
const PROVIDER_KEY: &str = "x-samokoder-provider-key-";
/// What headers of Anthropic's begin with; some change what a question means.
const ANTHROPIC: &str = "anthropic-";
/// Longest name of a model. The catalogue's have 40 bytes at most; a wrong one is compared with all of them, and told.
const MODEL_MAX_BYTES: usize = 256;

/// Makes the call of a question. Fields of ours are taken out of it: no provider knows them.
///
/// # Errors
/// A wish is not understood.
pub(super) fn call(mut request: Request, model: &str, holder: &KeyHolder, headers: &HeaderMap) -> Result<Call, Fault> {
    if model.len() > MODEL_MAX_BYTES {
        return Err(Fault::invalid(format!("model: must have at most {MODEL_MAX_BYTES} bytes")).of_field("model"));
    }
    let mut said = |name: &HeaderName| said(headers, &mut request, name);
    let (strategy, cache, generation) = (said(&STRATEGY)?, said(&CACHE)?, said(&GENERATION)?);
    refuse_others(&request)?;
    let mut caller = holder.caller();
    if let Some(id) = generation {
        let id = id.parse().map_err(|_| unknown(&GENERATION, &id, "the id of a generation (a UUID)"))?;
        caller.generation = Some(id);
    }
    caller.own_keys = own_keys(headers)?;
    Ok(Call {
        wanted: Wanted::of_name(model),
        strategy: strategy.map(|name| read_strategy(&name)).transpose()?,
        caller,
        deadline: None,
        cost_cap: holder.call_cap,
        cache: cache.map(|text| read_switch(&text)).transpose()?.unwrap_or(false),
        request,
    })
}

/// Everything in the headers that an answer depends on.
pub(super) fn fingerprint(headers: &HeaderMap) -> Vec<u8> {
    let mut ours: Vec<(&[u8], &[u8])> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with(OURS) || name.as_str().starts_with(ANTHROPIC))
        .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
        .collect();
    ours.sort_unstable();
    ours.into_iter().flat_map(|(name, value)| [name, b": ", value, b"\n"].concat()).collect()
}

/// The value of a header, or else of the body's field of that name.
fn said(headers: &HeaderMap, request: &mut Request, name: &HeaderName) -> Result<Option<String>, Fault> {
    let mut in_body = take(&mut request.extra, name.as_str());
    if let Some(original) = &mut request.original {
        in_body = take(&mut original.body, name.as_str()).or(in_body);
    }
    if let Some(value) = headers.get(name) {
        return text(name, value).map(|text| Some(text.to_owned()));
    }
    match in_body {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Bool(switch)) => Ok(Some(switch.to_string())),
        Some(Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Fault::invalid(format!("{name} must be a text")).of_field(name.as_str()))
        }
    }
}

/// Refuses fields that are ours by their name and nothing that may stand in a body: a caller's own key would go on to
/// whichever provider is chosen.
fn refuse_others(request: &Request) -> Result<(), Fault> {
    let original = request.original.iter().flat_map(|original| original.body.keys());
    match request.extra.keys().chain(original).find(|name| name.starts_with(OURS)) {
        None => Ok(()),
        Some(name) => {
            let shown: String = name.chars().take(64).collect();
            let problem = "no such field is known; keys of providers go into headers";
            Err(Fault::invalid(format!("{shown}: {problem}")).of_field(shown))
        }
    }
}

fn take(fields: &mut Map<String, Value>, name: &str) -> Option<Value> {
    // Most bodies hold none of ours, and those keep their order.
    if fields.contains_key(name) { fields.shift_remove(name) } else { None }
}

fn text<'a>(name: &HeaderName, value: &'a HeaderValue) -> Result<&'a str, Fault> {
    value.to_str().map_err(|_| Fault::invalid(format!("{name} must be printable ASCII")).of_field(name.as_str()))
}

fn own_keys(headers: &HeaderMap) -> Result<Vec<(String, Secret)>, Fault> {
    let named =
        headers.iter().filter_map(|(name, value)| Some((name, name.as_str().strip_prefix(PROVIDER_KEY)?, value)));
    named.map(|(name, provider, value)| Ok((provider.to_owned(), Secret::new(text(name, value)?.to_owned())))).collect()
}

fn read_strategy(name: &str) -> Result<Strategy, Fault> {
    match name {
        "ordered" => Ok(Strategy::Ordered),
        "cost" => Ok(Strategy::Cost),
        "latency" => Ok(Strategy::Latency),
        "quality" => Ok(Strategy::Quality),
        "balanced" => Ok(Strategy::Balanced),
        other => Err(unknown(&STRATEGY, other, "one of ordered, cost, latency, quality, balanced")),
    }
}

fn read_switch(text: &str) -> Result<bool, Fault> {
    match text {
        "on" | "true" | "1" => Ok(true),
        "off" | "false" | "0" => Ok(false),
        other => Err(unknown(&CACHE, other, "on or off")),
    }
}

fn unknown(name: &HeaderName, value: &str, allowed: &str) -> Fault {
    let shown: String = value.chars().take(64).collect();
    Fault::invalid(format!("{name} is {shown:?}; it must be {allowed}")).of_field(name.as_str())
}

#[cfg(test)]
#[path = "wishes_tests.rs"]
mod tests;
