//! How long a model may think: the normal form's effort in the words of a model's generation, and back.
//!
//! | effort | budget, by share of the token limit | adaptive |
//! |---|---|---|
//! | none | no `thinking` | as the model is told not to; where it cannot be, effort `low` |
//! | minimal | 10 % | `low` |
//! | low | 20 % | `low` |
//! | medium | 50 % | `medium` |
//! | high | 80 % | `high` |
//!
//! A budget is at least 1,024 tokens (the format's least) and at most 32,000 (the vendor's advice for a call that is waited
//! for), and less than the token limit, which it is a part of; where these cannot all be, the model does not think. Nor does
//! it where a call is forced: the format refuses both together.

use serde::Serialize;

use super::claude::{Off, ThinkingForm};
use crate::router::request::{Effort, Message, Role};

/// The format's least.
const LEAST_BUDGET_TOKENS: u64 = 1_024;
/// Above it the vendor advises batches, since connections do not last so long.
const MOST_BUDGET_TOKENS: u64 = 32_000;

/// The field `thinking`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Thinking {
    /// At most so many tokens.
    Enabled {
        /// How many.
        budget_tokens: u64,
    },
    /// As long as the model sees fit.
    Adaptive,
    /// Not at all.
    Disabled,
    /// Not before it answers.
    BetweenTools,
}

/// What a request says about thinking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// The field `thinking`.
    pub(super) thinking: Option<Thinking>,
    /// The field `effort` of `output_config`.
    pub(super) effort: Option<&'static str>,
}

impl Plan {
    /// Whether the model thinks, so that sampling fields are refused.
    pub(super) fn thinks(&self) -> bool {
        matches!(self.thinking, Some(Thinking::Enabled { .. } | Thinking::Adaptive))
    }
}

/// What a conversation allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    /// Most tokens of the answer, thinking included.
    pub(super) max_tokens: u64,
    /// Whether the model must call a tool.
    pub(super) call_forced: bool,
    /// Whether the conversation ends in a turn of the model that would have to begin with its thinking, see [`is_open`].
    pub(super) turn_open: bool,
}

/// Whether the model's last turn is not over: it waits for tools, or the conversation ends with it. A model that thinks by a
/// budget demands that such a turn begins with its signed thinking, which the normal form does not keep.
pub(super) fn is_open(messages: &[Message]) -> bool {
    let last = messages.iter().rposition(|message| message.role == Role::Assistant);
    last.and_then(|index| Some((index, messages.get(index)?)))
        .is_some_and(|(index, message)| !message.tool_calls.is_empty() || index.saturating_add(1) == messages.len())
}

/// What a request of an effort, or of none, says to a model.
pub(super) fn plan(effort: Option<Effort>, form: ThinkingForm, circumstances: Circumstances) -> Plan {
    match form {
        ThinkingForm::Absent => Plan::default(),
        ThinkingForm::Budget if circumstances.call_forced || circumstances.turn_open => Plan::default(),
        ThinkingForm::Budget => {
            let thinking = effort.and_then(|effort| budget_tokens(effort, circumstances.max_tokens));
            Plan { thinking: thinking.map(|budget_tokens| Thinking::Enabled { budget_tokens }), effort: None }
        }
        ThinkingForm::Adaptive { off } => adaptive(effort, off, circumstances.call_forced),
    }
}

fn budget_tokens(effort: Effort, max_tokens: u64) -> Option<u64> {
    let percent = match effort {
        Effort::None => return None,
        Effort::Minimal => 10,
        Effort::Low => 20,
        Effort::Medium => 50,
        Effort::High => 80,
    };
    let share = max_tokens.saturating_mul(percent) / 100;
    Some(share.clamp(LEAST_BUDGET_TOKENS, MOST_BUDGET_TOKENS)).filter(|budget| *budget < max_tokens)
}

/// The largest budget that a token limit holds; none where it holds none.
pub(super) fn largest_budget(max_tokens: u64) -> Option<u64> {
    max_tokens.checked_sub(1).filter(|budget| *budget >= LEAST_BUDGET_TOKENS)
}

fn adaptive(effort: Option<Effort>, off: Off, call_forced: bool) -> Plan {
    let told_off = match off {
        Off::Untold => None,
        Off::Disabled => Some(Thinking::Disabled),
        Off::BetweenTools => Some(Thinking::BetweenTools),
        Off::Never => Some(Thinking::Adaptive),
    };
    let word = match effort {
        None => None,
        Some(Effort::None) => (off == Off::Never).then_some("low"),
        Some(Effort::Minimal | Effort::Low) => Some("low"),
        Some(Effort::Medium) => Some("medium"),
        Some(Effort::High) => Some("high"),
    };
    let thinking = match effort {
        _ if call_forced => told_off.filter(|_| off != Off::Never),
        None => None,
        Some(Effort::None) => told_off,
        Some(Effort::Minimal | Effort::Low | Effort::Medium | Effort::High) => Some(Thinking::Adaptive),
    };
    Plan { thinking, effort: word }
}

/// The effort that a budget means, by the same shares.
pub(super) fn effort_of_budget(budget_tokens: u64, max_tokens: u64) -> Effort {
    match budget_tokens.saturating_mul(100) / max_tokens.max(1) {
        0..=10 => Effort::Minimal,
        11..=35 => Effort::Low,
        36..=65 => Effort::Medium,
        _ => Effort::High,
    }
}

/// The effort that a word of `output_config.effort` means; none for a word of no meaning here.
pub(super) fn effort_of_word(word: &str) -> Option<Effort> {
    match word {
        "low" => Some(Effort::Low),
        "medium" => Some(Effort::Medium),
        "high" | "xhigh" | "max" => Some(Effort::High),
        _ => None,
    }
}

#[cfg(test)]
#[path = "thinking_tests.rs"]
mod tests;
