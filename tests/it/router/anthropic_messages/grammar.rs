//! Checks a stream against the vendor's description of its events, knowing nothing of how it was written.

use serde_json::Value;

/// What a stream comes to.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    /// Texts of blocks of text.
    pub(super) text: String,
    /// Texts of blocks of thinking.
    pub(super) thinking: String,
    /// Identity, name and input of blocks of calls, in order.
    pub(super) calls: Vec<(String, String, String)>,
    /// Why it ended.
    pub(super) stop_reason: String,
    /// Its last counts.
    pub(super) usage: Value,
}

/// Reads a stream that is whole.
pub(super) fn check(stream: &[u8]) -> Result<Read, String> {
    let text = std::str::from_utf8(stream).map_err(|error| error.to_string())?;
    let mut events = Vec::new();
    for event in text.split_terminator("\n\n") {
        let (name, data) = event.split_once('\n').ok_or("an event of one line")?;
        let name = name.strip_prefix("event: ").ok_or("an event without a name")?;
        let data: Vec<_> = data
            .lines()
            .map(|line| line.strip_prefix("data: ").ok_or("a line of no field"))
            .collect::<Result<_, _>>()?;
        let data: Value = serde_json::from_str(&data.join("\n")).map_err(|error| error.to_string())?;
        if data["type"] != name {
            return Err(format!("{name} holds {data}"));
        }
        events.push(data);
    }
    let mut events = events.into_iter();
    check_beginning(&events.next().ok_or("no event")?)?;
    let mut read = Read::default();
    let mut open: Option<Block> = None;
    let mut blocks = 0;
    loop {
        let event = events.next().ok_or("no end")?;
        match (event["type"].as_str().unwrap_or_default(), &mut open) {
            ("ping", _) => {}
            ("content_block_start", None) if event["index"] == blocks => {
                open = Some(Block::new(&event["content_block"])?);
                blocks += 1;
            }
            ("content_block_delta", Some(block)) if event["index"] == blocks - 1 => block.change(&event["delta"])?,
            ("content_block_stop", Some(_)) if event["index"] == blocks - 1 => {
                open.take().into_iter().for_each(|block| block.end(&mut read));
            }
            ("message_delta", None) => {
                read.stop_reason = event["delta"]["stop_reason"].as_str().ok_or("no stop reason")?.to_owned();
                read.usage = event["usage"].clone();
                break;
            }
            _ => return Err(format!("{event} in block {blocks}, open: {}", open.is_some())),
        }
    }
    match (events.next(), events.next()) {
        (Some(last), None) if last["type"] == "message_stop" => Ok(read),
        other => Err(format!("{other:?} after message_delta")),
    }
}

fn check_beginning(event: &Value) -> Result<(), String> {
    let message = &event["message"];
    let is_right = event["type"] == "message_start"
        && message["type"] == "message"
        && message["role"] == "assistant"
        && message["id"].is_string()
        && message["model"].is_string()
        && message["content"] == serde_json::json!([])
        && message["stop_reason"].is_null()
        && message["usage"]["input_tokens"].is_u64()
        && message["usage"]["output_tokens"].is_u64();
    if is_right { Ok(()) } else { Err(format!("begins with {event}")) }
}

enum Block {
    Text(String),
    Thinking(String),
    Call { id: String, name: String, input: String },
}

impl Block {
    fn new(block: &Value) -> Result<Self, String> {
        let text = |name: &str| block[name].as_str().map(str::to_owned).ok_or(format!("{block} has no {name}"));
        match block["type"].as_str().unwrap_or_default() {
            "text" => Ok(Self::Text(text("text")?)),
            "thinking" => text("signature").and(Ok(Self::Thinking(text("thinking")?))),
            "tool_use" if block["input"] == serde_json::json!({}) => {
                let id = text("id")?;
                if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) {
                    return Err(format!("the identity {id:?} of a call"));
                }
                Ok(Self::Call { id, name: text("name")?, input: String::new() })
            }
            _ => Err(format!("a block of {block}")),
        }
    }

    fn change(&mut self, delta: &Value) -> Result<(), String> {
        let (kind, name, text) = match self {
            Self::Text(text) => ("text_delta", "text", text),
            Self::Thinking(text) => ("thinking_delta", "thinking", text),
            Self::Call { input, .. } => ("input_json_delta", "partial_json", input),
        };
        match delta[name].as_str() {
            Some(more) if delta["type"] == kind => {
                text.push_str(more);
                Ok(())
            }
            _ => Err(format!("{delta} in a block of {kind}")),
        }
    }

    fn end(self, read: &mut Read) {
        match self {
            Self::Text(text) => read.text.push_str(&text),
            Self::Thinking(text) => read.thinking.push_str(&text),
            Self::Call { id, name, input } => read.calls.push((id, name, input)),
        }
    }
}
