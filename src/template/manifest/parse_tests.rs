use super::*;

const WHOLE: &str = include_str!("../../../tests/fixtures/packs/tiny/template.toml");

fn problems(text: &str) -> Vec<String> {
    manifest(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn a_whole_manifest_is_read() {
    insta::assert_debug_snapshot!(manifest(WHOLE).unwrap());
}

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let text = r#"
name = "Not A Name"
version = 1
summry = "misspelt"
executable = "scripts/*"

[toolchain]
"../node" = "20"
npm = "latest"

[reserved]
types = ["class-name", 3]

[[sections]]
id = "one"
title = "Two\nlines"
why = " "
files = ["../x", "a**b"]

[[sections]]
id = "one"
title = "Again"
why = "So."
files = []

[conditions]
"src/*" = "not a name"

[commands.fetch]
argv = ["sh -c x"]
files = ["package.json"]

[[commands.verify]]
id = "x"
title = "X"
argv = ["npm", "run"]
time_limit_s = 0
needs_loopback = "yes"

[commands.serve]
argv = ["./start"]
port_variable = "9PORT"
ready_time_limit_s = 10

[limits]
memory_mib = 1
"#;
    insta::assert_snapshot!(problems(text).join("\n"));
}

#[test]
fn a_missing_part_is_named() {
    let found = problems("");
    for key in ["name", "version", "summary", "toolchain", "sections", "commands"] {
        assert!(found.iter().any(|problem| problem.contains(&format!("`{key}` is missing"))), "{key}: {found:?}");
    }
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    assert_eq!(problems("name = \"x\"\nname = \n").first().map(|p| p.starts_with("template.toml:2:")), Some(true));
}

#[test]
fn versions_compare_by_number() {
    let tool = |minimum: &str| Tool { program: "node".to_owned(), minimum: Some(minimum.to_owned()) };
    assert!(tool("20.19.0").is_satisfied_by("v20.20.2\n"));
    assert!(tool("20.19").is_satisfied_by("v20.19.0"));
    assert!(tool("2.9").is_satisfied_by("git version 2.39.5"));
    assert!(tool("20").is_satisfied_by("20.0.0-rc1"));
    assert!(!tool("20.19.0").is_satisfied_by("v20.9.9"));
    assert!(!tool("20.19.0").is_satisfied_by("v18.99.0"));
    assert!(!tool("20").is_satisfied_by("unknown"));
    assert!(Tool { program: "node".to_owned(), minimum: None }.is_satisfied_by(""));
}
