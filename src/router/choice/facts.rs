//! What is known of the world when a route is chosen.

use super::super::{
    breaker::Breakers, latency::Latencies, provider::Provider, rate_limit::RateLimits, refused_keys::RefusedKeys,
};
use crate::domain::{money::Usd, usage::Usage};

/// What is known of the world when a route is chosen.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Which key a provider would be asked with.
    pub credential: &'a (dyn Fn(&Provider) -> Credential + 'a),
    /// What calls cost.
    pub pricing: &'a dyn Pricing,
    /// Which providers fail.
    pub breakers: &'a Breakers,
    /// Which keys were refused.
    pub refused_keys: &'a RefusedKeys,
    /// Which providers asked to wait.
    pub rate_limits: &'a RateLimits,
    /// How quick routes were.
    pub latencies: &'a Latencies,
    /// What the caller's budgets leave for this call; none when nothing limits it.
    pub budget_left: Option<Usd>,
}

/// Which key a provider would be asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// One that is there; its fingerprint.
    Key(String),
    /// None, and the provider answers without.
    NotNeeded,
    /// None, though the provider wants one.
    Missing,
}

/// What calls cost. None is an unknown price.
pub trait Pricing: Send + Sync {
    /// Cost of a call of so many tokens.
    fn cost(&self, provider: &str, model: &str, usage: &Usage) -> Option<Usd>;

    /// The most that a call can cost, whatever of it is cached and whatever tier it falls into.
    fn most(&self, provider: &str, model: &str, input_tokens: u64, output_tokens: u64) -> Option<Usd>;
}
