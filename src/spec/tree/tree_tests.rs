use super::*;

fn shape(node: &Node) -> String {
    let mut lines = String::new();
    walk(node, "", &mut |path, node| {
        let Position { line, column } = node.position;
        let value = match &node.value {
            Value::Number(number) => format!("{} = {:?}", number.text, number.exact.map(|exact| exact.to_string())),
            Value::List(_) => "list".to_owned(),
            Value::Table(_) => "table".to_owned(),
            other => format!("{other:?}"),
        };
        lines.push_str(&format!("{line}:{column} {path}: {value}\n"));
    });
    lines
}

fn parsed(format: Format, text: &str) -> String {
    match parse(format, text) {
        Ok(node) => shape(&node),
        Err(broken) => {
            format!("{}:{} {} {}", broken.position.line, broken.position.column, broken.code, broken.message)
        }
    }
}

#[test]
fn yaml_scalars_keep_what_was_written() {
    let text = "a: no\nb: 1e3\nc: 0o17\nd: 2026-01-01\ne: ~\nf: \"12\"\ng: 12.50\nh:\n  - [x, true]\n  - 'é': 1\n  - .inf\nno: 1\n12: 2\n";
    insta::assert_snapshot!(parsed(Format::Yaml, text));
}

#[test]
fn json_values_stand_where_they_are() {
    let text = "{\n  \"a\": [1, 2.50, \"\\ud83d\\ude80\", null, true],\n\t\"é\": {\"b\": 1e400, \"a.b\": \"\\/\"}, \"b\": {}\n}";
    insta::assert_snapshot!(parsed(Format::Json, text));
}

#[test]
fn toml_keeps_the_order_of_the_file() {
    let text = "z = 0x1F\na = 1_000.5\nd = 2026-01-01\n\n[t.two]\nk = 'é'\n[t.one]\nl = [1, {x = true}]\n[[u]]\nv = 07:30:00\n";
    insta::assert_snapshot!(parsed(Format::Toml, text));
}

#[test]
fn what_is_not_the_format_is_told_with_its_place() {
    let deep_yaml = format!("a: {}", "[".repeat(100_000));
    let deep_json = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_toml = format!("a = {}{}", "[".repeat(1000), "]".repeat(1000));
    let laughs = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let alias = format!("*a{}", level - 1);
        format!("{text}a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "))
    });
    let cases: [(&str, Format, &str); 18] = [
        ("tab", Format::Yaml, "a:\n\tb: 1\n"),
        ("unclosed", Format::Yaml, "a: [1, 2\nb: 3\n"),
        ("two documents", Format::Yaml, "a: 1\n---\nb: 2\n"),
        ("foreign tag", Format::Yaml, "a: !ruby/object {}\n"),
        ("wrong tag", Format::Yaml, "a: !!int x\n"),
        ("table as key", Format::Yaml, "? {a: 1}\n: 2\n"),
        ("unknown alias", Format::Yaml, "a: *nowhere\n"),
        ("alias in itself", Format::Yaml, "a: &a [*a]\n"),
        ("laughs", Format::Yaml, &laughs),
        ("deep", Format::Yaml, &deep_yaml),
        ("trailing comma", Format::Json, "{\"a\": 1,\n}"),
        ("comment", Format::Json, "{\n// no\n}"),
        ("lone surrogate", Format::Json, "{\"a\":\n \"\\ud800\"}"),
        ("empty", Format::Json, ""),
        ("deep", Format::Json, &deep_json),
        ("repeated", Format::Toml, "a = 1\na = 2\n"),
        ("unquoted", Format::Toml, "a = 1\nb = no\n"),
        ("deep", Format::Toml, &deep_toml),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(name, format, text)| format!("{} {name}: {}", format.name(), parsed(*format, text)))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn repeated_keys_are_found_at_any_depth() {
    let node = parse(Format::Yaml, "a: 1\nb: {c: 1, c: 2}\na: [{d: 1, d: 2}]\nl: [{e: 1, e: 2}]\n").unwrap();
    let problems = repeated_keys(&node);
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["b.c", "a", "l[0].e"]);
}

#[test]
fn paths_quote_keys_that_are_no_names() {
    assert_eq!(key_path("", "a"), "a");
    assert_eq!(key_path("a", "b-c"), "a.b-c");
    assert_eq!(key_path("a", "b.c"), "a[\"b.c\"]");
    assert_eq!(key_path("a", "имя"), "a.имя");
    assert_eq!(key_path("a", ""), "a[\"\"]");
}
