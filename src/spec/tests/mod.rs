use std::path::Path;

use super::*;
use crate::domain::problem_sentences::open_placeholders;

mod cost;
mod documents;
mod hostile;
mod problems;
mod surface;

/// The problems of a reading as a person sees them; each has a place and complete sentences.
fn told(reading: &Reading) -> String {
    for problem in reading.problems.iter().chain(&reading.ignored) {
        assert_eq!(open_placeholders(problem), Vec::<String>::new(), "{problem:?}");
        assert!(problem.file.is_some() && problem.position.is_some(), "{problem:?} has no place");
    }
    reading.problems.iter().map(ToString::to_string).collect::<Vec<String>>().join("\n")
}

/// A whole spec around the entities in YAML.
fn spec_of(entities: &str) -> String {
    let indented: String = entities.lines().map(|line| format!("  {line}\n")).collect();
    format!("name: app\nentities:\n{indented}")
}

fn read_yaml(text: &str) -> Reading {
    let reading = read("spec.yaml", text.as_bytes());
    assert_eq!(reading.spec.is_some(), reading.problems.is_empty());
    reading
}

fn examples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_some_and(|ending| ["yaml", "json", "toml"].iter().any(|known| ending == *known))
        })
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}
