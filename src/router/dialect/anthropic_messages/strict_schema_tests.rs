use super::*;

#[test]
fn limits_move_into_the_description() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "age": { "type": "integer", "minimum": 0, "description": "In years." },
            "mail": { "type": "string", "format": "email" },
            "odd": { "type": "string", "format": "iban" },
            "tags": { "type": "array", "items": { "type": "string" }, "minItems": 1, "uniqueItems": true },
            "kind": { "oneOf": [{ "const": "a" }, { "enum": ["b"] }] },
            "maybe": { "type": ["object", "null"], "properties": { "x": { "type": "null" } } },
            "pet": { "$ref": "#/$defs/pet", "description": "Ours." },
        },
        "required": ["age"],
        "$defs": { "pet": { "type": "object", "properties": { "name": { "type": "string" } } } },
    });
    insta::assert_json_snapshot!(strict_schema(&schema).unwrap());
}

#[test]
fn what_cannot_be_said_is_none() {
    let cases = [
        json!(true),
        json!({ "type": "object" }),
        json!({ "type": "object", "additionalProperties": true }),
        json!({ "type": "object", "properties": { "x": {} }, "additionalProperties": { "type": "string" } }),
        json!({ "type": "object", "patternProperties": { "^x": {} } }),
        json!({ "allOf": [{ "type": "string" }] }),
        json!({ "not": { "type": "string" } }),
        json!({ "anyOf": [{ "type": "string" }], "oneOf": [{ "type": "string" }] }),
        json!({ "$ref": "https://example.com/schema.json" }),
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/$defs/absent" }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "items": { "$ref": "#/$defs/b" } }, "b": { "$ref": "#/$defs/a" } } }),
        json!({ "type": "object", "properties": { "any": {} } }),
        json!({ "type": "array", "items": [{ "type": "string" }] }),
    ];
    for schema in cases {
        assert_eq!(strict_schema(&schema), None, "{schema}");
    }
    assert!(strict_schema(&json!({ "type": "object", "additionalProperties": false })).is_some(), "no keys at all");
}

#[test]
fn many_references_are_walked_once_each() {
    let definitions: Map<String, Value> = (0..15)
        .map(|n| {
            let next = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
            (format!("d{n}"), json!({ "anyOf": vec![next; 9] }))
        })
        .chain([("d15".to_owned(), json!({ "type": "string" }))])
        .collect();
    // Nine to the power of fifteen ways lead to the end.
    assert!(strict_schema(&json!({ "$ref": "#/$defs/d0", "$defs": definitions })).is_some());
}
