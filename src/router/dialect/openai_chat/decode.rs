//! Whole answers of Chat Completions.

use super::wire::{self, WireAnswer, WireChoice};
use crate::router::{
    completion::{Choice, Completion, Finish},
    dialect::{answer_function::ANSWER_FUNCTION, no_arguments, openai_usage},
    failure::Failure,
    request::ToolCall,
};

pub(super) fn decode(body: &[u8]) -> Result<Completion, Failure> {
    if body.trim_ascii().is_empty() {
        return Err(Failure::damaged("the provider's answer is empty"));
    }
    let mut answer = WireAnswer::read(body)?;
    let counted = answer.usage().map(openai_usage::read).unwrap_or_default();
    let mut is_ours = false;
    let mut choices = Vec::new();
    for choice in answer.choices.take().unwrap_or_default() {
        let (choice, rewritten) = read_choice(choice)?;
        is_ours |= rewritten;
        choices.push(choice);
    }
    if choices.is_empty() {
        let failure = Failure::damaged("the provider's answer has no choices");
        return Err(Failure { usage: counted.usage, provider_cost: counted.cost, ..failure });
    }
    let text = |text: Option<wire::Text<'_>>| text.map(|text| text.0.into_owned()).unwrap_or_default();
    Ok(Completion {
        id: text(answer.id),
        model: text(answer.model),
        choices,
        usage: counted.usage,
        provider_cost: counted.cost,
        original: (!is_ours).then(|| wire::original(body)),
    })
}

/// Reads a choice, and says whether it is no more what came: the function that stands for a schema became its text, or a
/// call has got the arguments that it came without.
fn read_choice(mut choice: WireChoice<'_>) -> Result<(Choice, bool), Failure> {
    let Some(mut message) = choice.message.take() else {
        return Err(Failure::damaged("a choice of the provider's answer has no message"));
    };
    let (reasoning, mut text) = message.take_texts();
    let mut tool_calls = Vec::new();
    let mut answer = None;
    let mut is_ours = false;
    for call in message.tool_calls.take().unwrap_or_default() {
        let Some(function) = call.function else { continue };
        let arguments = function.arguments.map(|arguments| arguments.0).unwrap_or_default();
        is_ours |= no_arguments::is_blank(&arguments);
        let arguments = no_arguments::or_none(arguments);
        match function.name {
            Some(name) if name == ANSWER_FUNCTION => answer = answer.or(Some(arguments)),
            name => {
                let (id, name) = (call.id.unwrap_or_default(), name.unwrap_or_default());
                tool_calls.push(ToolCall { id, name, arguments });
            }
        }
    }
    let is_answer = answer.is_some();
    if let Some(answer) = answer {
        text = answer;
    }
    let mut finish = choice.finish(!tool_calls.is_empty()).unwrap_or_default();
    if is_answer && tool_calls.is_empty() && finish == Finish::ToolCalls {
        finish = Finish::Stop;
    }
    let refusal = message.refusal.filter(|refusal| !refusal.is_empty());
    Ok((Choice { text, reasoning, refusal, tool_calls, finish }, is_ours || is_answer))
}
