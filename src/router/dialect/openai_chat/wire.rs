//! Answers of Chat Completions as they come over the wire: read leniently where vendors differ, without copying what is
//! not kept.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Value, value::RawValue};

use crate::router::{
    completion::{Finish, OriginalAnswer},
    dialect::{DialectName, openai_failure, openai_usage},
    failure::{Failure, FailureClass},
};

/// A whole answer, or one chunk of a stream.
#[derive(Deserialize)]
pub(super) struct WireAnswer<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    object: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) choices: Option<Vec<WireChoice<'a>>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    x_groq: Option<XGroq<'a>>,
}

/// Where Groq put usage and errors of streams before it took over the others' form.
#[derive(Deserialize)]
struct XGroq<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct WireChoice<'a> {
    pub(super) index: Option<u32>,
    /// Of a whole answer.
    #[serde(borrow)]
    pub(super) message: Option<WireMessage<'a>>,
    /// Of a stream.
    #[serde(borrow)]
    pub(super) delta: Option<WireMessage<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
pub(super) struct WireMessage<'a> {
    content: Option<Content>,
    /// `OpenRouter`, vLLM, Groq. Not worth losing an answer for, should it be something else than a text.
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    /// `DeepSeek`, and vLLM before.
    #[serde(borrow)]
    reasoning_content: Option<&'a RawValue>,
    pub(super) refusal: Option<String>,
    pub(super) tool_calls: Option<Vec<WireCall>>,
}

#[derive(Deserialize)]
pub(super) struct WireCall {
    pub(super) index: Option<u32>,
    pub(super) id: Option<String>,
    pub(super) function: Option<WireFunction>,
}

#[derive(Deserialize)]
pub(super) struct WireFunction {
    pub(super) name: Option<String>,
    pub(super) arguments: Option<Arguments>,
}

impl WireAnswer<'_> {
    /// Reads JSON. An error object, wherever a vendor puts it, is a failure.
    pub(super) fn read(json: &[u8]) -> Result<WireAnswer<'_>, Failure> {
        let answer: WireAnswer<'_> = serde_json::from_slice(json).map_err(|error| openai_failure::damaged(&error))?;
        let in_choice = || answer.choices.iter().flatten().find_map(|choice| choice.error);
        let error = answer.error.or_else(|| answer.x_groq.as_ref()?.error).or_else(in_choice);
        if let Some(error) = error {
            return Err(openai_failure::of_object(error.get(), answer.usage()));
        }
        // vLLM: the body itself is the error.
        if answer.object.as_ref().is_some_and(|object| object.0 == "error") {
            let whole = String::from_utf8_lossy(json);
            return Err(openai_failure::of_object(&whole, answer.usage()));
        }
        if let Some(reason) = answer.choices.iter().flatten().find_map(WireChoice::gave_up) {
            let failure = Failure::new(FailureClass::Overload, reason, "the provider broke the answer off");
            let counted = answer.usage().map(openai_usage::read).unwrap_or_default();
            let (usage, provider_cost) = (counted.usage, counted.cost);
            return Err(Failure { status: Some(200), usage, provider_cost, ..failure });
        }
        Ok(answer)
    }

    /// JSON of the usage object.
    pub(super) fn usage(&self) -> Option<&str> {
        self.usage.or_else(|| self.x_groq.as_ref()?.usage).map(RawValue::get)
    }
}

impl WireChoice<'_> {
    /// Why the choice ended; none while it goes on. `calls` says whether it made tool calls: some servers say `stop` then.
    pub(super) fn finish(&self, calls: bool) -> Option<Finish> {
        Some(match self.reason()? {
            "stop" if calls => Finish::ToolCalls,
            "stop" => Finish::Stop,
            "length" | "model_length" | "max_tokens" => Finish::Length,
            "tool_calls" | "function_call" => Finish::ToolCalls,
            "content_filter" => Finish::ContentFilter,
            other => Finish::Other(other.chars().take(100).collect()),
        })
    }

    fn reason(&self) -> Option<&str> {
        self.finish_reason.as_ref().map(|reason| &*reason.0).filter(|reason| !reason.is_empty())
    }

    /// A reason that means that the provider gave up.
    fn gave_up(&self) -> Option<&str> {
        // OpenRouter and Mistral; DeepSeek, when its machines are full.
        self.reason().filter(|reason| matches!(*reason, "error" | "insufficient_system_resource"))
    }
}

impl WireMessage<'_> {
    /// What the model thinks, and what it says. A vendor that sends its thoughts under two names sends them once here.
    pub(super) fn take_texts(&mut self) -> (String, String) {
        let content = self.content.take().unwrap_or_default();
        let named = [self.reasoning, self.reasoning_content].into_iter().flatten();
        let mut texts = named.filter_map(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let reasoning = texts.find(|text| !text.is_empty());
        (reasoning.unwrap_or(content.reasoning), content.text)
    }
}

/// The answer as it came, for callers who speak the same.
pub(super) fn original(json: &[u8]) -> OriginalAnswer {
    OriginalAnswer { dialect: DialectName::OpenaiChat, body: bytes::Bytes::copy_from_slice(json) }
}

/// A text that is borrowed when it holds no escapes.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// `content`: a text, or Mistral's list of parts, some of which are thoughts.
#[derive(Default)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) reasoning: String,
}

#[derive(Deserialize)]
struct ContentPart {
    text: Option<String>,
    thinking: Option<Content>,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of parts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content { text: text.to_owned(), reasoning: String::new() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Content, A::Error> {
        let mut content = Content::default();
        while let Some(part) = parts.next_element::<ContentPart>()? {
            content.text.extend(part.text);
            content.reasoning.extend(part.thinking.map(|thinking| thinking.text));
        }
        Ok(content)
    }
}

/// Arguments of a call: JSON text, or with some servers the object itself.
pub(super) struct Arguments(pub(super) String);

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ArgumentsVisitor)
    }
}

struct ArgumentsVisitor;

impl<'de> Visitor<'de> for ArgumentsVisitor {
    type Value = Arguments;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON text or an object")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Arguments, E> {
        Ok(Arguments(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Arguments, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(map)).map(|object| Arguments(object.to_string()))
    }
}
