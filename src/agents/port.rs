//! The port through which models are asked: what a question and a reply are, whoever answers.

use futures::future::{BoxFuture, FutureExt as _};
use serde::{Deserialize, Serialize};

use super::prompt::AnswerSchema;
use crate::domain::{
    digest::Digest,
    id::StepKey,
    model_class::{Effort, ModelClass},
    money::Usd,
    usage::Usage,
};

/// Answers the agents' questions: the router, a recorded conversation, or a script.
pub trait Models: Send + Sync {
    /// Says who would be asked, and what that may cost at most. Nobody is asked and nothing is paid.
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>>;

    /// Whether a text holds a key that models are asked with, in any common spelling.
    fn holds_key<'a>(&'a self, text: &'a str) -> BoxFuture<'a, bool> {
        let _ = text;
        async { false }.boxed()
    }

    /// Asks. The answering side retries and falls over by itself; whoever calls does not repeat a question that failed.
    /// Dropping the future gives the question up.
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>>;
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The step that needs the answer; a recorded conversation finds it by this.
    pub step: StepKey,
    /// Who the model is to be.
    pub system: String,
    /// The conversation, oldest first; the last turn is ours.
    pub turns: Vec<Turn>,
    /// What the model must be good for.
    pub class: ModelClass,
    /// How long a reasoning model may think; the model's own when none.
    pub effort: Option<Effort>,
    /// Sampling temperature; the model's own when none.
    pub temperature: Option<f64>,
    /// Form of the answer, where it is JSON.
    pub schema: Option<AnswerSchema>,
    /// Most tokens of the answer, thought included.
    pub answer_tokens_max: u32,
}

impl Question {
    /// A question that is asked of nobody: to hear who would answer one of a class.
    #[must_use]
    pub fn probe(class: ModelClass) -> Self {
        Self {
            step: StepKey("probe".to_owned()),
            system: String::new(),
            turns: vec![Turn::ours("Who answers?")],
            class,
            effort: None,
            temperature: None,
            schema: None,
            answer_tokens_max: 1,
        }
    }

    /// Digest of all that decides the answer: the conversation, and the form that is wanted.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let schema = self.schema.as_ref().map(|schema| &schema.schema);
        // Texts and JSON values: nothing in it that JSON could not say.
        let bytes = serde_json::to_vec(&(&self.system, &self.turns, schema)).unwrap_or_default();
        Digest::of(&bytes)
    }
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Who speaks.
    pub speaker: Speaker,
    /// What is said.
    pub text: String,
}

impl Turn {
    /// A turn of ours.
    #[must_use]
    pub fn ours(text: impl Into<String>) -> Self {
        Self { speaker: Speaker::Us, text: text.into() }
    }

    /// A turn of the model's.
    #[must_use]
    pub fn models(text: impl Into<String>) -> Self {
        Self { speaker: Speaker::Model, text: text.into() }
    }
}

/// Who speaks in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The product.
    Us,
    /// The model.
    Model,
}

/// Who would answer, and for how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The first candidate, `provider/model`.
    pub route: String,
    /// Most that the answer may cost; none where the candidate has no price.
    pub most: Option<Usd>,
    /// Tokens of the question, as counted here.
    pub question_tokens: u64,
    /// How the candidate is to write changes to files.
    pub edit_format: EditFormat,
}

/// How a model writes a change to a file that exists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditFormat {
    /// Blocks of lines to find, each with what replaces it.
    #[default]
    Blocks,
    /// The whole file anew.
    Whole,
}

/// What a model answered, and what that took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer.
    pub text: String,
    /// Why it ended.
    pub end: ReplyEnd,
    /// Who answered.
    pub provider: String,
    /// The model, as the provider names it.
    pub model: String,
    /// Tokens of all attempts.
    pub usage: Usage,
    /// Money of all attempts; none when nobody knows.
    pub cost: Option<Usd>,
    /// Attempts at providers, the one that answered counted.
    pub attempts: u32,
}

/// Why a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyEnd {
    /// It was complete.
    Complete,
    /// The token limit cut it off.
    CutOff,
    /// The provider's filter, or the model itself, would not go on.
    Refused,
}

/// Nobody answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NoReply {
    /// What that means for the work.
    pub kind: NoReplyKind,
    /// What happened, where, and what to do; holds no key.
    pub message: String,
    /// Money that the attempts cost all the same.
    pub cost: Usd,
    /// Tokens of those attempts.
    pub usage: Usage,
}

/// What a missing reply means for the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoReplyKind {
    /// No provider can be used now: none is configured, its key is refused, or all are overloaded or out of reach. Later,
    /// or with other settings, the same question may be answered.
    NoProvider,
    /// A budget of the operator's does not allow it.
    Budget,
    /// The question itself is refused: too long for every model, or against a provider's rules.
    Question,
}

/// Nobody: for specs that need no model.
#[derive(Debug, Clone, Copy)]
pub struct NoModels;

impl NoModels {
    fn no_reply() -> NoReply {
        NoReply {
            kind: NoReplyKind::NoProvider,
            message: "no model is configured; see docs/router.md".to_owned(),
            cost: Usd::ZERO,
            usage: Usage::default(),
        }
    }
}

impl Models for NoModels {
    fn quote<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        async { Err(Self::no_reply()) }.boxed()
    }

    fn ask<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        async { Err(Self::no_reply()) }.boxed()
    }
}
