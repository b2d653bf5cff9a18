//! Streams of Responses, event by event.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Text, WireItem, WireResponse};
use crate::router::{
    completion::{Delta, Piece},
    dialect::{PieceReader, answer_function::ANSWER_FUNCTION, no_arguments, openai_failure, openai_usage},
    failure::Failure,
};

/// Most calls of one answer; a provider that makes more has gone wrong.
const CALL_LIMIT: usize = 1_000;

/// Reads the events of one answer.
#[derive(Debug, Default)]
pub(super) struct EventReader {
    has_started: bool,
    has_ended: bool,
    calls: Vec<Call>,
}

#[derive(Debug)]
struct Call {
    /// Where it stands among the items of the answer.
    output_index: u32,
    /// The function that stands for a schema: its arguments are the answer's text.
    is_answer: bool,
    has_arguments: bool,
}

#[derive(Deserialize)]
struct WireEvent<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    output_index: Option<u32>,
    summary_index: Option<u32>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

impl PieceReader for EventReader {
    fn read(&mut self, name: &str, data: &[u8]) -> Result<Option<Piece>, Failure> {
        let data = data.trim_ascii();
        if data.is_empty() || data == b"[DONE]" {
            return Ok(None);
        }
        let event: WireEvent<'_> = serde_json::from_slice(data).map_err(|error| openai_failure::damaged(&error))?;
        let kind = event.kind.as_ref().map_or(name, |kind| &*kind.0);
        if let Some(error) = event.error {
            return Err(openai_failure::of_object(error.get(), None));
        }
        if kind == "error" {
            return Err(openai_failure::of_object(&String::from_utf8_lossy(data), None));
        }
        let mut deltas = Vec::new();
        self.read_event(kind, &event, &mut deltas)?;
        Ok((!deltas.is_empty()).then_some(Piece { deltas, original: None }))
    }

    fn is_complete(&self) -> bool {
        self.has_ended
    }
}

impl EventReader {
    fn read_event(&mut self, kind: &str, event: &WireEvent<'_>, deltas: &mut Vec<Delta>) -> Result<(), Failure> {
        match kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                self.start(&response_of(event)?, deltas);
            }
            "response.output_text.delta" => deltas.push(Delta::Text { choice: 0, text: text_of(event)? }),
            "response.refusal.delta" => deltas.push(Delta::Refusal { choice: 0, text: text_of(event)? }),
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                deltas.push(Delta::Reasoning { choice: 0, text: text_of(event)? });
            }
            "response.reasoning_summary_part.added" if event.summary_index.is_some_and(|index| index > 0) => {
                deltas.push(Delta::Reasoning { choice: 0, text: "\n\n".to_owned() });
            }
            "response.function_call_arguments.delta" => {
                let output_index = event.output_index.unwrap_or(0);
                let text = text_of(event)?;
                deltas.extend(self.arguments(output_index, text));
            }
            "response.output_item.added" | "response.output_item.done" => self.read_item(event, deltas)?,
            "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" => {
                let response = response_of(event)?;
                self.start(&response, deltas);
                let finish = response.finish(self.calls.iter().any(|call| !call.is_answer))?;
                if no_arguments::said_all(&finish) {
                    self.add_missing_arguments(deltas);
                }
                deltas.push(Delta::Finish { choice: 0, finish });
                let counted = response.usage().map(openai_usage::read).unwrap_or_default();
                deltas.extend(counted.usage.map(|usage| Delta::Usage { usage, provider_cost: counted.cost }));
                self.has_ended = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, response: &WireResponse<'_>, deltas: &mut Vec<Delta>) {
        if !self.has_started {
            self.has_started = true;
            deltas.push(Delta::Start {
                id: response.id.clone().unwrap_or_default(),
                model: response.model.clone().unwrap_or_default(),
            });
        }
    }

    /// Reads an item at its beginning or at its end; a call may come with its arguments at once.
    fn read_item(&mut self, event: &WireEvent<'_>, deltas: &mut Vec<Delta>) -> Result<(), Failure> {
        let Some(item) = event.item else { return Err(Failure::damaged("an event of the provider has no item")) };
        let item: WireItem = serde_json::from_str(item.get()).map_err(|error| openai_failure::damaged(&error))?;
        let WireItem::FunctionCall { call_id, id, name, arguments } = item else { return Ok(()) };
        let output_index = event.output_index.unwrap_or(0);
        if !self.calls.iter().any(|call| call.output_index == output_index) {
            if self.calls.len() >= CALL_LIMIT {
                return Err(Failure::damaged(format!("the provider's answer makes more than {CALL_LIMIT} calls")));
            }
            let is_answer = name.as_deref() == Some(ANSWER_FUNCTION);
            if !is_answer {
                let index = self.calls.iter().filter(|call| !call.is_answer).count();
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                deltas.push(Delta::ToolCall { choice: 0, index, id: call_id.or(id), name, arguments: String::new() });
            }
            self.calls.push(Call { output_index, is_answer, has_arguments: false });
        }
        let has_arguments = self.calls.iter().any(|call| call.output_index == output_index && call.has_arguments);
        if !has_arguments {
            deltas.extend(self.arguments(output_index, arguments.unwrap_or_default()));
        }
        Ok(())
    }

    fn arguments(&mut self, output_index: u32, arguments: String) -> Option<Delta> {
        if no_arguments::is_blank(&arguments) {
            return None;
        }
        let at = self.calls.iter().position(|call| call.output_index == output_index)?;
        let index = self.calls.iter().take(at).filter(|call| !call.is_answer).count();
        let call = self.calls.get_mut(at)?;
        call.has_arguments = true;
        if call.is_answer {
            return Some(Delta::Text { choice: 0, text: arguments });
        }
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        Some(Delta::ToolCall { choice: 0, index, id: None, name: None, arguments })
    }

    /// Adds what stands for the arguments that did not come.
    fn add_missing_arguments(&mut self, deltas: &mut Vec<Delta>) {
        let without: Vec<u32> =
            self.calls.iter().filter(|call| !call.has_arguments).map(|call| call.output_index).collect();
        for output_index in without {
            deltas.extend(self.arguments(output_index, no_arguments::NO_ARGUMENTS.to_owned()));
        }
    }
}

fn response_of<'a>(event: &WireEvent<'a>) -> Result<WireResponse<'a>, Failure> {
    match event.response {
        Some(response) => WireResponse::read(response.get().as_bytes()),
        None => Err(Failure::damaged("an event of the provider has no response")),
    }
}

fn text_of(event: &WireEvent<'_>) -> Result<String, Failure> {
    let Some(delta) = event.delta else { return Err(Failure::damaged("an event of the provider has no delta")) };
    serde_json::from_str(delta.get()).map_err(|error| openai_failure::damaged(&error))
}
