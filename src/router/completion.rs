//! What a model answers, in one form for all wire formats: whole, and piece by piece.

use bytes::Bytes;

use crate::domain::{money::Usd, usage::Usage};

use super::{dialect::DialectName, request::ToolCall};

/// A whole answer.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    /// The provider's name for it.
    pub id: String,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// Its choices; one, unless the caller asked for more.
    pub choices: Vec<Choice>,
    /// Tokens; none when the provider did not say.
    pub usage: Option<Usage>,
    /// What the provider says that it cost.
    pub provider_cost: Option<Usd>,
    /// The answer as it came, for a caller who speaks the same wire format.
    pub original: Option<OriginalAnswer>,
}

impl Completion {
    /// Text of the first choice.
    #[must_use]
    pub fn text(&self) -> &str {
        self.choices.first().map_or("", |choice| &choice.text)
    }
}

/// A body as it came from a provider: of a whole answer, or the data of one event of a stream.
#[derive(Debug, Clone)]
pub struct OriginalAnswer {
    /// Its wire format.
    pub dialect: DialectName,
    /// JSON.
    pub body: Bytes,
}

/// One of the answers that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the model says.
    pub text: String,
    /// What it thought, where the provider shows that.
    pub reasoning: String,
    /// Why it will not answer, in its words.
    pub refusal: Option<String>,
    /// Calls that it makes.
    pub tool_calls: Vec<ToolCall>,
    /// Why it ended.
    pub finish: Finish,
}

/// Why an answer ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Finish {
    /// It was complete.
    #[default]
    Stop,
    /// The token limit cut it off.
    Length,
    /// The model waits for its tool calls to be answered.
    ToolCalls,
    /// The provider's filter cut it off, or the model refused.
    ContentFilter,
    /// A reason that only this provider has.
    Other(String),
}

/// What one event of a stream says.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    /// In order; most events say one thing.
    pub deltas: Vec<Delta>,
    /// The event's data as it came, for a caller who speaks the same wire format.
    pub original: Option<OriginalAnswer>,
}

impl Piece {
    /// A whole answer as one piece.
    #[must_use]
    pub fn of_whole(completion: Completion) -> Self {
        let Completion { id, model, choices, usage, provider_cost, original: _ } = completion;
        let mut deltas = vec![Delta::Start { id, model }];
        for (choice, answer) in (0..).zip(choices) {
            let Choice { text, reasoning, refusal, tool_calls, finish } = answer;
            if !reasoning.is_empty() {
                deltas.push(Delta::Reasoning { choice, text: reasoning });
            }
            if !text.is_empty() {
                deltas.push(Delta::Text { choice, text });
            }
            deltas.extend(refusal.map(|text| Delta::Refusal { choice, text }));
            deltas.extend((0..).zip(tool_calls).map(|(index, call)| Delta::ToolCall {
                choice,
                index,
                id: Some(call.id),
                name: Some(call.name),
                arguments: call.arguments,
            }));
            deltas.push(Delta::Finish { choice, finish });
        }
        deltas.extend(usage.map(|usage| Delta::Usage { usage, provider_cost }));
        Self { deltas, original: None }
    }
}

/// A change to the answer so far. `choice` counts from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// The answer begins.
    Start {
        /// The provider's name for it.
        id: String,
        /// The model that answers.
        model: String,
    },
    /// More text.
    Text {
        /// Of which choice.
        choice: u32,
        /// The text.
        text: String,
    },
    /// More of what the model thinks.
    Reasoning {
        /// Of which choice.
        choice: u32,
        /// The text.
        text: String,
    },
    /// More of why it will not answer.
    Refusal {
        /// Of which choice.
        choice: u32,
        /// The text.
        text: String,
    },
    /// More of a tool call.
    ToolCall {
        /// Of which choice.
        choice: u32,
        /// Which of its calls, from 0.
        index: u32,
        /// On the first piece of a call.
        id: Option<String>,
        /// On the first piece of a call.
        name: Option<String>,
        /// More of the arguments' JSON text.
        arguments: String,
    },
    /// A choice ended.
    Finish {
        /// Which.
        choice: u32,
        /// Why.
        finish: Finish,
    },
    /// Tokens so far; a later one replaces an earlier one.
    Usage {
        /// Tokens.
        usage: Usage,
        /// What the provider says that it cost.
        provider_cost: Option<Usd>,
    },
}
