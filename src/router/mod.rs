//! The one place through which models are called: chooses provider and model, falls over, keeps to budgets, counts money.
//!
//! A [`Call`](call::Call) goes in; an [`Answer`] with its [`Account`] comes out. The router alone
//! retries: nothing below it does, and a caller need not.

pub mod account;
pub mod call;
pub mod completion;
pub mod dialect;
mod error;
pub mod failure;
pub mod provider;
pub mod request;
pub mod retry_after;
pub mod route;
pub mod secret;
pub mod sse;

pub use error::Error;

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
