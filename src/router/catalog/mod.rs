//! The catalogue: which providers there are, which models, and who serves them.
//!
//! The product's own (`providers.toml`, `models.toml`) comes first, the operator's documents over it, in order: a provider
//! of a known name has the fields replaced that the document names, a model of a known name is replaced as a whole.

mod model_row;
mod provider_row;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use toml::de::DeTable;

use super::{
    call::{ModelClass, Wanted},
    model::{Abilities, Model, Route},
    nearest::nearest,
    provider::Provider,
    reading::{DataProblem, Source, Table, either},
    settings::CatalogueOverlay,
};

/// What asks for any model.
pub const AUTO: &str = "auto";

const OWN_PROVIDERS: &str = include_str!("../providers.toml");
const OWN_MODELS: &str = include_str!("../models.toml");

/// A text with providers (`[providers.NAME]`) and models (`[[models]]`) in the form of the product's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    file: String,
    text: String,
    other_sections: bool,
    positions: bool,
}

impl Document {
    /// A file that holds nothing else.
    #[must_use]
    pub fn of_file(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into(), other_sections: false, positions: true }
    }

    /// A file in which other sections stand too, such as the product's configuration; they are not looked at.
    #[must_use]
    pub fn of_section(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { other_sections: true, ..Self::of_file(file, text) }
    }

    /// What the settings hold; none when that is nothing. Problems name the key, as the place in the text is gone.
    ///
    /// # Errors
    /// The tables hold what TOML has no text for.
    pub fn of_settings(overlay: &CatalogueOverlay) -> Result<Option<Self>, toml::ser::Error> {
        let mut tables = toml::Table::new();
        if !overlay.providers.is_empty() {
            tables.insert("providers".to_owned(), overlay.providers.clone().into());
        }
        if !overlay.models.is_empty() {
            let rows: Vec<toml::Value> = overlay.models.iter().cloned().map(toml::Value::Table).collect();
            tables.insert("models".to_owned(), rows.into());
        }
        if tables.is_empty() {
            return Ok(None);
        }
        let text = toml::to_string(&tables)?;
        Ok(Some(Self { positions: false, ..Self::of_file("settings", text) }))
    }
}

/// Providers and models, checked: every route names a provider that is there.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    providers: Vec<Arc<Provider>>,
    models: Vec<Arc<Model>>,
    by_name: HashMap<String, usize>,
}

/// A model and one that serves it.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The model.
    pub model: Arc<Model>,
    /// Who serves it.
    pub route: Arc<Route>,
}

/// No model, class or provider has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no model is named `{asked}`{}", meant(nearest))]
pub struct UnknownModel {
    /// What was asked for.
    pub asked: String,
    /// Names that it may have been meant for, the most like first.
    pub nearest: Vec<String>,
}

fn meant(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return ": ask for a model of the catalogue, a class, `auto`, or `provider/model`".to_owned();
    }
    format!(": did you mean {}?", either(nearest.iter().map(String::as_str)))
}

impl Catalog {
    /// Reads the product's own catalogue and the operator's documents over it.
    ///
    /// # Errors
    /// All problems of all documents, in their order.
    pub fn load(documents: &[Document]) -> Result<Self, Vec<DataProblem>> {
        let own = [Document::of_file("providers.toml", OWN_PROVIDERS), Document::of_file("models.toml", OWN_MODELS)];
        Self::read(&own.iter().chain(documents).collect::<Vec<_>>())
    }

    /// Reads documents alone, without the product's own.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn read(documents: &[&Document]) -> Result<Self, Vec<DataProblem>> {
        let sources: Vec<(Source<'_>, bool)> = documents
            .iter()
            .map(|document| (Source::new(&document.file, &document.text, document.positions), document.other_sections))
            .collect();
        let parsed: Vec<DeTable<'_>> = sources.iter().map(|(source, _)| source.parse()).collect();
        if sources.iter().any(|(source, _)| source.has_problems()) {
            // What a damaged document leaves out would be missed all over the others.
            return Err(sources.into_iter().flat_map(|(source, _)| source.into_problems()).collect());
        }
        let roots: Vec<Table<'_, '_>> = sources
            .iter()
            .zip(&parsed)
            .map(|((source, _), entries)| Table::new(source, entries, String::new(), 0..0))
            .collect();

        let mut providers = provider_row::Providers::default();
        for root in &roots {
            providers.read(root);
        }
        let mut models: Vec<Model> = Vec::new();
        for root in &roots {
            model_row::read(root, &providers, &mut models);
        }
        for (root, (_, other_sections)) in roots.into_iter().zip(&sources) {
            if !other_sections {
                root.finish();
            }
        }
        drop(parsed);
        let problems: Vec<DataProblem> = sources.into_iter().flat_map(|(source, _)| source.into_problems()).collect();
        if problems.is_empty() { Ok(Self::of(providers.into_found(), models)) } else { Err(problems) }
    }

    fn of(providers: Vec<Arc<Provider>>, models: Vec<Model>) -> Self {
        let models: Vec<Arc<Model>> = models.into_iter().map(Arc::new).collect();
        let by_name = models.iter().enumerate().map(|(at, model)| (model.name.clone(), at)).collect();
        Self { providers, models, by_name }
    }

    /// All providers, as they are listed.
    #[must_use]
    pub fn providers(&self) -> &[Arc<Provider>] {
        &self.providers
    }

    /// A provider by its name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.name == name)
    }

    /// All models, as they are listed.
    #[must_use]
    pub fn models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// A model by its name.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&Arc<Model>> {
        self.by_name.get(name).and_then(|at| self.models.get(*at))
    }

    /// Everything that may answer, as the catalogue lists it; `class_models` puts other models, best first, in place of
    /// the catalogue's own for the classes that it has.
    ///
    /// A name is looked up as a model's first, then as `provider/model`: the provider must be known, the model need not be.
    /// `auto` is every model that has a class.
    ///
    /// # Errors
    /// No model, and no provider, has that name.
    pub fn find(
        &self,
        wanted: &Wanted,
        class_models: &BTreeMap<ModelClass, Vec<String>>,
    ) -> Result<Vec<Listing>, UnknownModel> {
        match wanted {
            Wanted::Named(name) => self.named(name),
            Wanted::Class(class) => Ok(match class_models.get(class) {
                Some(names) => names.iter().flat_map(|name| self.named(name).unwrap_or_default()).collect(),
                None => self.listings(|model| model.classes.contains(class)),
            }),
            Wanted::Auto => Ok(self.listings(|model| !model.classes.is_empty())),
        }
    }

    fn listings(&self, wanted: impl Fn(&Model) -> bool) -> Vec<Listing> {
        self.models.iter().filter(|model| wanted(model)).flat_map(listings_of).collect()
    }

    fn named(&self, name: &str) -> Result<Vec<Listing>, UnknownModel> {
        if let Some(model) = self.model(name) {
            return Ok(listings_of(model).collect());
        }
        let split = name.split_once('/').filter(|(_, model)| is_model_id(model));
        let Some((provider, id)) = split.and_then(|(provider, id)| Some((self.provider(provider)?, id))) else {
            return Err(UnknownModel { asked: name.to_owned(), nearest: self.nearest(name) });
        };
        let mut all = self.models.iter().flat_map(|model| model.routes.iter().map(move |route| (model, route)));
        Ok(vec![match all.find(|(_, route)| route.name == name) {
            Some((model, route)) => Listing { model: Arc::clone(model), route: Arc::clone(route) },
            None => unlisted(provider, id, name),
        }])
    }

    fn nearest(&self, name: &str) -> Vec<String> {
        let routes = self.models.iter().flat_map(|model| model.routes.iter().map(|route| route.name.as_str()));
        let names = self.models.iter().map(|model| model.name.as_str());
        let classes = ModelClass::ALL.iter().map(|class| class.name());
        let known = names.chain(classes).chain([AUTO]).chain(routes);
        nearest(name, known).into_iter().map(str::to_owned).collect()
    }
}

impl Wanted {
    /// What a caller's `model` field asks for: `auto`, a class, or a name.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        if name == AUTO {
            return Self::Auto;
        }
        match ModelClass::ALL.into_iter().find(|class| class.name() == name) {
            Some(class) => Self::Class(class),
            None => Self::Named(name.to_owned()),
        }
    }

    /// The same as a text: what an answer to "what was asked for" says.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Class(class) => class.name(),
            Self::Auto => AUTO,
        }
    }
}

fn listings_of(model: &Arc<Model>) -> impl Iterator<Item = Listing> {
    model.routes.iter().map(|route| Listing { model: Arc::clone(model), route: Arc::clone(route) })
}

/// Whether a text can be a provider's name for a model: it goes into bodies, logs and metrics.
fn is_model_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A model that the catalogue does not list: nothing is known of it, so that nothing is held against it.
fn unlisted(provider: &Arc<Provider>, id: &str, name: &str) -> Listing {
    let route = Arc::new(Route {
        name: name.to_owned(),
        provider: Arc::clone(provider),
        model: id.to_owned(),
        context_tokens: None,
        max_output_tokens: None,
        abilities: Abilities::ALL,
        quirks: Arc::new(provider.quirks.clone()),
    });
    let model = Model {
        name: name.to_owned(),
        title: name.to_owned(),
        classes: Vec::new(),
        tier: None,
        reasoning: false,
        routes: vec![Arc::clone(&route)],
    };
    Listing { model: Arc::new(model), route }
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;
