//! Keys: what they look like, making one, and telling a wrong one without looking it up.
//!
//! `samokoder_<public id: 12>_<secret: 43><checksum: 6>`, all in the digits 0-9, A-Z, a-z (base 62). The prefix lets
//! scanners of source code find a key that leaked; the checksum is CRC-32 (ISO 3309) of everything before it, so that they,
//! and we, know a real one from a mistyped one.

use crate::{
    domain::{digest::Digest, submission::Owner},
    store::{self, NewKey, Records},
};

/// What every key begins with.
pub(super) const PREFIX: &str = "samokoder_";
const DIGITS: &[u8; BASE as usize] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: u32 = 62;
const ID_CHARS: usize = 12;
/// 43 digits of base 62 hold 256 bits.
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;
const KEY_CHARS: usize = PREFIX.len() + ID_CHARS + 1 + SECRET_CHARS + CHECKSUM_CHARS;
/// Tenant and owner of the first key: a service of one's own has one.
const FIRST: &str = "default";

/// No key could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The machine gives no random numbers.
    #[error("this machine gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// It could not be recorded.
    #[error(transparent)]
    Records(#[from] store::Error),
}

/// Makes a key for everything when there is none yet, and gives its text, which is known to nobody else and never again.
/// `None` when there were keys; of processes that start at once one makes it.
///
/// # Errors
/// When the records fail, or there are no random numbers.
pub async fn ensure_first_key(records: &Records) -> Result<Option<String>, KeyError> {
    let owner = Owner { tenant: FIRST.to_owned(), owner: FIRST.to_owned() };
    let (text, key) = new_key(owner, "first key").map_err(KeyError::Random)?;
    Ok(records.add_first_key(&key).await?.then_some(text))
}

/// Makes a key: its text, and what is recorded of it.
pub(super) fn new_key(owner: Owner, name: &str) -> Result<(String, NewKey), getrandom::Error> {
    let id = digits(ID_CHARS)?;
    let unchecked = format!("{PREFIX}{id}_{}", digits(SECRET_CHARS)?);
    let text = format!("{unchecked}{}", checksum(&unchecked));
    let last_four = text.get(text.len() - 4..).unwrap_or_default().to_owned();
    let key = NewKey { id, owner, name: name.to_owned(), digest: Digest::of(text.as_bytes()), last_four };
    Ok((text, key))
}

/// The part of a key that it is found by; `None` when the text is no key, or a mistyped one.
pub(super) fn id_of(text: &str) -> Option<&str> {
    if text.len() != KEY_CHARS || !text.is_ascii() {
        return None;
    }
    let (unchecked, sum) = text.split_at_checked(text.len() - CHECKSUM_CHARS)?;
    let (id, secret) = unchecked.strip_prefix(PREFIX)?.split_once('_')?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_key = id.len() == ID_CHARS && is_digits(id) && is_digits(secret) && sum == checksum(unchecked);
    is_key.then_some(id)
}

/// Whether a text is the key of a digest. What it takes depends on nothing secret: digests are compared, all bytes of them.
pub(super) fn is_key_of(text: &str, digest: &Digest) -> bool {
    let shown = Digest::of(text.as_bytes());
    let pairs = shown.as_str().bytes().zip(digest.as_str().bytes());
    pairs.fold(0, |difference, (one, other)| difference | (one ^ other)) == 0
        && digest.as_str().len() == shown.as_str().len()
}

/// Random digits, each as likely as any other.
fn digits(count: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(count);
    // Four times 62: what lies above would make the first digits likelier.
    let fair = BASE * 4;
    while text.len() < count {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes)?;
        let fair = bytes.iter().filter(|byte| u32::from(**byte) < fair);
        text.extend(fair.map(|byte| digit(u32::from(*byte))).take(count - text.len()));
    }
    Ok(text)
}

fn digit(value: u32) -> char {
    DIGITS.get((value % BASE) as usize).copied().map_or('0', char::from)
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = ['0'; CHECKSUM_CHARS];
    for place in digits.iter_mut().rev() {
        *place = digit(rest);
        rest /= BASE;
    }
    digits.iter().collect()
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
