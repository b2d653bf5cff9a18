//! Which row of the table a model's price stands in.

use super::{
    facts::ModelFacts,
    rates::Price,
    table::{PriceTable, Row},
};
use crate::{
    domain::{money::Usd, usage::Usage},
    router::choice::Pricing,
};

/// How often one provider may be like another.
const HOPS_MAX: u8 = 4;

/// What the table knows of a model, and how it was found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'t> {
    /// The row; none when the provider's own rule decided.
    pub row: Option<&'t Row>,
    /// What it costs, or why that is not known, as the end of a sentence.
    pub price: Result<&'t Price, &'t str>,
    /// How it was found.
    pub by: FoundBy,
}

/// How a model was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// By its name.
    Name,
    /// By its name without the date or `latest` at its end: a dated model that has no row of its own.
    UndatedName,
    /// By the model that a fine-tuned one was made of.
    BaseName,
    /// By what holds for all models of its provider.
    Provider,
}

impl PriceTable {
    /// What a model costs; none when that is not known.
    #[must_use]
    pub fn price(&self, provider: &str, model: &str) -> Option<&Price> {
        self.find(provider, model)?.price.ok()
    }

    /// What is said of a model besides its price.
    #[must_use]
    pub fn facts(&self, provider: &str, model: &str) -> Option<&ModelFacts> {
        Some(self.find(provider, model)?.row?.facts())
    }

    /// Finds a model. The first of these counts: the row of its name; of its name without a date (`-2026-03-05`,
    /// `-20260305`, `@20260305`) or `latest`; of the base of a fine-tuned model (`ft:BASE:...`); the provider's rules, by
    /// which a model may be free, be another provider's, or be its vendor's.
    #[must_use]
    pub fn find(&self, provider: &str, model: &str) -> Option<Found<'_>> {
        self.find_within(provider, model, HOPS_MAX)
    }

    fn find_within(&self, provider: &str, model: &str, hops: u8) -> Option<Found<'_>> {
        let named = self.row(provider, model).map(|row| (row, FoundBy::Name));
        let named = named.or_else(|| Some((self.row(provider, undated(model)?)?, FoundBy::UndatedName)));
        if let Some((row, by)) = named.or_else(|| Some((self.row(provider, base(model)?)?, FoundBy::BaseName))) {
            return Some(Found { row: Some(row), price: row.price(), by });
        }
        let rule = self.rule(provider)?;
        let by_rule = |price| Some(Found { row: None, price, by: FoundBy::Provider });
        if let Some((ending, price)) = &rule.free_ending
            && model.ends_with(&**ending)
        {
            return by_rule(Ok(price));
        }
        if let Some(price) = &rule.free {
            return by_rule(Ok(price));
        }
        let hops = hops.checked_sub(1)?;
        if let Some(other) = &rule.like {
            return self.find_within(other, model, hops);
        }
        if let Some((vendor, name)) = model.split_once('/')
            && let Some(seller) = rule.vendors.get(vendor)
        {
            // Vendors write the versions in their names with a hyphen that others write with a point.
            let found = self
                .find_within(seller, name, hops)
                .or_else(|| self.find_within(seller, &name.replace('.', "-"), hops));
            if found.is_some() {
                return found;
            }
        }
        rule.unknown.as_deref().and_then(|reason| by_rule(Err(reason)))
    }
}

/// The name without a date or `latest` at its end.
fn undated(model: &str) -> Option<&str> {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(name) = model.strip_suffix("-latest").or_else(|| model.strip_suffix(":latest")) {
        return Some(name);
    }
    let (name, last) = model.rsplit_once(['-', '@'])?;
    if digits(last, 8) {
        return Some(name);
    }
    let (name, month) = name.rsplit_once('-')?;
    let (name, year) = name.rsplit_once('-')?;
    (digits(last, 2) && digits(month, 2) && digits(year, 4)).then_some(name)
}

/// `ft:gpt-4o-2024-08-06` of `ft:gpt-4o-2024-08-06:organization::id`: fine-tuned models have rows by their base.
fn base(model: &str) -> Option<&str> {
    let (base, _) = model.strip_prefix("ft:")?.split_once(':')?;
    model.get(.."ft:".len() + base.len())
}

impl Pricing for PriceTable {
    fn cost(&self, provider: &str, model: &str, usage: &Usage) -> Option<Usd> {
        Some(self.price(provider, model)?.cost(usage))
    }

    fn most(&self, provider: &str, model: &str, input_tokens: u64, output_tokens: u64) -> Option<Usd> {
        Some(self.price(provider, model)?.most(input_tokens, output_tokens))
    }
}

#[cfg(test)]
#[path = "lookup_tests.rs"]
mod tests;
