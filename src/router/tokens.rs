//! Counts tokens: before a call for choosing a route, after one that was cut off for what it cost.
//!
//! Two ways. [`estimate`] looks at lengths alone, takes microseconds and no memory. [`count`] and [`count_request`] use `OpenAI`'s byte pair tables, which take some 60 MiB and a tenth of a
//! second when they are first needed; for other vendors' models they are an estimate, as those publish no table.

use std::io;

use tiktoken_rs::{CoreBPE, cl100k_base_singleton, o200k_base_singleton, tokenizer};

use super::request::{Format, Image, Message, Part, Request};

/// Tokens around a message, and around the whole, in Chat Completions (`OpenAI`'s cookbook, "How to count tokens").
const AROUND_MESSAGE_TOKENS: u64 = 4;
/// Tokens of a picture, usually: what Anthropic bills for one that fills a screen (its page on vision), above `OpenAI`'s
/// usual 1,105. What the largest may cost is for reserves to know.
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
    weigh(request, |text| count(text, model), |bytes| bytes.div_ceil(2))
}

/// Tokens that a question may well have: one for three bytes, which is above the count for most texts. For choosing a
/// route, where the most that it can have would refuse windows that are large enough.
#[must_use]
pub fn estimate(request: &Request) -> u64 {
    weigh(request, |text| (text.len() as u64).div_ceil(3), |bytes| bytes.div_ceil(3))
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
    let other_tools =
        request.other_tools.iter().map(|tool| AROUND_MESSAGE_TOKENS.saturating_add(json(json_bytes(tool))));
    let functions = request.extra.get("functions").map(|functions| json(json_bytes(functions)));
    other_tools.chain(functions).fold(tokens, u64::saturating_add)
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
