use std::path::Path;

use insta::{assert_json_snapshot, assert_snapshot};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::read;
use crate::spec::Reading;

fn read_fixture(name: &str) -> Reading {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/jdl").join(name);
    read(name, &std::fs::read_to_string(path).expect("the fixture is there"))
}

/// The whole reading, without what is `null`, `false` or empty; an empty `search` stays, as it turns the search off.
fn shown(reading: &Reading) -> Value {
    without_blanks(json!({ "spec": reading.spec, "problems": reading.problems, "ignored": reading.ignored }))
}

fn without_blanks(value: Value) -> Value {
    match value {
        Value::Object(object) if object.contains_key("column") => {
            format!("{}:{}", object["line"], object["column"]).into()
        }
        Value::Object(object) => {
            let kept = object.into_iter().map(|(key, value)| (key, without_blanks(value)));
            Value::Object(kept.filter(|(key, value)| key == "search" && value.is_array() || !is_blank(value)).collect())
        }
        Value::Array(items) => items.into_iter().map(without_blanks).collect(),
        other => other,
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

macro_rules! fixtures {
    ($($test:ident: $file:literal,)*) => {$(
        #[test]
        fn $test() {
            let reading = read_fixture($file);
            assert_eq!(reading.problems, [], "{} reads without problems", $file);
            assert_json_snapshot!(stringify!($test), shown(&reading));
        }
    )*};
}

fixtures! {
    blog: "blog.jdl",
    bug_tracker: "bug-tracker.jdl",
    library: "library.jdl",
    simple_online_shop: "simple-online-shop.jdl",
    every_type: "every-type.jdl",
    annotations: "annotations.jdl",
    relationships: "relationships.jdl",
    several_applications: "several-applications.jdl",
    options: "options.jdl",
    layout: "layout.jdl",
    clinic: "clinic.jdl",
    user_declared: "user-declared.jdl",
    odd_file_name: "4th Café.jdl",
}

/// Problems one a line: place, code and parameters.
fn told(text: &str) -> String {
    let reading = read("wrong.jdl", text);
    assert!(reading.spec.is_none(), "no spec comes of a wrong file");
    let line = |problem: &crate::domain::problem::Problem| {
        let position = problem.position.map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default();
        let params = problem.params.iter().map(|(name, value)| format!(" {name}={value}")).collect::<String>();
        assert_eq!(problem.file.as_deref(), Some("wrong.jdl"));
        format!("{position} {}{params}\n", problem.code)
    };
    reading.problems.iter().map(line).collect()
}

#[test]
fn several_syntax_errors_are_told_at_once() {
    assert_snapshot!(told(
        r#"
application {
  config {
    baseName = shop
    languages [en fr]
    buildTool maven
  }
  entity *
  entities A B
}
entity 12 {
  name String
}
entity Post {
  title String requird
  body
  count Integer min(many
  price BigDecimal max 3
  slug String pattern("[a-z]")
  ok String required;
  fine String
}
enum Kind { ONE, 2, THREE("three) }
relationship ManyToSome { Post to Tag }
relationship ManyToOne {
  Post{tag(name} to Tag
  Post to
  Post{a b} to Tag{c}
  Post Tag
  Post{fine} to Tag
}
paginate Post pagination
paginate with pagination
paginte Post with pagination
entity Tag { name String }
"#
    ));
}

#[test]
fn a_block_that_is_not_closed_is_told_where_the_next_begins() {
    assert_snapshot!(told("entity A {\n  name String\n\nentity B {\n  name String\n}\nenum C {\n  ONE\n"));
    assert_snapshot!(told("application {\n  config {\n    baseName x\n\nentity B {\n  name String\n}\n"));
    assert_snapshot!(told("entity A { name String /* no end"));
    assert_snapshot!(told("entity A { name String pattern(/[a-z]) \n code String }"));
}

#[test]
fn what_the_names_mean_is_checked() {
    assert_snapshot!(told(
        r#"
LIMIT = 3
LIMIT = 4
application {
  config { basename shop, languages [klingon, en] }
  entities Post, Pots, Kind
}
entity Post {
  title Sting required required
  kind Kind
  tag Tag
  other Post
  odd Whatsit
  count Integer minlength(3) max(LIMT)
  size Integer min(1.5)
  label String minlength(-1) maxlength(99999999999)
  my-field String
  title String
  @defaultValue("many") pieces Integer
  @defaultValue("NO") sort Kind
  file Blob pattern(/x/)
}
entity Post
entity Tag_{ name String }
entity _Tag { name String }
enum Kind { A, A, _B, C("") }
enum Kind { D }
enum Empty { }
relationship ManyToOne {
  Post{kind} to Blog
  Post{my-rel} to Tag_
}
paginate Pst with pagination
paginate Post with pages
"#
    ));
}

#[test]
fn clashes_are_told() {
    assert_snapshot!(told(
        r#"
entity Post { title String, tags Integer }
entity posts { title String }
entity Tag { name String }
relationship ManyToMany { Post{tag} to Tag }
relationship ManyToOne {
  Post{title(name)} to Tag
  Post{main(colour)} to Tag
}
"#
    ));
}

#[test]
fn nothing_at_all_is_told() {
    assert_snapshot!(told(""));
    assert_snapshot!(told("// only a comment"));
    assert_snapshot!(told("\u{0}\u{1}§§ %% \u{202e}"));
}

#[test]
fn secrets_in_settings_are_not_repeated() {
    let reading = read("a.jdl", "application { config { jwtSecretKey \"s3cret\" } }\nentity A { name String }");
    assert_eq!(reading.problems, []);
    assert!(!format!("{reading:?}").contains("s3cret"));
}

#[test]
fn texts_that_hide_something_do_not_get_through() {
    let hidden = "\u{202e}";
    let text = format!("/** a{hidden}b */ entity A {{ name String, kind Kind }}\nenum Kind {{ ONE(\"x{hidden}y\") }}");
    let reading = read("a.jdl", &text);
    let codes: Vec<_> = reading.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["text_forbidden_character"]);
    assert_eq!(reading.ignored.len(), 1, "the comment is listed as left out");
}

#[test]
fn more_problems_than_anyone_reads_are_cut_and_that_is_told() {
    let reading = read("a.jdl", &"entity 1\n".repeat(300));
    assert_eq!(reading.problems.len(), 101);
    let last = reading.problems.last().expect("there is one");
    assert_eq!(last.code, "jdl_more_problems");
    assert_eq!(last.what(), "Only the first 100 problems are listed.");
}

/// Pieces of which arbitrary files are made: enough of the language to get far into the grammar.
const PIECES: [&str; 34] = [
    "entity ",
    "A",
    " B ",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    "\n",
    " String",
    " required",
    " pattern(/",
    "/)",
    "/*",
    "*/",
    "/**",
    "//",
    "\"",
    "@",
    "enum ",
    "relationship ",
    "OneToMany ",
    " to ",
    " with ",
    "application ",
    "config ",
    "entities ",
    "*",
    " except ",
    "paginate ",
    "=",
    "-1.5",
];

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
        read("any.jdl", &text);
    }

    #[test]
    fn any_order_of_pieces_is_read_without_panic(order in proptest::collection::vec(0..PIECES.len(), 0..120)) {
        let text: String = order.into_iter().map(|piece| PIECES[piece]).collect();
        let reading = read("any.jdl", &text);
        prop_assert_eq!(reading.spec.is_some(), reading.problems.is_empty());
        for problem in reading.problems.iter().chain(&reading.ignored) {
            prop_assert!(problem.position.is_some(), "{} has a place", problem.code);
        }
    }
}

#[test]
fn a_megabyte_of_anything_is_read_within_a_second() {
    // Eight times the time for eight times the text: all at an eighth, some in full.
    for text in hostile_texts(1 << 17) {
        assert_read_within(&text, 200);
    }
    for text in hostile_texts(1 << 20).into_iter().rev().step_by(8) {
        assert_read_within(&text, 1_000);
    }
}

fn assert_read_within(text: &str, limit_ms: u64) {
    let start: String = text.chars().take(60).collect();
    let before_ms = thread_cpu_ms();
    read("large.jdl", text);
    let took_ms = thread_cpu_ms() - before_ms;
    assert!(took_ms < limit_ms, "{start:?} took {took_ms} ms of processor time");
}

/// Texts of about so many bytes that would take long if any part of the reading were not linear.
fn hostile_texts(bytes: usize) -> Vec<String> {
    let open = "entity A { name String pattern(/";
    let lists: String = (0..bytes / 12).map(|number| format!("E{number}, ")).collect();
    let mut texts: Vec<String> = PIECES.iter().map(|piece| piece.repeat(bytes / piece.len())).collect();
    for piece in [
        "entity A {",
        "application {",
        "A{b{",
        "{(",
        "entity A { a String }\n",
        "filter * except A\n",
        "\u{202e}",
        "paginate * with pagination\n",
        "enum A { B }\n",
        "relationship OneToMany {",
        "A = 1\n",
        "@a(b) ",
        "/** a */",
        "use a, b for *\n",
        "é",
        "relationship OneToOne { A to B{c} }\n",
        "\"a\n",
        "/ ",
        "#",
    ] {
        texts.push(piece.repeat(bytes / piece.len()));
        texts.push(format!("{open}{}", piece.repeat(bytes / piece.len())));
    }
    texts.push(format!("paginate {lists} A with pagination except {lists} B\n entity A"));
    texts.push((0..bytes / 26).map(|number| format!("entity E{number} {{ a String }}\n")).collect());
    texts
        .push(format!("entity A {{ {} }}", (0..bytes / 17).map(|number| format!("f{number} K\n")).collect::<String>()));
    texts.push(format!(
        "enum K {{ {} }} entity A {{ k K }}",
        (0..bytes / 12).map(|number| format!("V{number}\n")).collect::<String>()
    ));
    texts.push(format!("use {lists} a for {lists} A\n entity A"));
    texts.push(format!("entity {} {{ {} }}", "N".repeat(bytes / 2), "a String b String c String\n".repeat(bytes / 54)));
    let entities: String = (0..bytes / 2_100).map(|number| format!("entity Entity{number} {{ a String }}\n")).collect();
    texts.push(format!("{entities} paginate {} A with no", "Entite, ".repeat(bytes / 8)));
    texts.push(format!("{entities} {}", "paginate * with no\n".repeat(bytes / 19)));
    texts.push(format!("entity A {{ {} }}", "a String pattern(/a/) ".repeat(bytes / 22)));
    texts.push(format!("entity A {{ a String {} }}", "min(1) ".repeat(bytes / 7)));
    texts
}

/// Processor time of this thread, which the load of the machine does not change.
fn thread_cpu_ms() -> u64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let nanoseconds = statistics.split(' ').next().and_then(|first| first.parse::<u64>().ok());
    nanoseconds.expect("the first number") / 1_000_000
}
