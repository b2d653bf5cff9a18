//! Chat Completions as callers of the gateway send them.

mod answer_format;
mod messages;
mod problems;
mod tools;

use serde_json::{Map, Value};

use problems::Problems;

use crate::router::{
    dialect::DialectName,
    failure::{Failure, FailureClass},
    request::{Original, Request},
};

/// What a caller asks.
#[derive(Debug, Clone)]
pub struct ParsedRequest {
    /// The question; with the body as it came, for providers that speak the same.
    pub request: Request,
    /// The model's name, or a class, or `auto`.
    pub model: String,
    /// Whether the answer is wanted piece by piece.
    pub stream: bool,
    /// Whether the caller wants the usage in the stream's last chunk.
    pub include_usage: bool,
}

/// Reads a request.
///
/// Fields that the wire format does not have, and values that the normal form has no word for (a choice among some of the
/// tools), go to `extra`, as they came. A field that is null is one that is not there.
///
/// # Errors
/// [`FailureClass::Caller`] with code `invalid_request`; the message names every problem and where it is.
pub fn parse_request(body: &[u8]) -> Result<ParsedRequest, Failure> {
    let body: Map<String, Value> = serde_json::from_slice(body).map_err(|error| not_an_object(&error))?;
    let mut reading = Reading::default();
    for (name, value) in &body {
        reading.read_field(name, value);
    }
    if !body.contains_key("model") {
        reading.problems.add("model", "is missing");
    }
    if !body.contains_key("messages") {
        reading.problems.add("messages", "is missing");
    }
    reading.problems.into_failure()?;
    let mut request = reading.request;
    request.max_output_tokens = reading.max_completion_tokens.or(reading.max_tokens);
    request.original = Some(Original { dialect: DialectName::OpenaiChat, body, headers: Vec::new() });
    Ok(ParsedRequest { request, model: reading.model, stream: reading.stream, include_usage: reading.include_usage })
}

fn not_an_object(error: &serde_json::Error) -> Failure {
    let sentence = if error.is_data() {
        "the body must be a JSON object".to_owned()
    } else {
        format!("the body is not JSON (line {}, column {})", error.line(), error.column())
    };
    Failure::new(FailureClass::Caller, "invalid_request", sentence)
}

#[derive(Default)]
struct Reading {
    request: Request,
    model: String,
    stream: bool,
    include_usage: bool,
    max_completion_tokens: Option<u64>,
    max_tokens: Option<u64>,
    problems: Problems,
}

impl Reading {
    fn read_field(&mut self, name: &str, value: &Value) {
        let request = &mut self.request;
        let problems = &mut self.problems;
        match name {
            "model" => match value.as_str() {
                Some(model) if !model.trim().is_empty() => model.clone_into(&mut self.model),
                Some(_) => problems.add(name, "is empty"),
                None => problems.add(name, "must be a text"),
            },
            "messages" => request.messages = messages::read(value, problems),
            _ if value.is_null() => {}
            "tools" => tools::read(value, request, problems),
            "tool_choice" => match tools::read_choice(value) {
                Some(choice) => request.tool_choice = Some(choice),
                None => self.keep(name, value),
            },
            "parallel_tool_calls" => request.parallel_tool_calls = problems.boolean(name, value),
            "response_format" => match answer_format::read(value, problems) {
                Some(format) => request.format = format,
                None => self.keep(name, value),
            },
            "max_completion_tokens" => self.max_completion_tokens = problems.tokens(name, value),
            "max_tokens" => self.max_tokens = problems.tokens(name, value),
            "temperature" => request.temperature = problems.number(name, value),
            "top_p" => request.top_p = problems.number(name, value),
            "stop" => request.stop = problems.text_or_texts(name, value),
            "seed" => request.seed = problems.integer(name, value),
            // Words for efforts come and go; one that is not known is the provider's to judge.
            "reasoning_effort" => match serde_json::from_value(value.clone()) {
                Ok(effort) => request.reasoning_effort = Some(effort),
                Err(_) => self.keep(name, value),
            },
            "stream" => self.stream = problems.boolean(name, value).unwrap_or(false),
            "stream_options" => match value {
                Value::Object(options) => {
                    let include = options.get("include_usage").filter(|include| !include.is_null());
                    let read = |include| problems.boolean("stream_options.include_usage", include);
                    self.include_usage = include.and_then(read).unwrap_or(false);
                }
                _ => problems.add(name, "must be an object"),
            },
            _ => self.keep(name, value),
        }
    }

    fn keep(&mut self, name: &str, value: &Value) {
        self.request.extra.insert(name.to_owned(), value.clone());
    }
}
