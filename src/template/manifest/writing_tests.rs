use super::super::{Manifest, TestReport};
use crate::domain::path::ProjectPath;

const HEAD: &str = r#"
name = "small"
version = "1.0.0"
summary = "For tests"
"#;
const TAIL: &str = r#"
[toolchain]
node = "20"

[[sections]]
id = "all"
title = "Add everything"
why = "It is small."
files = ["**"]

[commands]
"#;

fn problems(head: &str, tail: &str) -> Vec<String> {
    let text = format!("{HEAD}{head}{TAIL}{tail}");
    Manifest::parse(&text).unwrap_err().iter().map(ToString::to_string).collect()
}

fn manifest(head: &str, tail: &str) -> Manifest {
    Manifest::parse(&format!("{HEAD}{head}{TAIL}{tail}")).unwrap()
}

#[test]
fn a_placeholder_stands_for_any_name_in_a_projects_path() {
    let head = r#"
protected = ["tests/{entity}-{language}.ts"]
purposes = [{ files = "src/{entity.plural_kebab}/index.ts", purpose = "All about one entity" }]
guide_parts = [{ heading = "A page", files = ["web/**", "src/{entity}.ts"] }]
"#;
    let manifest = manifest(head, "");
    assert!(manifest.protected[0].matches("tests/book-en.ts"));
    assert!(!manifest.protected[0].matches("tests/book.ts"));
    assert_eq!((manifest.guide_parts[0].heading.as_str(), manifest.guide_parts[0].files.len()), ("A page", 2));
    assert!(manifest.guide_parts[0].files[1].matches("src/book.ts"));
    assert!(manifest.purposes[0].files.matches("src/books/index.ts"));
    assert!(!manifest.purposes[0].files.matches("src/books/deep/index.ts"));
}

#[test]
fn commands_are_filled_with_what_they_are_about() {
    let tail = r#"
[commands.add_package]
argv = ["npm", "install", "{package}@{version}"]
files = ["package.json"]
time_limit_s = 60

[commands.format]
argv = ["npx", "biome", "{files}", "--write"]
time_limit_s = 60
"#;
    let commands = manifest("", tail).commands;
    let add = commands.add_package.unwrap();
    assert_eq!(add.argv_for("@scope/{version}", "1.2.3"), ["npm", "install", "@scope/{version}@1.2.3"]);
    let files = ["a b.ts", "c.ts"].map(|path| ProjectPath::parse(path).unwrap());
    assert_eq!(commands.format.unwrap().argv_for(&files), ["npx", "biome", "a b.ts", "c.ts", "--write"]);
}

#[test]
fn what_is_wrong_is_told() {
    let head = r#"
feature_tests = "../tests"
protected = ["/etc/*"]
purposes = [{ files = "src/*", purpose = "One\nTwo" }]
"#;
    let tail = r#"
[commands.add_package]
argv = ["npm", "install", "{package}"]
files = ["package.json"]
time_limit_s = 60

[commands.format]
argv = ["npx", "biome", "--files={files}"]
time_limit_s = 60
"#;
    insta::assert_snapshot!(problems(head, tail).join("\n"));
}

#[test]
fn a_check_says_how_it_tells_of_its_tests() {
    let check = |report: &str| {
        format!(
            "[[commands.verify]]\nid = \"test\"\ntitle = \"Tests\"\nargv = [\"npm\", \"test\"]\ntime_limit_s = 9\n{report}\n"
        )
    };
    let report = |tail: &str| manifest("", tail).commands.verify[0].test_report;
    assert_eq!(report(&check("")), None);
    assert_eq!(report(&check("test_report = \"vitest\"")), Some(TestReport::Vitest));
    let problems = problems("", &check("test_report = \"jest\""));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("`vitest` is known"), "{problems:?}");
}
