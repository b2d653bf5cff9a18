//! The one place through which models are called: chooses provider and model, falls over, keeps to budgets, counts money.
//!
//! A [`Call`](call::Call) goes in; an [`Answer`] with its [`Account`] comes out. The router alone
//! retries: nothing below it does, and a caller need not.

pub mod account;
mod afterwork;
mod attempt;
mod bounded;
pub mod breaker;
pub mod budget;
mod cache;
pub mod call;
pub mod catalog;
pub mod choice;
pub mod completion;
pub mod concurrency;
pub mod dialect;
mod error;
mod face;
pub mod failure;
pub mod gigachat_token;
#[cfg(test)]
mod hand_clock;
mod keyring;
pub mod latency;
pub mod model;
mod nearest;
pub mod observer;
pub mod price;
pub mod provider;
pub mod rate_limit;
mod reading;
pub mod redact;
pub mod refused_keys;
pub mod request;
pub mod retry_after;
pub mod route;
pub mod secret;
pub mod settings;
mod shared;
mod stream;
pub mod tokens;
pub mod transport;

pub use afterwork::NotDone;
pub use attempt::{EmbeddingRequest, SPAN_TARGET};
pub use error::Error;
pub use face::{EmbeddingAnswer, Quote, Router};
pub use nearest::nearest;
pub use reading::{DataProblem, DataProblemKind, either};
pub use settings::Settings;
pub use stream::AnswerStream;

use account::Account;
use completion::{Completion, Piece};

/// A whole answer and what it took.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The answer.
    pub completion: Completion,
    /// What it took.
    pub account: Account,
}

/// What a stream yields.
#[derive(Debug, Clone)]
pub enum StreamItem {
    /// More of the answer.
    Piece(Piece),
    /// The end, and what the call took.
    End(Box<Account>),
}
