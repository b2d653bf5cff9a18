//! Names and texts that were made to break what comes after.

use proptest::prelude::*;

use super::*;
use crate::domain::name::Identifier;

/// Texts as a name, and whether they may be one.
const HOSTILE: [(&str, bool); 30] = [
    ("../x", false),
    ("..", false),
    ("__proto__", false),
    ("constructor", false),
    ("prototype", false),
    ("toString", false),
    ("hasOwnProperty", false),
    ("then", false),
    ("class", true),
    ("order", true),
    ("select", true),
    ("type", true),
    ("self", true),
    ("async", true),
    ("default", true),
    ("null", true),
    ("Ünïcode", false),
    ("имя", false),
    ("🚀", false),
    ("a\"b", false),
    ("it's", false),
    ("`id`", false),
    ("{{ x }}", false),
    ("{% for i in range(999999999) %}", false),
    ("${x}", false),
    ("<%= 7*7 %>", false),
    ("</script>", false),
    ("a; touch /tmp/pwn #", false),
    ("--help", false),
    ("a\u{202e}b", false),
];

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// One spec with the text as the name of an entity, of a field, of a relation, of an enumeration value and of a role.
fn specs_with(name: &str) -> Vec<(&'static str, String)> {
    let name = quoted(name);
    vec![
        ("entity", format!(r#"{{"name": "app", "entities": {{{name}: {{"fields": {{"title": "string"}}}}}}}}"#)),
        ("field", format!(r#"{{"name": "app", "entities": {{"Book": {{"fields": {{{name}: "string"}}}}}}}}"#)),
        (
            "relation",
            format!(
                r#"{{"name": "app", "entities": {{"Book": {{"fields": {{"title": "string"}}, "relations": {{{name}: "Book"}}}}}}}}"#
            ),
        ),
        (
            "value",
            format!(
                r#"{{"name": "app", "entities": {{"Book": {{"fields": {{"state": {{"type": "enum", "values": [{name}]}}}}}}}}}}"#
            ),
        ),
        (
            "role",
            format!(
                r#"{{"name": "app", "sign_in": {{"roles": [{name}]}}, "entities": {{"Book": {{"fields": {{"title": "string"}}}}}}}}"#
            ),
        ),
    ]
}

#[test]
fn s36_s38_hostile_names_are_refused_with_a_proposal_or_are_names_like_any_other() {
    let mut lines = Vec::new();
    let long = "n".repeat(300);
    for (name, valid) in HOSTILE.into_iter().chain([(long.as_str(), false)]) {
        for (place, spec) in specs_with(name) {
            let reading = read("spec.json", spec.as_bytes());
            assert_eq!(reading.spec.is_some(), valid, "{name} as {place}: {}", told(&reading));
            if !valid {
                assert_eq!(reading.problems.len(), 1, "{name} as {place}: {}", told(&reading));
            }
            for problem in &reading.problems {
                if let Some(proposal) = problem.params.get("proposal") {
                    assert!(Identifier::parse(proposal).is_ok(), "{proposal}");
                }
            }
            if place == "field" && !valid {
                lines.push(told(&reading));
            }
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn s33_s38_hostile_project_names_are_refused_with_a_proposal() {
    let names = [
        "{{ 7*7 }}",
        "${7*7}",
        "<%= 7*7 %>",
        "a; touch /tmp/pwn #",
        "$(touch /tmp/pwn)",
        "`id`",
        "a\nb",
        "--help",
        "-",
        "",
        "con",
        "nul",
        "../x",
        "Ünïcode",
        "App",
        "a_b",
        "a-",
    ];
    let lines: Vec<String> = names
        .iter()
        .map(|name| {
            let text =
                format!(r#"{{"name": {}, "entities": {{"Book": {{"fields": {{"title": "string"}}}}}}}}"#, quoted(name));
            let reading = read("spec.json", text.as_bytes());
            assert_eq!(reading.problems.len(), 1, "{name}");
            told(&reading)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// Text for people is data: whatever is no control or bidirectional character stays as it is.
#[test]
fn hostile_texts_stay_what_they_are() {
    for text in [
        "{{ 7*7 }}",
        "{% raw %}",
        "${x}",
        "`x`",
        "\"\"\"",
        "*/",
        "</script>",
        "it's",
        "Ünïcode 🚀 👩‍👩‍👧",
        "می‌خواهم",
        "no",
        "1e3",
        "0o17",
        "~",
        "2026-01-01",
        "\\",
        "# x",
        "<!--",
    ] {
        let spec = format!(
            r#"{{"name": "app", "title": {0}, "summary": {0}, "entities": {{"Book": {{"label": {0}, "fields": {{"title": {{"type": "string", "default": {0}}}}}}}}}}}"#,
            quoted(text)
        );
        let yaml = format!(
            "name: app\ntitle: {0}\nentities: {{ Book: {{ label: {0}, fields: {{ title: string }} }} }}\n",
            quoted(text)
        );
        let read_json = read("spec.json", spec.as_bytes());
        let spec = read_json.spec.as_ref().unwrap_or_else(|| panic!("{}", told(&read_json)));
        assert_eq!(spec.title, text);
        assert_eq!(spec.summary, text);
        assert_eq!(spec.entities[0].label.as_deref(), Some(text));
        assert_eq!(spec.entities[0].fields[0].default, Some(serde_json::json!(text)));
        assert_eq!(read_yaml(&yaml).spec.unwrap().title, text);
    }
}

#[test]
fn s70_characters_that_hide_or_reorder_text_are_refused() {
    for character in
        ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{e0041}', '\u{1b}', '\u{7f}', '\u{2028}', '\r', '\0']
    {
        let text = quoted(&format!("a{character}b"));
        let spec = format!(
            r#"{{"name": "app", "title": {text}, "summary": {text}, "prose": {text}, "attachments": [{{"name": "a", "text": {text}}}]}}"#
        );
        let reading = read("spec.json", spec.as_bytes());
        let codes: Vec<&str> = reading.problems.iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!(codes, ["text_forbidden_character"; 4], "{character:?}");
        let shown = told(&reading);
        assert!(!shown.contains(character), "{shown}");
    }
}

/// What YAML 1.1 made of such words is a known trap: they stay text, or are refused with the advice to quote them.
#[test]
fn yaml_words_that_look_like_something_else() {
    let title = |written: &str| {
        let reading = read_yaml(&format!(
            "name: app\ntitle: {written}\nentities: {{ Book: {{ fields: {{ title: string }} }} }}\n"
        ));
        reading.spec.as_ref().map(|spec| spec.title.clone()).ok_or_else(|| told(&reading))
    };
    for (written, text) in [
        ("no", "no"),
        ("on", "on"),
        ("2026-01-01", "2026-01-01"),
        ("'1e3'", "1e3"),
        ("\"0o17\"", "0o17"),
        ("'~'", "~"),
        ("12:30:45", "12:30:45"),
    ] {
        assert_eq!(title(written).as_deref(), Ok(text), "{written}");
    }
    let refused: Vec<String> = ["1e3", "0o17", "0x1F", "~", "", "true", "12", ".inf"]
        .iter()
        .map(|written| title(written).expect_err(written))
        .collect();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn names_that_differ_in_case_or_number_alone_clash() {
    for (first, second) in [("Post", "post"), ("Post", "Posts"), ("BlogPost", "blog_post"), ("Category", "categories")]
    {
        let reading = read_yaml(&spec_of(&format!(
            "{first}: {{ fields: {{ title: string }} }}\n{second}: {{ fields: {{ title: string }} }}"
        )));
        let codes: Vec<&str> = reading.problems.iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!(codes, ["entity_name_clash"], "{first} {second}");
    }
}

/// Nesting, many keys, numbers out of reach, lone surrogates, repeated keys.
#[test]
fn s87_hostile_json_is_refused_quickly() {
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let wide = format!("{{{}}}", (0..1_000_000).map(|n| format!("\"k{n}\":1")).collect::<Vec<_>>().join(","));
    let started = std::time::Instant::now();
    for text in [
        deep.as_str(),
        wide.as_str(),
        "{\"name\": \"\\ud800\"}",
        "{\"limits\": {\"cost_usd\": 1e400}}",
        "{\"name\": \"a\", \"name\": \"b\"}",
    ] {
        let reading = read("spec.json", text.as_bytes());
        assert!(reading.spec.is_none() && !reading.problems.is_empty() && reading.problems.len() <= PROBLEMS_MAX + 1);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

/// Pieces of specs, so that arbitrary texts get past the first line.
fn spec_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "name: app\n",
        "entities:\n",
        "  Book:\n",
        "    fields:\n",
        "      title: ",
        "string",
        "string!",
        "{ type: ",
        "enum",
        ", values: [a, b] }\n",
        "\n",
        "    relations:\n",
        "      author: Author\n",
        "  - x\n",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "'",
        "\"",
        "|\n",
        "# c\n",
        "---\n",
        "\t",
        "é",
        "\u{feff}",
        "1e3",
        "~",
        "null",
        "true",
        "samples: [{title: 1}]\n",
        "pattern: \"(a+)+\"\n",
        "default: ",
        "min: 1, max: 0",
        "\"entities\": {\"A\": {\"fields\": {",
        "= ",
        "[entities.A.fields]\n",
        "a = 1\n",
        "'''",
        "entity A {\n",
        "```yaml\n",
        "```jdl\n",
        "```\n",
        "> ",
        "# ",
        "prose: ",
        "relationship OneToMany {",
        "/*",
        "*/",
        "@",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_bytes_there_is_a_spec_or_there_are_problems(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        ending in prop::sample::select(vec!["yaml", "json", "toml", "jdl", "md", "txt", ""]),
    ) {
        let reading = read(&format!("spec.{ending}"), &bytes);
        prop_assert_eq!(reading.spec.is_some(), reading.problems.is_empty());
    }

    #[test]
    fn whatever_the_text_there_is_a_spec_or_there_are_problems(
        text in spec_like(),
        ending in prop::sample::select(vec!["yaml", "json", "toml", "jdl", "md", "txt", ""]),
    ) {
        let reading = read(&format!("spec.{ending}"), text.as_bytes());
        prop_assert_eq!(reading.spec.is_some(), reading.problems.is_empty());
        told(&reading);
    }

    /// A valid spec with one piece put in or taken out anywhere.
    #[test]
    fn whatever_is_done_to_a_spec_there_is_a_spec_or_there_are_problems(
        at in any::<prop::sample::Index>(),
        cut in 0_usize..30,
        piece in spec_like(),
    ) {
        let chars: Vec<char> = starter().chars().collect();
        let at = at.index(chars.len());
        let text: String = chars.iter().take(at).copied().chain(piece.chars()).chain(chars.iter().skip(at + cut).copied()).collect();
        let reading = read("spec.yaml", text.as_bytes());
        prop_assert_eq!(reading.spec.is_some(), reading.problems.is_empty());
        told(&reading);
    }
}
