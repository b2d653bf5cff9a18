//! What a choice looks at, in the hands of a test.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rust_decimal::Decimal;
use samokoder::{
    domain::{
        clock::{Clock, Timestamp},
        money::Usd,
        usage::Usage,
    },
    router::{
        Error, Settings,
        breaker::{Admission, BreakerKey, Breakers},
        call::{Call, Caller, Wanted},
        catalog::{Catalog, Document},
        choice::{Choice, Chooser, Credential, Facts, Need, Pricing},
        failure::FailureClass,
        latency::Latencies,
        provider::Provider,
        rate_limit::RateLimits,
        refused_keys::RefusedKeys,
        request::Request,
        settings::BreakerSettings,
    },
};

/// A clock that is set by hand.
#[derive(Default)]
pub(crate) struct HandClock(AtomicU64);

impl HandClock {
    pub(super) fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_262_400_000 + self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Prices in US dollars per million tokens of input and output, by route.
#[derive(Default)]
pub(super) struct Prices(pub(super) BTreeMap<String, (u32, u32)>);

impl Prices {
    fn reckon(&self, provider: &str, model: &str, input_tokens: u64, output_tokens: u64) -> Option<Usd> {
        let (input, output) = self.0.get(&format!("{provider}/{model}"))?;
        let per_token = |price: u32| Decimal::from(price) / Decimal::from(1_000_000);
        Some(Usd::new(
            per_token(*input) * Decimal::from(input_tokens) + per_token(*output) * Decimal::from(output_tokens),
        ))
    }
}

impl Pricing for Prices {
    fn cost(&self, provider: &str, model: &str, usage: &Usage) -> Option<Usd> {
        self.reckon(provider, model, usage.input_tokens(), usage.output_tokens)
    }

    fn most(&self, provider: &str, model: &str, input_tokens: u64, output_tokens: u64) -> Option<Usd> {
        self.reckon(provider, model, input_tokens, output_tokens)
    }
}

/// Everything that a choice looks at.
pub(super) struct World {
    pub(super) catalog: Arc<Catalog>,
    pub(super) settings: Settings,
    pub(super) prices: Prices,
    pub(super) without_key: Vec<String>,
    pub(super) breakers: Breakers,
    pub(super) refused_keys: RefusedKeys,
    pub(super) rate_limits: RateLimits,
    pub(super) latencies: Latencies,
    pub(super) clock: Arc<HandClock>,
    pub(super) budget_left: Option<Usd>,
}

impl World {
    pub(super) fn of(text: &str) -> Self {
        let catalog = Catalog::read(&[&Document::of_file("test.toml", text)]).unwrap();
        Self::around(catalog, Settings { provider_order: Vec::new(), ..Settings::default() })
    }

    pub(super) fn around(catalog: Catalog, settings: Settings) -> Self {
        let clock = Arc::new(HandClock::default());
        let shared = || Arc::clone(&clock) as Arc<dyn Clock>;
        Self {
            catalog: Arc::new(catalog),
            settings,
            prices: Prices::default(),
            without_key: Vec::new(),
            breakers: Breakers::new(BreakerSettings::default(), shared()),
            refused_keys: RefusedKeys::new(shared()),
            rate_limits: RateLimits::new(shared()),
            latencies: Latencies::new(shared()),
            clock,
            budget_left: None,
        }
    }

    pub(super) fn key(&self, provider: &str) -> BreakerKey {
        BreakerKey::of(self.catalog.provider(provider).unwrap(), format!("key of {provider}"))
    }

    pub(super) fn fail(&self, provider: &str, times: usize) {
        for _ in 0..times {
            match self.breakers.admit(&self.key(provider)) {
                Admission::Admitted(permit) => permit.failed(FailureClass::Overload),
                Admission::Refused { .. } => return,
            }
        }
    }

    pub(super) fn choose(&self, call: &Call, need: &Need) -> Choice {
        self.try_choose(call, need).unwrap()
    }

    pub(super) fn try_choose(&self, call: &Call, need: &Need) -> Result<Choice, Error> {
        let credential = |provider: &Provider| {
            if self.without_key.contains(&provider.name) {
                return Credential::Missing;
            }
            Credential::Key(format!("key of {}", provider.name))
        };
        let facts = Facts {
            credential: &credential,
            pricing: &self.prices,
            breakers: &self.breakers,
            refused_keys: &self.refused_keys,
            rate_limits: &self.rate_limits,
            latencies: &self.latencies,
            budget_left: self.budget_left,
        };
        Chooser::new(Arc::clone(&self.catalog), self.settings.clone())?.choose(call, need, &facts)
    }

    pub(super) fn names(&self, call: &Call) -> Vec<String> {
        let choice = self.choose(call, &Need::of(&call.request, true));
        choice.candidates.iter().map(|candidate| candidate.name().to_owned()).collect()
    }

    /// Why a route was refused or postponed.
    pub(super) fn why(&self, call: &Call, route: &str) -> String {
        let choice = self.choose(call, &Need::of(&call.request, true));
        let refused = choice.explanation().refused;
        refused.into_iter().find(|refusal| refusal.route == route).unwrap().reason
    }
}

pub(super) fn call(wanted: &str, request: Request) -> Call {
    Call {
        request,
        wanted: Wanted::of_name(wanted),
        strategy: None,
        caller: Caller::local(),
        deadline: None,
        cost_cap: None,
        cache: false,
    }
}
