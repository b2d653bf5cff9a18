//! What is asked of a model, in one form for all wire formats.

use http::HeaderValue;
use serde_json::{Map, Value};

pub use crate::domain::model_class::Effort;

use super::dialect::DialectName;

/// A question to a model.
///
/// The typed fields are what the router understands: dialects translate them, choice looks at them. What a caller sent
/// beyond them is in `extra` and goes to the provider that was chosen as it came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// Functions that the model may call.
    pub tools: Vec<Tool>,
    /// Tools that only the caller's own wire format has (a search that the provider does), as they came; other dialects
    /// refuse them.
    pub other_tools: Vec<Value>,
    /// Whether it may, must, or must not.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may call several at once.
    pub parallel_tool_calls: Option<bool>,
    /// What the answer must look like.
    pub format: Format,
    /// Most tokens of the answer, reasoning included.
    pub max_output_tokens: Option<u64>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// For repeatable sampling, where a provider has it.
    pub seed: Option<i64>,
    /// How long a reasoning model may think.
    pub reasoning_effort: Option<Effort>,
    /// Fields of the caller's body that have no typed field above, by their name in that body.
    pub extra: Map<String, Value>,
    /// The caller's own body, when the question came in a wire format: a provider that speaks the same gets this, with
    /// only what the router decides replaced, so that nothing is lost in translation.
    pub original: Option<Original>,
}

/// A body as it came from a caller.
#[derive(Debug, Clone)]
pub struct Original {
    /// Its wire format.
    pub dialect: DialectName,
    /// The body.
    pub body: Map<String, Value>,
    /// Headers that the wire format reads along with the body, such as `anthropic-beta`; never a key.
    pub headers: Vec<(&'static str, HeaderValue)>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The operator (`system`, `developer`).
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The answer of a tool; `tool_call_id` names the call.
    Tool,
}

/// One turn of a conversation.
#[derive(Debug, Clone)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
    /// Calls that the model made in this turn.
    pub tool_calls: Vec<ToolCall>,
    /// The call that this turn answers.
    pub tool_call_id: Option<String>,
}

impl Message {
    /// A turn of text.
    #[must_use]
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self { role, parts: vec![Part::Text(text.into())], tool_calls: Vec::new(), tool_call_id: None }
    }
}

/// A piece of a turn.
#[derive(Debug, Clone)]
pub enum Part {
    /// Text.
    Text(String),
    /// A picture.
    Image(Image),
    /// What only the caller's own wire format has (sound, files); other dialects refuse it.
    Other {
        /// Its `type`.
        kind: String,
        /// The whole of it.
        body: Value,
    },
}

/// A picture for the model.
#[derive(Debug, Clone)]
pub enum Image {
    /// One that the provider fetches.
    Url {
        /// Where it is.
        url: String,
        /// `low`, `high` or `auto`, where a provider has it.
        detail: Option<String>,
    },
    /// One that is sent along.
    Base64 {
        /// Such as `image/png`.
        media_type: String,
        /// The bytes in base64 (RFC 4648, section 4).
        data: String,
        /// `low`, `high` or `auto`, where a provider has it.
        detail: Option<String>,
    },
}

/// A function that the model may call.
#[derive(Debug, Clone)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub parameters: Value,
    /// Whether the provider must keep to the schema.
    pub strict: Option<bool>,
}

/// Whether tools are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolChoice {
    /// As the model likes.
    Auto,
    /// Not at all.
    None,
    /// At least one.
    Required,
    /// This one.
    Named(String),
}

/// A call that a model made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Identity within the conversation.
    pub id: String,
    /// The function.
    pub name: String,
    /// JSON text, as the model wrote it: it may be damaged.
    pub arguments: String,
}

/// What an answer must look like.
#[derive(Debug, Clone, Default)]
pub enum Format {
    /// Free text.
    #[default]
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON of a schema.
    JsonSchema {
        /// Name of the schema, for the provider.
        name: String,
        /// The schema.
        schema: Value,
        /// Whether the provider must keep to it.
        strict: bool,
    },
}
