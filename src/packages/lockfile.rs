//! Looks at what the package manager made of a project's manifest and lockfile, before it becomes a part of the project.
//!
//! Written for `package-lock.json` of version 3
//! (<https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>).

use serde_json::{Map, Value};

use super::{name, policy::works_without_scripts};

/// Name of npm's manifest.
pub const MANIFEST: &str = "package.json";
/// Name of npm's lockfile.
pub const LOCKFILE: &str = "package-lock.json";

/// Sections of a manifest that name packages.
const SECTIONS: [&str; 3] = ["dependencies", "devDependencies", "optionalDependencies"];

/// A manifest with its lockfile, as texts.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// `package.json`.
    pub manifest: &'a str,
    /// `package-lock.json`.
    pub lockfile: &'a str,
}

/// A package at a version.
#[derive(Debug, Clone, Copy)]
pub struct Added<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its exact version.
    pub version: &'a str,
}

/// The version under which a manifest names a package; none when it does not.
#[must_use]
pub fn version_of(manifest: &str, name: &str) -> Option<String> {
    let manifest: Value = serde_json::from_str(manifest).ok()?;
    SECTIONS.iter().find_map(|section| manifest.get(section)?.get(name)?.as_str()).map(str::to_owned)
}

/// Names of the packages that a manifest names itself.
#[must_use]
pub fn names(manifest: &str) -> Vec<String> {
    let manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
    let sections = SECTIONS.iter().filter_map(|section| manifest.get(section)?.as_object());
    sections.flat_map(|section| section.keys().cloned()).collect()
}

/// Looks at what became of a manifest and its lockfile when one package was added: the manifest has that package at
/// exactly that version and is otherwise as it was; what the project named before is installed as before; whatever is
/// new comes from the registry's host, by a digest, and runs nothing.
///
/// # Errors
/// What is not so, in a sentence; nothing of it may be used then.
pub fn check(before: Pair<'_>, after: Pair<'_>, added: Added<'_>, host: &str) -> Result<(), String> {
    let mut manifest_before = read(before.manifest, MANIFEST)?;
    let manifest_after = read(after.manifest, MANIFEST)?;
    let section = manifest_before.entry("dependencies").or_insert_with(|| Value::Object(Map::new()));
    let section = section.as_object_mut().ok_or_else(|| format!("`dependencies` of {MANIFEST} is no table"))?;
    section.insert(added.name.to_owned(), Value::from(added.version));
    if manifest_before != manifest_after {
        return Err(format!("{MANIFEST} would change by more than `{}` at exactly {}", added.name, added.version));
    }
    let lock_before = read(before.lockfile, LOCKFILE)?;
    let lock_after = read(after.lockfile, LOCKFILE)?;
    if lock_after.get("lockfileVersion").and_then(Value::as_u64) != Some(3) {
        return Err(format!("{LOCKFILE} would not be of version 3"));
    }
    let old = entries(&lock_before)?;
    let new = entries(&lock_after)?;
    root(&manifest_after, new)?;
    for name in names(before.manifest) {
        let path = format!("node_modules/{name}");
        if identity(old.get(&path)) != identity(new.get(&path)) {
            return Err(format!("`{name}`, which the project has already, would be changed"));
        }
    }
    let own = new.get(&format!("node_modules/{}", added.name)).and_then(|entry| entry.get("version"));
    if own.and_then(Value::as_str) != Some(added.version) {
        return Err(format!("{LOCKFILE} would not have `{}` at {}", added.name, added.version));
    }
    let changed = new.iter().filter(|(path, entry)| !path.is_empty() && old.get(*path) != Some(*entry));
    changed.into_iter().try_for_each(|(path, entry)| {
        let is_known = old.values().any(|known| identity(Some(known)) == identity(Some(entry)));
        self::entry(path, entry, host, is_known).map_err(|reason| format!("`{path}` in {LOCKFILE} {reason}"))
    })
}

fn read(text: &str, file: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(format!("{file} would be no JSON object")),
    }
}

fn entries(lockfile: &Map<String, Value>) -> Result<&Map<String, Value>, String> {
    lockfile.get("packages").and_then(Value::as_object).ok_or_else(|| format!("{LOCKFILE} would have no `packages`"))
}

/// The lockfile's entry of the project itself says the same as the manifest.
fn root(manifest: &Map<String, Value>, entries: &Map<String, Value>) -> Result<(), String> {
    let own = entries.get("").and_then(Value::as_object);
    let is_same = |section: &str| own.and_then(|own| own.get(section)) == manifest.get(section);
    if SECTIONS.iter().all(|section| is_same(section)) {
        return Ok(());
    }
    Err(format!("{LOCKFILE} would not be that of {MANIFEST}"))
}

/// What makes an entry the same package, wherever it stands.
fn identity(entry: Option<&Value>) -> Option<(Option<&Value>, Option<&Value>, Option<&Value>)> {
    entry.map(|entry| (entry.get("version"), entry.get("integrity"), entry.get("resolved")))
}

fn entry(path: &str, entry: &Value, host: &str, is_known: bool) -> Result<(), String> {
    let Some((_, folder)) = path.rsplit_once("node_modules/") else {
        return Err("is not below node_modules".to_owned());
    };
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or(folder);
    if name::problem(folder).is_some_and(is_unusable) || name::problem(name).is_some_and(is_unusable) {
        return Err("is no package of the registry".to_owned());
    }
    if text("version").is_none_or(|version| semver::Version::parse(version).is_err()) {
        return Err("has no exact version".to_owned());
    }
    if !text("integrity").is_some_and(is_digest) {
        return Err("has no SHA-512 digest of what is to be installed".to_owned());
    }
    if entry.get("link").is_some() || entry.get("inBundle").is_some() {
        return Err("does not come from the registry by itself".to_owned());
    }
    if text("resolved").is_some_and(|address| !is_of_host(address, host)) {
        return Err("comes from another place than the registry".to_owned());
    }
    if entry.get("hasInstallScript") == Some(&Value::Bool(true)) && !is_known && !works_without_scripts(name) {
        return Err("runs install scripts, which are never run here".to_owned());
    }
    dependencies(entry)
}

/// Of a package that is there already, an old name is not held against it.
fn is_unusable(problem: name::NameProblem) -> bool {
    !matches!(problem, name::NameProblem::BuiltIn)
}

/// A package may want others by ranges of versions or under other names, but not from other places.
fn dependencies(entry: &Value) -> Result<(), String> {
    let sections = ["dependencies", "optionalDependencies", "peerDependencies"];
    let wanted = sections.iter().filter_map(|section| entry.get(section)?.as_object()).flatten();
    for (name, range) in wanted {
        let range = range.as_str().unwrap_or(":");
        let range =
            range.strip_prefix("npm:").map_or(range, |alias| alias.rsplit_once('@').map_or("", |(_, range)| range));
        if range.contains([':', '/']) {
            return Err(format!("wants `{name}` from another place than the registry"));
        }
    }
    Ok(())
}

/// Subresource Integrity (<https://www.w3.org/TR/SRI/>) with SHA-512: 64 bytes in base64.
fn is_digest(integrity: &str) -> bool {
    integrity.strip_prefix("sha512-").is_some_and(|digest| {
        digest.len() == 88
            && digest.ends_with("==")
            && digest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    })
}

fn is_of_host(address: &str, host: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.and_then(|rest| rest.split(['/', '?', '#']).next()) == Some(host)
}

#[cfg(test)]
#[path = "lockfile_tests.rs"]
mod tests;
