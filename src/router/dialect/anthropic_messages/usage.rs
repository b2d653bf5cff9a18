//! Token counts as the format has them, and in the normal form.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::usage::Usage;

/// Token counts of one answer. `input_tokens` holds no cached ones; `cache_creation` says how
/// `cache_creation_input_tokens` part by the time that they are kept, and may be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_creation: Option<CacheCreation>,
    output_tokens: Option<u64>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct CacheCreation {
    ephemeral_5m_input_tokens: u64,
    ephemeral_1h_input_tokens: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: u64,
}

impl Counts {
    /// Reads counts. Ones of a wrong shape, or of nothing, are as good as none: an answer is worth more than its count, and
    /// the router counts by itself where a provider does not.
    pub(super) fn read(written: Option<&RawValue>) -> Option<Self> {
        let counts: Self = serde_json::from_str(written?.get()).ok()?;
        (counts.input_tokens.is_some() || counts.output_tokens.is_some()).then_some(counts)
    }

    /// Takes over what a later event says: all of its counts are from the beginning, and what it does not say stands.
    pub(super) fn update(&mut self, later: Self) {
        *self = Self {
            input_tokens: later.input_tokens.or(self.input_tokens),
            cache_read_input_tokens: later.cache_read_input_tokens.or(self.cache_read_input_tokens),
            cache_creation_input_tokens: later.cache_creation_input_tokens.or(self.cache_creation_input_tokens),
            cache_creation: later.cache_creation.or(self.cache_creation),
            output_tokens: later.output_tokens.or(self.output_tokens),
            output_tokens_details: later.output_tokens_details.or(self.output_tokens_details),
        };
    }

    /// The normal form.
    pub(super) fn usage(&self) -> Usage {
        let parts = self.cache_creation.unwrap_or_default();
        let written = self
            .cache_creation_input_tokens
            .unwrap_or_else(|| parts.ephemeral_5m_input_tokens.saturating_add(parts.ephemeral_1h_input_tokens));
        let written_1h = parts.ephemeral_1h_input_tokens.min(written);
        let output_tokens = self.output_tokens.unwrap_or(0);
        Usage {
            fresh_input_tokens: self.input_tokens.unwrap_or(0),
            cache_read_tokens: self.cache_read_input_tokens.unwrap_or(0),
            cache_write_tokens: written.saturating_sub(written_1h),
            cache_write_1h_tokens: written_1h,
            output_tokens,
            reasoning_tokens: self.output_tokens_details.unwrap_or_default().thinking_tokens.min(output_tokens),
        }
    }
}

/// The normal form as the format writes it.
#[derive(Debug, Serialize)]
pub(super) struct WrittenCounts {
    input_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
    cache_creation: CacheCreation,
    output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_details: Option<OutputDetails>,
}

impl From<Usage> for WrittenCounts {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.fresh_input_tokens,
            cache_creation_input_tokens: usage.cache_write_tokens.saturating_add(usage.cache_write_1h_tokens),
            cache_read_input_tokens: usage.cache_read_tokens,
            cache_creation: CacheCreation {
                ephemeral_5m_input_tokens: usage.cache_write_tokens,
                ephemeral_1h_input_tokens: usage.cache_write_1h_tokens,
            },
            output_tokens: usage.output_tokens,
            output_tokens_details: (usage.reasoning_tokens > 0)
                .then_some(OutputDetails { thinking_tokens: usage.reasoning_tokens }),
        }
    }
}
