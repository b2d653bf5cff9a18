//! Tokens that a model call used, in one form for all vendors.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// Tokens of one call or of many.
///
/// No token is counted in two fields, but for `reasoning_tokens`, which are part of `output_tokens`. Vendors differ:
/// `OpenAI` counts cached tokens into its input, Anthropic and GigaChat do not; a dialect brings them to this form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Input that no cache held.
    pub fresh_input_tokens: u64,
    /// Input that was read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Input that was written into the provider's cache for five minutes, or for a time that the provider does not name.
    pub cache_write_tokens: u64,
    /// Input that was written into the provider's cache for an hour.
    pub cache_write_1h_tokens: u64,
    /// Output, reasoning included.
    pub output_tokens: u64,
    /// The part of the output that was reasoning.
    pub reasoning_tokens: u64,
}

impl Usage {
    /// All input, from wherever it came.
    #[must_use]
    pub const fn input_tokens(&self) -> u64 {
        self.fresh_input_tokens
            .saturating_add(self.cache_read_tokens)
            .saturating_add(self.cache_write_tokens)
            .saturating_add(self.cache_write_1h_tokens)
    }

    /// Input and output.
    #[must_use]
    pub const fn total_tokens(&self) -> u64 {
        self.input_tokens().saturating_add(self.output_tokens)
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            fresh_input_tokens: self.fresh_input_tokens.saturating_add(other.fresh_input_tokens),
            cache_read_tokens: self.cache_read_tokens.saturating_add(other.cache_read_tokens),
            cache_write_tokens: self.cache_write_tokens.saturating_add(other.cache_write_tokens),
            cache_write_1h_tokens: self.cache_write_1h_tokens.saturating_add(other.cache_write_1h_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
