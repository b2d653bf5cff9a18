//! What all calls share.

use std::{collections::HashMap, fmt, sync::Arc};

use crate::domain::{clock::Clock, money::Usd, usage::Usage};

use super::{
    Error,
    afterwork::Afterwork,
    breaker::Breakers,
    budget::{Day, Ledger},
    cache::AnswerCache,
    catalog::{Catalog, Document},
    choice::{Chooser, Pricing},
    concurrency::ConcurrencyLimits,
    gigachat_token::GigachatTokens,
    keyring::OperatorKeys,
    latency::Latencies,
    price::PriceTable,
    provider::Provider,
    rate_limit::RateLimits,
    refused_keys::RefusedKeys,
    secret::SecretSource,
    settings::{Retries, Settings},
    transport::Transport,
};

/// What all calls share.
pub(super) struct Shared {
    pub(super) chooser: Chooser,
    pub(super) prices: PriceTable,
    pub(super) retries: Retries,
    pub(super) breakers: Breakers,
    pub(super) refused_keys: RefusedKeys,
    pub(super) rate_limits: RateLimits,
    pub(super) latencies: Latencies,
    pub(super) places: ConcurrencyLimits,
    pub(super) tokens: GigachatTokens,
    pub(super) keys: OperatorKeys,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cache: Option<AnswerCache>,
    pub(super) afterwork: Afterwork,
    transports: HashMap<String, Transport>,
}

impl Shared {
    pub(super) fn new(
        settings: Settings,
        secrets: Arc<dyn SecretSource>,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let catalog = Arc::new(catalog(&settings)?);
        let prices = PriceTable::load(&settings.prices).map_err(|problems| {
            let lines =
                problems.iter().map(|problem| format!("{}: {}; {}", problem.path, problem.what(), problem.instead()));
            Error::Settings(lines.collect::<Vec<_>>().join("\n"))
        })?;
        let transports = catalog
            .providers()
            .iter()
            .map(|provider| Ok((provider.name.clone(), Transport::new(provider)?)))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            prices,
            retries: settings.retries,
            breakers: Breakers::new(settings.breaker, Arc::clone(&clock)),
            refused_keys: RefusedKeys::new(Arc::clone(&clock)),
            rate_limits: RateLimits::new(Arc::clone(&clock)),
            latencies: Latencies::new(Arc::clone(&clock)),
            places: ConcurrencyLimits::default(),
            tokens: GigachatTokens::new(Arc::clone(&clock)),
            keys: OperatorKeys::new(secrets, Arc::clone(&clock), catalog.providers()),
            cache: settings.cache.enabled.then(|| AnswerCache::new(settings.cache)),
            chooser: Chooser::new(catalog, settings)?,
            ledger,
            clock,
            afterwork: Afterwork::default(),
            transports,
        })
    }

    /// The way to a provider of the catalogue.
    pub(super) fn transport(&self, provider: &Provider) -> Result<Transport, Error> {
        let known = self.transports.get(&provider.name);
        known.cloned().ok_or_else(|| Error::Settings(format!("the provider {} is not known", provider.name)))
    }

    /// The day that budgets of a day count now.
    pub(super) fn today(&self) -> Day {
        Day::of(self.clock.now())
    }
}

/// The product's catalogue with the operator's own over it.
fn catalog(settings: &Settings) -> Result<Catalog, Error> {
    let own = Document::of_settings(&settings.catalogue).map_err(|error| {
        Error::Settings(format!("the settings' providers and models cannot be written as TOML: {error}"))
    })?;
    Catalog::load(own.as_slice()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::Settings(lines.join("\n"))
    })
}

impl Pricing for Shared {
    fn cost(&self, provider: &str, model: &str, usage: &Usage) -> Option<Usd> {
        self.prices.price(provider, model).map(|price| price.cost(usage))
    }

    fn most(&self, provider: &str, model: &str, input_tokens: u64, output_tokens: u64) -> Option<Usd> {
        self.prices.price(provider, model).map(|price| price.most(input_tokens, output_tokens))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("chooser", &self.chooser)
            .field("breakers", &self.breakers)
            .finish_non_exhaustive()
    }
}
