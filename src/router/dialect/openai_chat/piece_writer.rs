//! Streams as Chat Completions, for callers of the gateway.

use bytes::Bytes;
use memchr::memchr2;
use serde::Serialize;
use serde_json::{Map, Value};

use super::completion_body::{finish_reason, ours, usage_body};
use crate::{
    domain::usage::Usage,
    router::completion::{Delta, Finish, Piece},
};

/// Writes one answer as server-sent events, chunk by chunk.
#[derive(Debug)]
pub struct PieceWriter {
    id: String,
    model: String,
    created_at_s: u64,
    include_usage: bool,
    /// Choices whose first chunk is written: it alone names the role.
    begun: Vec<u32>,
    /// Usage that no written chunk told yet.
    usage: Option<Usage>,
    /// The provider's own last chunk, which holds the usage and nothing else; it is written at the end.
    last: Option<Bytes>,
}

impl PieceWriter {
    /// Starts an answer. `id` and `model` stand where the provider names none; `created_at_s` is in seconds since 1970;
    /// `include_usage` is whether the caller asked for a last chunk with the usage.
    #[must_use]
    pub fn new(id: String, model: String, created_at_s: u64, include_usage: bool) -> Self {
        Self { id, model, created_at_s, include_usage, begun: Vec::new(), usage: None, last: None }
    }

    /// Writes a piece; nothing when it says nothing to the caller. What came in this wire format goes out as it came.
    pub fn write(&mut self, piece: &Piece) -> Bytes {
        let only_usage =
            !piece.deltas.is_empty() && piece.deltas.iter().all(|delta| matches!(delta, Delta::Usage { .. }));
        self.remember(&piece.deltas);
        let mut out = Vec::new();
        match ours(piece.original.as_ref()) {
            Some(_) if only_usage && !self.include_usage => {}
            Some(original) if only_usage => {
                self.usage = None;
                self.last = Some(original.body.clone());
            }
            Some(original) => {
                if piece.deltas.iter().any(|delta| matches!(delta, Delta::Usage { .. })) {
                    self.usage = None;
                }
                for (choice, ..) in piece.deltas.iter().filter_map(change) {
                    self.begins(choice);
                }
                write_event(&mut out, &original.body);
            }
            None => {
                for delta in &piece.deltas {
                    if let Some((choice, change, finish)) = change(delta) {
                        self.write_change(&mut out, choice, change, finish);
                    }
                }
            }
        }
        Bytes::from(out)
    }

    /// Writes the end of a whole answer: the usage when the caller asked for it and has not seen it, then `[DONE]`.
    pub fn end(&mut self) -> Bytes {
        let mut out = Vec::new();
        if let Some(own) = self.last.take() {
            write_event(&mut out, &own);
        } else if let Some(usage) = self.usage.take().filter(|_| self.include_usage) {
            write_event(&mut out, &self.chunk(&[], Some(usage_body(&usage))));
        }
        write_event(&mut out, b"[DONE]");
        Bytes::from(out)
    }

    /// Writes the end of a whole answer; a caller who asked for the usage gets `facts` too, in the field `samokoder` of the
    /// chunk that has it, or of one more where an earlier chunk of the answer had it.
    pub fn end_with(&mut self, facts: Value) -> Bytes {
        if !self.include_usage {
            return self.end();
        }
        let own = self.last.take().unwrap_or_else(|| Bytes::from(self.chunk(&[], None)));
        let mut chunk: Map<String, Value> = serde_json::from_slice(&own).unwrap_or_default();
        if let Some(usage) = self.usage.take() {
            chunk.insert("usage".to_owned(), usage_body(&usage));
        }
        chunk.insert("samokoder".to_owned(), facts);
        self.last = Some(Bytes::from(Value::Object(chunk).to_string()));
        self.end()
    }

    fn remember(&mut self, deltas: &[Delta]) {
        for delta in deltas {
            match delta {
                Delta::Start { id, model } => {
                    take_named(&mut self.id, id);
                    take_named(&mut self.model, model);
                }
                Delta::Usage { usage, .. } => self.usage = Some(*usage),
                _ => {}
            }
        }
    }

    /// Notes that a choice is written, and says whether this is its beginning.
    fn begins(&mut self, choice: u32) -> bool {
        let is_new = !self.begun.contains(&choice);
        if is_new {
            self.begun.push(choice);
        }
        is_new
    }

    /// A chunk that is about one choice.
    fn write_change(&mut self, out: &mut Vec<u8>, choice: u32, mut delta: Change<'_>, finish: Option<&Finish>) {
        if self.begins(choice) {
            delta.role = Some("assistant");
        }
        let finish_reason = finish.map(finish_reason);
        write_event(out, &self.chunk(&[ChunkChoice { index: choice, delta, finish_reason }], None));
    }

    fn chunk(&self, choices: &[ChunkChoice<'_>], usage: Option<Value>) -> Vec<u8> {
        let (id, model) = (&self.id, &self.model);
        let chunk = Chunk { id, object: "chat.completion.chunk", created: self.created_at_s, model, choices, usage };
        // Texts and numbers under names: there is nothing that JSON could not say.
        serde_json::to_vec(&chunk).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [ChunkChoice<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Value>,
}

#[derive(Serialize)]
struct ChunkChoice<'a> {
    index: u32,
    delta: Change<'a>,
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct Change<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[ChangedCall<'a>; 1]>,
}

#[derive(Serialize)]
struct ChangedCall<'a> {
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    function: ChangedFunction<'a>,
}

#[derive(Serialize)]
struct ChangedFunction<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

/// What a delta changes, of which choice, and why that ended.
fn change(delta: &Delta) -> Option<(u32, Change<'_>, Option<&Finish>)> {
    let nothing = Change::default();
    match delta {
        Delta::Start { .. } | Delta::Usage { .. } => None,
        Delta::Text { choice, text } => Some((*choice, Change { content: Some(text), ..nothing }, None)),
        Delta::Reasoning { choice, text } => Some((*choice, Change { reasoning_content: Some(text), ..nothing }, None)),
        Delta::Refusal { choice, text } => Some((*choice, Change { refusal: Some(text), ..nothing }, None)),
        Delta::ToolCall { choice, index, id, name, arguments } => {
            let call = ChangedCall {
                index: *index,
                id: id.as_deref(),
                kind: name.is_some().then_some("function"),
                function: ChangedFunction { name: name.as_deref(), arguments },
            };
            Some((*choice, Change { tool_calls: Some([call]), ..nothing }, None))
        }
        Delta::Finish { choice, finish } => Some((*choice, nothing, Some(finish))),
    }
}

fn take_named(kept: &mut String, named: &str) {
    if !named.is_empty() {
        named.clone_into(kept);
    }
}

/// Writes one event; each line of the data gets its own field, as line ends end fields.
fn write_event(out: &mut Vec<u8>, data: &[u8]) {
    out.reserve(data.len() + b"data: \n\n".len());
    let mut rest = data;
    loop {
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (line, more) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
        match more.split_first() {
            Some((_, more)) => rest = more,
            None => break,
        }
    }
    out.push(b'\n');
}
