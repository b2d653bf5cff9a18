//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): the same request sent twice is one.

use http::{HeaderMap, HeaderName};

use super::{codes, fault::Fault};
use crate::{domain::digest::Digest, store::Idempotency};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest key.
const KEY_MAX_CHARS: usize = 255;

/// The key that a request came with, with the digest of what was sent; `None` when it came with none.
pub(super) fn of_request(
    headers: &HeaderMap,
    route: &'static str,
    sent: &[(&str, &[u8])],
) -> Result<Option<Idempotency>, Fault> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|_| values.next().is_none()).and_then(read);
    let Some(key) = key else {
        let detail =
            format!("Idempotency-Key is one text in quotes, of 1 to {KEY_MAX_CHARS} printable ASCII characters");
        return Err(Fault::new(codes::INVALID_IDEMPOTENCY_KEY, detail));
    };
    Ok(Some(Idempotency { route, key, fingerprint: Digest::of_named(sent.iter().copied()) }))
}

/// Reads a String of RFC 9651, section 3.3.3; a bare token of unreserved characters is taken too, as many clients send it.
fn read(value: &str) -> Option<String> {
    let value = value.trim_matches(' ');
    let key = match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted.strip_suffix('"')?)?,
        None => {
            let is_token = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
            is_token.then(|| value.to_owned())?
        }
    };
    (1..=KEY_MAX_CHARS).contains(&key.len()).then_some(key)
}

fn unquoted(quoted: &str) -> Option<String> {
    let mut key = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => key.push(characters.next().filter(|next| matches!(next, '"' | '\\'))?),
            '"' => return None,
            ' '..='~' => key.push(character),
            _ => return None,
        }
    }
    Some(key)
}

#[cfg(test)]
#[path = "idempotency_tests.rs"]
mod tests;
