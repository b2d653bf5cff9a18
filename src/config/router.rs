//! The sections about model calls: `[router]`, `[prices]`, `[budgets]`, `[secrets]`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use crate::{
    domain::{money::Usd, problem::Problem},
    router::{
        Settings,
        call::{ModelClass, Strategy, Wanted},
        catalog::Catalog,
        either,
        settings::{BudgetSettings, CallTimeouts, Currency, KeyBudget, OwnPrice, PriceSettings, Weights},
    },
};

use super::section::{Found, Section, shortened};

const STRATEGIES: [(&str, Strategy); 5] = [
    ("ordered", Strategy::Ordered),
    ("cost", Strategy::Cost),
    ("latency", Strategy::Latency),
    ("quality", Strategy::Quality),
    ("balanced", Strategy::Balanced),
];
/// Most attempts after the first that make sense within any deadline.
const RETRIES_MOST: u64 = 20;
/// Most memory for answers, 64 GiB.
const CACHE_BYTES_MOST: u64 = 64 << 30;
const MINUTES_MOST: u64 = 7 * 24 * 60;
/// Most decimal places of a price: a billionth of a currency's unit for a million tokens.
const RATE_PLACES_MOST: u32 = 9;
/// Largest weight; only proportions matter.
const WEIGHT_MOST: u32 = 1_000_000;

/// Providers and models that may be named.
pub(super) struct Known<'c> {
    pub(super) catalog: &'c Catalog,
    /// Names that the file gives to providers and models that could not be read.
    pub(super) unread: BTreeSet<&'c str>,
}

impl Known<'_> {
    fn has_provider(&self, name: &str) -> bool {
        self.catalog.provider(name).is_some() || self.unread.contains(name)
    }

    /// Names that an unknown model may have been meant for; none for one that is known.
    fn unknown_model(&self, name: &str) -> Option<Vec<String>> {
        let provider = name.split_once('/').map_or(name, |(provider, _)| provider);
        if self.unread.contains(name) || self.unread.contains(provider) {
            return None;
        }
        self.catalog.find(&Wanted::Named(name.to_owned()), &BTreeMap::new()).err().map(|unknown| unknown.nearest)
    }
}

/// Reads the sections into settings; relative paths start at the file's folder.
pub(super) fn read(top: &Section<'_, '_>, folder: &Path, known: &Known<'_>) -> Settings {
    let mut settings = Settings::default();
    if let Some(router) = top.section("router") {
        choice(&router, &mut settings, known);
        failure(&router, &mut settings);
        cache(&router, &mut settings);
        router.finish();
    }
    if let Some(section) = top.section("prices") {
        settings.prices = prices(section, folder);
    }
    if let Some(section) = top.section("budgets") {
        settings.budgets = budgets(section);
    }
    settings
}

/// Reads where the file with secrets is.
pub(super) fn secrets_file(top: &Section<'_, '_>, folder: &Path) -> Option<PathBuf> {
    let section = top.section("secrets")?;
    let file = section.text("file").map(|file| folder.join(file.value));
    section.finish();
    file
}

fn choice(router: &Section<'_, '_>, settings: &mut Settings, known: &Known<'_>) {
    if let Some(strategy) = router.word("strategy", &STRATEGIES) {
        settings.strategy = strategy;
    }
    if let Some(order) = router.texts("provider_order") {
        for Found { value, offset } in &order {
            if !known.has_provider(value) {
                let names = either(known.catalog.providers().iter().map(|provider| provider.name.as_str()));
                let problem = Problem::new("config_provider_unknown", router.path_of("provider_order"));
                router.note(*offset, problem.with("name", shortened(value)).with("known", names));
            }
        }
        settings.provider_order = once_each(router, "provider_order", order);
    }
    if let Some(section) = router.section("weights") {
        let offset = section.offset();
        let Weights { cost, latency, quality } = settings.weights;
        let weight = |key, default| weight(&section, key).unwrap_or(default);
        settings.weights = Weights {
            cost: weight("cost", cost),
            latency: weight("latency", latency),
            quality: weight("quality", quality),
        };
        section.finish();
        if settings.weights == (Weights { cost: 0.0, latency: 0.0, quality: 0.0 }) {
            router.note(offset, Problem::new("config_weights_zero", router.path_of("weights")));
        }
    }
    if let Some(section) = router.section("models") {
        for class in ModelClass::ALL {
            if let Some(names) = section.texts(class.name()) {
                for name in &names {
                    known_model(&section, class, name, known);
                }
                settings.class_models.insert(class, once_each(&section, class.name(), names));
            }
        }
        section.finish();
    }
}

fn known_model(section: &Section<'_, '_>, class: ModelClass, name: &Found<String>, known: &Known<'_>) {
    let Some(nearest) = known.unknown_model(&name.value) else { return };
    let path = section.path_of(class.name());
    let meant = either(nearest.iter().map(String::as_str));
    let problem = if meant.is_empty() {
        Problem::new("config_model_unknown", path)
    } else {
        Problem::new("config_model_misspelt", path).with("meant", meant)
    };
    section.note(name.offset, problem.with("name", shortened(&name.value)));
}

fn weight(section: &Section<'_, '_>, key: &'static str) -> Option<f64> {
    let Found { value, offset } = section.decimal(key)?;
    let weight = value.to_f64().filter(|_| value <= Decimal::from(WEIGHT_MOST));
    if weight.is_none() {
        let problem = Problem::new("config_number_out_of_range", section.path_of(key)).with("value", value);
        section.note(offset, problem.with("least", 0).with("most", WEIGHT_MOST));
    }
    weight
}

/// Names, none twice.
fn once_each(section: &Section<'_, '_>, key: &str, names: Vec<Found<String>>) -> Vec<String> {
    let mut once = Vec::with_capacity(names.len());
    for Found { value, offset } in names {
        if once.contains(&value) {
            section.note(offset, Problem::new("config_name_repeated", section.path_of(key)).with("name", value));
        } else {
            once.push(value);
        }
    }
    once
}

fn failure(router: &Section<'_, '_>, settings: &mut Settings) {
    if let Some(section) = router.section("timeouts") {
        for class in ModelClass::ALL {
            if let Some(of_class) = section.section(class.name()) {
                let timeouts = settings.timeouts.of_mut(class);
                timeouts_of(of_class, timeouts);
            }
        }
        section.finish();
    }
    if let Some(section) = router.section("retries") {
        let retries = &mut settings.retries;
        if let Some(most) = section.whole("most", 0..=RETRIES_MOST) {
            retries.most = u32::try_from(most).unwrap_or(u32::MAX);
        }
        retries.first_wait = section.seconds("first_wait_seconds").unwrap_or(retries.first_wait);
        retries.longest_wait = section.seconds("longest_wait_seconds").unwrap_or(retries.longest_wait);
        section.finish();
    }
    if let Some(section) = router.section("breaker") {
        let breaker = &mut settings.breaker;
        if let Some(failures) = section.whole("failures", 1..=1_000_000) {
            breaker.failures = u32::try_from(failures).unwrap_or(u32::MAX);
        }
        breaker.open_for = section.seconds("open_seconds").unwrap_or(breaker.open_for);
        section.finish();
    }
}

fn timeouts_of(section: Section<'_, '_>, timeouts: &mut CallTimeouts) {
    timeouts.first_byte = section.seconds("first_byte_seconds").unwrap_or(timeouts.first_byte);
    timeouts.idle = section.seconds("idle_seconds").unwrap_or(timeouts.idle);
    timeouts.total = section.seconds("total_seconds").unwrap_or(timeouts.total);
    timeouts.deadline = section.seconds("deadline_seconds").unwrap_or(timeouts.deadline);
    section.finish();
}

fn cache(router: &Section<'_, '_>, settings: &mut Settings) {
    let Some(section) = router.section("cache") else { return };
    let cache = &mut settings.cache;
    cache.enabled = section.flag("enabled").unwrap_or(cache.enabled);
    cache.bytes = section.whole("bytes", 1..=CACHE_BYTES_MOST).unwrap_or(cache.bytes);
    if let Some(minutes) = section.whole("minutes", 1..=MINUTES_MOST) {
        cache.keep_for = std::time::Duration::from_mins(minutes);
    }
    section.finish();
}

fn prices(section: Section<'_, '_>, folder: &Path) -> PriceSettings {
    let file = section.text("file").map(|file| folder.join(file.value));
    let rub_per_usd = section.decimal("rub_per_usd").and_then(|Found { value, offset }| {
        if value.is_zero() {
            let problem = Problem::new("config_decimal_wrong", section.path_of("rub_per_usd"));
            section.note(offset, problem.with("value", value));
        }
        (!value.is_zero()).then_some(value)
    });
    let mut rows = Vec::new();
    if let Some(models) = section.section("models") {
        for (name, row) in models.named_sections() {
            rows.extend(own_price(name, row, rub_per_usd.is_some()));
        }
    }
    section.finish();
    PriceSettings { file, rows, rub_per_usd }
}

fn own_price(name: Found<String>, row: Section<'_, '_>, has_rate: bool) -> Option<OwnPrice> {
    let route = name.value.split_once('/').filter(|(provider, model)| !provider.is_empty() && !model.is_empty());
    if route.is_none() {
        row.note(name.offset, Problem::new("config_price_name", row.path()));
    }
    let currency = row.word("currency", &[("USD", Currency::Usd), ("RUB", Currency::Rub)]).unwrap_or_default();
    if currency == Currency::Rub && !has_rate {
        row.note(name.offset, Problem::new("config_price_without_rate", row.path_of("currency")));
    }
    let amount = |key| rate(&row, key);
    let (input, output) = (amount("input"), amount("output"));
    let (cache_read, cache_write) = (amount("cache_read"), amount("cache_write"));
    for (key, written) in [("input", input), ("output", output)] {
        if written.is_none() {
            row.missing(key);
        }
    }
    let text = |key| row.text(key).map(|found| found.value);
    let (since, source) = (text("date"), text("source"));
    row.finish();
    let (provider, model) = route?;
    Some(OwnPrice {
        provider: provider.to_owned(),
        model: model.to_owned(),
        currency,
        input: input?,
        output: output?,
        cache_read,
        cache_write,
        since,
        source,
    })
}

/// What a million tokens cost: at most a million, one for a token, and with no more places than price tables have.
fn rate(row: &Section<'_, '_>, key: &'static str) -> Option<Decimal> {
    let Found { value, offset } = row.decimal(key)?;
    let fits = value <= Decimal::ONE_THOUSAND * Decimal::ONE_THOUSAND && value.normalize().scale() <= RATE_PLACES_MOST;
    if !fits {
        row.note(offset, Problem::new("config_rate_wrong", row.path_of(key)).with("value", value));
    }
    fits.then_some(value)
}

fn budgets(section: Section<'_, '_>) -> BudgetSettings {
    let amount = |key| usd(&section, key);
    let budgets = BudgetSettings {
        per_generation: amount("per_generation"),
        per_key: amount("per_key"),
        per_key_per_day: amount("per_key_per_day"),
        per_tenant_per_day: amount("per_tenant_per_day"),
        per_day: amount("per_day"),
        keys: BTreeMap::new(),
    };
    section.finish();
    budgets
}

/// Reads what one API key may spend; none when nothing is said of it.
pub(super) fn key_budget(section: &Section<'_, '_>) -> Option<KeyBudget> {
    let budget = KeyBudget { total: usd(section, "budget"), per_day: usd(section, "budget_per_day") };
    (budget != KeyBudget::default()).then_some(budget)
}

/// An amount of US dollars.
pub(super) fn usd(section: &Section<'_, '_>, key: &'static str) -> Option<Usd> {
    section.decimal(key).map(|found| Usd::new(found.value))
}
