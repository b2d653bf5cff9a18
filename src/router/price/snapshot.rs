//! Reads price files of the snapshot's form, JSON that `scripts/update-prices` writes.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::problem::Problem;

use super::{
    amount,
    facts::{Feature, Features, Mode, ModelFacts},
    place::Places,
    rates::{Origin, ServiceTier, Stated, StatedBand},
};

/// Most bands of a row: five tiers at several lengths of input.
const BANDS_MAX: usize = 64;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    header: Header<'a>,
    sources: Vec<String>,
    #[serde(borrow)]
    models: BTreeMap<Cow<'a, str>, Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    date: Cow<'a, str>,
}

/// Model, mode, context, most output, letters of features, number of its source, when it is switched off, bands.
#[derive(Deserialize)]
struct Row<'a>(
    #[serde(borrow)] Cow<'a, str>,
    &'a str,
    Option<u64>,
    Option<u64>,
    &'a str,
    Option<usize>,
    &'a str,
    #[serde(borrow)] Vec<&'a str>,
);

/// A row as it was read.
#[derive(Debug)]
pub(super) struct SnapshotRow {
    pub(super) provider: Arc<str>,
    pub(super) model: Box<str>,
    pub(super) facts: ModelFacts,
    pub(super) stated: Stated,
    pub(super) origin: Arc<Origin>,
}

/// Reads all rows, in the file's order.
///
/// # Errors
/// All that is wrong, in the file's order. What is not JSON of this form ends the reading.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<SnapshotRow>, Vec<Problem>> {
    let file: File<'_> = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let problem = Problem::new("price_file_broken", "").with("reason", reason(&error));
            return Err(vec![problem.at(name, Places::of_json(&error))]);
        }
    };
    let of_file = Arc::new(Origin { source: file.header.source.into_owned(), date: file.header.date.into_owned() });
    let of_source = |source| Arc::new(Origin { source, date: of_file.date.clone() });
    let origins: Vec<Arc<Origin>> = file.sources.into_iter().map(of_source).collect();
    let mut rows = Vec::with_capacity(file.models.values().map(Vec::len).sum());
    let mut problems = Places::new(name, text);
    for (provider, written) in &file.models {
        let provider: Arc<str> = Arc::from(provider.as_ref());
        for raw in written {
            match row(raw.get(), &provider, &origins, &of_file) {
                Ok(row) => rows.push(row),
                Err(reason) => problems.add(
                    Problem::new("price_row_broken", format!("models.{provider}")).with("reason", reason),
                    offset_in(text, raw.get()),
                ),
            }
        }
    }
    let problems = problems.into_problems();
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

fn row(text: &str, provider: &Arc<str>, origins: &[Arc<Origin>], of_file: &Arc<Origin>) -> Result<SnapshotRow, String> {
    let row: Row<'_> = serde_json::from_str(text).map_err(|error| reason(&error))?;
    let Row(model, mode, context_tokens, max_output_tokens, letters, source, deprecated_at, bands) = row;
    let mode = Mode::named(mode).ok_or_else(|| format!("there is no mode `{mode}`"))?;
    let features = letters.chars().try_fold(Features::default(), |features, letter| {
        let feature = Feature::of_letter(letter).ok_or_else(|| format!("there is no feature `{letter}`"))?;
        Ok::<_, String>(features.with(feature))
    })?;
    let origin = match source {
        Some(number) => origins.get(number).ok_or_else(|| format!("there is no source {number}"))?,
        None => of_file,
    };
    if bands.len() > BANDS_MAX {
        return Err(format!("it has more than {BANDS_MAX} prices"));
    }
    let deprecated_at = (!deprecated_at.is_empty()).then(|| deprecated_at.into());
    Ok(SnapshotRow {
        provider: Arc::clone(provider),
        model: model.into(),
        facts: ModelFacts { mode, context_tokens, max_output_tokens, features, deprecated_at },
        stated: Stated { bands: bands.into_iter().map(band).collect::<Result<_, _>>()? },
        origin: Arc::clone(origin),
    })
}

/// `flex>200000 1.25 5 - 2`: tier and length of input, then rates, `-` for one that is not stated.
fn band(text: &str) -> Result<StatedBand, String> {
    let mut words = text.split(' ').peekable();
    let label = words.next_if(|word| !word.starts_with(|first: char| first.is_ascii_digit() || first == '-'));
    let (tier, above) = label.unwrap_or_default().split_once('>').unwrap_or((label.unwrap_or_default(), "0"));
    let named = ServiceTier::ALL.into_iter().find(|known| known.name() == tier);
    let tier = if tier.is_empty() { Some(ServiceTier::Standard) } else { named };
    let tier = tier.ok_or_else(|| format!("`{text}` names no service tier that is known"))?;
    let above = above.parse().map_err(|_| format!("`{text}` names no number of tokens"))?;
    let mut rates = [None; 6];
    for (count, word) in words.enumerate() {
        let place = rates.get_mut(count).ok_or_else(|| format!("`{text}` has more than six rates"))?;
        if word != "-" {
            *place = Some(amount::rate(word).map_err(|wrong| format!("`{word}` {wrong}"))?);
        }
    }
    Ok(StatedBand { tier, above_input_tokens: above, rates })
}

/// Where a part of a text begins in it.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// What a parser says, without the place, which stands before it.
fn reason(error: &serde_json::Error) -> String {
    let told = error.to_string();
    told.rsplit_once(" at line ").map_or(told.as_str(), |(reason, _)| reason).to_owned()
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
