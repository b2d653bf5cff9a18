//! How models are called and who may ask for it: command line, environment, configuration file, defaults, in this order.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use toml::de::DeTable;

use crate::{
    api,
    domain::problem::Problem,
    router::{
        self, DataProblem, DataProblemKind,
        catalog::{Catalog, Document},
        secret::SecretSettings,
        settings::CatalogueOverlay,
    },
};

use super::{
    Error,
    environment::Environment,
    file::{self, ConfigFile},
    gateway::{self, Gateway},
    router::{self as sections, Known},
    section::{Section, Source},
    service::{self, ServiceSection},
};

/// Names the price file in the environment.
const PRICES_VARIABLE: &str = "SAMOKODER_PRICES";
/// Names the file with secrets in the environment.
const SECRETS_VARIABLE: &str = "SAMOKODER_SECRETS";
/// Names the gateway's address in the environment.
const LISTEN_VARIABLE: &str = "SAMOKODER_LISTEN";

/// How models are called and who may ask for it.
#[derive(Debug, Clone)]
pub struct ModelAccess {
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
    /// The router's settings.
    pub router: router::Settings,
    /// Where the router's keys are.
    pub secrets: SecretSettings,
    /// The gateway's settings.
    pub gateway: api::gateway::Settings,
    /// What the file says about the service.
    pub service: ServiceSection,
}

/// What the command line says about calling models.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The configuration file (`--config`).
    pub file: Option<PathBuf>,
    /// A price file (`--prices`).
    pub prices: Option<PathBuf>,
    /// Where the gateway listens (`--listen`).
    pub listen: Option<SocketAddr>,
}

/// Reads the configuration file and the environment, under what the command line says.
///
/// | variable | means | in the file |
/// |---|---|---|
/// | `SAMOKODER_CONFIG` | the configuration file | - |
/// | `SAMOKODER_PRICES` | a price file | `prices.file` |
/// | `SAMOKODER_SECRETS` | a file with keys | `secrets.file` |
/// | `SAMOKODER_LISTEN` | where the gateway listens | `gateway.listen` |
/// | `OPENAI_API_KEY` and its kin | keys, by the names that providers are listed with | - |
///
/// Without a named file, `$XDG_CONFIG_HOME/samokoder/config.toml` (`~/.config/samokoder/config.toml`) is read if it is
/// there. Relative paths in the file start at its folder.
///
/// # Errors
/// Everything that is wrong with the settings.
pub fn model_access(overrides: &Overrides) -> Result<ModelAccess, Error> {
    read(overrides, &Environment::of_process()).map_err(Error::Settings)
}

fn read(overrides: &Overrides, environment: &Environment) -> Result<ModelAccess, Vec<Problem>> {
    let file = file::read(overrides.file.as_deref(), environment).map_err(|problem| vec![problem])?;
    let absent = ConfigFile { path: PathBuf::new(), name: String::new(), text: String::new() };
    let ConfigFile { path, name, text } = file.as_ref().unwrap_or(&absent);
    let source = Source::new(name, text);
    let entries = source.parse();
    if source.has_problems() {
        // What was not understood would be missed everywhere.
        return Err(source.into_problems());
    }
    let top = Section::top(&source, &entries);
    let (catalog, mut problems) = catalogue(name, text)?;
    let unread = if problems.is_empty() { BTreeSet::new() } else { names_in(&entries) };
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut settings = sections::read(&top, folder, &Known { catalog: &catalog, unread });
    let secrets_file = sections::secrets_file(&top, folder);
    let service = service::read(&top, folder);
    let mut gateway = gateway::read(&top);
    settings.catalogue = catalogue_overlay(&top);
    settings.budgets.keys = std::mem::take(&mut gateway.budgets);
    settings.prices.file =
        overrides.prices.clone().or_else(|| environment.path(PRICES_VARIABLE)).or(settings.prices.file);
    problems.extend(listen(&source, &mut gateway, overrides, environment));
    top.finish();
    problems.extend(source.into_problems());
    problems.sort_by_key(|problem| problem.position);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(ModelAccess {
        file: file.map(|file| file.path),
        router: settings,
        secrets: SecretSettings {
            environment: environment.secrets(&secret_names(&catalog)),
            file: environment.path(SECRETS_VARIABLE).or(secrets_file),
        },
        gateway: gateway.settings,
        service,
    })
}

/// Decides where the gateway listens: nobody but this machine may ask without a key.
fn listen(
    source: &Source<'_>,
    gateway: &mut Gateway,
    overrides: &Overrides,
    environment: &Environment,
) -> Option<Problem> {
    let variable = environment.text(LISTEN_VARIABLE);
    let (address, place) = match (overrides.listen, variable) {
        (Some(address), _) => (address, "--listen"),
        (None, Some(written)) => match written.parse() {
            Ok(address) => (address, LISTEN_VARIABLE),
            Err(_) => return Some(Problem::new("config_address_wrong", LISTEN_VARIABLE).with("value", written)),
        },
        (None, None) => (gateway.settings.listen, "gateway.listen"),
    };
    gateway.settings.listen = address;
    if address.ip().to_canonical().is_loopback() || gateway.any_key {
        return None;
    }
    let problem = Problem::new("config_open_to_all", place).with("address", address);
    let offset = gateway.listen_offset.filter(|_| place == "gateway.listen");
    Some(match offset {
        Some(offset) => problem.at(source.file(), source.position(offset)),
        None => problem,
    })
}

/// Reads the catalogue with what a file adds to it; the product's own, when that cannot be done, and why.
fn catalogue(name: &str, text: &str) -> Result<(Catalog, Vec<Problem>), Vec<Problem>> {
    let told = |problems: Vec<DataProblem>| problems.into_iter().map(of_catalogue).collect::<Vec<_>>();
    match Catalog::load(&[Document::of_section(name, text)]) {
        Ok(catalog) => Ok((catalog, Vec::new())),
        Err(problems) => Ok((Catalog::load(&[]).map_err(told)?, told(problems))),
    }
}

/// Names that a file gives to providers and models.
fn names_in<'f>(file: &'f DeTable<'_>) -> BTreeSet<&'f str> {
    let providers = file.get("providers").and_then(|value| value.get_ref().as_table());
    let models = file.get("models").and_then(|value| value.get_ref().as_array());
    let models = models.into_iter().flat_map(|models| models.iter());
    let names = models.filter_map(|model| model.get_ref().as_table()?.get("name")?.get_ref().as_str());
    providers
        .into_iter()
        .flat_map(|providers| providers.keys())
        .map(|name| name.get_ref().as_ref())
        .chain(names)
        .collect()
}

fn catalogue_overlay(top: &Section<'_, '_>) -> CatalogueOverlay {
    let providers = match top.raw("providers") {
        Some(toml::Value::Table(providers)) => providers,
        _ => toml::Table::new(),
    };
    let models = match top.raw("models") {
        Some(toml::Value::Array(models)) => models,
        _ => Vec::new(),
    };
    CatalogueOverlay { providers, models: models.into_iter().filter_map(|model| model.try_into().ok()).collect() }
}

fn of_catalogue(problem: DataProblem) -> Problem {
    let DataProblem { file, position, kind, wrong, instead } = problem;
    let said = match kind {
        DataProblemKind::Data => Problem::new("config_catalogue", ""),
        DataProblemKind::UrlNotAllowed => Problem::new("url_not_allowed", ""),
    };
    let mut said = said.with("wrong", wrong).with("instead", instead);
    said.file = Some(file);
    said.position = position;
    said
}

/// Names of all variables in which providers' keys and the service's own secrets may be.
fn secret_names(catalog: &Catalog) -> Vec<&str> {
    let keys = catalog.providers().iter().flat_map(|provider| &provider.key_names).map(String::as_str);
    keys.chain(service::SECRETS).collect()
}

#[cfg(test)]
#[path = "model_access_tests.rs"]
mod tests;
