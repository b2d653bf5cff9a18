//! A package's document, as npm's registry answers
//! (<https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md>). Foreign bytes: what cannot be read
//! is a sentence, what is not needed is passed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    domain::clock::Timestamp,
    packages::{PackageFacts, Release},
};

/// Scripts that are run when a package is installed from a registry.
const INSTALL_SCRIPTS: [&str; 3] = ["preinstall", "install", "postinstall"];

#[derive(Deserialize)]
struct Document {
    name: String,
    #[serde(default, rename = "dist-tags")]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: BTreeMap<String, Version>,
    /// An unpublished package has a table among the times.
    #[serde(default)]
    time: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    deprecated: Value,
    #[serde(default, rename = "hasInstallScript")]
    has_install_script: Value,
    #[serde(default)]
    gypfile: Value,
    #[serde(default)]
    scripts: Value,
}

impl Version {
    fn has_install_scripts(&self) -> bool {
        let is_true = |value: &Value| value.as_bool() == Some(true);
        let has = |name: &str| self.scripts.get(name).and_then(Value::as_str).is_some_and(|line| !line.is_empty());
        is_true(&self.has_install_script) || is_true(&self.gypfile) || INSTALL_SCRIPTS.iter().any(|name| has(name))
    }

    /// Authors take a deprecation back by an empty text.
    fn deprecated(&self) -> Option<String> {
        match &self.deprecated {
            Value::String(note) if !note.is_empty() => Some(note.chars().take(500).collect()),
            Value::Bool(true) => Some("no reason is given".to_owned()),
            _ => None,
        }
    }
}

/// Reads the document of a package.
pub(super) fn read(name: &str, body: &[u8]) -> Result<PackageFacts, String> {
    // serde_json limits how deep values are nested; its message holds no text of the document.
    let document: Document = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if document.name != name {
        return Err("it is about another package".to_owned());
    }
    let latest = document.tags.get("latest").and_then(|version| semver::Version::parse(version).ok());
    let parsed = document.versions.iter().filter_map(|(text, version)| {
        let number =
            semver::Version::parse(text).ok().filter(|number| number.pre.is_empty() && number.build.is_empty())?;
        Some((number, text, version))
    });
    let mut stable: Vec<_> =
        parsed.filter(|(number, ..)| latest.as_ref().is_none_or(|latest| number <= latest)).collect();
    stable.sort_by(|(one, ..), (other, ..)| other.cmp(one));
    let releases = stable.into_iter().take(PackageFacts::RELEASES_MAX).map(|(_, text, version)| Release {
        version: text.clone(),
        published_at: document.time.get(text).and_then(time),
        deprecated: version.deprecated(),
        has_install_scripts: version.has_install_scripts(),
    });
    let releases = releases.collect();
    // `created` may be the time at which a name was reserved, and versions that are gone may be another owner's.
    let published = document.time.iter().filter(|(version, _)| document.versions.contains_key(*version));
    let first_published_at = published.filter_map(|(_, value)| time(value)).min();
    Ok(PackageFacts { name: document.name, first_published_at, releases })
}

fn time(value: &Value) -> Option<Timestamp> {
    let time: jiff::Timestamp = value.as_str()?.parse().ok()?;
    u64::try_from(time.as_millisecond()).ok().map(Timestamp)
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
