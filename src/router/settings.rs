//! What the operator decides about model calls.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use rust_decimal::Decimal;

use crate::domain::money::Usd;

use super::call::{ModelClass, Strategy};

/// What the operator decides about model calls. The default is what a machine without a configuration file does.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How candidates are ordered when a call does not say.
    pub strategy: Strategy,
    /// Providers by name, the first is asked first in [`Strategy::Ordered`]; the others come after them, as the catalogue
    /// lists them.
    pub provider_order: Vec<String>,
    /// What counts how much in [`Strategy::Balanced`].
    pub weights: Weights,
    /// Models of a class by name, best first, in place of the catalogue's own; a class that is not here keeps those.
    pub class_models: BTreeMap<ModelClass, Vec<String>>,
    /// How long each class may take.
    pub timeouts: TimeoutsByClass,
    /// How the last candidate is asked again.
    pub retries: Retries,
    /// When a provider is left alone.
    pub breaker: BreakerSettings,
    /// Whether answers are kept.
    pub cache: CacheSettings,
    /// Providers and models of the operator's.
    pub catalogue: CatalogueOverlay,
    /// Where prices come from.
    pub prices: PriceSettings,
    /// What may be spent.
    pub budgets: BudgetSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strategy: Strategy::Ordered,
            provider_order: ["openrouter", "groq", "openai", "anthropic"].map(str::to_owned).to_vec(),
            weights: Weights::default(),
            class_models: BTreeMap::new(),
            timeouts: TimeoutsByClass::default(),
            retries: Retries::default(),
            breaker: BreakerSettings::default(),
            cache: CacheSettings::default(),
            catalogue: CatalogueOverlay::default(),
            prices: PriceSettings::default(),
            budgets: BudgetSettings::default(),
        }
    }
}

/// How much price, speed and quality count in [`Strategy::Balanced`]. Only their proportions matter; none is negative
/// and not all are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of what the call would cost.
    pub cost: f64,
    /// Of the time that the route took lately.
    pub latency: f64,
    /// Of the catalogue's tier.
    pub quality: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { cost: 1.0, latency: 1.0, quality: 1.0 }
    }
}

/// How long a call of each class may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeoutsByClass {
    /// Of [`ModelClass::Reasoning`].
    pub reasoning: CallTimeouts,
    /// Of [`ModelClass::Coding`].
    pub coding: CallTimeouts,
    /// Of [`ModelClass::Fast`].
    pub fast: CallTimeouts,
    /// Of [`ModelClass::Chat`].
    pub chat: CallTimeouts,
}

impl TimeoutsByClass {
    /// Those of a class.
    #[must_use]
    pub const fn of(&self, class: ModelClass) -> CallTimeouts {
        match class {
            ModelClass::Reasoning => self.reasoning,
            ModelClass::Coding => self.coding,
            ModelClass::Fast => self.fast,
            ModelClass::Chat => self.chat,
        }
    }

    /// Those of a class, to be changed.
    pub const fn of_mut(&mut self, class: ModelClass) -> &mut CallTimeouts {
        match class {
            ModelClass::Reasoning => &mut self.reasoning,
            ModelClass::Coding => &mut self.coding,
            ModelClass::Fast => &mut self.fast,
            ModelClass::Chat => &mut self.chat,
        }
    }
}

impl Default for TimeoutsByClass {
    /// A reasoning model may say nothing for two minutes; who asks for a fast one would rather have another provider's
    /// answer after a quarter of a minute.
    fn default() -> Self {
        Self {
            reasoning: CallTimeouts::of_seconds(120, 120, 600, 900),
            coding: CallTimeouts::of_seconds(60, 60, 300, 600),
            fast: CallTimeouts::of_seconds(15, 15, 60, 90),
            chat: CallTimeouts::of_seconds(30, 30, 120, 180),
        }
    }
}

/// How long a call may take. Connecting is not among them: it has 10 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTimeouts {
    /// From the end of the request to the head of the answer, for a stream. The head of a whole answer comes when the
    /// model is done, so that only `total` counts for one.
    pub first_byte: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// One attempt, from beginning to end.
    pub total: Duration,
    /// All attempts together.
    pub deadline: Duration,
}

impl CallTimeouts {
    const fn of_seconds(first_byte: u64, idle: u64, total: u64, deadline: u64) -> Self {
        Self {
            first_byte: Duration::from_secs(first_byte),
            idle: Duration::from_secs(idle),
            total: Duration::from_secs(total),
            deadline: Duration::from_secs(deadline),
        }
    }
}

/// How the last candidate is asked again after a failure that may pass; a candidate that has another behind it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often at most, the first attempt not counted.
    pub most: u32,
    /// Wait before the first; each later one is twice as long, with jitter. A provider's own `Retry-After` goes before.
    pub first_wait: Duration,
    /// Longest wait of ours.
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { most: 2, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(8) }
    }
}

/// When a provider is left alone: per provider, base URL and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open, until one call may try again.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, open_for: Duration::from_secs(60) }
    }
}

/// Whether and how long answers are kept for equal questions of the same tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSettings {
    /// Whether they are; a call must ask for it too.
    pub enabled: bool,
    /// Memory that all of them may take.
    pub bytes: u64,
    /// How long each is kept.
    pub keep_for: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { enabled: false, bytes: 64 * 1024 * 1024, keep_for: Duration::from_secs(3600) }
    }
}

/// Providers and models of the operator's, over the product's own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CatalogueOverlay {
    /// Tables by provider name, in the form of `src/router/providers.toml`: one of a known name replaces the fields that
    /// it names, one of a new name is a provider more.
    pub providers: toml::Table,
    /// Rows in the form of `src/router/models.toml`: one of a known name takes its place, one of a new name is a model more.
    pub models: Vec<toml::Table>,
}

/// Where prices come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PriceSettings {
    /// A price file in place of the product's own snapshot.
    pub file: Option<PathBuf>,
    /// The operator's own prices, over all others.
    pub rows: Vec<OwnPrice>,
    /// What a US dollar costs in roubles; without it prices in roubles are unknown prices.
    pub rub_per_usd: Option<Decimal>,
}

/// A price that the operator set, per million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPrice {
    /// Provider by name.
    pub provider: String,
    /// Model, as the provider names it.
    pub model: String,
    /// What the amounts are in.
    pub currency: Currency,
    /// Of a million tokens of input that no cache held.
    pub input: Decimal,
    /// Of a million tokens of output.
    pub output: Decimal,
    /// Of a million tokens that were read from the provider's cache; as `input` when none.
    pub cache_read: Option<Decimal>,
    /// Of a million tokens that were written into the provider's cache; as `input` when none.
    pub cache_write: Option<Decimal>,
    /// Day since when, `YYYY-MM-DD`.
    pub since: Option<String>,
    /// Where it stands: a page, a contract.
    pub source: Option<String>,
}

/// What a price is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Currency {
    /// US dollars.
    #[default]
    Usd,
    /// Roubles.
    Rub,
}

/// What may be spent; none is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BudgetSettings {
    /// By one generation.
    pub per_generation: Option<Usd>,
    /// By one API key, ever.
    pub per_key: Option<Usd>,
    /// By one API key in a day (UTC).
    pub per_key_per_day: Option<Usd>,
    /// By one tenant in a day (UTC), with all its keys and generations.
    pub per_tenant_per_day: Option<Usd>,
    /// By everybody in a day (UTC).
    pub per_day: Option<Usd>,
    /// By single API keys, by their name; goes before `per_key` and `per_key_per_day`.
    pub keys: BTreeMap<String, KeyBudget>,
}

/// What one API key may spend; none is what all keys may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyBudget {
    /// Ever.
    pub total: Option<Usd>,
    /// In a day (UTC).
    pub per_day: Option<Usd>,
}
