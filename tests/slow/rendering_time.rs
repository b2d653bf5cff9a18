//! How long a pack of the size of a real one takes to render.

use super::support::{Files, blueprint, pack, rendered};

/// Loops over fields, filters and `fit` blocks, as a template of a real pack has them.
const TEMPLATE: &str = r#"import { {{ entity.names.pascal }} } from "./{{ entity.names.kebab }}";

export const {{ entity.names.camel }}Fields = {
{%- for field in entity.fields %}
  {{ field.camel }}: {
    label: {{ field.label | ts }},
    column: {{ field.column | ts }},
    required: {{ field.required }},
    {%- if field.max_length %}
    maximum: {{ field.max_length }},
    {%- endif %}
    example: {{ field.example | ts_value }},
  },
{%- endfor %}
};

{% for field in entity.fields -%}
{% filter fit %}
export function check{{ field.pascal }}(
  row: {{ entity.names.pascal }},
  other: {{ entity.names.pascal }},
): boolean {
{% endfilter %}
{% filter fit %}
  return compare(
    row.{{ field.camel }},
    other.{{ field.camel }},
    {{ [f.camel for f in entity.fields if f.required] | ts_value }},
  );
{% endfilter %}
}

{% endfor -%}
"#;

/// Times of the whole way from a loaded pack to rendered bytes, for 5, 50, 100 and 200 entities.
#[test]
fn rendering_takes_time_in_proportion() {
    let files: Vec<_> = (0..8).map(|number| (format!("{{entity}}.{number}.ts.tera"), TEMPLATE)).collect();
    let pack = pack(&files);
    for (entities, limit_ms) in [(5, 15), (50, 75), (100, 150), (200, 300)] {
        let context = blueprint(entities);
        let began = std::time::Instant::now();
        let files: Files = rendered(&pack, &context);
        let elapsed = began.elapsed();
        let bytes: usize = files.values().map(String::len).sum();
        println!("{entities} entities, {} files, {} KiB: {elapsed:?}", files.len(), bytes / 1024);
        assert!(elapsed.as_millis() < limit_ms, "{entities} entities took {elapsed:?}");
    }
}
