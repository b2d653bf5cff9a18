//! Words and their order.

use std::cmp::Ordering;

use tera::{Error, TeraResult, Value};

/// A text with its first letter in upper case.
pub(super) fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A text with its first letter in lower case.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Sorts texts, or maps by the text of a field, in natural order.
pub(super) fn natural_sort(values: &mut [Value], by: &str) -> TeraResult<()> {
    fn text<'v>(value: &'v Value, by: &'v str) -> Option<&'v str> {
        if by.is_empty() { value.as_str() } else { value.get_from_path(by).and_then(Value::as_str) }
    }
    if values.iter().any(|value| text(value, by).is_none()) {
        let what = if by.is_empty() { "texts".to_owned() } else { format!("maps with a text `{by}`") };
        return Err(Error::message(format!("natural_sort takes a list of {what}")));
    }
    values.sort_by(|a, b| natural_order(text(a, by).unwrap_or_default(), text(b, by).unwrap_or_default()));
    Ok(())
}

/// Order of names as `organizeImports` of Biome 2 has it: `_`, `$`, digits by the number they make, letters; a
/// capital directly before its small letter, so that `AB` < `a` < `aB` < `ab` < `B`.
pub(super) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    loop {
        let (run_a, run_b) = (digits(rest_a), digits(rest_b));
        if !run_a.is_empty() && !run_b.is_empty() {
            let order = number_order(run_a, run_b);
            if order != Ordering::Equal {
                return order;
            }
            rest_a = rest_a.strip_prefix(run_a).unwrap_or_default();
            rest_b = rest_b.strip_prefix(run_b).unwrap_or_default();
            continue;
        }
        let (mut chars_a, mut chars_b) = (rest_a.chars(), rest_b.chars());
        match (chars_a.next(), chars_b.next()) {
            (None, None) => return a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => {
                let order =
                    rank(x).cmp(&rank(y)).then_with(|| x.to_lowercase().cmp(y.to_lowercase())).then_with(|| x.cmp(&y));
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
        rest_a = chars_a.as_str();
        rest_b = chars_b.as_str();
    }
}

/// Kinds of characters, in order.
fn rank(c: char) -> u8 {
    match c {
        '_' => 0,
        '$' => 1,
        c if c.is_ascii_digit() => 2,
        _ => 3,
    }
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn number_order(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
