//! What one price file says, before it is laid over others.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use super::{
    amount,
    facts::{Features, Mode},
    rates::{Origin, Price, Stated},
};

/// What one price file says.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) providers: BTreeMap<Box<str>, ProviderRule>,
    /// By provider and model.
    pub(super) rows: BTreeMap<(Box<str>, Box<str>), Patch>,
}

/// What holds for all models of a provider where no row says otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct ProviderRule {
    /// The price of a provider that takes nothing.
    pub(super) free: Option<Price>,
    pub(super) unknown: Option<Arc<str>>,
    pub(super) cache_read_free: bool,
    pub(super) like: Option<Box<str>>,
    /// The ending and the price of models that cost nothing.
    pub(super) free_ending: Option<(Box<str>, Price)>,
    pub(super) vendors: BTreeMap<Box<str>, Box<str>>,
}

/// What a file says of a model; what it does not say stays as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Patch {
    pub(super) mode: Option<Mode>,
    pub(super) context_tokens: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) features: Option<Features>,
    pub(super) deprecated_at: Option<Box<str>>,
    pub(super) amounts: Option<Amounts>,
}

/// What a file says of a model's price.
#[derive(Debug, Clone)]
pub(super) enum Amounts {
    /// These rates.
    Known(Quote),
    /// Nothing is known, for a reason.
    Unknown(Arc<str>),
}

/// Rates in a currency.
#[derive(Debug, Clone)]
pub(super) struct Quote {
    pub(super) currency: Currency,
    pub(super) stated: Stated,
    pub(super) origin: Arc<Origin>,
}

/// What rates are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Currency {
    #[default]
    Usd,
    Rub,
}

/// Whether a model's price is known.
#[derive(Debug, Clone)]
pub(super) enum Pricing {
    Known(Price),
    /// Why not.
    Unknown(Arc<str>),
}

impl Quote {
    /// The price in US dollars.
    pub(super) fn price(mut self, rub_per_usd: Option<Decimal>, rule: Option<&ProviderRule>) -> Pricing {
        if rule.is_some_and(|rule| rule.cache_read_free) {
            self.stated.cache_reads_are_free_unless_stated();
        }
        if self.currency == Currency::Rub {
            let Some(rub_per_usd) = rub_per_usd else {
                return Pricing::Unknown("it is in roubles and no exchange rate is set".into());
            };
            if !self.stated.map(|rate| amount::exchanged(rate, rub_per_usd)) {
                return Pricing::Unknown("it is in roubles and the exchange rate makes no price of it".into());
            }
        }
        match self.stated.price(self.origin) {
            Some(price) => Pricing::Known(price),
            None => Pricing::Unknown("it has no rate for input or none for output".into()),
        }
    }
}
