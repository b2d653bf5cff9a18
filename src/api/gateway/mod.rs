//! The gateway, through which other programs use the router.
//!
//! [`serve`] answers in the wire formats of `OpenAI` and Anthropic. What it adds to the router: who may ask (keys), bodies
//! that are hostile until they were counted and read, kept answers for `Idempotency-Key`, measurements, and an end that
//! lets requests in flight finish.

mod body;
mod count_tokens;
mod embeddings;
mod exchange;
mod facts;
mod fault;
mod idempotency;
mod key;
mod looks;
mod meter_names;
mod meters;
mod models;
mod refusal;
mod routes;
mod server;
mod settings;
mod streaming;
mod trace_parent;
mod visit;
mod wire;
mod wishes;

pub use key::{NewKey, NewKeyError, new_key};
pub use server::{ServeError, serve};
pub use settings::{ApiKey, IdempotencySettings, KeyDigest, NotADigest, Settings};
pub use trace_parent::{JoinTrace, TraceParent};
pub use visit::REQUEST_TARGET;
