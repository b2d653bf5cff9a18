//! The models that are configured, for people to look at.

use serde::Serialize;

use crate::router::{
    catalog::Catalog,
    price::{Price, PriceTable, per_million},
};

/// A way to a model that is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Model)]
pub struct ListedModel {
    /// Name that the model is asked by.
    pub name: String,
    /// The way to it: `provider/model`.
    pub route: String,
    /// Who answers.
    pub provider: String,
    /// What it is good for.
    pub classes: Vec<String>,
    /// Most tokens of a question with its answer, where that is known.
    pub context_tokens: Option<u64>,
    /// USD for a million tokens of a question, as a decimal number; none where nobody knows.
    pub usd_per_million_input_tokens: Option<String>,
    /// USD for a million tokens of an answer, as a decimal number; none where nobody knows.
    pub usd_per_million_output_tokens: Option<String>,
}

impl ListedModel {
    /// Every way to every model of a catalogue, at the prices of a table. A provider that takes no money has the price 0.
    #[must_use]
    pub fn all(catalog: &Catalog, prices: &PriceTable) -> Vec<Self> {
        let routes = catalog.models().iter().flat_map(|model| model.routes.iter().map(move |route| (model, route)));
        routes
            .map(|(model, route)| {
                let price = prices.find(&route.provider.name, &route.model).and_then(|found| found.price.ok());
                let rates = price.and_then(rates).filter(|_| !route.provider.free);
                let (input, output) = match rates {
                    Some((input, output)) => (Some(input), Some(output)),
                    None if route.provider.free => (Some("0".to_owned()), Some("0".to_owned())),
                    None => (None, None),
                };
                Self {
                    name: model.name.clone(),
                    route: route.name.clone(),
                    provider: route.provider.name.clone(),
                    classes: model.classes.iter().map(|class| class.name().to_owned()).collect(),
                    context_tokens: route.context_tokens,
                    usd_per_million_input_tokens: input,
                    usd_per_million_output_tokens: output,
                }
            })
            .collect()
    }
}

/// What short questions and their answers cost.
fn rates(price: &Price) -> Option<(String, String)> {
    let rates = &price.bands().first()?.rates;
    Some((per_million(rates.input).to_string(), per_million(rates.output).to_string()))
}
