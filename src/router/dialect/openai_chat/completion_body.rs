//! Answers as Chat Completions, for callers of the gateway.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::{
    domain::usage::Usage,
    router::{
        completion::{Choice, Completion, Delta, Finish, OriginalAnswer, Piece},
        dialect::DialectName,
        request::ToolCall,
    },
};

/// Writes a whole answer. One that came in this wire format goes out as it came.
///
/// `model` stands where the provider named none; `created_at_s` is in seconds since 1970.
#[must_use]
pub fn write_completion(completion: &Completion, model: &str, created_at_s: u64) -> Bytes {
    if let Some(original) = ours(completion.original.as_ref()) {
        return original.body.clone();
    }
    let model = if completion.model.is_empty() { model } else { &completion.model };
    let choices: Vec<_> = completion.choices.iter().enumerate().map(|(index, choice)| written(index, choice)).collect();
    let mut body = json!({
        "id": completion.id,
        "object": "chat.completion",
        "created": created_at_s,
        "model": model,
        "choices": choices,
    });
    if let Some(usage) = &completion.usage {
        body["usage"] = usage_body(usage);
    }
    Bytes::from(body.to_string())
}

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
                write_event(&mut out, &original.body);
            }
            None => {
                for delta in &piece.deltas {
                    if let Some((choice, change, finish)) = change(delta) {
                        self.write_chunk(&mut out, choice, change, finish);
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
            let mut chunk = self.chunk(Vec::new());
            chunk["usage"] = usage_body(&usage);
            write_event(&mut out, chunk.to_string().as_bytes());
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
        let own = self.last.take().and_then(|own| serde_json::from_slice(&own).ok()).filter(Value::is_object);
        let mut chunk = own.unwrap_or_else(|| self.chunk(Vec::new()));
        if let Some(usage) = self.usage.take() {
            chunk["usage"] = usage_body(&usage);
        }
        chunk["samokoder"] = facts;
        self.last = Some(Bytes::from(chunk.to_string()));
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

    fn write_chunk(&mut self, out: &mut Vec<u8>, choice: u32, mut change: Map<String, Value>, finish: Option<&Finish>) {
        if !self.begun.contains(&choice) {
            self.begun.push(choice);
            change.shift_insert(0, "role".to_owned(), "assistant".into());
        }
        let finish = finish.map(finish_reason);
        let chunk = self.chunk(vec![json!({ "index": choice, "delta": change, "finish_reason": finish })]);
        write_event(out, chunk.to_string().as_bytes());
    }

    fn chunk(&self, choices: Vec<Value>) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created_at_s,
            "model": self.model,
            "choices": choices,
        })
    }
}

fn ours(original: Option<&OriginalAnswer>) -> Option<&OriginalAnswer> {
    original.filter(|original| original.dialect == DialectName::OpenaiChat)
}

fn take_named(kept: &mut String, named: &str) {
    if !named.is_empty() {
        named.clone_into(kept);
    }
}

/// Writes one event; each line of the data gets its own field, as line ends end fields.
fn write_event(out: &mut Vec<u8>, data: &[u8]) {
    out.reserve(data.len() + b"data: \n\n".len());
    for line in data.split(|byte| matches!(byte, b'\n' | b'\r')) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// What a delta changes, of which choice, and why that ended.
fn change(delta: &Delta) -> Option<(u32, Map<String, Value>, Option<&Finish>)> {
    let text = |name: &str, text: &str| Map::from_iter([(name.to_owned(), Value::from(text))]);
    match delta {
        Delta::Start { .. } | Delta::Usage { .. } => None,
        Delta::Text { choice, text: more } => Some((*choice, text("content", more), None)),
        Delta::Reasoning { choice, text: more } => Some((*choice, text("reasoning_content", more), None)),
        Delta::Refusal { choice, text: more } => Some((*choice, text("refusal", more), None)),
        Delta::ToolCall { choice, index, id, name, arguments } => {
            let mut function = Map::new();
            if let Some(name) = name {
                function.insert("name".to_owned(), name.as_str().into());
            }
            function.insert("arguments".to_owned(), arguments.as_str().into());
            let mut call = Map::from_iter([("index".to_owned(), Value::from(*index))]);
            if let Some(id) = id {
                call.insert("id".to_owned(), id.as_str().into());
            }
            if name.is_some() {
                call.insert("type".to_owned(), "function".into());
            }
            call.insert("function".to_owned(), Value::Object(function));
            let calls = Value::Array(vec![Value::Object(call)]);
            Some((*choice, Map::from_iter([("tool_calls".to_owned(), calls)]), None))
        }
        Delta::Finish { choice, finish } => Some((*choice, Map::new(), Some(finish))),
    }
}

fn written(index: usize, choice: &Choice) -> Value {
    let mut message = Map::new();
    message.insert("role".to_owned(), "assistant".into());
    let says_nothing = choice.text.is_empty() && (!choice.tool_calls.is_empty() || choice.refusal.is_some());
    message.insert("content".to_owned(), if says_nothing { Value::Null } else { choice.text.as_str().into() });
    message.insert("refusal".to_owned(), choice.refusal.as_deref().into());
    if !choice.reasoning.is_empty() {
        message.insert("reasoning_content".to_owned(), choice.reasoning.as_str().into());
    }
    if !choice.tool_calls.is_empty() {
        message.insert("tool_calls".to_owned(), choice.tool_calls.iter().map(call).collect());
    }
    json!({
        "index": index,
        "message": message,
        "logprobs": null,
        "finish_reason": finish_reason(&choice.finish),
    })
}

fn call(call: &ToolCall) -> Value {
    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } })
}

/// The wire format has four reasons; clients that check it refuse others, so one that only a provider has ends as `stop`.
fn finish_reason(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Other(_) => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::ContentFilter => "content_filter",
    }
}

fn usage_body(usage: &Usage) -> Value {
    let mut input = json!({ "cached_tokens": usage.cache_read_tokens });
    let written = usage.cache_write_tokens.saturating_add(usage.cache_write_1h_tokens);
    if written > 0 {
        input["cache_write_tokens"] = written.into();
    }
    json!({
        "prompt_tokens": usage.input_tokens(),
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens(),
        "prompt_tokens_details": input,
        "completion_tokens_details": { "reasoning_tokens": usage.reasoning_tokens },
    })
}
