//! A caller's request in this format.

use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use super::{
    parse_turns,
    problems::{Place, Problems, optional},
    thinking::{effort_of_budget, effort_of_word},
};
use crate::router::{
    dialect::DialectName,
    failure::{Failure, FailureClass},
    request::{Effort, Format, Original, Request, Tool, ToolChoice},
};

/// Fields of the format. Those without a typed form mean something to this vendor alone and stay in the original; all other
/// fields go on as extra ones.
const OWN_FIELDS: [&str; 28] = [
    "model",
    "max_tokens",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "stop_sequences",
    "stream",
    "temperature",
    "top_p",
    "thinking",
    "output_config",
    "output_format",
    "metadata",
    "service_tier",
    "cache_control",
    "container",
    "context_management",
    "mcp_servers",
    "diagnostics",
    "inference_geo",
    "speed",
    "betas",
    "anthropic_version",
    "anthropic_beta",
    "user_profile_id",
    "workspace_id",
    "thread_id",
];
/// Headers that the provider reads along with the body.
const OWN_HEADERS: [&str; 1] = ["anthropic-beta"];

/// A request and what its body says to the gateway.
#[derive(Debug, Clone)]
pub struct ParsedRequest {
    /// The question, with the body as it came.
    pub request: Request,
    /// Who is asked: a name, a class, or `auto`.
    pub model: String,
    /// Whether the answer is to come piece by piece.
    pub stream: bool,
}

impl ParsedRequest {
    /// Keeps the headers that belong to the body (`anthropic-beta`, without which beta fields are refused) for a provider
    /// that speaks the format.
    pub fn keep_headers(&mut self, headers: &HeaderMap) {
        let Some(original) = self.request.original.as_mut() else { return };
        for name in OWN_HEADERS {
            let values = headers.get_all(HeaderName::from_static(name)).iter();
            original.headers.extend(values.map(|value| (name, value.clone())));
        }
    }
}

/// Reads the body of `POST /v1/messages`.
///
/// Thinking of earlier turns stays in the original alone: only the model that signed it can read it. A tool's answer that is
/// marked as an error begins with words that say so. Blocks that no other wire format has (files, searches of the provider)
/// are parts of their own type, tools of that kind are `other_tools`; other dialects refuse both.
///
/// # Errors
/// [`FailureClass::Caller`] with code `invalid_request`; the message lists
/// all problems of the body, each with its place, up to fifty.
pub fn parse_request(body: &[u8]) -> Result<ParsedRequest, Failure> {
    let wrong = |message: String| Failure::new(FailureClass::Caller, "invalid_request", message);
    let body: Value = serde_json::from_slice(body).map_err(|error| wrong(format!("the body is not JSON: {error}")))?;
    let Value::Object(body) = body else {
        return Err(wrong("the body must be a JSON object".to_owned()));
    };
    let mut problems = Problems::default();
    let place = Place::Body;
    let model = problems.required_text(&place, &body, "model").map(str::to_owned);
    let stream = problems.flag(&place, &body, "stream").unwrap_or(false);
    problems.required(&place, &body, "max_tokens");
    let max_output_tokens = problems.count(&place, &body, "max_tokens");
    let mut request = Request {
        messages: parse_turns::parse(&body, &mut problems),
        max_output_tokens,
        temperature: problems.fraction(&place, &body, "temperature"),
        top_p: problems.fraction(&place, &body, "top_p"),
        stop: stop_sequences(&body, &mut problems),
        format: format(&body, &mut problems),
        reasoning_effort: effort(&body, max_output_tokens.unwrap_or(0), &mut problems),
        ..Request::default()
    };
    tools(&body, &mut request, &mut problems);
    tool_choice(&body, &mut request, &mut problems);
    problems.into_result()?;
    request.extra = body.iter().filter(|(name, _)| !OWN_FIELDS.contains(&name.as_str())).map(owned).collect();
    request.original = Some(Original { dialect: DialectName::AnthropicMessages, body, headers: Vec::new() });
    Ok(ParsedRequest { request, model: model.unwrap_or_default(), stream })
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn stop_sequences(body: &Map<String, Value>, problems: &mut Problems) -> Vec<String> {
    let place = Place::Body.field("stop_sequences");
    let list = optional(body, "stop_sequences").and_then(|value| problems.list(&place, value));
    let mut texts = Vec::new();
    for (index, value) in list.into_iter().flatten().enumerate() {
        match value.as_str() {
            Some(text) => texts.push(text.to_owned()),
            None => problems.add(&place.item(index), "must be a text"),
        }
    }
    texts
}

/// The look of the answer: `output_config.format`, or `output_format`, its name while it was in beta.
fn format(body: &Map<String, Value>, problems: &mut Problems) -> Format {
    let config = Place::Body.field("output_config");
    let within = optional(body, "output_config").and_then(|value| problems.object(&config, value));
    let found = within
        .and_then(|within| Some((config.field("format"), optional(within, "format")?)))
        .or_else(|| Some((Place::Body.field("output_format"), optional(body, "output_format")?)));
    let Some((place, value)) = found else { return Format::Text };
    let Some(format) = problems.object(&place, value) else { return Format::Text };
    if problems.required_text(&place, format, "type").is_some_and(|kind| kind != "json_schema") {
        problems.add(&place.field("type"), "must be `json_schema`");
    }
    let schema = problems.required(&place, format, "schema");
    match schema.filter(|schema| problems.object(&place.field("schema"), schema).is_some()) {
        Some(schema) => Format::JsonSchema { name: "answer".to_owned(), schema: schema.clone(), strict: true },
        None => Format::Text,
    }
}

/// How long the model may think. An effort says it exactly, a budget by its share of the token limit.
fn effort(body: &Map<String, Value>, max_tokens: u64, problems: &mut Problems) -> Option<Effort> {
    let config = Place::Body.field("output_config");
    let within = body.get("output_config").and_then(Value::as_object);
    let effort = within.and_then(|within| problems.text(&config, within, "effort")).and_then(effort_of_word);
    let place = Place::Body.field("thinking");
    let thinking = optional(body, "thinking").and_then(|value| problems.object(&place, value));
    let Some(thinking) = thinking else { return effort };
    match problems.required_text(&place, thinking, "type") {
        Some("disabled") => Some(Effort::None),
        Some("enabled") => {
            problems.required(&place, thinking, "budget_tokens");
            let budget = problems.count(&place, thinking, "budget_tokens");
            effort.or(budget.map(|budget| effort_of_budget(budget, max_tokens)))
        }
        Some(_) | None => effort,
    }
}

fn tools(body: &Map<String, Value>, request: &mut Request, problems: &mut Problems) {
    let place = Place::Body.field("tools");
    let list = optional(body, "tools").and_then(|value| problems.list(&place, value));
    for (index, value) in list.into_iter().flatten().enumerate() {
        let place = place.item(index);
        let Some(tool) = problems.object(&place, value) else { continue };
        if problems.text(&place, tool, "type").is_some_and(|kind| kind != "custom") {
            request.other_tools.push(value.clone());
            continue;
        }
        let name = problems.required_text(&place, tool, "name");
        let parameters = problems.required(&place, tool, "input_schema");
        let parameters = parameters.filter(|schema| problems.object(&place.field("input_schema"), schema).is_some());
        let description = problems.text(&place, tool, "description").map(str::to_owned);
        let strict = problems.flag(&place, tool, "strict");
        if let (Some(name), Some(parameters)) = (name, parameters) {
            let (name, parameters) = (name.to_owned(), parameters.clone());
            request.tools.push(Tool { name, description, parameters, strict });
        }
    }
}

fn tool_choice(body: &Map<String, Value>, request: &mut Request, problems: &mut Problems) {
    let place = Place::Body.field("tool_choice");
    let Some(choice) = optional(body, "tool_choice").and_then(|value| problems.object(&place, value)) else { return };
    request.tool_choice = match problems.required_text(&place, choice, "type") {
        Some("auto") => Some(ToolChoice::Auto),
        Some("any") => Some(ToolChoice::Required),
        Some("none") => Some(ToolChoice::None),
        Some("tool") => problems.required_text(&place, choice, "name").map(|name| ToolChoice::Named(name.to_owned())),
        Some(_) => {
            problems.add(&place.field("type"), "must be `auto`, `any`, `tool` or `none`");
            None
        }
        None => None,
    };
    request.parallel_tool_calls = problems.flag(&place, choice, "disable_parallel_tool_use").map(|disable| !disable);
}
