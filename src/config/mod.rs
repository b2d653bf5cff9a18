//! Reads the environment into each module's own settings. Nothing below this module looks at the environment.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{pipeline, process};

/// Names the program's own folder in the user's state and cache folders (XDG Base Directory Specification 0.8).
const FOLDER: &str = "samokoder";
/// Proxy variables that package managers know.
const PROXY_VARIABLES: [&str; 8] =
    ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that name a certificate bundle, the first that is set decides.
const CERTIFICATE_VARIABLES: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/// Everything that the program takes from its surroundings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where workspaces are made when the user names none.
    pub workspaces: PathBuf,
    /// Folder that relative paths start from.
    pub current_folder: PathBuf,
    /// The pipeline's settings.
    pub pipeline: pipeline::Settings,
    /// The sandbox's settings.
    pub process: process::Settings,
}

/// The surroundings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nowhere to keep state.
    #[error("neither HOME nor {variable} is set: set {variable} to a folder that may be written")]
    NoHome {
        /// Variable to set.
        variable: &'static str,
    },
    /// The program cannot find itself or its folder.
    #[error("could not {action}: {source}")]
    Surroundings {
        /// What was tried.
        action: &'static str,
        /// Why.
        source: std::io::Error,
    },
}

/// Reads the environment.
///
/// | variable | means | default |
/// |---|---|---|
/// | `SAMOKODER_STATE_DIR` | workspaces | `$XDG_STATE_HOME/samokoder`, `~/.local/state/samokoder` |
/// | `SAMOKODER_CACHE_DIR` | packages that were downloaded | `$XDG_CACHE_HOME/samokoder`, `~/.cache/samokoder` |
/// | `NPM_CONFIG_USERCONFIG` | registry settings, given to the package manager alone | `~/.npmrc` |
/// | `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE` | certificates, given to the package manager alone | none |
/// | `HTTPS_PROXY` and its kin | proxy, given to the package manager alone | none |
///
/// # Errors
/// When there is no folder for state.
pub fn load(allow_unsandboxed: bool) -> Result<Config, Error> {
    let home = variable("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let state = folder("SAMOKODER_STATE_DIR", "XDG_STATE_HOME", home.as_deref(), ".local/state")?;
    let cache = folder("SAMOKODER_CACHE_DIR", "XDG_CACHE_HOME", home.as_deref(), ".cache")?;
    let executable = std::env::current_exe()
        .map_err(|source| Error::Surroundings { action: "find the program's own file", source })?;
    let current_folder =
        std::env::current_dir().map_err(|source| Error::Surroundings { action: "find the current folder", source })?;
    let registry_file =
        variable("NPM_CONFIG_USERCONFIG").map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(".npmrc")));
    let process = process::Settings {
        program_folders: variable("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default(),
        home,
        certificate_file: CERTIFICATE_VARIABLES
            .iter()
            .find_map(|name| variable(name))
            .map(PathBuf::from)
            .filter(|file| file.is_file()),
        registry_settings: registry_file
            .filter(|file| file.is_file())
            .map(|file| ("NPM_CONFIG_USERCONFIG".to_owned(), file)),
        proxy: PROXY_VARIABLES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), variable(name)?.into_string().ok()?)))
            .collect(),
        allow_unsandboxed,
        ..process::Settings::new(executable, cache.join("scratch"))
    };
    Ok(Config {
        workspaces: state.join("workspaces"),
        current_folder,
        pipeline: pipeline::Settings { cache: cache.join("packages") },
        process,
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn folder(own: &'static str, xdg: &str, home: Option<&Path>, below_home: &str) -> Result<PathBuf, Error> {
    if let Some(folder) = variable(own) {
        return Ok(PathBuf::from(folder));
    }
    let base = variable(xdg).map(PathBuf::from).filter(|base| base.is_absolute());
    base.or_else(|| home.map(|home| home.join(below_home)))
        .map(|base| base.join(FOLDER))
        .ok_or(Error::NoHome { variable: own })
}
