//! The most that an attempt can cost: what budgets set aside before it, reckoned from what is sent.
//!
//! Input is bounded by the body's length: a tokenizer over bytes makes no more tokens than there are bytes. Pictures are
//! bounded by what vendors make of the largest; what the provider fetches or keeps, by the model's window. Output is bounded
//! by the limit that is sent, else by the model's own. What none of these bounds (searches, tools that the provider runs,
//! models that it takes by itself) is refused where money is limited, by the name of the field that asks for it.

use std::collections::BTreeMap;

use http::HeaderValue;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    domain::money::Usd,
    router::{
        choice::{Candidate, Why},
        dialect::Encoded,
        price::{ModelFacts, Price, PriceTable, ServiceTier},
        request::{Image, Part, Request},
    },
};

/// Tokens that a provider adds to any question: who the model is, what day it is, roles. The templates of open models have
/// up to some hundred and fifty.
const AROUND_CALL_TOKENS: u64 = 256;
/// Tokens that a provider adds to a question with tools, and for each tool that it describes itself: Anthropic's page on
/// tool use has figures up to 804.
const AROUND_TOOLS_TOKENS: u64 = 1_024;
/// Tokens of a picture at a Claude: its page on vision has 4,784 for the largest.
const CLAUDE_IMAGE_TOKENS: u64 = 5_000;
/// Tokens of a picture at any other: the dearest known is `gpt-4o-mini`'s, 2,833 and eight tiles of 5,667.
const IMAGE_TOKENS: u64 = 50_000;
/// The window that a Claude has with Anthropic's beta of this name, whatever the catalogue says.
const LONG_WINDOW: (&[u8], u64) = (b"context-1m", 1_000_000);

/// Fields whose cost no count of tokens bounds, and the value, if any, that asks for nothing: other models, searches and
/// tools that the provider runs, sound, places and speeds that have a price of their own.
const UNBOUNDED: &[(&str, Option<&str>)] = &[
    ("audio", None),
    ("container", None),
    ("inference_geo", Some("\"global\"")),
    ("mcp_servers", Some("[]")),
    ("modalities", Some("[\"text\"]")),
    ("models", Some("[]")),
    ("plugins", Some("[]")),
    ("preset", None),
    ("prompt", None),
    ("search_parameters", None),
    ("speed", Some("\"standard\"")),
    ("web_search_options", None),
];
/// Fields that have a conversation read that the provider keeps.
const KEPT_THERE: [&str; 2] = ["conversation", "previous_response_id"];
/// Parts that have a price of their own at most vendors.
const PRICED_APART: [&str; 7] = ["audio", "audio_url", "input_audio", "input_video", "media", "video", "video_url"];
/// Types of tools that the caller runs. Of Anthropic's own, whose types end in a date, the beginning.
const RUN_BY_CALLER: [&str; 2] = ["custom", "function"];
const RUN_BY_CALLER_DATED: [&str; 4] = ["bash_", "computer_", "memory_", "text_editor_"];
/// Names of the most tokens of an answer.
const LIMITS: [&str; 3] = ["max_completion_tokens", "max_output_tokens", "max_tokens"];

/// What a model takes and gives at most, as far as anybody said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    pub(super) window_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
}

impl Limits {
    /// Those of the catalogue, else those of the price file.
    fn of(candidate: &Candidate, facts: Option<&ModelFacts>) -> Self {
        let route = &candidate.route;
        Self {
            window_tokens: route.context_tokens.or(facts.and_then(|facts| facts.context_tokens)),
            output_tokens: route.max_output_tokens.or(facts.and_then(|facts| facts.max_output_tokens)),
        }
    }
}

/// What goes to a provider in one attempt.
pub(super) struct Sent<'a> {
    /// The question.
    pub(super) request: &'a Request,
    /// It as it goes over the wire.
    pub(super) encoded: &'a Encoded,
    /// The model, as the provider names it.
    pub(super) model: &'a str,
    /// What the provider calls the limit of an answer, where that is a name of its own.
    pub(super) limit_name: Option<&'a str>,
    /// Vectors are asked for: there is no output, and each text has a window of its own.
    pub(super) is_embedding: bool,
}

/// The most that an attempt can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    tiers: Vec<ServiceTier>,
}

/// Nothing bounds what an attempt can cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unbounded {
    /// This field asks for something that has no bound.
    Field(String),
    /// The answer may be of any length.
    Answer,
}

/// The most that an attempt at a candidate can cost.
///
/// # Errors
/// Its price is not known, or nothing bounds it.
pub(super) fn most(candidate: &Candidate, sent: &Sent<'_>, prices: &PriceTable) -> Result<Usd, Why> {
    if candidate.provider.free {
        return Ok(Usd::ZERO);
    }
    let (provider, model) = (&candidate.provider.name, &candidate.route.model);
    let price = prices.price(provider, model).ok_or(Why::PriceUnknown)?;
    if price.is_free() {
        return Ok(Usd::ZERO);
    }
    let limits = Limits::of(candidate, prices.facts(provider, model));
    match Extent::of(sent, limits) {
        Ok(extent) => Ok(extent.most(price)),
        Err(Unbounded::Field(field)) => Err(Why::CostUnbounded { field }),
        Err(Unbounded::Answer) => Err(Why::AnswerUnbounded),
    }
}

impl Extent {
    /// Looks at what is sent.
    ///
    /// # Errors
    /// Nothing bounds what it may use.
    pub(super) fn of(sent: &Sent<'_>, limits: Limits) -> Result<Self, Unbounded> {
        let fields = Fields::read(&sent.encoded.body)?;
        fields.refuse_unbounded()?;
        refuse_sound_of_before(sent.request)?;
        let tools_tokens = fields.tools_tokens()?;
        let window_tokens = window(limits.window_tokens, &sent.encoded.headers).filter(|_| !sent.is_embedding);
        let tokens = sent_tokens(sent).saturating_add(tools_tokens);
        let input_tokens = match (only_window_bounds(sent.request, &fields)?, window_tokens) {
            (Some(_), Some(window_tokens)) => window_tokens,
            (Some(field), None) => return Err(Unbounded::Field(field)),
            (None, window_tokens) => window_tokens.map_or(tokens, |window_tokens| tokens.min(window_tokens)),
        };
        let output_tokens = if sent.is_embedding {
            0
        } else {
            let names = LIMITS.into_iter().chain(sent.limit_name);
            let sent_limit = names.filter_map(|name| fields.whole(name)).max();
            let of_one = sent_limit.or(limits.output_tokens).or(window_tokens).ok_or(Unbounded::Answer)?;
            // Words of a prediction that the model does not take over are billed as output beside the answer.
            of_one.saturating_mul(fields.answers()?).saturating_add(fields.bytes("prediction"))
        };
        Ok(Self { input_tokens, output_tokens, tiers: fields.tiers() })
    }

    /// The most that it can cost.
    pub(super) fn most(&self, price: &Price) -> Usd {
        let most = self.tiers.iter().map(|tier| price.most_in(*tier, self.input_tokens, self.output_tokens));
        most.max().unwrap_or(Usd::ZERO)
    }
}

/// Answers that are asked for, in whatever form a number has there; none when it is no whole number above zero.
pub(super) fn answers(n: &Value) -> Option<u64> {
    match n {
        Value::Null => Some(1),
        Value::Number(number) => {
            // What a fraction of 64 bits holds exactly.
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && (1.0..=9e15).contains(n));
            number.as_u64().or_else(|| whole.map(|n| n as u64)).filter(|n| *n > 0)
        }
        Value::String(text) => {
            text.trim().parse::<f64>().ok().and_then(serde_json::Number::from_f64).and_then(|n| answers(&n.into()))
        }
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The fields of a body, unread.
struct Fields<'a>(BTreeMap<String, &'a RawValue>);

#[derive(Deserialize)]
struct WireTool {
    #[serde(rename = "type", default)]
    kind: Option<String>,
}

impl<'a> Fields<'a> {
    fn read(body: &'a [u8]) -> Result<Self, Unbounded> {
        // What the wire formats write is always an object.
        serde_json::from_slice(body).map(Self).map_err(|_| Unbounded::Field("body".to_owned()))
    }

    /// A field that says something.
    fn get(&self, name: &str) -> Option<Value> {
        let raw = self.0.get(name)?;
        serde_json::from_str(raw.get()).ok().filter(|value: &Value| !value.is_null())
    }

    fn bytes(&self, name: &str) -> u64 {
        self.0.get(name).map_or(0, |raw| raw.get().len() as u64)
    }

    fn whole(&self, name: &str) -> Option<u64> {
        self.get(name).as_ref().and_then(answers)
    }

    fn refuse_unbounded(&self) -> Result<(), Unbounded> {
        for (name, idle) in UNBOUNDED {
            let idle = idle.and_then(|idle| serde_json::from_str::<Value>(idle).ok());
            if self.get(name).is_some_and(|value| Some(value) != idle) {
                return Err(Unbounded::Field((*name).to_owned()));
            }
        }
        let edits = self.get("context_management");
        let edits = edits.as_ref().and_then(|management| management.get("edits")).and_then(Value::as_array);
        let summarizes =
            |edit: &Value| edit.get("type").and_then(Value::as_str).is_none_or(|kind| !kind.starts_with("clear_"));
        if edits.is_some_and(|edits| edits.iter().any(summarizes)) {
            return Err(Unbounded::Field("context_management".to_owned()));
        }
        Ok(())
    }

    /// What a provider adds for tools, beyond what is sent of them.
    fn tools_tokens(&self) -> Result<u64, Unbounded> {
        let mut tokens: u64 = 0;
        for name in ["tools", "functions"] {
            let Some(raw) = self.0.get(name).filter(|raw| raw.get() != "null") else { continue };
            let tools: Vec<WireTool> =
                serde_json::from_str(raw.get()).map_err(|_| Unbounded::Field(name.to_owned()))?;
            tokens = tokens.saturating_add(AROUND_TOOLS_TOKENS);
            for kind in tools.iter().filter_map(|tool| tool.kind.as_deref()) {
                if RUN_BY_CALLER_DATED.iter().any(|beginning| kind.starts_with(beginning)) {
                    tokens = tokens.saturating_add(AROUND_TOOLS_TOKENS);
                } else if !RUN_BY_CALLER.contains(&kind) {
                    let kind: String = kind.chars().take(50).collect();
                    return Err(Unbounded::Field(format!("{name} of type {kind}")));
                }
            }
        }
        Ok(tokens)
    }

    /// How many answers are written to one question.
    fn answers(&self) -> Result<u64, Unbounded> {
        let mut most = 1;
        for name in ["n", "best_of"] {
            let of_field = self.get(name).map_or(Some(1), |value| answers(&value));
            most = of_field.ok_or_else(|| Unbounded::Field(name.to_owned()))?.max(most);
        }
        Ok(most)
    }

    /// Tiers in which the call may be served.
    fn tiers(&self) -> Vec<ServiceTier> {
        let Some(wanted) = self.get("service_tier") else { return vec![ServiceTier::Standard] };
        let wanted = wanted.as_str().unwrap_or_default();
        if ["default", "on_demand", "standard", "standard_only"].contains(&wanted) {
            return vec![ServiceTier::Standard];
        }
        let named = ServiceTier::ALL.into_iter().find(|tier| tier.name() == wanted);
        named.map_or_else(|| ServiceTier::ALL.to_vec(), |named| vec![ServiceTier::Standard, named])
    }
}

/// Tokens of what is sent: the body's bytes, with a figure of their own for the pictures in it.
fn sent_tokens(sent: &Sent<'_>) -> u64 {
    let of_one = if sent.model.to_ascii_lowercase().contains("claude") { CLAUDE_IMAGE_TOKENS } else { IMAGE_TOKENS };
    let mut bytes = sent.encoded.body.len() as u64;
    let mut images: u64 = 0;
    for part in parts(sent.request) {
        match part {
            Part::Image(Image::Base64 { data, .. }) => {
                bytes = bytes.saturating_sub(data.len() as u64);
                images = images.saturating_add(1);
            }
            Part::Image(Image::Url { .. }) => images = images.saturating_add(1),
            Part::Text(_) | Part::Other { .. } => {}
        }
    }
    bytes.saturating_add(images.saturating_mul(of_one)).saturating_add(AROUND_CALL_TOKENS)
}

/// The first field that has a provider read more than is sent, and no more than the model's window holds.
fn only_window_bounds(request: &Request, fields: &Fields<'_>) -> Result<Option<String>, Unbounded> {
    let mut found = None;
    for part in parts(request) {
        let kind = match part {
            Part::Other { kind, .. } => kind,
            // A document that came as a picture.
            Part::Image(Image::Base64 { media_type, .. }) if !media_type.starts_with("image/") => media_type,
            Part::Text(_) | Part::Image(_) => continue,
        };
        let kind: String = kind.chars().take(50).collect();
        let is_priced_apart = PRICED_APART.contains(&kind.as_str());
        let field = format!("part of type {kind}");
        if is_priced_apart {
            return Err(Unbounded::Field(field));
        }
        found.get_or_insert(field);
    }
    Ok(found.or_else(|| KEPT_THERE.into_iter().find(|name| fields.get(name).is_some()).map(str::to_owned)))
}

/// Sound of a turn of before, which the provider keeps and reads at the price of sound.
fn refuse_sound_of_before(request: &Request) -> Result<(), Unbounded> {
    let messages =
        request.original.as_ref().and_then(|original| original.body.get("messages")).and_then(Value::as_array);
    let has_sound = |message: &Value| message.get("audio").is_some_and(|audio| !audio.is_null());
    if messages.is_some_and(|messages| messages.iter().any(has_sound)) {
        return Err(Unbounded::Field("messages.audio".to_owned()));
    }
    Ok(())
}

fn parts(request: &Request) -> impl Iterator<Item = &Part> {
    request.messages.iter().flat_map(|message| &message.parts)
}

fn window(window_tokens: Option<u64>, headers: &[(&'static str, HeaderValue)]) -> Option<u64> {
    let (beta, long_tokens) = LONG_WINDOW;
    let is_long = headers.iter().any(|(_, value)| value.as_bytes().windows(beta.len()).any(|part| part == beta));
    window_tokens.map(|tokens| if is_long { tokens.max(long_tokens) } else { tokens })
}

#[cfg(test)]
#[path = "reserve_tests.rs"]
mod tests;
