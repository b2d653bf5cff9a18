//! The layers of ARCHITECTURE.md, as a test: a module uses only modules in rows above it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Top-level modules by row. Modules in one row do not know each other.
const ROWS: &[&[&str]] = &[
    &["domain"],
    &["process", "bundle", "network"],
    &[
        "spec",
        "agents",
        "packages",
        "template",
        "workspace",
        "journal",
        "artifact",
        "router",
        "client",
        "queue",
        "storage",
        "store",
    ],
    &["pipeline", "webhook"],
    &["api", "cli", "worker", "upkeep"],
    &["config"],
    &["app"],
];

fn row_of(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Text without line comments, so that links in documentation do not count as uses.
fn code_of(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Top-level modules that a file names: by `crate::`, or by enough `super::` to leave its own.
fn modules_named(code: &str, depth: usize) -> Vec<String> {
    let climb = "super::".repeat(depth);
    let mut named = Vec::new();
    for prefix in ["crate::", climb.as_str()] {
        for (at, _) in code.match_indices(prefix) {
            let (before, here) = code.split_at(at);
            if before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
                continue;
            }
            let rest = here.strip_prefix(prefix).unwrap();
            if let Some(group) = rest.strip_prefix('{') {
                let mut nesting = 0;
                for part in group.split_inclusive([',', '{', '}']) {
                    let word: String =
                        part.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    if nesting == 0 && !word.is_empty() {
                        named.push(word);
                    }
                    match part.chars().next_back() {
                        Some('{') => nesting += 1,
                        Some('}') if nesting == 0 => break,
                        Some('}') => nesting -= 1,
                        _ => {}
                    }
                }
            } else {
                named.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    named
}

fn violations(source: &Path) -> Vec<String> {
    let mut files = Vec::new();
    rust_files(source, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(source).unwrap();
        let parts: Vec<_> = relative.iter().map(|part| part.to_str().unwrap()).collect();
        if parts.len() < 2 {
            continue;
        }
        let own = parts[0];
        let Some(own_row) = row_of(own) else {
            wrong.push(format!("{}: the module `{own}` stands in no row", relative.display()));
            continue;
        };
        let depth = parts.len() - usize::from(parts.last() == Some(&"mod.rs"));
        for module in modules_named(&code_of(&file), depth) {
            if module != own && row_of(&module).is_some_and(|row| row >= own_row) {
                wrong.push(format!("{}: `{own}` uses `{module}`, which is not above it", relative.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

#[test]
fn a_module_uses_only_modules_in_rows_above_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert_eq!(violations(&source), Vec::<String>::new());
}

#[test]
fn every_top_level_module_stands_in_a_row() {
    let library = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules: Vec<_> = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let missing: Vec<_> = modules.iter().filter(|module| row_of(module).is_none()).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    assert!(modules.len() > 5, "the code map of src/lib.rs was not understood");
}

/// Modules of each row of a table of layers.
fn table(text: &str, line_start: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(line_start)?.strip_prefix("| "));
    let rows = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    rows.map(|row| {
        let modules = row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2);
        modules.filter(|module| !module.ends_with(".rs")).map(str::to_owned).collect()
    })
    .collect()
}

#[test]
fn the_tables_that_people_read_are_the_rows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    assert_eq!(table(&page, ""), ROWS, "ARCHITECTURE.md");
    let library = fs::read_to_string(root.join("src/lib.rs")).unwrap();
    assert_eq!(table(&library, "//! "), ROWS, "src/lib.rs");
}

#[test]
fn the_check_sees_upward_and_sideways_uses() {
    let folder = tempfile::tempdir().unwrap();
    let files = BTreeMap::from([
        ("domain/mod.rs", "use crate::spec::read;"),
        ("spec/mod.rs", "fn f() { crate::journal::open(); }"),
        ("journal/deep/file.rs", "use super::super::super::workspace::Workspace;"),
        ("pipeline/mod.rs", "use crate::{domain::id::StepKey, cli::{args, other}};"),
        ("cli/mod.rs", "//! See [`crate::app`].\nuse crate::pipeline::run;"),
    ]);
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    assert_eq!(
        violations(folder.path()),
        [
            "domain/mod.rs: `domain` uses `spec`, which is not above it",
            "journal/deep/file.rs: `journal` uses `workspace`, which is not above it",
            "pipeline/mod.rs: `pipeline` uses `cli`, which is not above it",
            "spec/mod.rs: `spec` uses `journal`, which is not above it",
        ]
    );
}
