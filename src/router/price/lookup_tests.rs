use std::sync::LazyLock;

use super::*;
use crate::router::{catalog::Catalog, settings::PriceSettings};

fn table() -> &'static PriceTable {
    static TABLE: LazyLock<PriceTable> = LazyLock::new(|| PriceTable::load(&PriceSettings::default()).unwrap());
    &TABLE
}

/// How a model is found, and in which row.
fn found(provider: &str, model: &str) -> Option<(FoundBy, Option<String>)> {
    let found = table().find(provider, model)?;
    Some((found.by, found.row.map(|row| format!("{}/{}", row.provider(), row.model()))))
}

fn row(by: FoundBy, name: &str) -> (FoundBy, Option<String>) {
    (by, Some(name.to_owned()))
}

#[test]
fn a_row_is_found_by_its_provider_and_model() {
    assert_eq!(found("openai", "gpt-4o"), Some(row(FoundBy::Name, "openai/gpt-4o")));
    assert_eq!(found("openai", "gpt-4o-2024-11-20"), Some(row(FoundBy::Name, "openai/gpt-4o-2024-11-20")));
    assert_eq!(found("mistral", "mistral-large-latest"), Some(row(FoundBy::Name, "mistral/mistral-large-latest")));
    assert_eq!(found("deepseek", "deepseek-chat"), Some(row(FoundBy::Name, "deepseek/deepseek-chat")));
    assert_eq!(found("groq", "qwen/qwen3.8-27b"), Some(row(FoundBy::Name, "groq/qwen/qwen3.8-27b")));
}

#[test]
fn a_dated_model_without_a_row_has_the_prices_of_the_undated() {
    assert_eq!(found("openai", "gpt-4o-2031-01-31"), Some(row(FoundBy::UndatedName, "openai/gpt-4o")));
    assert_eq!(
        found("anthropic", "claude-sonnet-4-5-20310131"),
        Some(row(FoundBy::UndatedName, "anthropic/claude-sonnet-4-5"))
    );
    assert_eq!(
        found("anthropic", "claude-sonnet-4-5-latest"),
        Some(row(FoundBy::UndatedName, "anthropic/claude-sonnet-4-5"))
    );
    assert_eq!(
        found("anthropic", "claude-sonnet-4-5@20310131"),
        Some(row(FoundBy::UndatedName, "anthropic/claude-sonnet-4-5"))
    );
    for other in ["gpt-4o-31-01-31", "gpt-4o-2031-1-31", "gpt-4o-0131", "gpt-4o-2031013", "gpt-4o-", "-latest", ""] {
        assert_eq!(found("openai", other), None, "{other}");
    }
}

#[test]
fn a_fine_tuned_model_has_the_prices_of_its_base() {
    let base = Some(row(FoundBy::BaseName, "openai/ft:gpt-4o-2024-08-06"));
    assert_eq!(found("openai", "ft:gpt-4o-2024-08-06:acme::a1b2"), base);
    assert_eq!(found("openai", "ft:gpt-9:acme::a1b2"), None);
}

#[test]
fn servers_of_ones_own_are_free_whatever_they_serve() {
    for provider in ["ollama", "vllm", "lm-studio"] {
        let price = table().price(provider, "some/model:7b").unwrap();
        assert!(price.is_free(), "{provider}");
    }
}

#[test]
fn openrouter_takes_what_vendors_take() {
    assert_eq!(found("openrouter", "openai/gpt-4o"), Some(row(FoundBy::Name, "openai/gpt-4o")));
    assert_eq!(
        found("openrouter", "anthropic/claude-sonnet-4.5"),
        Some(row(FoundBy::Name, "anthropic/claude-sonnet-4-5"))
    );
    assert_eq!(found("openrouter", "google/gemini-2.5-pro"), Some(row(FoundBy::Name, "gemini/gemini-2.5-pro")));
    assert_eq!(found("openrouter", "acme/llama:free"), Some((FoundBy::Provider, None)));
    assert!(table().price("openrouter", "acme/llama:free").is_some_and(Price::is_free));
    // Hosts set these prices, and an ending may add to them.
    for unknown in
        ["meta-llama/llama-3.3-70b-instruct", "openai/gpt-oss-120b", "openai/gpt-4o:online", "auto", "openai"]
    {
        assert_eq!(found("openrouter", unknown), Some((FoundBy::Provider, None)), "{unknown}");
        assert!(table().price("openrouter", unknown).is_none(), "{unknown}");
    }
}

#[test]
fn an_unknown_model_or_provider_has_no_price_and_gigachat_says_why() {
    assert_eq!(found("openai", "gpt-unheard-of"), None);
    assert_eq!(found("acme", "gpt-4o"), None);
    let table = table();
    let found = table.find("gigachat", "GigaChat-9").unwrap();
    assert!(found.price.unwrap_err().contains("contract"));
    assert!(table.price("gigachat", "GigaChat-9").is_none());
}

#[test]
fn providers_that_are_like_each_other_do_not_turn_in_circles() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        "[providers.a]\nlike = \"b\"\n[providers.b]\nlike = \"a\"\n[providers.mine]\nlike = \"acme\"\n[models.\"acme/m\"]\ninput = 1\noutput = 2\n",
    )
    .unwrap();
    let settings = PriceSettings { file: Some(file.path().to_owned()), ..PriceSettings::default() };
    let table = PriceTable::load(&settings).unwrap();
    assert!(table.price("a", "m").is_none());
    assert!(table.price("mine", "m").is_some());
}

/// What the catalogue's routes cost is known, but for those named here: their price depends on the host or the contract.
#[test]
fn the_catalogues_routes_have_prices() {
    let table = table();
    let catalog = Catalog::load(&[]).unwrap();
    let routes = catalog.models().iter().flat_map(|model| &model.routes);
    let unknown = routes.filter(|route| table.price(&route.provider.name, &route.model).is_none());
    let unknown: Vec<&str> = unknown.map(|route| route.name.as_str()).collect();
    insta::assert_debug_snapshot!(unknown);
}
