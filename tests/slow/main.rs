//! Tests that download what they ask, or measure time: `scripts/test-slow`. Plain `cargo test` leaves them out.

#![cfg(test)]

mod biome;
mod corpus;
mod filters;
#[path = "../../src/template/filters/hostile.rs"]
mod hostile;
mod package_registry;
mod rendering_time;
mod support;
#[path = "../it/template_support.rs"]
mod template_support;
