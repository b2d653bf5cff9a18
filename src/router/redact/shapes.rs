//! Texts that look like keys, whosever they are.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

/// What keys look like. A group named `key` is what is masked, the whole match where there is none. Figures: the shortest
/// key of the kind that a vendor gives out, or shorter.
const SHAPES: [&str; 7] = [
    // Prefixes that vendors put before their keys, and the stars that some put in place of the middle.
    r"\b(?:sk|pk|rk|gsk|xai|csk|nvapi|pplx|hf|r8|fw|tgp|ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs])[-_][A-Za-z0-9_*.-]{11,}[A-Za-z0-9_*-]",
    // RFC 6750, RFC 7617.
    r"(?i)\b(?:bearer|basic)[\s:]+(?P<key>[a-z0-9._~+/*=-]{7,}[a-z0-9_~+/*=-])",
    // AWS access key ids.
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    // Google API keys.
    r"\bAIza[A-Za-z0-9_-]{30,}",
    // JSON Web Tokens (RFC 7519): base64url of `{"`.
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
    // Passwords and keys in addresses.
    r#"(?:://[^\s/:@"']*:(?P<key>[^\s/@"']+)@)"#,
    r#"(?i)[?&](?:api[_-]?key|key|token|access_token|sig|signature)=(?P<key>[^\s&"'#]{8,})"#,
];

/// A long text after a word for a secret, with a few words and signs between at most (`Incorrect API key provided: ..`).
const NAMED: &str = r#"(?i)(?:key|token|secret|password|passwd|authorization|credentials?)s?\b["'`]?\s*(?:(?:provided|supplied|given|sent|used|was|is|value|header|id)\b\s*){0,3}[\s:='"`(<\[]{1,4}(?P<key>[a-z0-9+/_.=*-]{15,}[a-z0-9+/_=*-])"#;

static PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| SHAPES.iter().filter_map(|shape| Regex::new(shape).ok()).collect());
static NAMED_PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMED).ok());

/// Where in a text something looks like a key.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    for pattern in PATTERNS.iter() {
        spans.extend(
            pattern
                .captures_iter(text)
                .filter_map(|found| found.name("key").or_else(|| found.get(0)).map(|key| key.range())),
        );
    }
    for pattern in NAMED_PATTERN.iter() {
        // A word of sixteen letters is a word; keys have digits.
        let keys = pattern.captures_iter(text).filter_map(|found| found.name("key"));
        spans.extend(keys.filter(|key| key.as_str().bytes().any(|byte| byte.is_ascii_digit())).map(|key| key.range()));
    }
    spans
}

/// How many patterns there are, and how many of them are regular expressions.
#[cfg(test)]
pub(super) fn patterns() -> (usize, usize) {
    (SHAPES.len() + 1, PATTERNS.len() + NAMED_PATTERN.iter().count())
}
