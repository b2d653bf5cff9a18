//! The product's own catalogue beside its own prices.

use samokoder::router::{
    catalog::Catalog,
    price::{Feature, PriceTable},
    provider::SchemaMode,
    settings::PriceSettings,
};

/// Routes of models that many hosts serve at `OpenRouter`, each at a price of its own: the answer says what it cost, a money
/// budget keeps them away.
const PRICED_BY_THE_ANSWER: [&str; 5] = [
    "openrouter/openai/gpt-oss-120b",
    "openrouter/openai/gpt-oss-20b",
    "openrouter/qwen/qwen3.8-27b",
    "openrouter/deepseek/deepseek-v4-pro",
    "openrouter/deepseek/deepseek-v4-flash",
];

#[test]
fn every_route_that_is_shipped_has_a_price_but_for_those_that_cannot() {
    let catalog = Catalog::load(&[]).unwrap();
    let prices = PriceTable::load(&PriceSettings::default()).unwrap();
    let routes = catalog.models().iter().flat_map(|model| &model.routes);
    // GigaChat's prices are in roubles and the operator's to set.
    let without: Vec<&str> = routes
        .filter(|route| !route.provider.name.starts_with("gigachat"))
        .filter(|route| prices.price(&route.provider.name, &route.model).is_none())
        .map(|route| route.name.as_str())
        .collect();
    assert_eq!(without, PRICED_BY_THE_ANSWER);
}

#[test]
fn no_route_promises_more_than_its_price_row_knows_of() {
    let catalog = Catalog::load(&[]).unwrap();
    let prices = PriceTable::load(&PriceSettings::default()).unwrap();
    let mut promises = Vec::new();
    for route in catalog.models().iter().flat_map(|model| &model.routes) {
        let Some(facts) = prices.facts(&route.provider.name, &route.model) else { continue };
        let claims = [
            (route.abilities.vision, Feature::Vision),
            (route.abilities.tools, Feature::FunctionCalling),
            (route.abilities.schema && route.quirks.schema_mode == SchemaMode::Native, Feature::ResponseSchema),
        ];
        for (claimed, feature) in claims {
            if claimed && !facts.features.has(feature) {
                promises.push(format!("{}: {feature:?}", route.name));
            }
        }
        if let Some(date) = &facts.deprecated_at {
            promises.push(format!("{}: its vendor switches it off on {date}", route.name));
        }
        if let (Some(claimed), Some(known)) = (route.max_output_tokens, facts.max_output_tokens)
            && claimed > known
        {
            promises.push(format!("{}: answers of {claimed} tokens, known are {known}", route.name));
        }
    }
    assert_eq!(promises, Vec::<String>::new());
}
