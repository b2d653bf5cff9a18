//! One call over its attempts: who is asked, what is held meanwhile, and what becomes of it however it ends.
//!
//! Before an attempt: the body is written, the breaker asked, a place among the key's requests had, money reserved. After
//! it: the ledger is settled, breaker and limits learn, the attempt is noted. Each of these is undone or done also when the
//! call is dropped in the middle.

mod bill;
mod embedding;
mod exchange;
mod flow;
mod record;
mod reserve;
mod run;
mod running;
mod spans;
mod tally;
mod walk;

pub use embedding::EmbeddingRequest;
pub(super) use exchange::{Ask, Got};
pub(super) use flow::Flow;
pub(super) use record::Record;
pub(super) use run::Run;
pub(super) use spans::Operation;
pub use spans::SPAN_TARGET;
pub(super) use walk::Deadline;
