//! Names for people, made from identifiers where the spec gives none.

use super::words::plural_of;

/// Abbreviations that stay in capitals, however an identifier spells them.
const ACRONYMS: &[&str] = &[
    "API", "CEO", "CPU", "CRM", "CSS", "CSV", "DNS", "EAN", "EUR", "FAQ", "GBP", "GPS", "GTIN", "HR", "HTML", "HTTP",
    "HTTPS", "IBAN", "ID", "IDS", "IP", "ISBN", "ISO", "ISSN", "JSON", "KPI", "MAC", "PDF", "PIN", "PNG", "QR", "RAM",
    "RUB", "SEO", "SKU", "SMS", "SQL", "SSN", "SVG", "TV", "UI", "URI", "URL", "USB", "USD", "UUID", "VAT", "VIN",
    "VIP", "XML", "ZIP",
];

/// Longest name in capitals alone that is taken for an abbreviation rather than for a shouted word.
const ABBREVIATION_MAX_CHARS: usize = 4;

/// The label of an identifier: `blogPost` gives `Blog post`, `ISBNCode` gives `ISBN code`.
pub(super) fn label_of(identifier: &str) -> String {
    let shouted = !identifier.bytes().any(|byte| byte.is_ascii_lowercase());
    let short = identifier.len() <= ABBREVIATION_MAX_CHARS && !identifier.contains('_');
    let words = split(identifier);
    sentence(&words, !shouted || short)
}

/// The label of an enumeration's value: `IN_PROGRESS` gives `In progress`, `USD` stays.
pub(super) fn value_label_of(identifier: &str) -> String {
    let shouted = !identifier.bytes().any(|byte| byte.is_ascii_lowercase());
    sentence(&split(identifier), !shouted)
}

/// The label of many: `Blog posts`. A label that is not in Latin letters stays as it is.
pub(super) fn label_plural_of(label: &str) -> String {
    let (head, last) = label.rsplit_once(' ').map_or(("", label), |(head, last)| (head, last));
    if last.is_empty() || !last.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return label.to_owned();
    }
    let plural = if is_capitals(last) {
        format!("{last}s")
    } else {
        let lower = plural_of(&last.to_ascii_lowercase());
        if last.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase()) { capitalized(&lower) } else { lower }
    };
    if head.is_empty() { plural } else { format!("{head} {plural}") }
}

/// The same label in the middle of a sentence: `blog post`, `ISBN code`.
pub(super) fn lower_first(label: &str) -> String {
    let first_word = label.split(' ').next().unwrap_or_default();
    if first_word.chars().filter(|c| c.is_uppercase()).count() > 1 {
        return label.to_owned();
    }
    let mut chars = label.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn is_capitals(word: &str) -> bool {
    word.len() > 1
        && word.bytes().any(|byte| byte.is_ascii_uppercase())
        && !word.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Splits at `_`, before a capital that follows a small letter or digit, and before the last of several capitals
/// that a small letter follows. `OAuth` stays one word.
fn split(identifier: &str) -> Vec<String> {
    let letters: Vec<char> = identifier.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        if letter == '_' {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let before = index.checked_sub(1).and_then(|previous| letters.get(previous)).copied();
        let after = letters.get(index + 1).copied();
        let starts = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(|after| after.is_ascii_lowercase()))
            });
        if starts && !word.is_empty() && word != "O" {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn sentence(words: &[String], keep_capitals: bool) -> String {
    let mut label = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            label.push(' ');
        }
        let upper = word.to_ascii_uppercase();
        if ACRONYMS.contains(&upper.as_str()) {
            label.push_str(if upper == "IDS" { "IDs" } else { &upper });
        } else if word.starts_with("OAuth") || (keep_capitals && is_capitals(word)) {
            label.push_str(word);
        } else if index == 0 {
            label.push_str(&capitalized(&word.to_ascii_lowercase()));
        } else {
            label.push_str(&word.to_ascii_lowercase());
        }
    }
    label
}
