use serde_json::json;

use super::*;

#[test]
fn a_schema_is_strict_when_every_object_in_it_names_and_requires_all_its_properties() {
    let whole = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false});
    let open = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let optional = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": [], "additionalProperties": false});
    let any = json!({"type": "object"});
    let list_of = |items: &Value| json!({"type": "array", "items": items});
    for (schema, strict) in [
        (&whole, true),
        (&list_of(&whole), true),
        (&open, false),
        (&optional, false),
        (&any, false),
        (&list_of(&any), false),
        (&json!(true), false),
    ] {
        assert_eq!(can_be_strict(schema), strict, "{schema}");
    }
}
