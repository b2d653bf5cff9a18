//! A request as the provider gets it.

use std::collections::BTreeMap;

use http::HeaderValue;
use serde_json::{Map, Value, json};

use super::{
    body::Body,
    claude::{Abilities, abilities},
    conversation::translate,
    extra,
    schema::{self, Asked},
    thinking::{self, Circumstances, Plan},
    tools::{self, Chosen, Item},
};
use crate::router::{
    dialect::{DialectName, Encoded, Target, answer_function::ANSWER_FUNCTION},
    failure::{Failure, FailureClass},
    provider::SchemaMode,
    request::{Format, Original, Request},
};

/// The version of the format that this module speaks.
const VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

pub(super) fn encode(request: &Request, target: &Target<'_>) -> Result<Encoded, Failure> {
    if request.tools.iter().any(|tool| tool.name == ANSWER_FUNCTION) {
        return Err(unsupported(format!("a tool of the name `{ANSWER_FUNCTION}`, which is taken")));
    }
    let original = request.original.as_ref().filter(|original| original.dialect == DialectName::AnthropicMessages);
    let mut body = match original {
        Some(original) => as_it_came(original, request, target)?,
        None => translated(request, target)?,
    };
    apply_quirks(&mut body, target);
    let mut headers = vec![("anthropic-version", VERSION)];
    headers.extend(original.into_iter().flat_map(|original| original.headers.iter().cloned()));
    Ok(Encoded { path: "/messages", headers, body: body.into_bytes()? })
}

/// The caller's own body with what the router decides, and with what a provider would refuse whole taken away: thinking
/// that no model of the vendor signed, which is what [`super::write_completion`] and [`super::PieceWriter`] made of another
/// vendor's.
fn as_it_came<'a>(original: &'a Original, request: &'a Request, target: &Target<'a>) -> Result<Body<'a>, Failure> {
    let mut body = Body::of(&original.body);
    body.set("model", target.model)?;
    let max_tokens = max_tokens(request, target);
    body.set("max_tokens", &max_tokens)?;
    if original.body.get("max_tokens").and_then(Value::as_u64).is_some_and(|own| max_tokens < own) {
        fit_thinking(&mut body, original.body.get("thinking"), max_tokens)?;
    }
    if target.stream || body.has("stream") {
        body.set("stream", &target.stream)?;
    }
    if let Some(turns) = signed_turns(original.body.get("messages")) {
        body.set("messages", &turns)?;
    }
    ask_as_it_came(&mut body, original, request, target)?;
    Ok(body)
}

/// The turns without unsigned thinking; none when there is none of it, which is the rule.
fn signed_turns(turns: Option<&Value>) -> Option<Value> {
    let is_unsigned = |block: &Value| {
        block.get("type").and_then(Value::as_str) == Some("thinking")
            && block.get("signature").and_then(Value::as_str).is_none_or(str::is_empty)
    };
    let turns = turns?.as_array()?;
    let blocks =
        |turn: &Value| turn.get("content").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_unsigned));
    if !turns.iter().any(blocks) {
        return None;
    }
    let mut turns = turns.clone();
    for blocks in turns.iter_mut().filter_map(|turn| turn.get_mut("content")?.as_array_mut()) {
        blocks.retain(|block| !is_unsigned(block));
    }
    turns.retain(|turn| turn.get("content").and_then(Value::as_array).is_none_or(|blocks| !blocks.is_empty()));
    Some(Value::Array(turns))
}

/// A body that asks for a schema with a field that the provider does not have gets the function instead.
fn ask_as_it_came<'a>(
    body: &mut Body<'a>,
    original: &'a Original,
    request: &'a Request,
    target: &Target<'_>,
) -> Result<(), Failure> {
    let Format::JsonSchema { schema, .. } = &request.format else { return Ok(()) };
    if target.quirks.schema_mode == SchemaMode::Native && abilities(target.model).json_schema {
        return Ok(());
    }
    let own = original.body.get("output_config").and_then(Value::as_object);
    let rest: BTreeMap<_, _> = own.into_iter().flatten().filter(|(name, _)| *name != "format").collect();
    body.remove("output_format");
    body.remove("output_config");
    if !rest.is_empty() {
        body.set("output_config", &rest)?;
    }
    let asked = schema::function_or_words(schema);
    let chosen = tools::choose(request, &asked, abilities(target.model));
    if let Asked::Function(answer) = &asked {
        let own = original.body.get("tools").and_then(Value::as_array);
        let items: Vec<_> = own.into_iter().flatten().map(Item::AsItCame).chain([Item::Answer(answer)]).collect();
        body.set("tools", &items)?;
        // Refused where a call is forced.
        body.remove("thinking");
    }
    if let (Some(choice), Asked::Function(_)) = (&chosen.choice, &asked) {
        body.set("tool_choice", choice)?;
    }
    let words = match &asked {
        Asked::Words(words) => Some(words),
        Asked::Function(_) => chosen.words.as_ref(),
        Asked::Nothing | Asked::Field(_) => None,
    };
    if let Some(words) = words {
        body.set("system", &with_words(original.body.get("system"), words))?;
    }
    Ok(())
}

fn with_words(system: Option<&Value>, words: &str) -> Value {
    let block = json!({ "type": "text", "text": words });
    match system {
        Some(Value::String(text)) => json!([{ "type": "text", "text": text }, block]),
        Some(Value::Array(blocks)) => Value::Array(blocks.iter().cloned().chain([block]).collect()),
        Some(_) | None => json!(words),
    }
}

fn translated<'a>(request: &'a Request, target: &Target<'a>) -> Result<Body<'a>, Failure> {
    refuse(request)?;
    let abilities = abilities(target.model);
    let asked = schema::ask(&request.format, abilities, target.quirks);
    let chosen = tools::choose(request, &asked, abilities);
    let extra = extra::fields(request)?;
    let max_tokens = max_tokens(request, target);
    let plan = plan(request, abilities, max_tokens, &chosen);

    let mut body = Body::default();
    body.set("model", target.model)?;
    body.set("max_tokens", &max_tokens)?;
    let mut conversation = translate(&request.messages)?;
    if let Asked::Words(words) = &asked {
        conversation.instruct(words);
    }
    if let Some(words) = &chosen.words {
        conversation.instruct(words);
    }
    if !conversation.system.is_empty() {
        body.set("system", &conversation.system)?;
    }
    body.set("messages", &conversation.turns)?;
    let items = tools::items(request, &asked, abilities);
    if !items.is_empty() {
        body.set("tools", &items)?;
    }
    if let Some(choice) = chosen.choice {
        body.set("tool_choice", &choice)?;
    }
    if !request.stop.is_empty() {
        body.set("stop_sequences", &request.stop)?;
    }
    if abilities.sampling && !plan.thinks() && !thinks_by_itself(&extra) {
        set_sampling(&mut body, request)?;
    }
    set_thinking(&mut body, plan, &asked)?;
    if let Some(user) = extra::user(request) {
        body.set("metadata", &json!({ "user_id": user }))?;
    }
    if target.stream {
        body.set("stream", &true)?;
    }
    body.append(extra.into_iter());
    if request.max_output_tokens.is_none() {
        fit_thinking(&mut body, request.extra.get("thinking"), max_tokens)?;
    }
    Ok(body)
}

/// Has the model think less where the token limit is not the caller's and no longer holds the caller's budget: the format
/// refuses a budget that is not below the limit.
fn fit_thinking(body: &mut Body<'_>, thinking: Option<&Value>, max_tokens: u64) -> Result<(), Failure> {
    let Some(Value::Object(thinking)) = thinking else { return Ok(()) };
    let budget_tokens = thinking.get("budget_tokens").and_then(Value::as_u64);
    if !body.has("thinking") || budget_tokens.is_none_or(|budget_tokens| budget_tokens < max_tokens) {
        return Ok(());
    }
    let Some(budget_tokens) = thinking::largest_budget(max_tokens) else {
        return Err(unsupported(format!("thinking within an answer of {max_tokens} tokens")));
    };
    let mut thinking = thinking.clone();
    thinking.insert("budget_tokens".to_owned(), budget_tokens.into());
    body.set("thinking", &thinking)
}

fn set_sampling(body: &mut Body<'_>, request: &Request) -> Result<(), Failure> {
    match (request.temperature, request.top_p) {
        (Some(temperature), _) => body.set("temperature", &temperature.min(1.0)),
        (None, Some(top_p)) => body.set("top_p", &top_p),
        (None, None) => Ok(()),
    }
}

fn set_thinking(body: &mut Body<'_>, plan: Plan, asked: &Asked) -> Result<(), Failure> {
    if let Some(thinking) = plan.thinking {
        body.set("thinking", &thinking)?;
    }
    let mut output_config = Map::new();
    if let Some(effort) = plan.effort {
        output_config.insert("effort".to_owned(), json!(effort));
    }
    if let Asked::Field(format) = asked {
        output_config.insert("format".to_owned(), format.clone());
    }
    if output_config.is_empty() { Ok(()) } else { body.set("output_config", &output_config) }
}

/// What is said about thinking: by the effort, unless the caller's own fields say it.
fn plan(request: &Request, abilities: Abilities, max_tokens: u64, chosen: &Chosen<'_>) -> Plan {
    if request.extra.contains_key("thinking") {
        return Plan::default();
    }
    let circumstances =
        Circumstances { max_tokens, call_forced: chosen.is_forced(), turn_open: thinking::is_open(&request.messages) };
    let effort = request.reasoning_effort.or_else(|| extra::effort(request));
    thinking::plan(effort, abilities.thinking, circumstances)
}

fn thinks_by_itself(extra: &[(&String, &Value)]) -> bool {
    let thinking = extra.iter().find(|(name, _)| *name == "thinking");
    thinking.is_some_and(|(_, thinking)| thinking.get("type").and_then(Value::as_str) != Some("disabled"))
}

fn max_tokens(request: &Request, target: &Target<'_>) -> u64 {
    request.max_output_tokens.unwrap_or(target.default_max_output_tokens)
}

fn refuse(request: &Request) -> Result<(), Failure> {
    if let Some(tool) = request.other_tools.first() {
        let kind = tool.get("type").and_then(Value::as_str).unwrap_or_default();
        return Err(unsupported(format!("a tool of the type `{kind}`")));
    }
    if request.stop.iter().any(|text| text.trim().is_empty()) {
        return Err(unsupported("a stop text of nothing but blanks".to_owned()));
    }
    Ok(())
}

fn apply_quirks<'a>(body: &mut Body<'a>, target: &Target<'a>) {
    let quirks = target.quirks;
    if let Some(name) = &quirks.max_tokens_field
        && name != "max_tokens"
    {
        body.rename("max_tokens", name);
    }
    for name in &quirks.drop_fields {
        body.remove(name);
    }
    body.append(quirks.add_fields.iter());
}

fn unsupported(what: String) -> Failure {
    Failure::new(FailureClass::Caller, "unsupported", format!("Anthropic Messages has no form for {what}"))
}
