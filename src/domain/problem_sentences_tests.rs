use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::domain::problem::Position;

/// The codes of the problems that the program makes, as they stand in its source: where a problem is made, and in `spec`
/// also where a code is handed to what makes it.
fn codes_in(folder: &Path, codes: &mut BTreeSet<(String, String)>) {
    let made = r#"Problem::new\(\s*"([a-z0-9_]+)""#;
    let handed_on = [
        r#"(?:clash|problem)\(\s*"([a-z0-9_]+)""#,
        r#"(?:code: |broken\([^"\n]*, )"([a-z0-9_]+)""#,
        r#""(jdl_[a-z_]+[a-z])""#,
        r#""((?:name_(?:implicit|object_property|invalid))|reference_invalid)""#,
    ];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes_in(&path, codes);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.to_string_lossy().contains("tests") {
            let source = std::fs::read_to_string(&path).unwrap();
            let in_spec = path.components().any(|part| part.as_os_str() == "spec");
            for pattern in std::iter::once(made).chain(handed_on.into_iter().filter(|_| in_spec)) {
                for found in regex::Regex::new(pattern).unwrap().captures_iter(&source) {
                    codes.insert((found[1].to_owned(), path.display().to_string()));
                }
            }
        }
    }
}

#[test]
fn every_code_in_the_source_has_a_sentence_and_every_sentence_a_code() {
    let mut codes = BTreeSet::new();
    codes_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut codes);
    assert!(codes.len() > 90, "the source is searched: {}", codes.len());
    let silent: Vec<_> = codes.iter().filter(|(code, _)| !SENTENCES.contains_key(code)).collect();
    assert!(silent.is_empty(), "codes without a sentence: {silent:#?}");
    let used: BTreeSet<&str> = codes.iter().map(|(code, _)| code.as_str()).collect();
    let idle: Vec<_> = SENTENCES.keys().filter(|code| !used.contains(code.as_str())).collect();
    assert!(idle.is_empty(), "sentences without a code: {idle:#?}");
}

#[test]
fn tables_are_read_and_no_code_stands_twice() {
    let counts: Vec<usize> =
        TABLES.iter().map(|table| toml::from_str::<BTreeMap<String, Sentences>>(table).unwrap().len()).collect();
    assert_eq!(counts.iter().sum::<usize>(), SENTENCES.len());
}

#[test]
fn sentences_end_and_say_what_to_do() {
    for (code, sentences) in SENTENCES.iter() {
        assert!(sentences.what.ends_with('.'), "{code}");
        assert!(sentences.instead.is_empty() || sentences.instead.ends_with(['.', '?']), "{code}");
        assert!(code.contains("_ignored_") || !sentences.instead.is_empty(), "{code} says nothing to write instead");
    }
}

#[test]
fn a_problem_shows_file_place_path_and_sentences() {
    let problem = Problem::new("lengths_crossed", "entities.Post.fields.title.max_length")
        .with("min_length", 9)
        .with("max_length", 3)
        .at("blog.yaml", Position { line: 12, column: 9 });
    assert_eq!(
        problem.to_string(),
        "blog.yaml:12:9: entities.Post.fields.title.max_length: `max_length` is 3, which is less than `min_length`, 9. Swap or correct them."
    );
}

#[test]
fn parameters_are_data() {
    let problem =
        Problem::new("key_misspelt", "").with("key", "{meant}\u{1b}[31m\u{202e}").with("meant", "x".repeat(999));
    assert_eq!(problem.what(), "The key `{meant}\\u{1b}[31m\\u{202e}` has no meaning here.");
    assert!(problem.instead().chars().count() < 330);
    assert_eq!(Problem::new("nobody_knows", "").with("a", 1).what(), "nobody_knows: {\"a\": \"1\"}");
}
