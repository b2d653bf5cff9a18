//! What the filters write, before the real Biome and the real Node.

use samokoder::domain::blueprint::FieldBlueprint;
use serde_json::{Value, json};

use super::{
    biome::Biome,
    hostile,
    support::{blueprint, pack, rendered},
};

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

/// A template rendered with a list of any values, `values`.
fn rendered_with(values: &[Value], template: &str) -> String {
    let mut context = blueprint(1);
    let entity = context.entities.first_mut().unwrap();
    let field = entity.fields.first().unwrap().clone();
    entity.fields = values.iter().map(|value| FieldBlueprint { example: value.clone(), ..field.clone() }).collect();
    let template = format!("{{%- set values = [field.example for field in entities[0].fields] -%}}\n{template}");
    rendered(&pack(&[("out.tera".to_owned(), &template)]), &context).remove("out").unwrap()
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
fn literals_pass_biome_and_mean_the_same_to_node() {
    let biome = Biome::install();
    // Biome breaks behind `=` before texts that do not fit; that is for `fit`.
    let module: Vec<String> = rendered_with(&values(), MODULE)
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

    std::fs::write(biome.path().join("printer.js"), rendered_with(&values(), PRINTER)).unwrap();
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
fn json_is_laid_out_as_biome_lays_it_out() {
    let biome = Biome::install();
    let document = rendered_with(&values(), "{{ values | json_pretty }}\n");
    let formatted = biome.formatted("values.json", &document);
    for (number, (ours, biomes)) in document.lines().zip(formatted.lines()).enumerate() {
        assert_eq!(ours, biomes, "line {}", number + 1);
    }
    assert_eq!(document, formatted);
}

#[test]
fn patterns_match_whole_values_in_node() {
    let cases = [
        ("[A-Z]{3}", "ABC", "xABC"),
        ("a|b", "b", "ab"),
        ("a/b[/]\\/", "a/b//", "a/b"),
        ("\\p{Lu}+", "Ü", "ü"),
        ("a\nb", "a\nb", "a"),
        ("", "", "x"),
    ];
    let template = "\
{%- for case in values -%}
console.log({{ case[0] | regex }}.test({{ case[1] | json }}), {{ case[0] | regex }}.test({{ case[2] | json }}));
{% endfor -%}";
    let script = rendered_with(&cases.map(|(pattern, yes, no)| json!([pattern, yes, no])), template);
    let biome = Biome::install();
    std::fs::write(biome.path().join("patterns.js"), script).unwrap();
    assert_eq!(biome.node("patterns.js"), "true false\n".repeat(cases.len()));
}
