//! Streams of Chat Completions, chunk by chunk.

use std::collections::BTreeMap;

use super::wire::{self, WireAnswer, WireCall, WireChoice};
use crate::router::{
    completion::{Delta, Finish, Piece},
    dialect::{PieceReader, answer_function::ANSWER_FUNCTION, no_arguments, openai_failure, openai_usage},
    failure::Failure,
};

/// Most choices of one answer; `OpenAI`'s own limit of `n`.
const CHOICE_LIMIT: u32 = 128;

/// Reads the chunks of one answer.
#[derive(Debug, Default)]
pub(super) struct ChunkReader {
    has_started: bool,
    choices: Vec<ChoiceState>,
    /// The function that stands for a schema was called: chunks are no longer what a caller would understand.
    is_ours: bool,
}

#[derive(Debug, Default)]
struct ChoiceState {
    index: u32,
    has_finished: bool,
    /// Calls so far, of the caller's tools and of ours, and whether arguments came.
    calls: BTreeMap<u32, bool>,
    /// Which of them is the function that stands for a schema.
    answer_call: Option<u32>,
    /// Whether there was a call of another.
    has_tool_calls: bool,
}

impl PieceReader for ChunkReader {
    fn read(&mut self, name: &str, data: &[u8]) -> Result<Option<Piece>, Failure> {
        let data = data.trim_ascii();
        if name == "error" {
            let parsed = WireAnswer::read(data);
            let whole = String::from_utf8_lossy(data);
            return Err(parsed.err().unwrap_or_else(|| openai_failure::of_object(&whole, None)));
        }
        // After `[DONE]` nothing follows; whether the answer is whole is for its choices to say.
        if data.is_empty() || data == b"[DONE]" {
            return Ok(None);
        }
        let mut chunk = WireAnswer::read(data)?;
        let mut deltas = Vec::new();
        deltas.extend(self.start(&chunk));
        let mut is_as_it_came = true;
        for choice in chunk.choices.take().unwrap_or_default() {
            is_as_it_came &= self.read_choice(choice, &mut deltas)?;
        }
        let counted = chunk.usage().map(openai_usage::read).unwrap_or_default();
        deltas.extend(counted.usage.map(|usage| Delta::Usage { usage, provider_cost: counted.cost }));
        Ok(Some(Piece { deltas, original: (is_as_it_came && !self.is_ours).then(|| wire::original(data)) }))
    }

    fn is_complete(&self) -> bool {
        !self.choices.is_empty() && self.choices.iter().all(|choice| choice.has_finished)
    }
}

impl ChunkReader {
    /// The beginning of the answer. Azure tells of its filter first, in a chunk that names nothing.
    fn start(&mut self, chunk: &WireAnswer<'_>) -> Option<Delta> {
        let text = |text: &Option<wire::Text<'_>>| text.as_ref().map_or("", |text| &*text.0).to_owned();
        let says_something = chunk.choices.as_ref().is_some_and(|choices| !choices.is_empty());
        if self.has_started || !says_something {
            return None;
        }
        self.has_started = true;
        Some(Delta::Start { id: text(&chunk.id), model: text(&chunk.model) })
    }

    /// Reads a choice, and says whether nothing was added to it.
    fn read_choice(&mut self, mut choice: WireChoice<'_>, deltas: &mut Vec<Delta>) -> Result<bool, Failure> {
        let index = choice.index.unwrap_or(0);
        if index >= CHOICE_LIMIT {
            return Err(Failure::damaged(format!("the provider's answer has a choice {index}")));
        }
        let at = self.choices.iter().position(|choice| choice.index == index).unwrap_or(self.choices.len());
        if at == self.choices.len() {
            self.choices.push(ChoiceState { index, ..ChoiceState::default() });
        }
        let Some(state) = self.choices.get_mut(at) else { return Ok(true) };
        if let Some(mut delta) = choice.delta.take().or_else(|| choice.message.take()) {
            let (reasoning, text) = delta.take_texts();
            if !reasoning.is_empty() {
                deltas.push(Delta::Reasoning { choice: index, text: reasoning });
            }
            if !text.is_empty() {
                deltas.push(Delta::Text { choice: index, text });
            }
            if let Some(text) = delta.refusal.take().filter(|text| !text.is_empty()) {
                deltas.push(Delta::Refusal { choice: index, text });
            }
            for call in delta.tool_calls.take().unwrap_or_default() {
                deltas.extend(state.read_call(call));
            }
        }
        self.is_ours |= state.answer_call.is_some();
        let mut added = 0;
        if let Some(finish) = choice.finish(state.has_tool_calls)
            && !state.has_finished
        {
            state.has_finished = true;
            let is_answer = state.answer_call.is_some() && !state.has_tool_calls;
            let finish = if is_answer && finish == Finish::ToolCalls { Finish::Stop } else { finish };
            if no_arguments::said_all(&finish) {
                let missing = state.missing_arguments();
                added = missing.len();
                deltas.extend(missing);
            }
            deltas.push(Delta::Finish { choice: index, finish });
        }
        Ok(added == 0)
    }
}

impl ChoiceState {
    fn read_call(&mut self, call: WireCall) -> Option<Delta> {
        let function = call.function?;
        let name = function.name.filter(|name| !name.is_empty());
        let id = call.id.filter(|id| !id.is_empty());
        // Where a server does not number its calls, one that has a name is the next.
        let is_new = name.is_some() || id.is_some();
        let last = self.calls.last_key_value().map(|(last, _)| *last);
        let next = || last.map_or(0, |last| last.saturating_add(1));
        let index = call.index.unwrap_or_else(|| if is_new { next() } else { last.unwrap_or(0) });
        let arguments = function.arguments.map(|arguments| arguments.0).unwrap_or_default();
        *self.calls.entry(index).or_default() |= !no_arguments::is_blank(&arguments);
        if name.as_deref() == Some(ANSWER_FUNCTION) && self.answer_call.is_none() {
            self.answer_call = Some(index);
        }
        match self.answer_call {
            Some(answer) if answer == index => {
                (!arguments.is_empty()).then_some(Delta::Text { choice: self.index, text: arguments })
            }
            Some(_) | None => {
                self.has_tool_calls = true;
                Some(Delta::ToolCall { choice: self.index, index, id, name, arguments })
            }
        }
    }

    /// What stands for the arguments that did not come, at the end of the choice.
    fn missing_arguments(&self) -> Vec<Delta> {
        let without = self.calls.iter().filter(|(_, has_arguments)| !**has_arguments);
        let missing = without.map(|(index, _)| {
            let (choice, arguments) = (self.index, no_arguments::NO_ARGUMENTS.to_owned());
            if self.answer_call == Some(*index) {
                return Delta::Text { choice, text: arguments };
            }
            Delta::ToolCall { choice, index: *index, id: None, name: None, arguments }
        });
        missing.collect()
    }
}
