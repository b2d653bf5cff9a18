//! The identity of what was asked, whatever file it was written in.

use serde_json::Value;

use crate::domain::digest::Digest;
use crate::domain::spec::Spec;

/// Digests a spec in its normal form: equal for two files that ask for the same, in whatever format, order of keys and
/// layout they do it.
///
/// It is the digest of the spec as JSON without whitespace, keys of every object sorted by their bytes.
#[must_use]
pub fn digest(spec: &Spec) -> Digest {
    // A spec holds nothing that JSON cannot: every key is text and every number finite.
    let value = serde_json::to_value(spec).unwrap_or_default();
    Digest::of(sorted(value).to_string().as_bytes())
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(object) => {
            let mut entries: Vec<(String, Value)> = object.into_iter().map(|(key, item)| (key, sorted(item))).collect();
            entries.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(entries.into_iter().collect())
        }
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => scalar,
    }
}
