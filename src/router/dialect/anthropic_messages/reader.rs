//! An answer that comes piece by piece.

use std::{borrow::Cow, collections::HashMap};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    decode::{Kind, Message, ToolUse, damaged, finish, refusal},
    failure,
    usage::Counts,
};
use crate::router::{
    completion::{Delta, Finish, OriginalAnswer, Piece},
    dialect::{DialectName, PieceReader, answer_function::ANSWER_FUNCTION},
    failure::Failure,
};

/// Events that may not be the first.
const NOT_FIRST: [&str; 5] =
    ["content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"];

/// Reads the events of one answer. Events that say nothing in the normal form (signatures, citations, types of the future)
/// are pieces all the same, for callers who speak the format.
#[derive(Debug, Default)]
pub(super) struct Reader {
    counts: Counts,
    counted: bool,
    begun: bool,
    complete: bool,
    /// Calls whose block is not over, by the index of the block.
    calls: HashMap<u64, Call>,
    /// How many calls there were, the answer's function not counted.
    calls_begun: u32,
    /// Whether the answer came through its function.
    answered: bool,
}

#[derive(Debug)]
struct Call {
    /// Which of the calls it is; none for the answer's function.
    index: Option<u32>,
    /// Its arguments as the block began with them: by the format `{}`, and pieces follow; some send them whole and no pieces.
    whole: String,
    /// Whether pieces came.
    in_pieces: bool,
}

#[derive(Debug, Deserialize)]
struct MessageStart<'a> {
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Debug, Deserialize)]
struct BlockStart<'a> {
    index: u64,
    #[serde(borrow)]
    content_block: &'a RawValue,
}

#[derive(Debug, Deserialize)]
struct BlockDelta<'a> {
    index: u64,
    #[serde(borrow)]
    delta: BlockChange<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum BlockChange<'a> {
    TextDelta {
        #[serde(borrow)]
        text: Cow<'a, str>,
    },
    ThinkingDelta {
        #[serde(borrow)]
        thinking: Cow<'a, str>,
    },
    InputJsonDelta {
        #[serde(borrow)]
        partial_json: Cow<'a, str>,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
struct BlockStop {
    index: u64,
}

#[derive(Debug, Deserialize)]
struct MessageDelta<'a> {
    #[serde(borrow)]
    delta: MessageChange<'a>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct MessageChange<'a> {
    #[serde(borrow, default)]
    stop_reason: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    stop_details: Option<&'a RawValue>,
}

/// What an event says, and what stands in its place for a caller who speaks the format.
struct Said {
    deltas: Vec<Delta>,
    instead: Option<Value>,
}

impl From<Vec<Delta>> for Said {
    fn from(deltas: Vec<Delta>) -> Self {
        Self { deltas, instead: None }
    }
}

impl PieceReader for Reader {
    fn read(&mut self, name: &str, data: &[u8]) -> Result<Option<Piece>, Failure> {
        if self.complete || (!self.begun && name == "ping") {
            return Ok(None);
        }
        let text = str::from_utf8(data).map_err(|_| self.failed(Failure::damaged("an event is not UTF-8")))?;
        let said = self.said(text).map_err(|failure| self.failed(failure))?;
        let body = match said.instead {
            Some(instead) => Bytes::from(instead.to_string()),
            None => Bytes::copy_from_slice(data),
        };
        let original = OriginalAnswer { dialect: DialectName::AnthropicMessages, body };
        Ok(self.begun.then_some(Piece { deltas: said.deltas, original: Some(original) }))
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

impl Reader {
    fn said(&mut self, event: &str) -> Result<Said, Failure> {
        let kind: Kind<'_> = parse("an event", event)?;
        if !self.begun && NOT_FIRST.contains(&&*kind.name) {
            return Err(Failure::damaged(format!("{} comes before message_start", kind.name)));
        }
        match &*kind.name {
            "message_start" => self.begin(&parse("message_start", event)?),
            "content_block_start" => self.begin_block(&parse("content_block_start", event)?),
            "content_block_delta" => Ok(self.change_block(parse("content_block_delta", event)?)),
            "content_block_stop" => Ok(self.end_block(&parse("content_block_stop", event)?)),
            "message_delta" => Ok(self.change(&parse("message_delta", event)?, event)),
            "message_stop" => {
                self.complete = true;
                Ok(Vec::new().into())
            }
            "error" => {
                let error: Value = parse("an error", event)?;
                Err(failure::of_error(&error).unwrap_or_else(|| Failure::damaged("an error that does not say which")))
            }
            _ => Ok(Vec::new().into()),
        }
    }

    /// What was counted until a failure was billed all the same.
    fn failed(&self, mut failure: Failure) -> Failure {
        failure.usage = self.counted.then(|| self.counts.usage());
        failure
    }

    fn begin(&mut self, event: &MessageStart<'_>) -> Result<Said, Failure> {
        if self.begun {
            return Err(Failure::damaged("the answer begins twice"));
        }
        self.begun = true;
        let message = &event.message;
        let mut deltas =
            vec![Delta::Start { id: message.id.clone().into_owned(), model: message.model.clone().into_owned() }];
        deltas.extend(self.count(message.usage));
        Ok(deltas.into())
    }

    fn count(&mut self, written: Option<&RawValue>) -> Option<Delta> {
        self.counts.update(Counts::read(written)?);
        self.counted = true;
        Some(Delta::Usage { usage: self.counts.usage(), provider_cost: None })
    }

    fn begin_block(&mut self, event: &BlockStart<'_>) -> Result<Said, Failure> {
        let block = event.content_block.get();
        let kind: Kind<'_> = parse("a block", block)?;
        if kind.name != "tool_use" {
            return Ok(Vec::new().into());
        }
        let call: ToolUse<'_> = parse("a block", block)?;
        let whole = call.input.map_or("{}", RawValue::get).to_owned();
        if call.name == ANSWER_FUNCTION {
            self.answered = true;
            self.calls.insert(event.index, Call { index: None, whole, in_pieces: false });
            let block = json!({ "type": "text", "text": "" });
            let instead = json!({ "type": "content_block_start", "index": event.index, "content_block": block });
            return Ok(Said { deltas: Vec::new(), instead: Some(instead) });
        }
        let index = self.calls_begun;
        self.calls_begun = index.saturating_add(1);
        self.calls.insert(event.index, Call { index: Some(index), whole, in_pieces: false });
        let (id, name) = (Some(call.id.into_owned()), Some(call.name.into_owned()));
        Ok(vec![Delta::ToolCall { choice: 0, index, id, name, arguments: String::new() }].into())
    }

    fn change_block(&mut self, event: BlockDelta<'_>) -> Said {
        match event.delta {
            BlockChange::TextDelta { text } => vec![Delta::Text { choice: 0, text: text.into_owned() }].into(),
            BlockChange::ThinkingDelta { thinking } => {
                vec![Delta::Reasoning { choice: 0, text: thinking.into_owned() }].into()
            }
            BlockChange::InputJsonDelta { partial_json } => {
                // Other blocks have input too: of tools that the provider itself runs.
                let Some(call) = self.calls.get_mut(&event.index) else { return Vec::new().into() };
                call.in_pieces |= !partial_json.is_empty();
                arguments(event.index, call.index, partial_json.into_owned())
            }
            BlockChange::Unknown => Vec::new().into(),
        }
    }

    fn end_block(&mut self, event: &BlockStop) -> Said {
        let Some(call) = self.calls.remove(&event.index).filter(|call| !call.in_pieces) else {
            return Vec::new().into();
        };
        // What stands for this event is still the end of the block.
        Said { instead: None, ..arguments(event.index, call.index, call.whole) }
    }

    fn change(&mut self, event: &MessageDelta<'_>, text: &str) -> Said {
        let mut deltas: Vec<Delta> = Vec::new();
        let mut instead = None;
        if let Some(reason) = event.delta.stop_reason.as_deref() {
            let mut finish = finish(reason);
            if self.answered && self.calls_begun == 0 && finish == Finish::ToolCalls {
                finish = Finish::Stop;
                instead = with_stop_reason(text, "end_turn");
            }
            deltas.extend(refusal(event.delta.stop_details).map(|text| Delta::Refusal { choice: 0, text }));
            deltas.push(Delta::Finish { choice: 0, finish });
        }
        deltas.extend(self.count(event.usage));
        Said { deltas, instead }
    }
}

/// More of a call's arguments; of the answer's function, more of the answer's text.
fn arguments(block: u64, call: Option<u32>, arguments: String) -> Said {
    if let Some(index) = call {
        return vec![Delta::ToolCall { choice: 0, index, id: None, name: None, arguments }].into();
    }
    let delta = json!({ "type": "text_delta", "text": arguments });
    let instead = json!({ "type": "content_block_delta", "index": block, "delta": delta });
    Said { deltas: vec![Delta::Text { choice: 0, text: arguments }], instead: Some(instead) }
}

fn with_stop_reason(event: &str, reason: &str) -> Option<Value> {
    let mut event: Value = serde_json::from_str(event).ok()?;
    *event.get_mut("delta")?.get_mut("stop_reason")? = Value::from(reason);
    Some(event)
}

fn parse<'a, T: Deserialize<'a>>(what: &str, text: &'a str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| damaged(what, &error))
}
