//! Tokens and money as `OpenAI` and those who speak like it count them.

use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use serde_json::value::RawValue;

use crate::domain::{money::Usd, usage::Usage};

/// What an answer says of its tokens and its price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::router) struct Counted {
    /// Tokens, in our form.
    pub(in crate::router) usage: Option<Usage>,
    /// Money.
    pub(in crate::router) cost: Option<Usd>,
}

/// A `usage` object: of Chat Completions, of Responses, and with what vendors add to them.
#[derive(Deserialize)]
struct WireUsage<'a> {
    prompt_tokens: Option<Count>,
    input_tokens: Option<Count>,
    completion_tokens: Option<Count>,
    output_tokens: Option<Count>,
    total_tokens: Option<Count>,
    prompt_tokens_details: Option<InputDetails>,
    input_tokens_details: Option<InputDetails>,
    completion_tokens_details: Option<OutputDetails>,
    output_tokens_details: Option<OutputDetails>,
    /// `DeepSeek`.
    prompt_cache_hit_tokens: Option<Count>,
    /// Moonshot.
    cached_tokens: Option<Count>,
    /// litellm.
    cache_creation_input_tokens: Option<Count>,
    /// `OpenRouter`: US dollars that its own credits pay.
    #[serde(borrow)]
    cost: Option<&'a RawValue>,
    /// `OpenRouter`: whether the model itself is paid with a key of one's own.
    is_byok: Option<bool>,
    #[serde(borrow)]
    cost_details: Option<CostDetails<'a>>,
}

#[derive(Default, Clone, Copy, Deserialize)]
struct InputDetails {
    cached_tokens: Option<Count>,
    /// `OpenRouter`.
    cache_write_tokens: Option<Count>,
}

#[derive(Default, Clone, Copy, Deserialize)]
struct OutputDetails {
    reasoning_tokens: Option<Count>,
}

#[derive(Deserialize)]
struct CostDetails<'a> {
    #[serde(borrow)]
    upstream_inference_cost: Option<&'a RawValue>,
}

/// Reads a `usage` object. What is not one says nothing: a paid answer is not thrown away for its count.
pub(in crate::router) fn read(raw: &str) -> Counted {
    let Ok(wire) = serde_json::from_str::<WireUsage<'_>>(raw) else { return Counted::default() };
    Counted { usage: usage(&wire), cost: cost(&wire) }
}

/// `OpenAI` counts cached tokens into its input; our form does not.
fn usage(wire: &WireUsage<'_>) -> Option<Usage> {
    let input = wire.prompt_tokens.or(wire.input_tokens).map(|count| count.0);
    let said_output = wire.completion_tokens.or(wire.output_tokens).map(|count| count.0);
    let total = wire.total_tokens.map(|count| count.0);
    let output = said_output.or_else(|| total?.checked_sub(input?));
    if input.is_none() && output.is_none() {
        return None;
    }
    let (input, output) = (input.unwrap_or(0), output.unwrap_or(0));
    let input_details = wire.prompt_tokens_details.or(wire.input_tokens_details).unwrap_or_default();
    let cached = input_details.cached_tokens.or(wire.prompt_cache_hit_tokens).or(wire.cached_tokens);
    let written = input_details.cache_write_tokens.or(wire.cache_creation_input_tokens);
    let (cache_read_tokens, cache_write_tokens) = (number(cached), number(written));
    let output_details = wire.completion_tokens_details.or(wire.output_tokens_details).unwrap_or_default();
    let reasoning_tokens = number(output_details.reasoning_tokens);
    // Some vendors (xAI) count reasoning beside the output; their total gives them away.
    let beside = input.saturating_add(output).saturating_add(reasoning_tokens);
    let output_tokens =
        if reasoning_tokens > 0 && total == Some(beside) { output.saturating_add(reasoning_tokens) } else { output };
    Some(Usage {
        fresh_input_tokens: input.saturating_sub(cache_read_tokens).saturating_sub(cache_write_tokens),
        cache_read_tokens,
        cache_write_tokens,
        cache_write_1h_tokens: 0,
        output_tokens,
        reasoning_tokens: reasoning_tokens.min(output_tokens),
    })
}

fn number(count: Option<Count>) -> u64 {
    count.map_or(0, |count| count.0)
}

fn cost(wire: &WireUsage<'_>) -> Option<Usd> {
    let cost = amount(wire.cost?)?;
    let own_key = wire.is_byok == Some(true);
    let upstream = wire.cost_details.as_ref().filter(|_| own_key).and_then(|details| details.upstream_inference_cost);
    Some(match upstream.and_then(amount) {
        // Neither makes up for a part below zero, which nobody believes.
        Some(upstream) if cost.min(upstream) < Usd::ZERO => cost.min(upstream),
        Some(upstream) => cost + upstream,
        None => cost,
    })
}

/// Reads a JSON number, or a text that holds one, digit by digit: no binary fraction comes in between. What a decimal of
/// 28 digits cannot hold is rounded there. An amount below zero is read like any other: whoever counts money tells of it.
fn amount(raw: &RawValue) -> Option<Usd> {
    let digits = raw.get().trim_matches('"');
    let amount =
        if digits.contains(['e', 'E']) { Decimal::from_scientific(digits).ok()? } else { digits.parse().ok()? };
    Some(Usd::new(amount))
}

/// A number of tokens. Some servers write it as a fraction or a text.
#[derive(Clone, Copy)]
struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number of tokens")
    }

    fn visit_u64<E: de::Error>(self, count: u64) -> Result<Count, E> {
        Ok(Count(count))
    }

    fn visit_i64<E: de::Error>(self, count: i64) -> Result<Count, E> {
        // Azure writes -1 for "not known".
        Ok(Count(u64::try_from(count).unwrap_or(0)))
    }

    fn visit_f64<E: de::Error>(self, count: f64) -> Result<Count, E> {
        // The cast saturates: no fraction, however odd, becomes more than a number of tokens can be.
        Ok(Count(count as u64))
    }

    fn visit_str<E: de::Error>(self, count: &str) -> Result<Count, E> {
        count.parse().map(Count).map_err(|_| E::custom("not a number of tokens"))
    }
}

#[cfg(test)]
#[path = "openai_usage_tests.rs"]
mod tests;
