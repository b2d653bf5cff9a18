//! Streams of GigaChat, chunk by chunk.

use serde_json::Value;

use super::wire::{WireAnswer, WireChoice, WireMessage};
use crate::{
    domain::usage::Usage,
    router::{
        completion::{Delta, Finish, Piece},
        dialect::{PieceReader, answer_function::ANSWER_FUNCTION},
        failure::Failure,
    },
};

/// Most choices of one answer; the vendor's own limit is lower.
const CHOICE_LIMIT: u32 = 128;

/// Reads the chunks of one answer.
#[derive(Debug, Default)]
pub(super) struct ChunkReader {
    has_started: bool,
    choices: Vec<ChoiceState>,
}

#[derive(Debug, Default)]
struct ChoiceState {
    index: u32,
    has_finished: bool,
    /// What its call, of which there is one at most, is for.
    call: Option<Called>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    /// One of the caller's functions.
    Theirs,
    /// The function that stands for a schema.
    Answer,
}

impl PieceReader for ChunkReader {
    fn read(&mut self, _name: &str, data: &[u8]) -> Result<Option<Piece>, Failure> {
        let data = data.trim_ascii();
        if data.is_empty() || data == b"[DONE]" {
            return Ok(None);
        }
        let mut chunk = WireAnswer::read(data)?;
        let mut deltas = Vec::new();
        if !self.has_started {
            self.has_started = true;
            deltas.push(Delta::Start { id: String::new(), model: chunk.model.take().unwrap_or_default() });
        }
        let usage = chunk.usage();
        for choice in chunk.choices.take().unwrap_or_default() {
            self.read_choice(choice, chunk.created.as_ref(), usage, &mut deltas)?;
        }
        deltas.extend(usage.map(|usage| Delta::Usage { usage, provider_cost: None }));
        Ok(Some(Piece { deltas, original: None }))
    }

    fn is_complete(&self) -> bool {
        !self.choices.is_empty() && self.choices.iter().all(|choice| choice.has_finished)
    }
}

impl ChunkReader {
    fn read_choice(
        &mut self,
        mut choice: WireChoice,
        created: Option<&Value>,
        usage: Option<Usage>,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), Failure> {
        let index = choice.index.unwrap_or(0);
        if index >= CHOICE_LIMIT {
            return Err(Failure::damaged(format!("the provider's answer has a choice {index}")));
        }
        let at = self.choices.iter().position(|choice| choice.index == index).unwrap_or(self.choices.len());
        if at == self.choices.len() {
            self.choices.push(ChoiceState { index, ..ChoiceState::default() });
        }
        let Some(state) = self.choices.get_mut(at) else { return Ok(()) };
        if let Some(delta) = choice.delta.take().or_else(|| choice.message.take()) {
            state.read_message(delta, created, deltas);
        }
        if let Some(finish) = choice.finish(usage)?
            && !state.has_finished
        {
            state.has_finished = true;
            let finish = match (finish, state.call) {
                (Finish::Stop | Finish::ToolCalls, Some(Called::Answer)) => Finish::Stop,
                (Finish::Stop | Finish::ToolCalls, Some(Called::Theirs)) => Finish::ToolCalls,
                (finish, _) => finish,
            };
            deltas.push(Delta::Finish { choice: index, finish });
        }
        Ok(())
    }
}

impl ChoiceState {
    fn read_message(&mut self, mut message: WireMessage, created: Option<&Value>, deltas: &mut Vec<Delta>) {
        let choice = self.index;
        if let Some(text) = message.reasoning_content.take().filter(|text| !text.is_empty()) {
            deltas.push(Delta::Reasoning { choice, text });
        }
        if let Some(text) = message.content.take().filter(|text| !text.is_empty()) {
            deltas.push(Delta::Text { choice, text });
        }
        // A call comes in one piece; a second would be none that this vendor makes.
        let Some(call) = message.function_call.take().filter(|_| self.call.is_none()) else { return };
        let arguments = call.arguments();
        let name = call.name.unwrap_or_default();
        if name == ANSWER_FUNCTION {
            self.call = Some(Called::Answer);
            deltas.push(Delta::Text { choice, text: arguments });
        } else {
            self.call = Some(Called::Theirs);
            let id = message.call_id(created, &name, &arguments);
            deltas.push(Delta::ToolCall { choice, index: 0, id: Some(id), name: Some(name), arguments });
        }
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
