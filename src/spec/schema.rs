//! The description of the format that `samokoder schema` prints, the one that models read, and the spec that
//! `samokoder init` writes.

use serde_json::Value;

const SCHEMA: &str = include_str!("surface.schema.json");
const STARTER: &str = include_str!("starter.yaml");
const FORMAT_GUIDE: &str = include_str!("format_guide.md");

/// JSON Schema (draft 2020-12) of specs in YAML, JSON and TOML.
#[must_use]
pub fn json_schema() -> Value {
    // The text is part of the program, and a test reads it.
    serde_json::from_str(SCHEMA).unwrap_or_default()
}

/// A commented spec in YAML to start from.
#[must_use]
pub fn starter() -> &'static str {
    STARTER
}

/// The structured form of specs in JSON, told to a model that completes one: at most 900 words.
#[must_use]
pub fn format_guide() -> &'static str {
    FORMAT_GUIDE
}
