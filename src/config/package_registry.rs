//! What npm's own settings say about its registry: the package manager and the product ask the same one.
//!
//! Read is what the package manager sees in a sandbox: the user's file (`NPM_CONFIG_USERCONFIG`, else `~/.npmrc`), no
//! other file and no `npm_config_` variable. <https://docs.npmjs.com/cli/v11/configuring-npm/npmrc>

use std::{collections::BTreeMap, fs, path::PathBuf};

use secrecy::SecretString;

use crate::{
    packages::{Authorization, NpmSettings},
    process,
};

/// The registry that npm asks when nobody says otherwise
/// (<https://docs.npmjs.com/cli/v11/using-npm/config#registry>).
const DEFAULT_REGISTRY: &str = "https://registry.npmjs.org/";

/// Reads them; a file that cannot be read counts as empty, as for npm.
pub(super) fn settings(process: &process::Settings) -> NpmSettings {
    let file = process.registry_settings.as_ref().map(|(_, file)| file);
    let text = file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
    let variable = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| process.proxy.iter().find(|(known, _)| known == name));
        found.map(|(_, value)| value.clone())
    };
    let mut settings = of_text(&text);
    let is_plain = settings.registry.starts_with("http://");
    let proxy = if is_plain { ["http_proxy", "HTTP_PROXY"] } else { ["https_proxy", "HTTPS_PROXY"] };
    settings.proxy = settings.proxy.or_else(|| variable(proxy));
    settings.no_proxy = settings.no_proxy.or_else(|| variable(["no_proxy", "NO_PROXY"]));
    settings.certificate_files.extend(process.certificate_file.clone());
    settings
}

/// Settings from the text of an `npmrc` file: lines of `key=value`, with `;` and `#` for comments.
fn of_text(text: &str) -> NpmSettings {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with([';', '#']));
    let pair = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        // What is to come from a variable is nothing to the package manager either: it is given none.
        (!bare.is_empty() && !bare.contains("${")).then(|| (key.trim().to_owned(), bare.to_owned()))
    };
    let values: BTreeMap<String, String> = lines.filter_map(pair).collect();
    let value = |name: &str| values.get(name).cloned();
    let registry = value("registry").unwrap_or_else(|| DEFAULT_REGISTRY.to_owned());
    let plain = registry.starts_with("http://");
    let scope = |key: &String| key.strip_suffix(":registry").filter(|scope| scope.starts_with('@')).map(str::to_owned);
    let is_other = |address: &str| address.trim_end_matches('/') != registry.trim_end_matches('/');
    NpmSettings {
        authorization: authorization(&values, &registry),
        private_scopes: values.iter().filter(|(_, value)| is_other(value)).filter_map(|(key, _)| scope(key)).collect(),
        proxy: value(if plain { "proxy" } else { "https-proxy" }).or_else(|| value("proxy")),
        no_proxy: value("noproxy"),
        certificate_files: value("cafile").map(PathBuf::from).into_iter().collect(),
        ..NpmSettings::new(registry)
    }
}

/// The key for a registry: the one whose address without its scheme is the longest beginning of the registry's.
fn authorization(values: &BTreeMap<String, String>, registry: &str) -> Option<Authorization> {
    let (_, place) = registry.split_once(':')?;
    let place = format!("{}/", place.trim_end_matches('/'));
    let found = values.iter().filter_map(|(key, value)| {
        let (at, kind) = key.rsplit_once(':')?;
        let at = format!("{}/", at.trim_end_matches('/'));
        let secret = || SecretString::from(value.clone());
        let authorization = match kind {
            "_authToken" => Authorization::Bearer(secret()),
            "_auth" => Authorization::Basic(secret()),
            _ => return None,
        };
        (at.starts_with("//") && place.starts_with(&at)).then_some((at.len(), authorization))
    });
    found.max_by_key(|(length, _)| *length).map(|(_, authorization)| authorization)
}

#[cfg(test)]
#[path = "package_registry_tests.rs"]
mod tests;
