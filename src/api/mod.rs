//! The ways in over HTTP: the gateway, through which other programs use the router.

mod settings;

pub use settings::{ApiKey, IdempotencySettings, KeyCaps, KeyDigest, NotADigest, Settings};
