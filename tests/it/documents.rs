//! What the documents, the workflow and the `justfile` say about this repository, against the repository.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use pulldown_cmark::{Event, Parser, Tag};
use regex::Regex;

/// Folders at the top: a word in code style that starts with one of them is a path of this repository.
const FOLDERS: &[&str] = &[".ci", ".github", "benches", "docs", "examples", "scripts", "src", "templates", "tests"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names_in(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap())).collect()
}

/// Every document that is about this repository (`templates/README.md` is about what packs hold).
fn documents() -> Vec<String> {
    let fixed = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
    let pages = names_in("docs").into_iter().filter(|name| name.ends_with(".md"));
    fixed.into_iter().map(str::to_owned).chain(pages).collect()
}

/// Paths of this repository that a text in code style names. Placeholders (`templates/NAME`, `src/*`) are none.
fn paths_in(code: &str) -> Vec<String> {
    let is_placeholder = |word: &str| {
        word.contains(['*', '<', '{', '$'])
            || word.split('/').any(|part| part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    };
    code.split(|c: char| c.is_whitespace() || "`'\"(),;".contains(c))
        .map(|word| word.trim_start_matches("./").trim_end_matches(['.', ':']))
        .filter(|word| word.split_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder)))
        .filter(|word| !is_placeholder(word))
        .map(str::to_owned)
        .collect()
}

/// Relative links and named paths of a document, as paths from the top of the repository.
fn mentions(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(name).parent().unwrap();
    let text = read(name);
    let mut found = Vec::new();
    let mut in_code = false;
    for event in Parser::new_ext(&text, pulldown_cmark::Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let target = dest_url.split('#').next().unwrap_or_default();
                if !target.is_empty() && !target.contains(':') {
                    found.push(folder.join(target));
                }
            }
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Code(code) => found.extend(paths_in(&code).into_iter().map(PathBuf::from)),
            Event::Text(code) if in_code => found.extend(paths_in(&code).into_iter().map(PathBuf::from)),
            _ => {}
        }
    }
    found
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut missing = Vec::new();
    let mut seen = BTreeSet::new();
    for name in documents() {
        for path in mentions(&name) {
            if !root().join(&path).exists() {
                missing.push(format!("{name}: {}", path.display()));
            }
            seen.insert(path);
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    for expected in ["ARCHITECTURE.md", "scripts/samokoder", "examples/team-library.yaml", "tests/it/architecture.rs"] {
        assert!(seen.contains(Path::new(expected)), "{expected} was overlooked");
    }
}

#[test]
fn paths_are_told_from_placeholders() {
    let text = "run scripts/test NAME.. on `templates/react-hono/files`, templates/NAME, src/*; not tree/src or src";
    assert_eq!(paths_in(text), ["scripts/test", "templates/react-hono/files"]);
}

/// Recipes of the `justfile`: the name, and the command with the parameters' defaults put in.
fn recipes() -> Vec<(String, String)> {
    let header = Regex::new(r"^([a-z][a-z-]*)((?: [^:]*)?):$").unwrap();
    let default = Regex::new(r#"([a-z]+)="([^"]*)""#).unwrap();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut defaults: Vec<(String, String)> = Vec::new();
    for line in read("justfile").lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if let Some(command) = line.strip_prefix("    ") {
            let mut command = command.to_owned();
            for (parameter, value) in &defaults {
                command = command.replace(&format!("{{{{{parameter}}}}}"), value);
            }
            found.last_mut().unwrap().1.push_str(&command);
        } else {
            let captures = header.captures(line).unwrap_or_else(|| panic!("not a recipe: {line}"));
            let parameters = default.captures_iter(&captures[2]);
            defaults = parameters.map(|pair| (pair[1].to_owned(), pair[2].to_owned())).collect();
            found.push((captures[1].to_owned(), String::new()));
        }
    }
    found
}

#[test]
fn every_recipe_calls_a_script_that_exists() {
    let recipes = recipes();
    assert!(recipes.len() > 3, "the justfile was not understood");
    for (name, command) in recipes {
        if command == "@just --list" {
            continue;
        }
        let script = command.split(' ').next().unwrap();
        assert!(script.starts_with("scripts/") && root().join(script).is_file(), "{name}: {command}");
    }
}

#[test]
fn every_script_can_be_run_and_is_named_where_contributors_look() {
    let named: BTreeSet<_> = mentions("CONTRIBUTING.md").into_iter().collect();
    for script in names_in("scripts").into_iter().chain([".ci/run".to_owned()]) {
        let mode = fs::metadata(root().join(&script)).unwrap().permissions().mode();
        assert!(mode & 0o111 != 0, "{script} is not executable");
        assert!(named.contains(Path::new(&script)), "CONTRIBUTING.md does not name {script}");
    }
}

#[test]
fn the_workflow_runs_what_exists() {
    let workflow = read(".github/workflows/ci.yml");
    let commands: Vec<_> = workflow.lines().filter_map(|line| line.trim().strip_prefix("- run: ")).collect();
    assert_eq!(commands.last(), Some(&".ci/run"));
    assert!(
        commands.iter().all(|command| *command == ".ci/run" || command.starts_with("sudo sysctl ")),
        "{commands:?}"
    );
}

#[test]
fn the_image_is_built_from_what_exists_and_all_of_it() {
    let file = read("Dockerfile");
    let copies = file.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.starts_with("--from"));
    let copied: BTreeSet<&str> = copies.flat_map(|line| line.rsplit_once(' ').unwrap().0.split(' ')).collect();
    for source in &copied {
        assert!(root().join(source).exists(), "the Dockerfile copies {source}");
    }
    for needed in ["Cargo.toml", "Cargo.lock", "build.rs", "src", "templates"] {
        assert!(copied.contains(needed), "the Dockerfile does not copy {needed}");
    }
}

#[test]
fn versions_of_rust_and_node_are_the_same_everywhere() {
    let rust = env!("CARGO_PKG_RUST_VERSION");
    assert!(read("rust-toolchain.toml").contains(&format!("channel = \"{rust}.")));
    assert!(read("Dockerfile").contains(&format!("FROM rust:{rust}-")));
    assert!(read("README.md").contains(&format!("Rust {rust}, Node 20")));
    assert!(read("scripts/setup").contains(&format!("Rust {rust}, Node 20")));
    assert!(read("Dockerfile").contains("FROM node:20-"));
    assert!(read(".github/workflows/ci.yml").contains("node-version: 20\n"));
}
