//! Tests that download what they ask, or measure time: `scripts/test-slow`. Plain `cargo test` leaves them out.

#[cfg(test)]
mod biome;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod filters;
#[cfg(test)]
#[path = "../../src/template/filters/hostile.rs"]
mod hostile;
#[cfg(test)]
mod rendering_time;
#[cfg(test)]
mod support;
#[cfg(test)]
#[path = "../it/template_support.rs"]
mod template_support;
