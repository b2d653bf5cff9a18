//! Which files of the project a file imports, by its relative paths.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::LazyLock,
};

use regex::Regex;

use super::snapshot::Snapshot;
use crate::domain::path::ProjectPath;

/// Most files that are looked through for what they import.
const WALKED_MAX: usize = 2_000;
/// What a path may lack at its end.
const ENDINGS: [&str; 11] =
    ["", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".json", ".css", "/index.ts", "/index.tsx", "/index.js"];
/// Endings of what is compiled, and of what it is compiled from.
const COMPILED: [(&str, &str); 2] = [(".js", ".ts"), (".jsx", ".tsx")];

/// `from "./a"`, `import "./a"`, `import("./a")`.
static IMPORT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\b(?:from|import)\s*\(?\s*["'](?P<path>\.{1,2}/[^"'\n]+)["']"#).ok());

/// Files that a file imports, in its order, each once.
pub(crate) fn imports(files: &Snapshot, path: &ProjectPath) -> Vec<ProjectPath> {
    let text = files.text(path).unwrap_or_default();
    let mut found = Vec::new();
    for captures in IMPORT.iter().flat_map(|import| import.captures_iter(text)) {
        let wanted = captures.name("path").map_or("", |wanted| wanted.as_str());
        let Some(imported) = resolved(files, path, wanted) else { continue };
        if imported != *path && !found.contains(&imported) {
            found.push(imported);
        }
    }
    found
}

/// Whether a file, or one that it imports directly or through others, is one of some.
pub(crate) fn reaches(files: &Snapshot, path: &ProjectPath, wanted: &BTreeSet<ProjectPath>) -> bool {
    let (mut open, mut seen) = (VecDeque::from([path.clone()]), BTreeSet::new());
    while let Some(path) = open.pop_front() {
        if wanted.contains(&path) {
            return true;
        }
        if seen.len() < WALKED_MAX && seen.insert(path.clone()) {
            open.extend(imports(files, &path));
        }
    }
    false
}

fn resolved(files: &Snapshot, from: &ProjectPath, wanted: &str) -> Option<ProjectPath> {
    let mut parts: Vec<&str> = from.components().collect();
    parts.pop();
    for part in wanted.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let bare = parts.join("/");
    let sources = COMPILED.iter().filter_map(|(made, source)| Some(format!("{}{source}", bare.strip_suffix(made)?)));
    let candidates = ENDINGS.iter().map(|ending| format!("{bare}{ending}")).chain(sources);
    candidates.filter_map(|path| ProjectPath::parse(&path).ok()).find(|path| files.has(path))
}

#[cfg(test)]
#[path = "imports_tests.rs"]
mod tests;
