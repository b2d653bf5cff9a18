//! Signatures of messages.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a secret begins with, by Standard Webhooks; what follows is Base64.
const SECRET_START: &str = "whsec_";
/// Bytes of a secret: Standard Webhooks asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// Makes a secret.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{SECRET_START}{}", STANDARD.encode(bytes)))
}

/// The value of `webhook-signature` for a message. A secret that is not of the usual form is used as it is written.
#[must_use]
pub fn sign(secret: &str, id: &str, timestamp_s: u64, body: &[u8]) -> String {
    let decoded = secret.strip_prefix(SECRET_START).and_then(|text| STANDARD.decode(text).ok());
    let key = decoded.unwrap_or_else(|| secret.as_bytes().to_vec());
    let signature = Hmac::<Sha256>::new_from_slice(&key).map(|mut hmac| {
        hmac.update(format!("{id}.{timestamp_s}.").as_bytes());
        hmac.update(body);
        STANDARD.encode(hmac.finalize().into_bytes())
    });
    // HMAC takes keys of every length (RFC 2104).
    format!("v1,{}", signature.unwrap_or_default())
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
