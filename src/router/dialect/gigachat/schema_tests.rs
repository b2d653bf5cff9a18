use serde_json::{Value, json};

use super::without_references;

#[test]
fn references_become_what_they_name() {
    let schema = json!({
        "type": "object",
        "properties": {
            "home": { "$ref": "#/$defs/Place" },
            "work": { "$ref": "#/definitions/Place", "description": "Beside goes before." },
            "all": { "type": "array", "items": { "$ref": "#/$defs/Place" } },
            "$ref": { "type": "string" },
        },
        "$defs": { "Place": { "type": "object", "description": "A place.", "properties": { "at": { "$ref": "#/$defs/At" } } }, "At": { "type": "number" } },
        "definitions": { "Place": { "type": "string", "description": "Another." } },
    });
    insta::assert_json_snapshot!(without_references(&schema).unwrap());
    let root = json!({ "$ref": "#/$defs/A", "$defs": { "A": { "type": "object" } } });
    assert_eq!(without_references(&root).unwrap(), json!({ "type": "object" }));
}

#[test]
fn what_has_no_end_or_no_place_is_refused() {
    let doubled: Value = (0..40)
        .map(|level| {
            let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
            (format!("d{level}"), json!({ "anyOf": [next, next] }))
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "properties": { "next": { "$ref": "#" } } }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/a" } } }),
        json!({ "$ref": "#/$defs/d0", "$defs": doubled }),
        json!({ "$ref": "#/$defs/absent" }),
        json!({ "$ref": "https://example.org/schema.json" }),
    ] {
        without_references(&schema).unwrap_err();
    }
}
