//! Whole answers of GigaChat.

use super::wire::{WireAnswer, WireChoice};
use crate::{
    domain::usage::Usage,
    router::{
        completion::{Choice, Completion, Finish},
        dialect::answer_function::ANSWER_FUNCTION,
        failure::Failure,
        request::ToolCall,
    },
};

/// Reads an answer of status 200.
pub(super) fn decode(body: &[u8]) -> Result<Completion, Failure> {
    let mut answer = WireAnswer::read(body)?;
    let usage = answer.usage();
    let mut wire_choices = answer.choices.take().unwrap_or_default();
    if wire_choices.is_empty() {
        return Err(Failure { usage, ..Failure::damaged("the provider's answer has no choices") });
    }
    wire_choices.sort_by_key(|choice| choice.index);
    let choices = wire_choices
        .into_iter()
        .map(|wire_choice| choice(wire_choice, &answer, usage))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Completion {
        // It names none.
        id: String::new(),
        model: answer.model.unwrap_or_default(),
        choices,
        usage,
        provider_cost: None,
        original: None,
    })
}

fn choice(mut wire_choice: WireChoice, answer: &WireAnswer, usage: Option<Usage>) -> Result<Choice, Failure> {
    let finish = wire_choice.finish(usage)?;
    let Some(mut message) = wire_choice.message.take() else {
        return Err(Failure { usage, ..Failure::damaged("the provider's answer has a choice without a message") });
    };
    let mut choice = Choice {
        text: message.content.take().unwrap_or_default(),
        reasoning: message.reasoning_content.take().unwrap_or_default(),
        finish: finish.unwrap_or_default(),
        ..Choice::default()
    };
    let Some(call) = message.function_call.take() else {
        return Ok(choice);
    };
    let arguments = call.arguments();
    let name = call.name.unwrap_or_default();
    let has_ended = matches!(choice.finish, Finish::Stop | Finish::ToolCalls);
    if name == ANSWER_FUNCTION {
        // Words beside the answer are none of it.
        choice.text = arguments;
        choice.finish = if has_ended { Finish::Stop } else { choice.finish };
    } else {
        let id = message.call_id(answer.created.as_ref(), &name, &arguments);
        choice.tool_calls.push(ToolCall { id, name, arguments });
        choice.finish = if has_ended { Finish::ToolCalls } else { choice.finish };
    }
    Ok(choice)
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
