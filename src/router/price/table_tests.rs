use std::io::Write as _;

use super::*;
use crate::domain::{money::Usd, usage::Usage};
use crate::router::{
    price::{Feature, Mode, per_million},
    settings::OwnPrice,
};

fn loaded() -> PriceTable {
    PriceTable::load(&PriceSettings::default()).unwrap()
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn own(model: &str, currency: settings::Currency, input: &str, output: &str) -> OwnPrice {
    OwnPrice {
        provider: "gigachat".to_owned(),
        model: model.to_owned(),
        currency,
        input: decimal(input),
        output: decimal(output),
        cache_read: None,
        cache_write: None,
        since: Some("2026-11-01".to_owned()),
        source: None,
    }
}

fn file(ending: &str, text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(ending).tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn with_file(file: &tempfile::NamedTempFile) -> PriceSettings {
    PriceSettings { file: Some(file.path().to_owned()), ..PriceSettings::default() }
}

fn input_rate(table: &PriceTable, provider: &str, model: &str) -> Option<String> {
    table.price(provider, model).map(|price| per_million(price.rates().input).to_string())
}

#[test]
fn the_snapshot_is_whole() {
    let table = loaded();
    assert!(table.rows().len() > 3_000, "{}", table.rows().len());
    let priced = table.rows().iter().filter(|row| row.price().is_ok()).count();
    assert!(priced > 3_000, "{priced}");
    for row in table.rows() {
        assert_eq!(
            table.row(row.provider(), row.model()).map(Row::key),
            Some(row.key()),
            "rows are found by their names"
        );
        if let Ok(price) = row.price() {
            assert!(!price.origin().source.is_empty() && price.origin().date.len() == 10, "{:?}", row.key());
        }
    }
}

/// Vendors that are paid never appear as free because the snapshot's source knows no price.
#[test]
fn nothing_is_free_that_the_overlay_does_not_name() {
    let table = loaded();
    let free: std::collections::BTreeSet<&str> =
        table.rows().iter().filter(|row| row.price().is_ok_and(Price::is_free)).map(Row::provider).collect();
    assert_eq!(free.into_iter().collect::<Vec<_>>(), ["lemonade", "ollama"]);
}

#[test]
fn a_known_model_has_its_prices_facts_and_origin() {
    let table = loaded();
    let row = table.row("openai", "gpt-4o").unwrap();
    let price = row.price().unwrap();
    assert_eq!(per_million(price.rates().input).to_string(), "2.5");
    assert_eq!(per_million(price.rates().cache_read).to_string(), "1.25");
    assert_eq!(per_million(price.rates().output).to_string(), "10");
    assert_eq!(price.origin().source, "https://developers.openai.com/api/docs/pricing");
    assert_eq!(price.origin().date, "2026-10-21");
    assert_eq!(row.facts().mode, Mode::Chat);
    assert_eq!(row.facts().context_tokens, Some(128_000));
    assert!(row.facts().features.has(Feature::Vision) && !row.facts().features.has(Feature::Reasoning));
    let usage = Usage { fresh_input_tokens: 1_000, cache_read_tokens: 100, output_tokens: 10, ..Usage::default() };
    assert_eq!(price.cost(&usage), Usd::new(decimal("0.002725")));
}

#[test]
fn gigachat_is_unknown_until_the_operator_sets_roubles_and_a_rate() {
    let table = loaded();
    assert!(table.price("gigachat", "GigaChat-2-Max").is_none());
    assert!(table.row("gigachat", "GigaChat-2-Max").unwrap().price().unwrap_err().contains("contract"));
    let rows = vec![own("GigaChat-2-Max", settings::Currency::Rub, "103.7", "250.47")];
    let without_rate = PriceTable::load(&PriceSettings { rows: rows.clone(), ..PriceSettings::default() }).unwrap();
    let row = without_rate.row("gigachat", "GigaChat-2-Max").unwrap();
    assert_eq!(row.price().unwrap_err(), "it is in roubles and no exchange rate is set");
    let settings = PriceSettings { rows, rub_per_usd: Some(decimal("80")), ..PriceSettings::default() };
    let table = PriceTable::load(&settings).unwrap();
    let price = table.price("gigachat", "GigaChat-2-Max").unwrap();
    assert_eq!(per_million(price.rates().input).to_string(), "1.29625");
    assert_eq!(per_million(price.rates().output).to_string(), "3.130875");
    assert_eq!(per_million(price.rates().cache_read).to_string(), "0", "cached tokens are not billed");
    assert_eq!(price.origin().date, "2026-11-01");
    assert_eq!(table.facts("gigachat", "GigaChat-2-Max").unwrap().context_tokens, Some(128_000), "facts stay");
}

#[test]
fn a_quotient_without_an_end_is_rounded_up_once() {
    let rows = vec![own("GigaChat-2", settings::Currency::Rub, "100", "200")];
    let table =
        |rate| PriceTable::load(&PriceSettings { rows: rows.clone(), rub_per_usd: Some(rate), file: None }).unwrap();
    assert_eq!(input_rate(&table(decimal("93")), "gigachat", "GigaChat-2").as_deref(), Some("1.075268818"));
    for impossible in ["0", "-80", "0.0000001"] {
        let table = table(decimal(impossible));
        assert!(table.price("gigachat", "GigaChat-2").is_none(), "{impossible}");
    }
}

#[test]
fn own_rows_go_over_everything_and_broken_ones_are_all_told() {
    let rows = vec![
        OwnPrice { provider: "openai".to_owned(), ..own("gpt-4o", settings::Currency::Usd, "2", "8") },
        OwnPrice { provider: "acme".to_owned(), ..own("large", settings::Currency::Usd, "1", "2") },
    ];
    let table = PriceTable::load(&PriceSettings { rows, ..PriceSettings::default() }).unwrap();
    assert_eq!(input_rate(&table, "openai", "gpt-4o").as_deref(), Some("2"));
    assert_eq!(input_rate(&table, "acme", "large").as_deref(), Some("1"));
    let broken = vec![
        own("a", settings::Currency::Usd, "-1", "2"),
        own("b", settings::Currency::Usd, "1", "2"),
        own("c", settings::Currency::Usd, "1", "0.0000000001"),
    ];
    let problems = PriceTable::load(&PriceSettings { rows: broken, ..PriceSettings::default() }).unwrap_err();
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["prices[0]", "prices[2]"]);
}

#[test]
fn a_file_takes_the_snapshots_place_and_the_overlay_stays() {
    let toml = file(".toml", "date = \"2026-11-20\"\n[models.\"openai/gpt-4o\"]\ninput = 3\noutput = 9\n");
    let table = PriceTable::load(&with_file(&toml)).unwrap();
    assert_eq!(input_rate(&table, "openai", "gpt-4o").as_deref(), Some("3"));
    assert_eq!(input_rate(&table, "anthropic", "claude-sonnet-4-5"), None, "the snapshot is not read");
    assert!(table.price("ollama", "anything").is_some_and(Price::is_free));
    assert_eq!(input_rate(&table, "openrouter", "openai/gpt-4o").as_deref(), Some("3"));

    let json = file(
        ".json",
        r#"{"header":{"source":"mine","date":"2026-11-20"},"sources":[],"models":{
            "gigachat":[["GigaChat-2","chat",null,null,"",null,"",["1 2"]]],
            "openai":[["gpt-4o","chat",null,null,"",null,"",["4 9"]],["gpt-4o","chat",null,null,"",null,"",["5 9"]]]}}"#,
    );
    let table = PriceTable::load(&with_file(&json)).unwrap();
    assert_eq!(input_rate(&table, "openai", "gpt-4o").as_deref(), Some("5"), "the last of equal rows");
    assert_eq!(input_rate(&table, "gigachat", "GigaChat-2").as_deref(), Some("1"));
    assert_eq!(table.price("openai", "gpt-4o").unwrap().origin().source, "mine");
}

#[test]
fn problems_of_the_file_and_of_own_rows_come_together() {
    let toml = file(".toml", "colour = 1\n[models.\"openai/gpt-4o\"]\ninput = -3\n");
    let settings = PriceSettings { rows: vec![own("a", settings::Currency::Usd, "-1", "2")], ..with_file(&toml) };
    let codes: Vec<String> = PriceTable::load(&settings).unwrap_err().into_iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["price_key_unknown", "price_row_incomplete", "price_rate_wrong", "price_rate_wrong"]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem() {
    let missing = PriceSettings { file: Some("/nonexistent/prices.toml".into()), ..PriceSettings::default() };
    let problems = PriceTable::load(&missing).unwrap_err();
    assert_eq!(problems.first().map(|problem| problem.code.as_str()), Some("price_file_unreadable"));
    let large = tempfile::NamedTempFile::new().unwrap();
    large.as_file().set_len(FILE_MAX_MIB * 1024 * 1024 + 1).unwrap();
    let told = PriceTable::load(&with_file(&large)).unwrap_err().remove(0).to_string();
    assert!(told.contains("it is too large"), "{told}");
}
