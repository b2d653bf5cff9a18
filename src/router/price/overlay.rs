//! Reads price files of the overlay's form, TOML; the form is described at the head of `overlay.toml`.

use std::{borrow::Cow, sync::Arc};

use rust_decimal::Decimal;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::domain::problem::Problem;

use super::{
    amount,
    facts::{Feature, Features, Mode},
    layer::{Amounts, Currency, Layer, Patch, ProviderRule, Quote},
    place::Places,
    rates::{Kind, Origin, Price, ServiceTier, Stated, StatedBand},
};

type Value<'t> = Spanned<DeValue<'t>>;

/// Reads a file whole.
///
/// # Errors
/// All that is wrong, in the file's order.
pub(super) fn read(name: &str, text: &str) -> Result<Layer, Vec<Problem>> {
    let mut reader = Reader { places: Places::new(name, text), source: name.to_owned(), date: String::new() };
    let mut layer = Layer::default();
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let reason = error.message().trim().replace('\n', ", ");
        let offset = error.span().map_or(0, |span| span.start);
        reader.places.add(Problem::new("price_file_broken", "").with("reason", reason), offset);
    }
    reader.file(root.get_ref(), &mut layer);
    let problems = reader.places.into_problems();
    if problems.is_empty() { Ok(layer) } else { Err(problems) }
}

struct Reader<'a> {
    places: Places<'a>,
    /// Of rows that name none.
    source: String,
    date: String,
}

/// The parts of a row that are read one by one.
#[derive(Default)]
struct Row {
    patch: Patch,
    standard: [Option<Decimal>; 6],
    bands: Vec<StatedBand>,
    currency: Option<Currency>,
    unknown: Option<Arc<str>>,
    source: Option<String>,
    date: Option<String>,
}

impl Reader<'_> {
    fn file(&mut self, root: &DeTable<'_>, layer: &mut Layer) {
        for (name, text) in [("source", &mut self.source), ("date", &mut self.date)] {
            if let Some(written) = root.get(name).and_then(|value| value.get_ref().as_str()) {
                written.clone_into(text);
            }
        }
        for (key, value) in root {
            match key.get_ref().as_ref() {
                "source" | "date" => {
                    self.text(key.get_ref(), value);
                }
                "providers" => {
                    for (name, value) in self.table("providers", value).into_iter().flatten() {
                        let path = format!("providers.{}", name.get_ref());
                        if let Some(table) = self.table(&path, value) {
                            let rule = self.provider(&path, table);
                            layer.providers.insert(name.get_ref().as_ref().into(), rule);
                        }
                    }
                }
                "models" => {
                    for (name, value) in self.table("models", value).into_iter().flatten() {
                        self.named_row(name, value, layer);
                    }
                }
                _ => self.unknown_key("", key),
            }
        }
    }

    fn named_row(&mut self, name: &Spanned<Cow<'_, str>>, value: &Value<'_>, layer: &mut Layer) {
        let path = format!("models.{}", name.get_ref());
        let Some(table) = self.table(&path, value) else { return };
        match name.get_ref().split_once('/') {
            Some((provider, model)) if !provider.is_empty() && !model.is_empty() => {
                let patch = self.row(&path, name.span().start, table);
                layer.rows.insert((provider.into(), model.into()), patch);
            }
            _ => self.places.add(Problem::new("price_model_name_wrong", path), name.span().start),
        }
    }

    fn provider(&mut self, path: &str, table: &DeTable<'_>) -> ProviderRule {
        let mut rule = ProviderRule::default();
        let origin = Arc::new(Origin { source: self.source.clone(), date: self.date.clone() });
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let at = format!("{path}.{name}");
            match name {
                "free" => rule.free = self.flag(&at, value).then(|| Price::free(Arc::clone(&origin))),
                "cache_read_free" => rule.cache_read_free = self.flag(&at, value),
                "unknown" => rule.unknown = self.text(&at, value).map(Into::into),
                "like" => rule.like = self.text(&at, value).map(Into::into),
                "free_ending" => {
                    rule.free_ending =
                        self.text(&at, value).map(|ending| (ending.into(), Price::free(Arc::clone(&origin))));
                }
                "vendors" => {
                    for (vendor, value) in self.table(&at, value).into_iter().flatten() {
                        let provider = self.text(&format!("{at}.{}", vendor.get_ref()), value);
                        rule.vendors
                            .extend(provider.map(|provider| (vendor.get_ref().as_ref().into(), provider.into())));
                    }
                }
                _ => self.unknown_key(path, key),
            }
        }
        rule
    }

    fn row(&mut self, path: &str, offset: usize, table: &DeTable<'_>) -> Patch {
        let mut row = Row::default();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let at = format!("{path}.{name}");
            if let Some(kind) = kind(name) {
                let rate = self.rate(&at, value);
                if let Some(place) = row.standard.get_mut(kind as usize) {
                    *place = rate;
                }
                continue;
            }
            match name {
                "currency" => row.currency = self.one_of(&at, value, "`USD` or `RUB`", currency),
                "unknown" => row.unknown = self.text(&at, value).map(Into::into),
                "mode" => row.patch.mode = self.one_of(&at, value, "a mode", Mode::named),
                "context_tokens" => row.patch.context_tokens = self.count(&at, value),
                "max_output_tokens" => row.patch.max_output_tokens = self.count(&at, value),
                "features" => row.patch.features = self.features(&at, value),
                "deprecated_at" => row.patch.deprecated_at = self.text(&at, value).map(Into::into),
                "date" => row.date = self.text(&at, value),
                "source" => row.source = self.text(&at, value),
                "bands" => row.bands = self.bands(&at, value),
                _ => self.unknown_key(path, key),
            }
        }
        let names = |kind: &Kind| table.contains_key(kind.name());
        let states_rates = Kind::ALL.iter().any(names) || !row.bands.is_empty() || row.currency.is_some();
        if states_rates && row.unknown.is_none() && ![Kind::Input, Kind::Output].iter().all(names) {
            self.places.add(Problem::new("price_row_incomplete", path), offset);
        }
        self.patch(row)
    }

    /// Puts a row together.
    fn patch(&self, row: Row) -> Patch {
        let mut patch = row.patch;
        if let Some(reason) = row.unknown {
            patch.amounts = Some(Amounts::Unknown(reason));
        } else if row.standard.iter().any(Option::is_some) {
            let standard = StatedBand { tier: ServiceTier::Standard, above_input_tokens: 0, rates: row.standard };
            patch.amounts = Some(Amounts::Known(Quote {
                currency: row.currency.unwrap_or_default(),
                stated: Stated { bands: std::iter::once(standard).chain(row.bands).collect() },
                origin: Arc::new(Origin {
                    source: row.source.unwrap_or_else(|| self.source.clone()),
                    date: row.date.unwrap_or_else(|| self.date.clone()),
                }),
            }));
        }
        patch
    }

    fn bands(&mut self, path: &str, value: &Value<'_>) -> Vec<StatedBand> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(path, value, "a list of tables");
            return Vec::new();
        };
        list.iter()
            .filter_map(|value| {
                let table = self.table(path, value)?;
                Some(self.band(path, table))
            })
            .collect()
    }

    fn band(&mut self, path: &str, table: &DeTable<'_>) -> StatedBand {
        let mut band = StatedBand { tier: ServiceTier::Standard, above_input_tokens: 0, rates: [None; 6] };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let at = format!("{path}.{name}");
            match (name, kind(name)) {
                (_, Some(kind)) => {
                    if let Some(rate) = self.rate(&at, value) {
                        band.set(kind, rate);
                    }
                }
                ("service_tier", None) => {
                    let named = |name: &str| ServiceTier::ALL.into_iter().find(|tier| tier.name() == name);
                    band.tier = self.one_of(&at, value, "a service tier", named).unwrap_or_default();
                }
                ("above_input_tokens", None) => {
                    band.above_input_tokens = self.count(&at, value).unwrap_or_default();
                }
                (_, None) => self.unknown_key(path, key),
            }
        }
        band
    }
}

/// Single values; each adds a problem when the value is another.
impl Reader<'_> {
    fn wrong(&mut self, path: &str, value: &Value<'_>, expected: &str) {
        let problem = Problem::new("price_value_wrong", path).with("expected", expected);
        self.places.add(problem.with("found", value.get_ref().type_str()), value.span().start);
    }

    fn unknown_key(&mut self, path: &str, key: &Spanned<Cow<'_, str>>) {
        self.places.add(Problem::new("price_key_unknown", path).with("key", key.get_ref()), key.span().start);
    }

    fn table<'v, 't>(&mut self, path: &str, value: &'v Value<'t>) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(path, value, "a table");
        }
        table
    }

    fn text(&mut self, path: &str, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.wrong(path, value, "a text that is not empty");
        }
        text.map(str::to_owned)
    }

    fn flag(&mut self, path: &str, value: &Value<'_>) -> bool {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(path, value, "`true` or `false`");
        }
        flag.unwrap_or_default()
    }

    fn count(&mut self, path: &str, value: &Value<'_>) -> Option<u64> {
        let number = value.get_ref().as_integer();
        let count = number.and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        if count.is_none() {
            self.wrong(path, value, "a number of tokens");
        }
        count
    }

    fn one_of<T>(
        &mut self,
        path: &str,
        value: &Value<'_>,
        expected: &str,
        named: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = value.get_ref().as_str().and_then(named);
        if found.is_none() {
            self.wrong(path, value, expected);
        }
        found
    }

    fn features(&mut self, path: &str, value: &Value<'_>) -> Option<Features> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(path, value, "a list of features");
            return None;
        };
        let mut features = Features::default();
        for value in list {
            if let Some(feature) = self.one_of(path, value, "a feature", Feature::named) {
                features = features.with(feature);
            }
        }
        Some(features)
    }

    /// A rate per million tokens, as a text or as a number: its digits are read, no binary fraction is made of them.
    fn rate(&mut self, path: &str, value: &Value<'_>) -> Option<Decimal> {
        let digits = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Integer(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.wrong(path, value, "a decimal number");
                return None;
            }
        };
        match amount::rate(digits) {
            Ok(rate) => Some(rate),
            Err(reason) => {
                let problem = Problem::new("price_rate_wrong", path).with("value", digits).with("reason", reason);
                self.places.add(problem, value.span().start);
                None
            }
        }
    }
}

fn kind(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}

fn currency(name: &str) -> Option<Currency> {
    match name {
        "USD" => Some(Currency::Usd),
        "RUB" => Some(Currency::Rub),
        _ => None,
    }
}

#[cfg(test)]
#[path = "overlay_tests.rs"]
mod tests;
