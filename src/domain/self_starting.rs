//! Files from which tools take commands as soon as somebody opens a project or installs its packages: nobody decided to
//! run them. What models write holds none.

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization as _;

use super::path::ProjectPath;

/// Folders whose files tools read by themselves, and who does.
const FOLDERS: [(&str, &str); 20] = [
    (".vscode", "editors"),
    (".idea", "editors"),
    (".fleet", "editors"),
    (".zed", "editors"),
    (".vs", "editors"),
    (".settings", "editors"),
    (".nvim", "editors"),
    (".claude", "coding assistants"),
    (".cursor", "coding assistants"),
    (".windsurf", "coding assistants"),
    (".codex", "coding assistants"),
    (".gemini", "coding assistants"),
    (".continue", "coding assistants"),
    (".roo", "coding assistants"),
    (".kiro", "coding assistants"),
    (".devcontainer", "containers for development"),
    (".husky", "git hooks"),
    (".githooks", "git hooks"),
    (".cargo", "package managers"),
    (".yarn", "package managers"),
];

/// Files that tools read by themselves, and who does.
const FILES: [(&str, &str); 23] = [
    (".nvimrc", "editors"),
    (".nvim.lua", "editors"),
    (".exrc", "editors"),
    (".vimrc", "editors"),
    (".dir-locals.el", "editors"),
    (".mcp.json", "coding assistants"),
    (".aider.conf.yml", "coding assistants"),
    (".devcontainer.json", "containers for development"),
    (".gitpod.yml", "containers for development"),
    (".envrc", "shells"),
    ("mise.toml", "shells"),
    (".mise.toml", "shells"),
    (".pre-commit-config.yaml", "git hooks"),
    ("lefthook.yml", "git hooks"),
    (".lefthook.yml", "git hooks"),
    (".npmrc", "package managers"),
    (".yarnrc", "package managers"),
    (".yarnrc.yml", "package managers"),
    (".pnpmfile.cjs", "package managers"),
    (".pnp.cjs", "package managers"),
    ("bunfig.toml", "package managers"),
    ("binding.gyp", "package managers"),
    (".bazelrc", "build tools"),
];

/// Scripts that npm runs when packages are installed (<https://docs.npmjs.com/cli/v11/using-npm/scripts#life-cycle-scripts>).
const INSTALL_SCRIPTS: [&str; 8] =
    ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare", "prepublish", "dependencies"];

/// Says why a file would start by itself, to whoever wants to write it; none when it would not.
#[must_use]
pub fn refusal(path: &ProjectPath) -> Option<String> {
    let folded: Vec<String> = path.components().map(folded).collect();
    let known = |table: &[(&'static str, &'static str)], name: &String| {
        table.iter().find(|(known, _)| known == name).map(|(_, who)| *who)
    };
    let (name, folders) = folded.split_last()?;
    let who = known(&FILES, name).or_else(|| folders.iter().find_map(|folder| known(&FOLDERS, folder)))?;
    Some(format!("`{path}` may not be written: {who} take commands from it, and nobody decided to run them"))
}

/// As [`refusal`], of a file with its content.
#[must_use]
pub fn refusal_of_file(path: &ProjectPath, content: &str) -> Option<String> {
    refusal(path).or_else(|| {
        let is_manifest = path.components().last().is_some_and(|name| folded(name) == "package.json");
        let scripts = if is_manifest { manifest(content)?.scripts } else { return None };
        let script = INSTALL_SCRIPTS.into_iter().find(|script| scripts.contains_key(*script))?;
        Some(format!("`{path}` may not have the script `{script}`: it would run when packages are installed"))
    })
}

/// A manifest as npm reads it, which passes over a byte order mark; what it cannot read, it does not run.
fn manifest(content: &str) -> Option<Manifest> {
    serde_json::from_str(content.trim_start_matches('\u{feff}')).ok()
}

#[derive(serde::Deserialize)]
struct Manifest {
    #[serde(default)]
    scripts: Map<String, Value>,
}

/// A name as file systems that ignore case read it.
fn folded(component: &str) -> String {
    component.nfkc().collect::<String>().to_uppercase().to_lowercase()
}

#[cfg(test)]
#[path = "self_starting_tests.rs"]
mod tests;
