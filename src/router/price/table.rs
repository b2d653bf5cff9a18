//! The price table: layers of price files as one, and finding a model in it.

use std::{collections::BTreeMap, fs::File, io::Read as _, path::Path, sync::Arc};

use rust_decimal::Decimal;

use crate::{
    domain::problem::Problem,
    router::settings::{self, PriceSettings},
};

use super::{
    amount,
    facts::ModelFacts,
    layer::{Amounts, Currency, Layer, Patch, Pricing, ProviderRule, Quote},
    overlay,
    rates::{Origin, Price, ServiceTier, Stated, StatedBand},
    snapshot::{self, SnapshotRow},
};

const SNAPSHOT: &str = include_str!("snapshot.json");
const OVERLAY: &str = include_str!("overlay.toml");
/// Largest price file that is read; the snapshot has a third of a MiB, the file that it is made of three.
const FILE_MAX_MIB: u64 = 16;
const NO_PRICE: &str = "the price table has no price for it";

/// What models cost and can do, by provider and model.
///
/// Reading the product's own takes a few milliseconds and 3 MiB at most, so that whoever needs it reads it then and keeps
/// it. It never changes; nothing is fetched.
#[derive(Debug)]
pub struct PriceTable {
    /// In order of provider and model.
    rows: Vec<Row>,
    providers: BTreeMap<Box<str>, ProviderRule>,
}

/// A model of the table.
#[derive(Debug)]
pub struct Row {
    provider: Arc<str>,
    model: Box<str>,
    facts: ModelFacts,
    pricing: Pricing,
}

impl Row {
    /// The provider's name.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The model, as the provider names it.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// What is said of it besides its price.
    #[must_use]
    pub const fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    /// What it costs, or why that is not known.
    ///
    /// # Errors
    /// The reason, as the end of a sentence.
    pub fn price(&self) -> Result<&Price, &str> {
        match &self.pricing {
            Pricing::Known(price) => Ok(price),
            Pricing::Unknown(reason) => Err(reason),
        }
    }

    fn key(&self) -> (&str, &str) {
        (&self.provider, &self.model)
    }
}

impl PriceTable {
    /// Reads the prices: the product's snapshot, its overlay, the operator's file and the operator's rows, each over those
    /// before it. A file of the operator's takes the place of the snapshot.
    ///
    /// # Errors
    /// All that is wrong with the operator's file and rows, with line and column where there is one.
    pub fn load(settings: &PriceSettings) -> Result<Self, Vec<Problem>> {
        let mut layer = overlay::read("overlay.toml", OVERLAY)?;
        let mut problems = Vec::new();
        let rows = match &settings.file {
            None => snapshot::read("snapshot.json", SNAPSHOT)?,
            Some(path) => read_file(path, &mut layer).unwrap_or_else(|wrong| {
                problems = wrong;
                Vec::new()
            }),
        };
        for (number, own) in settings.rows.iter().enumerate() {
            match own_patch(own) {
                Ok(patch) => {
                    let key = (own.provider.as_str().into(), own.model.as_str().into());
                    layer.rows.entry(key).or_default().lay_over(patch);
                }
                Err((value, reason)) => {
                    let problem = Problem::new("price_rate_wrong", format!("prices[{number}]"));
                    problems.push(problem.with("value", value).with("reason", reason));
                }
            }
        }
        if problems.is_empty() { Ok(Self::of(rows, layer, settings.rub_per_usd)) } else { Err(problems) }
    }

    fn of(base: Vec<SnapshotRow>, layer: Layer, rub_per_usd: Option<Decimal>) -> Self {
        let Layer { providers, rows: patches } = layer;
        let mut rows: Vec<Row> = base.into_iter().map(|row| Row::of_snapshot(row, &providers)).collect();
        // The last of equal rows counts.
        rows.reverse();
        rows.sort_by(|one, other| one.key().cmp(&other.key()));
        rows.dedup_by(|one, other| one.key() == other.key());
        let mut added = Vec::new();
        for ((provider, model), patch) in patches {
            let rule = providers.get(&provider);
            let known = rows.binary_search_by(|row| row.key().cmp(&(&provider, &model)));
            match known.ok().and_then(|index| rows.get_mut(index)) {
                Some(row) => row.lay_over(patch, rub_per_usd, rule),
                None => {
                    let pricing = unpriced(rule);
                    let mut row = Row { provider: provider.into(), model, facts: ModelFacts::default(), pricing };
                    row.lay_over(patch, rub_per_usd, rule);
                    added.push(row);
                }
            }
        }
        rows.append(&mut added);
        rows.sort_by(|one, other| one.key().cmp(&other.key()));
        rows.shrink_to_fit();
        Self { rows, providers }
    }

    /// All rows, in order of provider and model.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of exactly this name.
    #[must_use]
    pub fn row(&self, provider: &str, model: &str) -> Option<&Row> {
        let index = self.rows.binary_search_by(|row| row.key().cmp(&(provider, model))).ok()?;
        self.rows.get(index)
    }

    pub(super) fn rule(&self, provider: &str) -> Option<&ProviderRule> {
        self.providers.get(provider)
    }
}

impl Row {
    fn of_snapshot(row: SnapshotRow, providers: &BTreeMap<Box<str>, ProviderRule>) -> Self {
        let rule = providers.get(&*row.provider);
        let quote = Quote { currency: Currency::Usd, stated: row.stated, origin: row.origin };
        let pricing = if quote.stated.bands.is_empty() { unpriced(rule) } else { quote.price(None, rule) };
        Self { provider: row.provider, model: row.model, facts: row.facts, pricing }
    }

    fn lay_over(&mut self, patch: Patch, rub_per_usd: Option<Decimal>, rule: Option<&ProviderRule>) {
        let facts = &mut self.facts;
        facts.mode = patch.mode.unwrap_or(facts.mode);
        facts.context_tokens = patch.context_tokens.or(facts.context_tokens);
        facts.max_output_tokens = patch.max_output_tokens.or(facts.max_output_tokens);
        facts.features = patch.features.unwrap_or(facts.features);
        facts.deprecated_at = patch.deprecated_at.or_else(|| facts.deprecated_at.take());
        match patch.amounts {
            Some(Amounts::Known(quote)) => self.pricing = quote.price(rub_per_usd, rule),
            Some(Amounts::Unknown(reason)) => self.pricing = Pricing::Unknown(reason),
            None => {}
        }
    }
}

impl Patch {
    fn lay_over(&mut self, upper: Self) {
        self.mode = upper.mode.or(self.mode);
        self.context_tokens = upper.context_tokens.or(self.context_tokens);
        self.max_output_tokens = upper.max_output_tokens.or(self.max_output_tokens);
        self.features = upper.features.or(self.features);
        self.deprecated_at = upper.deprecated_at.or_else(|| self.deprecated_at.take());
        self.amounts = upper.amounts.or_else(|| self.amounts.take());
    }
}

/// The pricing of a row that states nothing.
fn unpriced(rule: Option<&ProviderRule>) -> Pricing {
    match rule {
        Some(ProviderRule { free: Some(price), .. }) => Pricing::Known(price.clone()),
        Some(ProviderRule { unknown: Some(reason), .. }) => Pricing::Unknown(Arc::clone(reason)),
        Some(_) | None => Pricing::Unknown(NO_PRICE.into()),
    }
}

/// Reads the operator's file: rows when it is a snapshot, otherwise it goes over the layer.
fn read_file(path: &Path, layer: &mut Layer) -> Result<Vec<SnapshotRow>, Vec<Problem>> {
    let name = path.display().to_string();
    let unreadable = |reason: String| {
        let problem = Problem::new("price_file_unreadable", "").with("reason", reason).with("most_mib", FILE_MAX_MIB);
        vec![Problem { file: Some(name.clone()), ..problem }]
    };
    let mut text = String::new();
    let most = FILE_MAX_MIB * 1024 * 1024;
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_string(&mut text));
    match read {
        Ok(bytes) if bytes as u64 > most => return Err(unreadable("it is too large".to_owned())),
        Ok(_) => {}
        Err(error) => return Err(unreadable(error.to_string())),
    }
    if text.trim_start().starts_with('{') {
        return snapshot::read(&name, &text);
    }
    let upper = overlay::read(&name, &text)?;
    layer.providers.extend(upper.providers);
    for (key, patch) in upper.rows {
        layer.rows.entry(key).or_default().lay_over(patch);
    }
    Ok(Vec::new())
}

/// A row of the operator's, or the rate in it that is none and why.
fn own_patch(own: &settings::OwnPrice) -> Result<Patch, (Decimal, &'static str)> {
    let checked = |rate: Decimal| amount::checked(rate).map_err(|reason| (rate, reason));
    let rates = [
        Some(checked(own.input)?),
        Some(checked(own.output)?),
        own.cache_read.map(checked).transpose()?,
        own.cache_write.map(checked).transpose()?,
        None,
        None,
    ];
    let currency = match own.currency {
        settings::Currency::Usd => Currency::Usd,
        settings::Currency::Rub => Currency::Rub,
    };
    let origin = Origin {
        source: own.source.clone().unwrap_or_else(|| "the operator's configuration".to_owned()),
        date: own.since.clone().unwrap_or_default(),
    };
    let band = StatedBand { tier: ServiceTier::Standard, above_input_tokens: 0, rates };
    let quote = Quote { currency, stated: Stated { bands: vec![band] }, origin: Arc::new(origin) };
    Ok(Patch { amounts: Some(Amounts::Known(quote)), ..Patch::default() })
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
