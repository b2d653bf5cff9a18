//! Models and who serves them.

use std::sync::Arc;

use super::{
    call::ModelClass,
    provider::{Provider, Quirks, SchemaMode},
};

/// A model of the catalogue.
#[derive(Debug, Clone)]
pub struct Model {
    /// Name that callers use, whoever serves it.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it is good for; a model without a class is found by its name only.
    pub classes: Vec<ModelClass>,
    /// From 1 to 5, the best there is; none for one that the catalogue does not list.
    pub tier: Option<u8>,
    /// Whether it thinks before it answers.
    pub reasoning: bool,
    /// Who serves it, as the catalogue lists them.
    pub routes: Vec<Arc<Route>>,
}

impl Model {
    /// Whether the catalogue lists it, or a caller named it.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.tier.is_some()
    }
}

/// A model at a provider: what a call can be sent to.
#[derive(Debug, Clone)]
pub struct Route {
    /// `provider/model`: the name of the route in settings, logs and metrics.
    pub name: String,
    /// Who serves it.
    pub provider: Arc<Provider>,
    /// The model, as the provider names it.
    pub model: String,
    /// Most tokens of question and answer together; none when nobody knows.
    pub context_tokens: Option<u64>,
    /// Most tokens of an answer, reasoning included; none when nobody knows.
    pub max_output_tokens: Option<u64>,
    /// What it can do.
    pub abilities: Abilities,
    /// Where it differs from its wire format: the provider's quirks and the route's own.
    pub quirks: Arc<Quirks>,
}

impl Route {
    /// Whether an answer can be had that keeps to a schema: as the wire format says, or in the provider's own way.
    #[must_use]
    pub fn keeps_schema(&self) -> bool {
        match self.quirks.schema_mode {
            SchemaMode::Native => self.abilities.schema,
            SchemaMode::JsonObject => true,
            SchemaMode::Function => self.abilities.forced_tools,
        }
    }
}

/// What a route can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Looks at pictures.
    pub vision: bool,
    /// Calls tools.
    pub tools: bool,
    /// Calls a tool when that is demanded.
    pub forced_tools: bool,
    /// Keeps to a JSON schema on its own.
    pub schema: bool,
}

impl Abilities {
    /// All of them: what is supposed of a model that the catalogue does not list.
    pub const ALL: Self = Self { vision: true, tools: true, forced_tools: true, schema: true };
}
