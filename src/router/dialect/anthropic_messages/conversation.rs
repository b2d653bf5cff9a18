//! A conversation in the format's turns.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeSeq as _};
use serde_json::value::{RawValue, to_raw_value};

use super::names::call_id;
use crate::router::{
    failure::{Failure, FailureClass},
    request::{Image, Message, Part, Role, ToolCall},
};

/// A conversation.
#[derive(Debug, Default)]
pub(super) struct Conversation<'a> {
    /// What the system says, its turns parted by an empty line; empty when it says nothing.
    pub(super) system: String,
    /// Turns of user and model; never two of one speaker after each other.
    pub(super) turns: Vec<Turn<'a>>,
}

/// One turn.
#[derive(Debug, Serialize)]
pub(super) struct Turn<'a> {
    role: Speaker,
    content: Content<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Speaker {
    User,
    Assistant,
}

/// Blocks of a turn: the format wants answers of tools before all else.
#[derive(Debug, Default)]
struct Content<'a> {
    tool_results: Vec<Block<'a>>,
    rest: Vec<Block<'a>>,
}

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut blocks = serializer.serialize_seq(Some(self.tool_results.len().saturating_add(self.rest.len())))?;
        for block in self.tool_results.iter().chain(&self.rest) {
            blocks.serialize_element(block)?;
        }
        blocks.end()
    }
}

/// One block of a turn.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    Text {
        text: Cow<'a, str>,
    },
    Image {
        source: Source<'a>,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Box<RawValue>,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Block<'a>>,
    },
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Source<'a> {
    Base64 { media_type: &'a str, data: &'a str },
    Url { url: &'a str },
}

/// Brings turns into the format's form.
pub(super) fn translate(messages: &[Message]) -> Result<Conversation<'_>, Failure> {
    let mut conversation = Conversation::default();
    for (index, message) in messages.iter().enumerate() {
        match message.role {
            Role::System => conversation.add_system(index, message)?,
            Role::User => {
                let rest = blocks(index, &message.parts)?;
                conversation.add(Speaker::User, Content { tool_results: Vec::new(), rest });
            }
            Role::Tool => {
                let tool_results = vec![tool_result(index, message)?];
                conversation.add(Speaker::User, Content { tool_results, rest: Vec::new() });
            }
            Role::Assistant => {
                let mut rest = blocks(index, &message.parts)?;
                for call in &message.tool_calls {
                    rest.push(tool_use(call)?);
                }
                conversation.add(Speaker::Assistant, Content { tool_results: Vec::new(), rest });
            }
        }
    }
    conversation.finish();
    Ok(conversation)
}

impl<'a> Conversation<'a> {
    /// Adds words to what the system says.
    pub(super) fn instruct(&mut self, words: &str) {
        if !self.system.is_empty() {
            self.system.push_str("\n\n");
        }
        self.system.push_str(words);
    }

    fn add_system(&mut self, index: usize, message: &Message) -> Result<(), Failure> {
        for part in &message.parts {
            match part {
                Part::Text(text) if is_blank(text) => {}
                Part::Text(text) => self.instruct(text),
                Part::Image(_) => return Err(unsupported(index, "a picture in a turn of the system")),
                Part::Other { kind, .. } => return Err(unsupported(index, &format!("a part of the type `{kind}`"))),
            }
        }
        Ok(())
    }

    /// Adds what a speaker says, to the last turn when it is the same speaker's.
    fn add(&mut self, role: Speaker, content: Content<'a>) {
        if content.tool_results.is_empty() && content.rest.is_empty() {
            return;
        }
        match self.turns.last_mut() {
            Some(last) if last.role == role => {
                last.content.tool_results.extend(content.tool_results);
                last.content.rest.extend(content.rest);
            }
            Some(_) | None => self.turns.push(Turn { role, content }),
        }
    }

    /// Takes out blanks at the end of a turn that the model is to go on with, since the format refuses them. When the system
    /// alone speaks, its words become the user's: the format demands a turn.
    fn finish(&mut self) {
        if let Some(Turn { role: Speaker::Assistant, content }) = self.turns.last_mut()
            && let Some(Block::Text { text }) = content.rest.last_mut()
        {
            *text = Cow::Owned(text.trim_end().to_owned());
        }
        if self.turns.is_empty() && !self.system.is_empty() {
            let text = Cow::Owned(std::mem::take(&mut self.system));
            self.add(Speaker::User, Content { tool_results: Vec::new(), rest: vec![Block::Text { text }] });
        }
    }
}

fn blocks(index: usize, parts: &[Part]) -> Result<Vec<Block<'_>>, Failure> {
    let mut blocks = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Text(text) if is_blank(text) => {}
            Part::Text(text) => blocks.push(Block::Text { text: Cow::Borrowed(text) }),
            Part::Image(Image::Url { url, .. }) => blocks.push(Block::Image { source: Source::Url { url } }),
            Part::Image(Image::Base64 { media_type, data, .. }) => {
                blocks.push(Block::Image { source: Source::Base64 { media_type, data } });
            }
            Part::Other { kind, .. } => return Err(unsupported(index, &format!("a part of the type `{kind}`"))),
        }
    }
    Ok(blocks)
}

fn tool_result(index: usize, message: &Message) -> Result<Block<'_>, Failure> {
    let id = message.tool_call_id.as_deref();
    let id = id.ok_or_else(|| unsupported(index, "a tool's answer that does not name its call"))?;
    Ok(Block::ToolResult { tool_use_id: call_id(id), content: blocks(index, &message.parts)? })
}

fn tool_use(call: &ToolCall) -> Result<Block<'_>, Failure> {
    Ok(Block::ToolUse { id: call_id(&call.id), name: &call.name, input: input(&call.arguments)? })
}

/// Arguments of a call as the object that the format demands: as the model wrote them when they are one, `{}` when there are
/// none, else within an object.
pub(super) fn input(arguments: &str) -> Result<Box<RawValue>, Failure> {
    let arguments = arguments.trim();
    let text = if arguments.is_empty() { "{}" } else { arguments };
    if text.starts_with('{')
        && let Ok(object) = RawValue::from_string(text.to_owned())
    {
        return Ok(object);
    }
    to_raw_value(&serde_json::json!({ "arguments": arguments }))
        .map_err(|error| Failure::new(FailureClass::Caller, "unsupported", format!("a call's arguments: {error}")))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn unsupported(index: usize, what: &str) -> Failure {
    let message = format!("messages.{index}: Anthropic Messages has no form for {what}");
    Failure::new(FailureClass::Caller, "unsupported", message)
}
