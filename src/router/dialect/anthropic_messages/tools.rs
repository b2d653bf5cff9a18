//! Tools in the format's words.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    claude::Abilities,
    schema::{AnswerTool, Asked},
    strict_schema::strict_schema,
};
use crate::router::{
    dialect::answer_function::ANSWER_FUNCTION,
    request::{Request, Tool, ToolChoice},
};

/// An item of `tools`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item<'a> {
    /// A caller's tool.
    Tool(Definition<'a>),
    /// Ours, for the answer.
    Answer(&'a AnswerTool),
    /// As a caller wrote it.
    AsItCame(&'a Value),
}

/// A tool's definition.
#[derive(Debug, Serialize)]
pub(super) struct Definition<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    input_schema: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

/// The field `tool_choice`.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Choice<'a> {
    /// As the model likes.
    Auto {
        /// At most one call.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    /// At least one call.
    Any {
        /// At most one call.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    /// This tool.
    Tool {
        /// Its name.
        name: &'a str,
        /// At most one call.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    /// No call.
    None,
}

/// The items of `tools`. When the caller has none but the conversation has calls, the called ones are named again, since the
/// format refuses calls of tools that it was not told of; [`choose`] then forbids them.
pub(super) fn items<'a>(request: &'a Request, asked: &'a Asked, abilities: Abilities) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = request.tools.iter().map(|tool| Item::Tool(definition(tool, abilities))).collect();
    if items.is_empty() {
        items.extend(called(request).into_iter().map(|name| {
            Item::Tool(Definition { name, description: None, input_schema: json!({ "type": "object" }), strict: None })
        }));
    }
    if let Asked::Function(answer) = asked {
        items.push(Item::Answer(answer));
    }
    items
}

/// The field `tool_choice`, when it must be there, and words for the system where a model cannot be forced: the vendor advises
/// to ask such a model in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen<'a> {
    /// The field.
    pub(super) choice: Option<Choice<'a>>,
    /// The words.
    pub(super) words: Option<String>,
}

impl Chosen<'_> {
    /// Whether the model must call a tool.
    pub(super) fn is_forced(&self) -> bool {
        matches!(self.choice, Some(Choice::Any { .. } | Choice::Tool { .. }))
    }
}

/// What a request says about calls to a model of some abilities.
pub(super) fn choose<'a>(request: &'a Request, asked: &Asked, abilities: Abilities) -> Chosen<'a> {
    let choice = choice(request, asked);
    let words = match choice {
        Some(Choice::Any { .. }) => "Answer with a call of at least one of your tools.".to_owned(),
        Some(Choice::Tool { name, .. }) => format!("Answer with a call of the tool `{name}`."),
        Some(Choice::Auto { .. } | Choice::None) | None => return Chosen { choice, words: None },
    };
    if abilities.forced_calls {
        return Chosen { choice, words: None };
    }
    let disable_parallel_tool_use = request.parallel_tool_calls == Some(false);
    Chosen { choice: Some(Choice::Auto { disable_parallel_tool_use }), words: Some(words) }
}

fn choice<'a>(request: &'a Request, asked: &Asked) -> Option<Choice<'a>> {
    let disable_parallel_tool_use = request.parallel_tool_calls == Some(false);
    if matches!(asked, Asked::Function(_)) {
        return Some(choice_with_answer(request, disable_parallel_tool_use));
    }
    if request.tools.is_empty() {
        return (!called(request).is_empty()).then_some(Choice::None);
    }
    match &request.tool_choice {
        None => disable_parallel_tool_use.then_some(Choice::Auto { disable_parallel_tool_use }),
        Some(ToolChoice::Auto) => Some(Choice::Auto { disable_parallel_tool_use }),
        Some(ToolChoice::None) => Some(Choice::None),
        Some(ToolChoice::Required) => Some(Choice::Any { disable_parallel_tool_use }),
        Some(ToolChoice::Named(name)) => Some(Choice::Tool { name, disable_parallel_tool_use }),
    }
}

/// The answer comes through a function: the model calls that one, or, where it may use the caller's tools, any.
fn choice_with_answer(request: &Request, disable_parallel_tool_use: bool) -> Choice<'_> {
    match &request.tool_choice {
        Some(ToolChoice::Named(name)) if !request.tools.is_empty() => Choice::Tool { name, disable_parallel_tool_use },
        None | Some(ToolChoice::Auto | ToolChoice::Required) if !request.tools.is_empty() => {
            Choice::Any { disable_parallel_tool_use }
        }
        _ => Choice::Tool { name: ANSWER_FUNCTION, disable_parallel_tool_use: true },
    }
}

fn definition(tool: &Tool, abilities: Abilities) -> Definition<'_> {
    let wants_strict = tool.strict == Some(true) && abilities.json_schema;
    let strict = if wants_strict { strict_schema(&tool.parameters) } else { None };
    Definition {
        name: &tool.name,
        description: tool.description.as_deref(),
        strict: strict.is_some().then_some(true),
        input_schema: strict.unwrap_or_else(|| object_schema(&tool.parameters)),
    }
}

/// The format demands the type `object`; a function of no arguments may come without a schema.
fn object_schema(parameters: &Value) -> Value {
    match parameters {
        Value::Object(schema) if schema.contains_key("type") => parameters.clone(),
        Value::Object(schema) => {
            let mut schema = schema.clone();
            schema.insert("type".to_owned(), json!("object"));
            Value::Object(schema)
        }
        _ => json!({ "type": "object", "properties": {} }),
    }
}

fn called(request: &Request) -> BTreeSet<&str> {
    request.messages.iter().flat_map(|message| &message.tool_calls).map(|call| call.name.as_str()).collect()
}
