//! An answer as a caller of this format gets it piece by piece.

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize, Serializer, de::IgnoredAny};

use super::{
    decode::Kind,
    names::call_id,
    usage::WrittenCounts,
    write::{stop_reason, to_json, write_beginning, write_error},
};
use crate::{
    domain::usage::Usage,
    router::{
        completion::{Delta, Finish, Piece},
        dialect::DialectName,
    },
};

/// Writes one answer as server-sent events. All pieces of an answer come from one provider: when that speaks the format, its
/// events go on as they came, else events of the same meaning are made.
///
/// Made ones keep to the format's grammar: blocks one after the other, numbered from 0, each begun once and ended before the
/// next. A call of a tool is written as it comes. Another one that begins while the first may still go on waits for the end, and
/// so does what comes after it: calls may come interleaved, and a block cannot be opened again.
#[derive(Debug, Default)]
pub struct PieceWriter {
    begun: bool,
    /// Whether the provider's own events go on.
    passing: bool,
    /// Whether the last event was written.
    ended: bool,
    open: Option<Open>,
    blocks: u32,
    /// Blocks that wait for the end.
    waiting: Vec<Waiting>,
    /// Where in `waiting` a call is.
    waiting_calls: HashMap<u32, usize>,
    has_calls: bool,
    finish: Finish,
    usage: Usage,
}

/// The block that is being written.
#[derive(Debug)]
enum Open {
    Text,
    Thinking,
    Call { index: u32, arguments: String },
}

/// A block that waits.
#[derive(Debug)]
enum Waiting {
    Text(String),
    Thinking(String),
    Call { index: u32, id: String, name: String, arguments: String },
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    ContentBlockStart { index: u32, content_block: NewBlock<'a> },
    ContentBlockDelta { index: u32, delta: Change<'a> },
    ContentBlockStop { index: u32 },
    MessageDelta { delta: Ending<'a>, usage: WrittenCounts },
    MessageStop,
}

impl Event<'_> {
    const fn name(&self) -> &'static str {
        match self {
            Self::ContentBlockStart { .. } => "content_block_start",
            Self::ContentBlockDelta { .. } => "content_block_delta",
            Self::ContentBlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStop => "message_stop",
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum NewBlock<'a> {
    Text { text: &'static str },
    Thinking { thinking: &'static str, signature: &'static str },
    ToolUse { id: Cow<'a, str>, name: &'a str, input: NoFields },
}

/// The object `{}`.
#[derive(Debug)]
struct NoFields;

impl Serialize for NoFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(std::iter::empty::<((), ())>())
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
enum Change<'a> {
    #[serde(rename = "text_delta")]
    Text { text: &'a str },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: &'a str },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: &'a str },
}

/// The end of a block, as a provider tells it.
#[derive(Debug, Deserialize)]
struct BlockEnd {
    index: u32,
}

#[derive(Debug, Serialize)]
struct Ending<'a> {
    stop_reason: &'a str,
    stop_sequence: Option<&'a str>,
}

impl PieceWriter {
    /// A writer of a new answer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The events of a piece; empty when it says nothing that is written yet.
    pub fn write(&mut self, piece: &Piece) -> Vec<u8> {
        let mut out = Vec::new();
        let original = piece.original.as_ref().filter(|original| original.dialect == DialectName::AnthropicMessages);
        if !self.begun {
            self.passing = original.is_some();
        }
        if self.ended {
            return out;
        }
        if self.passing {
            if let Some(original) = original {
                self.begun = true;
                self.pass(&original.body, &piece.deltas, &mut out);
            }
        } else {
            for delta in &piece.deltas {
                self.write_delta(delta, &mut out);
            }
        }
        out
    }

    /// The last events: the end of the open block, the blocks that waited, why the answer ended and what it took. Empty when
    /// the provider's own events have come to their end.
    pub fn end(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.ended || self.passing {
            return out;
        }
        self.ended = true;
        self.begin("", "", &mut out);
        self.close(&mut out);
        for waiting in std::mem::take(&mut self.waiting) {
            self.write_waiting(&waiting, &mut out);
        }
        let finish = std::mem::take(&mut self.finish);
        let ending = Ending { stop_reason: stop_reason(&finish, self.has_calls), stop_sequence: None };
        event(&mut out, &Event::MessageDelta { delta: ending, usage: self.usage.into() });
        event(&mut out, &Event::MessageStop);
        out
    }

    /// The event that tells a caller that no more will come, with the HTTP status that the failure would have had.
    pub fn fail(&mut self, status: u16, message: &str) -> Vec<u8> {
        self.ended = true;
        let mut out = Vec::new();
        write_event(&mut out, "error", &write_error(status, message, None));
        out
    }

    /// Writes a provider's own event. Its name must not end the line that it stands in.
    fn pass(&mut self, body: &[u8], deltas: &[Delta], out: &mut Vec<u8>) {
        let kind = serde_json::from_slice::<Kind<'_>>(body).ok();
        let name = kind.map(|kind| kind.name).filter(|name| !name.contains(['\n', '\r'])).unwrap_or_default();
        self.ended = name == "message_stop";
        if name == "content_block_stop" {
            write_late_text(deltas, body, out);
        }
        write_event(out, &name, body);
    }

    fn begin(&mut self, id: &str, model: &str, out: &mut Vec<u8>) {
        if !self.begun {
            self.begun = true;
            write_event(out, "message_start", &write_beginning(id, model));
        }
    }

    fn write_delta(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Start { id, model } => self.begin(id, model, out),
            Delta::Usage { usage, .. } => self.usage = *usage,
            Delta::Finish { choice: 0, finish } => self.finish = finish.clone(),
            Delta::Text { choice: 0, text } | Delta::Refusal { choice: 0, text } if !text.is_empty() => {
                self.begin("", "", out);
                self.write_text(text, out);
            }
            Delta::Reasoning { choice: 0, text } if !text.is_empty() => {
                self.begin("", "", out);
                self.write_thinking(text, out);
            }
            Delta::ToolCall { choice: 0, index, id, name, arguments } => {
                self.begin("", "", out);
                self.has_calls = true;
                let first = name.as_deref().map(|name| (id.as_deref().unwrap_or_default(), name));
                self.write_call(*index, first, arguments, out);
            }
            // The format has one choice.
            Delta::Text { .. }
            | Delta::Refusal { .. }
            | Delta::Reasoning { .. }
            | Delta::ToolCall { .. }
            | Delta::Finish { .. } => {}
        }
    }

    fn write_text(&mut self, text: &str, out: &mut Vec<u8>) {
        if self.must_wait() {
            match self.waiting.last_mut() {
                Some(Waiting::Text(waiting)) => waiting.push_str(text),
                Some(_) | None => self.waiting.push(Waiting::Text(text.to_owned())),
            }
            return;
        }
        if !matches!(self.open, Some(Open::Text)) {
            self.open(Open::Text, NewBlock::Text { text: "" }, out);
        }
        self.change(Change::Text { text }, out);
    }

    fn write_thinking(&mut self, thinking: &str, out: &mut Vec<u8>) {
        if self.must_wait() {
            match self.waiting.last_mut() {
                Some(Waiting::Thinking(waiting)) => waiting.push_str(thinking),
                Some(_) | None => self.waiting.push(Waiting::Thinking(thinking.to_owned())),
            }
            return;
        }
        if !matches!(self.open, Some(Open::Thinking)) {
            self.open(Open::Thinking, NewBlock::Thinking { thinking: "", signature: "" }, out);
        }
        self.change(Change::Thinking { thinking }, out);
    }

    /// Writes more of a call; `first` is its identity and name, on its first piece.
    fn write_call(&mut self, call: u32, first: Option<(&str, &str)>, more: &str, out: &mut Vec<u8>) {
        if let Some(Open::Call { index, arguments }) = &mut self.open
            && *index == call
        {
            arguments.push_str(more);
            if !more.is_empty() {
                self.change(Change::InputJson { partial_json: more }, out);
            }
            return;
        }
        let waiting = self.waiting_calls.get(&call).and_then(|place| self.waiting.get_mut(*place));
        if let Some(Waiting::Call { arguments, .. }) = waiting {
            arguments.push_str(more);
            return;
        }
        // More of a call whose block is over can only be blanks.
        let Some((id, name)) = first else { return };
        if self.must_wait() {
            let (id, name, arguments) = (id.to_owned(), name.to_owned(), more.to_owned());
            self.waiting_calls.insert(call, self.waiting.len());
            self.waiting.push(Waiting::Call { index: call, id, name, arguments });
            return;
        }
        self.open_call(call, id, name, out);
        self.write_call(call, None, more, out);
    }

    /// Whether a new block must wait: others do, or the open one is a call that may still go on.
    fn must_wait(&self) -> bool {
        // The arguments are looked at last: they may be long, and are looked at once for each block.
        !self.waiting.is_empty()
            || match &self.open {
                Some(Open::Call { arguments, .. }) => serde_json::from_str::<IgnoredAny>(arguments).is_err(),
                Some(Open::Text | Open::Thinking) | None => false,
            }
    }

    fn open_call(&mut self, index: u32, id: &str, name: &str, out: &mut Vec<u8>) {
        let block = NewBlock::ToolUse { id: call_id(id), name, input: NoFields };
        self.open(Open::Call { index, arguments: String::new() }, block, out);
    }

    fn write_waiting(&mut self, waiting: &Waiting, out: &mut Vec<u8>) {
        match waiting {
            Waiting::Text(text) => self.write_text(text, out),
            Waiting::Thinking(text) => self.write_thinking(text, out),
            Waiting::Call { index, id, name, arguments } => {
                self.open_call(*index, id, name, out);
                self.write_call(*index, None, arguments, out);
            }
        }
        self.close(out);
    }

    fn open(&mut self, block: Open, content_block: NewBlock<'_>, out: &mut Vec<u8>) {
        self.close(out);
        event(out, &Event::ContentBlockStart { index: self.blocks, content_block });
        self.open = Some(block);
    }

    fn change(&self, delta: Change<'_>, out: &mut Vec<u8>) {
        event(out, &Event::ContentBlockDelta { index: self.blocks, delta });
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.open.take().is_some() {
            event(out, &Event::ContentBlockStop { index: self.blocks });
            self.blocks = self.blocks.saturating_add(1);
        }
    }
}

fn event(out: &mut Vec<u8>, event: &Event<'_>) {
    write_event(out, event.name(), &to_json(event));
}

/// Writes an event (WHATWG HTML, section 9.2.6), each line of its data as a field of its own: JSON may have line breaks
/// between its words.
fn write_event(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    if !name.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
    for line in data.split(|byte| *byte == b'\n' || *byte == b'\r') {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// Writes the text that a block has at its end alone: arguments that came without a piece of their own, and are the answer.
fn write_late_text(deltas: &[Delta], end: &[u8], out: &mut Vec<u8>) {
    let Ok(BlockEnd { index }) = serde_json::from_slice(end) else { return };
    for delta in deltas {
        if let Delta::Text { text, .. } = delta {
            event(out, &Event::ContentBlockDelta { index, delta: Change::Text { text } });
        }
    }
}
