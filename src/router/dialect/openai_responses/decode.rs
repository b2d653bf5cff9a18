//! Whole answers of Responses.

use super::wire::{WireContent, WireItem, WireResponse};
use crate::router::{
    completion::{Choice, Completion},
    dialect::{answer_function::ANSWER_FUNCTION, no_arguments, openai_usage},
    failure::Failure,
    request::ToolCall,
};

pub(super) fn decode(body: &[u8]) -> Result<Completion, Failure> {
    if body.trim_ascii().is_empty() {
        return Err(Failure::damaged("the provider's answer is empty"));
    }
    let mut response = WireResponse::read(body)?;
    let counted = response.usage().map(openai_usage::read).unwrap_or_default();
    let Some(items) = response.output.take() else {
        let failure = Failure::damaged("the provider's answer has no output");
        return Err(Failure { usage: counted.usage, provider_cost: counted.cost, ..failure });
    };
    let mut choice = Choice::default();
    let mut answer = None;
    for item in items {
        answer = answer.or(add_item(&mut choice, item));
    }
    choice.finish = response.finish(!choice.tool_calls.is_empty())?;
    if let Some(answer) = answer {
        choice.text = answer;
    }
    Ok(Completion {
        id: response.id.unwrap_or_default(),
        model: response.model.unwrap_or_default(),
        choices: vec![choice],
        usage: counted.usage,
        provider_cost: counted.cost,
        original: None,
    })
}

/// Adds an item to the answer; gives the arguments of the function that stands for a schema.
fn add_item(choice: &mut Choice, item: WireItem) -> Option<String> {
    match item {
        WireItem::Message { content } => {
            for part in content.unwrap_or_default() {
                match part {
                    WireContent::OutputText { text } => choice.text.push_str(&text),
                    WireContent::Refusal { refusal } => {
                        choice.refusal.get_or_insert_default().push_str(&refusal);
                    }
                    WireContent::ReasoningText { .. } | WireContent::SummaryText { .. } | WireContent::Other => {}
                }
            }
        }
        WireItem::FunctionCall { name: Some(name), arguments, .. } if name == ANSWER_FUNCTION => {
            return Some(no_arguments::or_none(arguments.unwrap_or_default()));
        }
        WireItem::FunctionCall { call_id, id, name, arguments } => choice.tool_calls.push(ToolCall {
            id: call_id.or(id).unwrap_or_default(),
            name: name.unwrap_or_default(),
            arguments: no_arguments::or_none(arguments.unwrap_or_default()),
        }),
        WireItem::Reasoning { summary, content } => {
            let parts = summary.into_iter().flatten().chain(content.into_iter().flatten());
            for part in parts {
                if let WireContent::ReasoningText { text } | WireContent::SummaryText { text } = part {
                    if !choice.reasoning.is_empty() {
                        choice.reasoning.push_str("\n\n");
                    }
                    choice.reasoning.push_str(&text);
                }
            }
        }
        WireItem::Other => {}
    }
    None
}
