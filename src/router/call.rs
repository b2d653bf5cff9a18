//! One call: the question, and everything that the router needs to know around it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{id::GenerationId, money::Usd};

pub use crate::domain::model_class::ModelClass;

use super::{request::Request, secret::Secret};

/// A question to whoever the router chooses.
#[derive(Debug, Clone)]
pub struct Call {
    /// The question.
    pub request: Request,
    /// Who may answer.
    pub wanted: Wanted,
    /// How candidates are ordered; the settings' own when none.
    pub strategy: Option<Strategy>,
    /// Who asks.
    pub caller: Caller,
    /// For all attempts together; the class's own when none.
    pub deadline: Option<Duration>,
    /// Most that the call may cost.
    pub cost_cap: Option<Usd>,
    /// Whether an equal call's answer may be used, and this one's be kept.
    pub cache: bool,
}

/// Who may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A model by its name in the catalogue, or `provider/model`.
    Named(String),
    /// Any model of a class.
    Class(ModelClass),
    /// Any model that can do what the request needs (`auto`).
    Auto,
}

/// How candidates are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// As the settings list providers.
    #[default]
    Ordered,
    /// The cheapest for this request first.
    Cost,
    /// The quickest first, as measured lately.
    Latency,
    /// The best first, by the catalogue's tiers.
    Quality,
    /// All three, weighted.
    Balanced,
}

/// Who asks: whose budget, whose cache, whose keys.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Tenant: caches and records never cross it.
    pub tenant: String,
    /// Name of the API key that the caller showed; budgets are kept by it.
    pub key: Option<String>,
    /// The generation that the call is for; budgets are kept by it.
    pub generation: Option<GenerationId>,
    /// The caller's own keys, by provider; they go before the operator's.
    pub own_keys: Vec<(String, Secret)>,
}

impl Caller {
    /// The operator of a machine with one tenant.
    #[must_use]
    pub fn local() -> Self {
        Self { tenant: "local".to_owned(), key: None, generation: None, own_keys: Vec::new() }
    }
}
