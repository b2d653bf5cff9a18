//! Reads the environment and the configuration file into each module's own settings. Nothing below this module looks at
//! the environment.

mod environment;
mod error;
mod file;
mod gateway;
mod log;
mod model_access;
mod package_registry;
mod router;
mod section;
mod server_access;
mod service;

use std::path::PathBuf;

use crate::{packages, pipeline, process};

pub use error::Error;
pub use log::{Log, log};
pub use model_access::{ModelAccess, Overrides, model_access};
pub use server_access::server_access;
pub use service::{
    Address, DATABASE_URL, QUEUE_URL, S3, S3_ACCESS_KEY, S3_SECRET_KEY, Service, ServiceOverrides, ServiceSection,
    Storage, service,
};

use environment::Environment;

/// Proxy variables that package managers know.
const PROXY_VARIABLES: [&str; 8] =
    ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that name a certificate bundle, the first that is set decides.
const CERTIFICATE_VARIABLES: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/// Everything that the program takes from its surroundings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of everything that is kept when the user names no place for it.
    pub state: PathBuf,
    /// Where workspaces are made when the user names none.
    pub workspaces: PathBuf,
    /// Folder that relative paths start from.
    pub current_folder: PathBuf,
    /// The pipeline's settings.
    pub pipeline: pipeline::Settings,
    /// The package registry's settings.
    pub packages: packages::NpmSettings,
    /// The sandbox's settings.
    pub process: process::Settings,
}

/// Reads the environment.
///
/// | variable | means | default |
/// |---|---|---|
/// | `SAMOKODER_STATE_DIR` | workspaces | `$XDG_STATE_HOME/samokoder`, `~/.local/state/samokoder` |
/// | `SAMOKODER_CACHE_DIR` | packages that were downloaded | `$XDG_CACHE_HOME/samokoder`, `~/.cache/samokoder` |
/// | `NPM_CONFIG_USERCONFIG` | registry settings, for the package manager and for questions about packages | `~/.npmrc` |
/// | `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE` | certificates, for the same | none |
/// | `HTTPS_PROXY` and its kin | proxy, for the same | none |
///
/// # Errors
/// When there is no folder for state.
pub fn load(allow_unsandboxed: bool) -> Result<Config, Error> {
    let environment = Environment::of_process();
    let home = environment.home();
    let state = folder(&environment, "SAMOKODER_STATE_DIR", "XDG_STATE_HOME", ".local/state")?;
    let cache = folder(&environment, "SAMOKODER_CACHE_DIR", "XDG_CACHE_HOME", ".cache")?;
    let executable = std::env::current_exe()
        .map_err(|source| Error::Surroundings { action: "find the program's own file", source })?;
    let current_folder =
        std::env::current_dir().map_err(|source| Error::Surroundings { action: "find the current folder", source })?;
    let registry_file =
        environment.path("NPM_CONFIG_USERCONFIG").or_else(|| home.as_ref().map(|home| home.join(".npmrc")));
    let process = process::Settings {
        program_folders: environment
            .variable("PATH")
            .map(|path| std::env::split_paths(&path).collect())
            .unwrap_or_default(),
        home,
        certificate_file: CERTIFICATE_VARIABLES
            .iter()
            .find_map(|name| environment.path(name))
            .filter(|file| file.is_file()),
        registry_settings: registry_file
            .filter(|file| file.is_file())
            .map(|file| ("NPM_CONFIG_USERCONFIG".to_owned(), file)),
        proxy: PROXY_VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), environment.text(name)?))).collect(),
        allow_unsandboxed,
        ..process::Settings::new(executable, cache.join("scratch"))
    };
    Ok(Config {
        workspaces: state.join("workspaces"),
        state,
        current_folder,
        pipeline: pipeline::Settings { cache: cache.join("packages"), tasks_at_once: pipeline::TASKS_AT_ONCE },
        packages: package_registry::settings(&process),
        process,
    })
}

fn folder(environment: &Environment, own: &'static str, xdg: &str, below_home: &str) -> Result<PathBuf, Error> {
    let own_folder = environment.path(own).or_else(|| environment.own_folder(xdg, below_home));
    own_folder.ok_or(Error::NoHome { variable: own })
}
