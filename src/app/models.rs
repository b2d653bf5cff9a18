//! `samokoder models`: the catalogue's routes and the price table, side by side.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use rust_decimal::Decimal;

use crate::{
    api::service::ListedModel,
    cli::{self, BandLine, ModelLine, PriceLine, RateLine, arguments, exit},
    config::{self, Overrides},
    router::{
        self,
        call::Wanted,
        catalog::{Catalog, Document, Listing},
        price::{Band, Origin, Price, PriceTable, Row, per_million},
    },
};

/// Prints the models that the arguments ask for, with the operator's settings.
pub(super) fn list(command: &arguments::Models) -> Result<u8> {
    let overrides = Overrides { file: command.config.clone(), prices: command.prices.clone(), ..Overrides::default() };
    let settings = match config::model_access(&overrides) {
        Ok(access) => access.router,
        Err(config::Error::Settings(problems)) => {
            cli::complain(&cli::problem_list(&problems));
            return Ok(exit::USAGE);
        }
        Err(error) => return Err(error.into()),
    };
    let own = Document::of_settings(&settings.catalogue).context("could not read the settings' models")?;
    let catalog = match Catalog::load(&own.into_iter().collect::<Vec<_>>()) {
        Ok(catalog) => catalog,
        Err(problems) => {
            cli::complain(&problems.iter().map(|problem| format!("{problem}\n")).collect::<String>());
            return Ok(exit::USAGE);
        }
    };
    let prices = match PriceTable::load(&settings.prices) {
        Ok(prices) => prices,
        Err(problems) => {
            cli::complain(&cli::problem_list(&problems));
            return Ok(exit::USAGE);
        }
    };
    let mut lines: Vec<ModelLine> = match command.class {
        Some(class) => {
            let listed = catalog.find(&Wanted::Class(class), &settings.class_models)?;
            listed.iter().map(|listing| of_route(listing, &prices)).collect()
        }
        None => routes(&catalog).map(|listing| of_route(&listing, &prices)).collect(),
    };
    if command.all {
        let listed: Vec<String> = lines.iter().map(|line| line.route.clone()).collect();
        let others = prices.rows().iter().map(of_row).filter(|line| !listed.contains(&line.route));
        lines.extend(others);
    }
    lines.retain(|line| command.provider.as_ref().is_none_or(|provider| line.provider == *provider));
    if command.json {
        cli::print(&format!("{}\n", serde_json::to_string_pretty(&lines)?));
    } else {
        cli::print(&cli::model_table(&lines));
    }
    Ok(exit::VERIFIED)
}

/// The models that the router chooses from, as the service shows them.
pub(super) fn listed(settings: &router::Settings) -> Result<Vec<ListedModel>> {
    let own = Document::of_settings(&settings.catalogue).context("could not read the settings' models")?;
    let told = |problems: &dyn std::fmt::Display| anyhow::anyhow!("could not list the models: {problems}");
    let catalog = Catalog::load(&own.into_iter().collect::<Vec<_>>())
        .map_err(|problems| told(&problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let prices = PriceTable::load(&settings.prices)
        .map_err(|problems| told(&problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let models = routes(&catalog).map(|listing| {
        let line = of_route(&listing, &prices);
        let rates = line.price.as_ref().and_then(|price| price.bands.first()).map(|band| &band.usd_per_million_tokens);
        ListedModel {
            name: listing.model.name.clone(),
            classes: line.classes.iter().map(|class| (*class).to_owned()).collect(),
            context_tokens: line.context_tokens,
            usd_per_million_input_tokens: rates.map(|rates| rates.input.clone()),
            usd_per_million_output_tokens: rates.map(|rates| rates.output.clone()),
            route: line.route,
            provider: line.provider,
        }
    });
    Ok(models.collect())
}

fn routes(catalog: &Catalog) -> impl Iterator<Item = Listing> {
    catalog
        .models()
        .iter()
        .flat_map(|model| model.routes.iter().map(|route| Listing { model: model.clone(), route: route.clone() }))
}

fn of_route(Listing { model, route }: &Listing, prices: &PriceTable) -> ModelLine {
    let found = prices.find(&route.provider.name, &route.model);
    let price = if route.provider.free {
        // As calls are billed: what a table says of the model is of no account there.
        let source = format!("`free` of the provider {}", route.provider.name);
        Ok(shown(&Price::free(Arc::new(Origin { source, date: String::new() }))))
    } else {
        found.map_or(Err("the price table does not list it"), |found| found.price.map(shown))
    };
    let (price, unknown) = match price {
        Ok(price) => (Some(price), None),
        Err(reason) => (None, Some(reason.to_owned())),
    };
    ModelLine {
        name: Some(model.name.clone()),
        route: route.name.clone(),
        provider: route.provider.name.clone(),
        classes: model.classes.iter().map(|class| class.name()).collect(),
        tier: model.tier,
        context_tokens: route.context_tokens,
        max_output_tokens: route.max_output_tokens,
        deprecated_at: found.and_then(|found| found.row?.facts().deprecated_at.as_deref()).map(str::to_owned),
        price,
        unknown,
    }
}

fn of_row(row: &Row) -> ModelLine {
    let facts = row.facts();
    ModelLine {
        name: None,
        route: format!("{}/{}", row.provider(), row.model()),
        provider: row.provider().to_owned(),
        classes: Vec::new(),
        tier: None,
        context_tokens: facts.context_tokens,
        max_output_tokens: facts.max_output_tokens,
        deprecated_at: facts.deprecated_at.as_deref().map(str::to_owned),
        price: row.price().ok().map(shown),
        unknown: row.price().err().map(str::to_owned),
    }
}

fn shown(price: &Price) -> PriceLine {
    let origin = price.origin();
    PriceLine {
        bands: price.bands().iter().map(band).collect(),
        date: origin.date.clone(),
        source: origin.source.clone(),
    }
}

fn band(band: &Band) -> BandLine {
    let text = |rate: Decimal| per_million(rate).to_string();
    let rates = &band.rates;
    BandLine {
        service_tier: band.tier.name(),
        above_input_tokens: band.above_input_tokens,
        usd_per_million_tokens: RateLine {
            input: text(rates.input),
            cached_input: text(rates.cache_read),
            cache_write: text(rates.cache_write),
            cache_write_1h: text(rates.cache_write_1h),
            output: text(rates.output),
            reasoning: text(rates.reasoning),
        },
    }
}
