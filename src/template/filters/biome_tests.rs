//! What the filters write, before the real Biome and the real Node: `cargo test --lib biome -- --ignored`.

use serde_json::{Value, json};

use super::biome::Biome;
use super::hostile;
use crate::template::engine;

/// Values of every form, with texts of every length around the limit.
fn values() -> Vec<Value> {
    let texts = hostile::texts().into_iter().map(Value::from);
    let lengths = (1..=90).step_by(3).map(|length| {
        let text = "x".repeat(length);
        json!({
            "list": [text, text], "numbers": vec![1_234_567; length / 4], "grid": [[text, 1], [2, 3]],
            "row": { "a-b": text, "nested": { "c": [text, text], "d": [] } }, "rows": [{ "a": [text] }, {}],
            "mixed": [1, text, true, null, -1.5, 1e21], "empty": {}, "deep": [[[text]]],
        })
    });
    texts.chain(lengths).collect()
}

fn rendered(template: &str) -> String {
    let mut tera = engine::new();
    tera.add_raw_template("t", template).unwrap();
    tera.render("t", &tera::context! { values => &values() }).unwrap()
}

const MODULE: &str = "\
{%- for value in values -%}
export const value{{ loop.index0 }} =
{%- if value is string %} {{ value | ts }}{% else %} {{ value | ts_value(indent=0) }}{% endif %};
{% endfor -%}";

/// The same with everything beside each other, printed as JSON.
const PRINTER: &str = "\
console.log(JSON.stringify([
{%- for value in values %}
  {{ value | ts_value }},
  {{ value | ts_value(indent=2) }},
{%- endfor %}
]));
";

#[test]
#[ignore = "downloads Biome from npm"]
fn literals_pass_biome_and_mean_the_same_to_node() {
    let biome = Biome::install();
    // Biome breaks behind `=` before texts that do not fit; that is for `fit`.
    let module: Vec<String> = rendered(MODULE)
        .lines()
        .filter(|line| line.len() < 100 || !line.starts_with("export"))
        .map(str::to_owned)
        .collect();
    let module = module.join("\n") + "\n";
    let formatted = biome.formatted("literals.ts", &module);
    for (number, (ours, biomes)) in module.lines().zip(formatted.lines()).enumerate() {
        assert_eq!(ours, biomes, "line {}", number + 1);
    }
    assert_eq!(module, formatted);
    biome.check("literals.ts", &module);

    std::fs::write(biome.path().join("printer.js"), rendered(PRINTER)).unwrap();
    let printed: Vec<Value> = serde_json::from_str(&biome.node("printer.js")).unwrap();
    let expected: Vec<Value> = values().into_iter().flat_map(|value| [value.clone(), value]).collect();
    assert_eq!(printed.len(), expected.len());
    for (printed, expected) in printed.iter().zip(&expected) {
        assert!(is_same(printed, expected), "{printed} {expected}");
    }
}

/// Equal but for `1e21`, which is a whole number to one side and not to the other.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| is_same(value, other)))
        }
        _ => a == b,
    }
}

#[test]
#[ignore = "downloads Biome from npm"]
fn json_is_laid_out_as_biome_lays_it_out() {
    let biome = Biome::install();
    let document = rendered("{{ values | json_pretty }}\n");
    let formatted = biome.formatted("values.json", &document);
    for (number, (ours, biomes)) in document.lines().zip(formatted.lines()).enumerate() {
        assert_eq!(ours, biomes, "line {}", number + 1);
    }
    assert_eq!(document, formatted);
}

#[test]
#[ignore = "downloads Biome from npm"]
fn patterns_match_whole_values_in_node() {
    let cases = [
        ("[A-Z]{3}", "ABC", "xABC"),
        ("a|b", "b", "ab"),
        ("a/b[/]\\/", "a/b//", "a/b"),
        ("\\p{Lu}+", "Ü", "ü"),
        ("a\nb", "a\nb", "a"),
        ("", "", "x"),
    ];
    let mut tera = engine::new();
    tera.add_raw_template("t", "{{ pattern | regex }}").unwrap();
    let lines = cases.iter().map(|(pattern, yes, no)| {
        let literal = tera.render("t", &tera::context! { pattern => pattern }).unwrap();
        format!("console.log({literal}.test({}), {literal}.test({}));\n", json!(yes), json!(no))
    });
    let biome = Biome::install();
    std::fs::write(biome.path().join("patterns.js"), lines.collect::<String>()).unwrap();
    assert_eq!(biome.node("patterns.js"), "true false\n".repeat(cases.len()));
}
