//! What went wrong below HTTP, in our codes.

use std::{error::Error as StdError, io};

use crate::{
    network::NoPublicAddress,
    router::failure::{Failure, FailureClass},
};

/// A request that had no answer.
pub(super) fn of_sending(provider: &str, error: &reqwest::Error, trusts_somebody: bool) -> Failure {
    let reason = reason(error);
    let (code, message) = if find::<NoPublicAddress>(error).is_some() {
        let message = format!("{provider} is at no address on the internet, and may be at no other");
        (super::URL_NOT_ALLOWED, message)
    } else if find::<rustls::Error>(error).is_some_and(|error| matches!(error, rustls::Error::InvalidCertificate(_))) {
        let advice = if trusts_somebody {
            "if its certificate comes from an authority of its own, set ca_file"
        } else {
            "this machine has no certificate authorities: install ca-certificates, or set ca_file"
        };
        ("tls_untrusted", format!("{provider} showed a certificate that is not trusted ({reason}); {advice}"))
    } else if error.is_connect() && error.is_timeout() {
        let limit = super::CONNECT_TIMEOUT.as_millis();
        ("timeout_connect", format!("no connection to {provider} within {limit} ms"))
    } else if error.is_connect() {
        ("connect_failed", format!("no connection to {provider}: {reason}"))
    } else {
        ("connection_lost", format!("the connection to {provider} was lost before it answered: {reason}"))
    };
    Failure::new(FailureClass::Overload, code, message)
}

/// A body that broke off.
pub(super) fn of_receiving(provider: &str, error: &reqwest::Error) -> Failure {
    // A body that does not decompress fails as bad input; a connection fails as anything else.
    let is_damaged = find::<io::Error>(error).is_some_and(|error| {
        matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other)
    });
    let reason = reason(error);
    if is_damaged {
        return Failure::damaged(format!("the answer of {provider} cannot be decompressed: {reason}"));
    }
    Failure::new(
        FailureClass::Overload,
        "connection_lost",
        format!("the connection to {provider} was lost in the middle of its answer: {reason}"),
    )
}

/// The innermost cause: the outer ones say the URL, and what is known from the code.
pub(super) fn reason(error: &reqwest::Error) -> String {
    let mut innermost: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(source) = innermost.and_then(StdError::source) {
        innermost = Some(source);
    }
    innermost.map_or_else(|| "no cause is known".to_owned(), ToString::to_string)
}

fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(current) = cause {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        // The source of an io::Error is that of what it wraps; what it wraps would be passed over.
        let wrapped = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => current.source(),
        };
    }
    None
}
