//! Rules of CONTRIBUTING.md that no lint knows.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Lines that a source file may have.
const MAXIMUM_LINES: usize = 500;

/// What no source file may hold; written in halves, so that this one does not.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("#[ign", "ore"), "a test that is not run: give it a target that scripts/test-slow names"),
    (concat!("TO", "DO"), "do it, or write an issue"),
    (concat!("FIX", "ME"), "mend it"),
    (concat!("registry.", "npmjs"), "registries are the operator's choice"),
];

/// Where it stands all the same: npm's own default is what the operator chooses by saying nothing.
const ALLOWED: &[(&str, &str)] = &[("src/config/package_registry.rs", concat!("registry.", "npmjs"))];

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("node_modules") {
            continue;
        } else if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), ".rs", &mut found);
    files(&root.join("tests"), ".rs", &mut found);
    assert!(found.len() > 100, "only {} source files were found", found.len());
    let relative = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    found.into_iter().map(|path| (relative(&path), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<_> = sources().into_iter().filter(|(_, text)| text.lines().count() > MAXIMUM_LINES).collect();
    let names: Vec<_> = long.iter().map(|(name, text)| format!("{name}: {} lines", text.lines().count())).collect();
    assert_eq!(names, Vec::<String>::new());
}

#[test]
fn no_source_file_holds_what_is_forbidden() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let is_allowed = |words: &str| ALLOWED.contains(&(name.as_str(), words));
            let found = FORBIDDEN.iter().filter(|(words, _)| line.contains(words) && !is_allowed(words));
            wrong.extend(found.map(|(words, instead)| format!("{name}:{}: {words}: {instead}", number + 1)));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn lockfiles_name_no_registry() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("templates"), "", &mut found);
    files(&root.join("tests"), "", &mut found);
    found.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("package-lock.json"));
    assert!(!found.is_empty(), "the packs ship lockfiles");
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"integrity\""), "{} pins nothing", path.display());
        assert!(!text.contains("\"resolved\""), "{} names a registry", path.display());
    }
}
