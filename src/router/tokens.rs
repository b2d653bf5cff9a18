//! Counts tokens: before a call for limits and reserves, after one that was cut off for what it cost.
//!
//! Two ways. [`cautious`] looks at lengths alone, takes microseconds and no memory, and errs upwards for text of people
//! and programs. [`count`] and [`count_request`] use `OpenAI`'s byte pair tables, which take some 60 MiB and a tenth of a
//! second when they are first needed; for other vendors' models they are an estimate, as those publish no table.

use std::io;

use tiktoken_rs::{CoreBPE, cl100k_base_singleton, o200k_base_singleton, tokenizer};

use super::request::{Format, Image, Message, Part, Request};

/// Tokens around a message, and around the whole, in Chat Completions (`OpenAI`'s cookbook, "How to count tokens").
const AROUND_MESSAGE_TOKENS: u64 = 4;
/// Tokens of a picture: the most that Anthropic bills for one (its page on vision), above `OpenAI`'s usual 1,105.
const IMAGE_TOKENS: u64 = 1_600;
/// Text is counted in windows of this many bytes: the tables' pattern gives up with a panic on a million blanks in a row.
/// A cut may add one token to each window.
const WINDOW_BYTES: usize = 16 * 1024;

/// Tokens of a text for a model, named with or without its provider. Slow for long texts (some MB/s): not for a thread
/// that serves others.
#[must_use]
pub fn count(text: &str, model: &str) -> u64 {
    let table = table_of(model);
    let mut rest = text;
    let mut tokens: u64 = 0;
    while !rest.is_empty() {
        let Some((window, after)) = rest.split_at_checked(rest.floor_char_boundary(WINDOW_BYTES)) else { break };
        tokens = tokens.saturating_add(table.count_ordinary(window) as u64);
        rest = after;
    }
    tokens
}

/// Tokens of a question for a model. Slow as [`count`] is.
#[must_use]
pub fn count_request(request: &Request, model: &str) -> u64 {
    weigh(request, |text| count(text, model), cautious_json)
}

/// Tokens that a question has at most, by the lengths of its texts alone.
#[must_use]
pub fn cautious(request: &Request) -> u64 {
    weigh(request, cautious_text, cautious_json)
}

/// Tokens that a question may well have: one for three bytes, which is above the count for most texts and below
/// [`cautious`]. For choosing a route, where a cautious count would refuse windows that are large enough.
#[must_use]
pub fn estimate(request: &Request) -> u64 {
    weigh(request, |text| (text.len() as u64).div_ceil(3), |bytes| bytes.div_ceil(3))
}

/// Tokens of a text at most: one for two bytes of ASCII (English has four to five, code three), two for three other bytes
/// (a Chinese character is one or two tokens, two Russian letters are one).
#[must_use]
pub fn cautious_text(text: &str) -> u64 {
    let other = text.bytes().filter(|byte| !byte.is_ascii()).count() as u64;
    let ascii = (text.len() as u64).saturating_sub(other);
    ascii.div_ceil(2).saturating_add(other.saturating_mul(2).div_ceil(3))
}

/// Tokens of so many bytes of JSON at most.
const fn cautious_json(bytes: u64) -> u64 {
    bytes.div_ceil(2)
}

/// Adds up a question: `text` weighs what is written as text, `json` the bytes of what is written as JSON.
fn weigh(request: &Request, text: impl Fn(&str) -> u64, json: impl Fn(u64) -> u64) -> u64 {
    let mut tokens = AROUND_MESSAGE_TOKENS;
    for message in &request.messages {
        tokens = tokens.saturating_add(weigh_message(message, &text, &json));
    }
    for tool in &request.tools {
        let words = text(&tool.name).saturating_add(tool.description.as_deref().map_or(0, &text));
        tokens = tokens
            .saturating_add(AROUND_MESSAGE_TOKENS)
            .saturating_add(words)
            .saturating_add(json(json_bytes(&tool.parameters)));
    }
    if let Format::JsonSchema { schema, .. } = &request.format {
        tokens = tokens.saturating_add(json(json_bytes(schema)));
    }
    tokens
}

fn weigh_message(message: &Message, text: &impl Fn(&str) -> u64, json: &impl Fn(u64) -> u64) -> u64 {
    let parts = message.parts.iter().map(|part| match part {
        Part::Text(words) => text(words),
        Part::Image(Image::Url { .. } | Image::Base64 { .. }) => IMAGE_TOKENS,
        Part::Other { body, .. } => json(json_bytes(body)),
    });
    let calls = message
        .tool_calls
        .iter()
        .map(|call| AROUND_MESSAGE_TOKENS.saturating_add(text(&call.name)).saturating_add(text(&call.arguments)));
    parts.chain(calls).fold(AROUND_MESSAGE_TOKENS, u64::saturating_add)
}

/// Length of a value as JSON text, without making the text.
fn json_bytes(value: &serde_json::Value) -> u64 {
    struct Length(u64);
    impl io::Write for Length {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.saturating_add(bytes.len() as u64);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut length = Length(0);
    // Counting cannot fail, and a value always has a JSON text.
    let _ = serde_json::to_writer(&mut length, value);
    length.0
}

/// The table of a model; the newest for one that is not `OpenAI`'s.
fn table_of(model: &str) -> &'static CoreBPE {
    let name = model.rsplit('/').next().unwrap_or(model);
    match tokenizer::get_tokenizer(name) {
        Some(tokenizer::Tokenizer::Cl100kBase) => cl100k_base_singleton(),
        _ => o200k_base_singleton(),
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
