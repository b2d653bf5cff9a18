//! Models and what they cost, for a person and for a program.

use serde::Serialize;

/// A model at a provider.
#[derive(Debug, Clone, Serialize)]
pub struct ModelLine {
    /// Name that callers use; none for one that only the price table lists.
    pub name: Option<String>,
    /// `provider/model`.
    pub route: String,
    /// The provider.
    pub provider: String,
    /// Classes that it is good for.
    pub classes: Vec<&'static str>,
    /// From 1 to 5, the best there is.
    pub tier: Option<u8>,
    /// Most tokens of question and answer.
    pub context_tokens: Option<u64>,
    /// Most tokens of an answer.
    pub max_output_tokens: Option<u64>,
    /// When its vendor switches it off, `YYYY-MM-DD`.
    pub deprecated_at: Option<String>,
    /// What it costs; none when that is not known.
    pub price: Option<PriceLine>,
    /// Why the price is not known.
    pub unknown: Option<String>,
}

/// What a model costs.
#[derive(Debug, Clone, Serialize)]
pub struct PriceLine {
    /// All rates; the first is the standard tier's for short input.
    pub bands: Vec<BandLine>,
    /// When it was true, `YYYY-MM-DD`; empty when nobody said.
    pub date: String,
    /// Where it stands.
    pub source: String,
}

/// Rates of a service tier from some length of input on.
#[derive(Debug, Clone, Serialize)]
pub struct BandLine {
    /// The service tier.
    pub service_tier: &'static str,
    /// For calls with more input than this.
    pub above_input_tokens: u64,
    /// The rates.
    pub usd_per_million_tokens: RateLine,
}

/// Rates in US dollars per million tokens, as decimal texts.
#[derive(Debug, Clone, Serialize)]
pub struct RateLine {
    /// Input that no cache held.
    pub input: String,
    /// Input that was read from the provider's cache.
    pub cached_input: String,
    /// Input that was written into the provider's cache for five minutes.
    pub cache_write: String,
    /// Input that was written into the provider's cache for an hour.
    pub cache_write_1h: String,
    /// Output.
    pub output: String,
    /// Reasoning, which is a part of the output.
    pub reasoning: String,
}

const HEADINGS: [&str; 8] = ["MODEL", "ROUTE", "CONTEXT", "INPUT", "CACHED", "OUTPUT", "DATE", "SOURCE"];
/// Columns of figures, which stand at the right.
const FIGURES: [usize; 4] = [2, 3, 4, 5];

/// A table with a line for each model.
#[must_use]
pub fn model_table(lines: &[ModelLine]) -> String {
    if lines.is_empty() {
        return "no model is listed so; `samokoder models --all` lists every model of the price table\n".to_owned();
    }
    let rows: Vec<[String; 8]> = std::iter::once(HEADINGS.map(str::to_owned)).chain(lines.iter().map(row)).collect();
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
            let (before, after) = if FIGURES.contains(&column) { (gap.as_str(), "") } else { ("", gap.as_str()) };
            line.push_str(&format!("{before}{cell}{after}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str("\nUSD per 1,000,000 tokens. +: dearer with long input; --json shows all rates.\n");
    text
}

fn row(line: &ModelLine) -> [String; 8] {
    let name = line.name.clone().unwrap_or_else(|| "-".to_owned());
    let context = line.context_tokens.map_or_else(|| "-".to_owned(), |tokens| tokens.to_string());
    let cells = match &line.price {
        Some(price) => {
            let rates = price.bands.first().map(|band| &band.usd_per_million_tokens);
            let figure = |rate: fn(&RateLine) -> &String| rates.map(rate).cloned().unwrap_or_default();
            let dearer = price.bands.iter().any(|band| band.service_tier == "standard" && band.above_input_tokens > 0);
            let mark = if dearer { "+" } else { "" };
            [
                format!("{}{mark}", figure(|rates| &rates.input)),
                figure(|rates| &rates.cached_input),
                format!("{}{mark}", figure(|rates| &rates.output)),
                price.date.clone(),
                price.source.clone(),
            ]
        }
        None => {
            let unknown = || "?".to_owned();
            let reason = format!("unknown: {}", line.unknown.as_deref().unwrap_or("nobody says"));
            [unknown(), unknown(), unknown(), String::new(), reason]
        }
    };
    let [input, cached, output, date, source] = cells;
    [name, line.route.clone(), context, input, cached, output, date, source]
}

#[cfg(test)]
#[path = "models_tests.rs"]
mod tests;
