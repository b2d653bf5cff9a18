//! The ways in over HTTP: the gateway, through which other programs use the router.

mod body;
mod fault;
mod idempotency;
mod key;
mod meter_names;
mod meters;
mod settings;
mod strict_json;

pub use key::{NewKey, NewKeyError, new_key};
pub use settings::{ApiKey, IdempotencySettings, KeyDigest, NotADigest, Settings};
