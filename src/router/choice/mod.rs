//! Who is asked: the routes that can and may take a call, best first, and why.
//!
//! A route is looked at in this order, and the first reason against it counts: key, refusals of the key, wire format, pictures, tools, schema,
//! window, price and budget, health, limits on requests. Only the last two pass with time: routes that only they keep away
//! are [`Postponed`], not lost.

mod facts;
mod need;
mod order;
mod why;

pub use facts::{Credential, Facts, Pricing};
pub use need::{EXPECTED_OUTPUT_TOKENS, Need};
pub use why::Why;

use std::{collections::HashMap, sync::Arc, time::Duration};

use rust_decimal::prelude::ToPrimitive as _;

use super::{
    Error,
    breaker::BreakerKey,
    call::{Call, ModelClass, Strategy, Wanted},
    catalog::{Catalog, Listing},
    model::{Model, Route},
    nearest::nearest,
    provider::{Provider, Quirks},
    reading::either,
    route::{CandidateScore, Explanation},
    settings::{CallTimeouts, Settings, Weights},
};
use crate::domain::{money::Usd, usage::Usage};

/// Most tokens of an answer where neither the request nor the catalogue says: what servers of one's own are usually set to.
/// Only routes that the catalogue does not list have no figure.
const OUTPUT_TOKENS_UNTOLD: u64 = 32_768;

/// Chooses routes by the catalogue and the settings.
#[derive(Debug, Clone)]
pub struct Chooser {
    catalog: Arc<Catalog>,
    settings: Settings,
    places: HashMap<String, usize>,
}

/// What a choice comes to.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What was asked for.
    pub asked: String,
    /// How candidates are ordered.
    pub strategy: Strategy,
    /// What the request needs.
    pub need: Need,
    /// Routes that may be asked now, best first.
    pub candidates: Vec<Candidate>,
    /// Routes that may be asked later, the soonest first.
    pub postponed: Vec<Postponed>,
    /// Routes that may not be asked.
    pub refused: Vec<Refused>,
    weights: Weights,
}

/// A route that may be asked, and what an attempt at it needs to know.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who is asked.
    pub provider: Arc<Provider>,
    /// The model's entry in the catalogue.
    pub model: Arc<Model>,
    /// The route; its `model` is what the provider calls the model, its `quirks` are what the body is written by.
    pub route: Arc<Route>,
    /// What breaker and limits are kept by.
    pub key: Arc<BreakerKey>,
    /// How long an attempt may take. For a whole answer `first_byte` is `total`, as its head comes at its end.
    pub timeouts: CallTimeouts,
    /// Most tokens of the answer: the request's limit, else the route's.
    pub output_tokens: u64,
    /// The most that an attempt can cost; none when the price is not known.
    pub most_cost: Option<Usd>,
    /// What decided.
    pub figures: Figures,
    provider_place: usize,
}

impl Candidate {
    /// The route's name, `provider/model`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.route.name
    }

    /// What the body is written by.
    #[must_use]
    pub fn quirks(&self) -> &Quirks {
        &self.route.quirks
    }
}

/// What strategies look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// What the call is expected to cost.
    pub expected_cost: Option<Usd>,
    /// How long it is expected to take; none when that was not measured lately.
    pub expected_ms: Option<f64>,
    /// The model's tier.
    pub tier: Option<u8>,
    /// Tokens of output that are expected.
    pub output_tokens: u64,
}

impl Figures {
    /// The cost as a number to weigh, not to reckon with.
    fn cost_number(self) -> Option<f64> {
        self.expected_cost?.amount().to_f64()
    }
}

/// A route that may be asked after a while.
#[derive(Debug, Clone)]
pub struct Postponed {
    /// The route.
    pub candidate: Candidate,
    /// How long to wait.
    pub wait: Duration,
    /// What keeps it away.
    pub why: Why,
}

/// A route that may not be asked.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The route.
    pub route: Arc<Route>,
    /// Why not.
    pub why: Why,
}

impl Chooser {
    /// Checks the settings against the catalogue.
    ///
    /// # Errors
    /// [`Error::Settings`] with a line for each problem: names that the catalogue does not have, weights that weigh nothing.
    pub fn new(catalog: Arc<Catalog>, settings: Settings) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let known = || catalog.providers().iter().map(|provider| provider.name.as_str());
        for name in settings.provider_order.iter().filter(|name| catalog.provider(name).is_none()) {
            let near = nearest(name, known());
            let instead = either(if near.is_empty() { known().collect::<Vec<_>>() } else { near }.into_iter());
            problems.push(format!("the order of providers names `{name}`, which there is not: write {instead}"));
        }
        for (class, names) in &settings.class_models {
            for name in names {
                if let Err(unknown) = catalog.find(&Wanted::Named(name.clone()), &settings.class_models) {
                    problems.push(format!("the models of class {} name `{name}`: {unknown}", class.name()));
                }
            }
        }
        let Weights { cost, latency, quality } = settings.weights;
        let weights = [cost, latency, quality];
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0)
            || weights.iter().all(|weight| *weight == 0.0)
        {
            problems
                .push("a weight is negative, or all are zero: write numbers from 0 on, one of them above".to_owned());
        }
        if !problems.is_empty() {
            return Err(Error::Settings(problems.join("\n")));
        }
        let listed = catalog.providers().iter().map(|provider| &provider.name);
        let mut places = HashMap::new();
        for name in settings.provider_order.iter().chain(listed) {
            let next = places.len().saturating_add(1);
            places.entry(name.clone()).or_insert(next);
        }
        Ok(Self { catalog, settings, places })
    }

    /// The catalogue that is chosen from.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// All routes of what a call wants: those that may be asked, those that may be later, those that may not.
    ///
    /// # Errors
    /// [`Error::UnknownModel`] when nothing has the name that was asked for. That no route may be asked is no error here.
    pub fn choose(&self, call: &Call, need: &Need, facts: &Facts<'_>) -> Result<Choice, Error> {
        let listings = self.catalog.find(&call.wanted, &self.settings.class_models)?;
        let strategy = call.strategy.unwrap_or(self.settings.strategy);
        let weights = self.settings.weights;
        let mut choice = Choice {
            asked: call.wanted.name().to_owned(),
            strategy,
            need: need.clone(),
            candidates: Vec::new(),
            postponed: Vec::new(),
            refused: Vec::new(),
            weights,
        };
        let cap = match (call.cost_cap, facts.budget_left) {
            (Some(cap), Some(left)) => Some(cap.min(left)),
            (cap, left) => cap.or(left),
        };
        let mut look = Look { chooser: self, call, need, facts, cap, keys: Vec::new() };
        for Listing { model, route } in listings {
            match look.candidate(model, &route) {
                Ok(candidate) => match look.not_now(&candidate) {
                    None => choice.candidates.push(candidate),
                    Some(why) => {
                        let wait = why.wait().unwrap_or_default();
                        choice.postponed.push(Postponed { candidate, wait, why });
                    }
                },
                Err(why) => choice.refused.push(Refused { route, why }),
            }
        }
        choice.candidates.sort_by_key(|candidate| candidate.provider_place);
        order::sort(&mut choice.candidates, strategy, weights, |candidate| candidate.figures);
        choice.postponed.sort_by_key(|postponed| (postponed.wait, postponed.candidate.provider_place));
        Ok(choice)
    }

    /// How long a call may take that does not say: as long as the most patient of all that may answer it.
    #[must_use]
    pub fn patience(&self, wanted: &Wanted) -> Duration {
        let listings = self.catalog.find(wanted, &self.settings.class_models).unwrap_or_default();
        let deadlines = listings.iter().map(|listing| self.timeouts(wanted, &listing.model, false).deadline);
        deadlines.max().unwrap_or(Duration::MAX)
    }

    /// What a class's models may take: that of the class that was asked for, else the most patient of the model's own
    /// classes, else the most patient of all.
    fn timeouts(&self, wanted: &Wanted, model: &Model, stream: bool) -> CallTimeouts {
        let classes: &[ModelClass] = match wanted {
            Wanted::Class(class) => std::slice::from_ref(class),
            Wanted::Named(_) | Wanted::Auto if model.classes.is_empty() => &ModelClass::ALL,
            Wanted::Named(_) | Wanted::Auto => &model.classes,
        };
        let of_class = |class: &ModelClass| self.settings.timeouts.of(*class);
        let most = classes.iter().map(of_class).max_by_key(|timeouts| (timeouts.total, timeouts.first_byte));
        let timeouts = most.unwrap_or_else(|| self.settings.timeouts.of(ModelClass::Reasoning));
        let first_byte = if stream { timeouts.first_byte } else { timeouts.total };
        CallTimeouts { first_byte, ..timeouts }
    }
}

/// One look at the routes of one call.
struct Look<'a> {
    chooser: &'a Chooser,
    call: &'a Call,
    need: &'a Need,
    facts: &'a Facts<'a>,
    cap: Option<Usd>,
    /// Keys of the providers looked at so far; several routes share one.
    keys: Vec<(Arc<Provider>, Option<Arc<BreakerKey>>)>,
}

impl Look<'_> {
    fn candidate(&mut self, model: Arc<Model>, route: &Arc<Route>) -> Result<Candidate, Why> {
        let Some(key) = self.key(&route.provider) else {
            return Err(Why::NoKey { names: route.provider.key_names.clone() });
        };
        let key = if model.is_listed() { key } else { Arc::new(key.of_model(&route.model)) };
        if let Some(passed_over) = self.facts.refused_keys.passed_over(&key, &route.model) {
            return Err(Why::KeyRefused(passed_over));
        }
        self.can(route)?;
        let output_tokens = self.output_tokens(route)?;
        let most_cost = self.affordable(route, output_tokens)?;
        let figures = self.figures(&model, route);
        Ok(Candidate {
            provider: Arc::clone(&route.provider),
            timeouts: self.chooser.timeouts(&self.call.wanted, &model, self.need.stream),
            model,
            route: Arc::clone(route),
            key,
            output_tokens,
            most_cost,
            figures,
            provider_place: self.chooser.places.get(&route.provider.name).copied().unwrap_or(usize::MAX),
        })
    }

    fn key(&mut self, provider: &Arc<Provider>) -> Option<Arc<BreakerKey>> {
        if let Some((_, key)) = self.keys.iter().find(|(known, _)| Arc::ptr_eq(known, provider)) {
            return key.clone();
        }
        let fingerprint = match (self.facts.credential)(provider) {
            Credential::Key(fingerprint) => Some(fingerprint),
            Credential::NotNeeded => Some(String::new()),
            Credential::Missing => provider.key_optional.then(String::new),
        };
        let key = fingerprint.map(|fingerprint| Arc::new(BreakerKey::of(provider, fingerprint)));
        self.keys.push((Arc::clone(provider), key.clone()));
        key
    }

    fn can(&self, route: &Route) -> Result<(), Why> {
        let Need { vision, tools, forced_tool, schema, only_dialect, .. } = *self.need;
        match only_dialect {
            Some(wanted) if wanted != route.provider.dialect => Err(Why::Dialect { wanted }),
            _ if vision && !route.abilities.vision => Err(Why::Vision),
            _ if tools && !route.abilities.tools => Err(Why::Tools),
            _ if forced_tool && !route.abilities.forced_tools => Err(Why::ForcedTool),
            _ if schema && !route.keeps_schema() => Err(Why::Schema),
            _ => Ok(()),
        }
    }

    /// Most tokens of the answer, if question and answer fit.
    fn output_tokens(&self, route: &Route) -> Result<u64, Why> {
        let input_tokens = self.need.input_tokens;
        if let (Some(wanted_tokens), Some(most_tokens)) = (self.need.output_tokens, route.max_output_tokens)
            && wanted_tokens > most_tokens
        {
            return Err(Why::Output { wanted_tokens, most_tokens });
        }
        if let Some(context_tokens) = route.context_tokens {
            let output_tokens = self.need.output_tokens.unwrap_or(self.need.expected_output_tokens());
            if input_tokens.saturating_add(output_tokens) > context_tokens {
                return Err(Why::Context { input_tokens, output_tokens, context_tokens });
            }
        }
        let room = route.context_tokens.map(|context_tokens| context_tokens.saturating_sub(input_tokens));
        let most = match (route.max_output_tokens, room) {
            (Some(most), Some(room)) => most.min(room),
            (most, room) => most.or(room).unwrap_or(OUTPUT_TOKENS_UNTOLD),
        };
        Ok(self.need.output_tokens.unwrap_or(most))
    }

    /// The most that an attempt can cost, if that is allowed.
    fn affordable(&self, route: &Route, output_tokens: u64) -> Result<Option<Usd>, Why> {
        let provider = &route.provider;
        let most = if provider.free {
            Some(Usd::ZERO)
        } else {
            self.facts.pricing.most(&provider.name, &route.model, self.need.input_tokens, output_tokens)
        };
        match (self.cap, most) {
            (Some(_), None) => Err(Why::PriceUnknown),
            (Some(cap), Some(most)) if most > cap => Err(Why::Cost { most, cap }),
            (_, most) => Ok(most),
        }
    }

    fn figures(&self, model: &Model, route: &Route) -> Figures {
        let output_tokens = self.need.expected_output_tokens();
        let usage = Usage { fresh_input_tokens: self.need.input_tokens, output_tokens, ..Usage::default() };
        let expected_cost = if route.provider.free {
            Some(Usd::ZERO)
        } else {
            self.facts.pricing.cost(&route.provider.name, &route.model, &usage)
        };
        let speed = self.facts.latencies.speed(&route.name);
        let expected_ms = speed.and_then(|speed| speed.expected_ms(output_tokens, self.need.stream));
        Figures { expected_cost, expected_ms, tier: model.tier, output_tokens }
    }

    /// What keeps a route away for a while.
    fn not_now(&self, candidate: &Candidate) -> Option<Why> {
        let health = self.facts.breakers.health(&candidate.key);
        if health.wait().is_some() {
            return Some(Why::Health(health));
        }
        let limited = self.facts.rate_limits.limited(&candidate.key, &candidate.route.model, self.need.input_tokens);
        limited.map(|limited| Why::Limit { wait: limited.wait, limit: limited.limit })
    }
}

impl Choice {
    /// Why candidates stand as they do, and why others are none.
    #[must_use]
    pub fn explanation(&self) -> Explanation {
        let best = order::Best::of(self.candidates.iter().map(|candidate| candidate.figures));
        let scores = self.candidates.iter().map(|candidate| CandidateScore {
            route: candidate.name().to_owned(),
            because: self.because_of(candidate, best),
        });
        let postponed = self.postponed.iter().map(|postponed| (&postponed.candidate.route, &postponed.why));
        let refused = self.refused.iter().map(|refused| (&refused.route, &refused.why));
        let refused = postponed.chain(refused).map(|(route, why)| why.of(&route.name));
        Explanation {
            asked: self.asked.clone(),
            strategy: self.strategy,
            candidates: scores.collect(),
            refused: refused.collect(),
        }
    }

    /// Why a candidate stands where it does, in a line for people and logs.
    #[must_use]
    pub fn because(&self, candidate: &Candidate) -> String {
        self.because_of(candidate, order::Best::of(self.candidates.iter().map(|candidate| candidate.figures)))
    }

    /// The error of a call that no route may take.
    #[must_use]
    pub fn no_route(&self) -> Error {
        Error::NoRoute { asked: self.asked.clone(), refused: self.explanation().refused }
    }

    fn because_of(&self, candidate: &Candidate, best: order::Best) -> String {
        let score = best.score(candidate.figures, self.weights);
        let place = order::Place { provider: candidate.provider_place, score };
        order::because(self.strategy, place, candidate.figures, &self.need)
    }
}
