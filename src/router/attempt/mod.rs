//! One call over its attempts: who is asked, what is held meanwhile, and what becomes of it however it ends.
//!
//! Before an attempt: the body is written, the breaker asked, a place among the key's requests had, money reserved. After
//! it: the ledger is settled, breaker and limits learn, the attempt is noted. Each of these is undone or done also when the
//! call is dropped in the middle.

mod bill;
mod embedding;
mod exchange;
mod flow;
mod reserve;
mod run;
mod running;
mod tally;
mod walk;

pub use embedding::EmbeddingRequest;
pub(super) use exchange::{Ask, Got};
pub(super) use flow::Flow;
pub(super) use run::Run;
pub(super) use tally::{End, LOG_TARGET, log};
pub(super) use walk::Deadline;
