//! Why an attempt at a provider failed, in classes that decide what happens next.

use std::time::Duration;

use serde::Serialize;

use crate::{
    domain::{money::Usd, usage::Usage},
    network::SseFault,
};

/// Whose fault a failure is, and so what may be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The caller's (400, 404, 413, 422): never retried, no mark against the provider.
    Caller,
    /// The key's (401, 402, 403, a quota that is used up): the next candidate at once, no mark against the provider.
    Key,
    /// Too many requests (429): wait as told, or the next candidate.
    RateLimit,
    /// The provider's or the network's (408, 409, 425, 5xx, 529, 498, connect, timeout, damage): the next candidate, or
    /// back off; counts for the breaker.
    Overload,
    /// The provider's filter: never retried.
    ContentFilter,
}

impl FailureClass {
    /// The class of an HTTP status that is not a success, when nothing in the answer says better.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            401..=403 => Self::Key,
            429 => Self::RateLimit,
            408 | 409 | 425 | 498 | 499 => Self::Overload,
            400..=497 => Self::Caller,
            _ => Self::Overload,
        }
    }

    /// Whether another candidate may be asked.
    #[must_use]
    pub const fn may_fall_over(self) -> bool {
        matches!(self, Self::Key | Self::RateLimit | Self::Overload)
    }

    /// Whether the same candidate may be asked again after a while.
    #[must_use]
    pub const fn may_retry(self) -> bool {
        matches!(self, Self::RateLimit | Self::Overload)
    }

    /// Name in logs, metrics and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Key => "key",
            Self::RateLimit => "rate_limit",
            Self::Overload => "overload",
            Self::ContentFilter => "content_filter",
        }
    }
}

/// One failed attempt.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Whose fault.
    pub class: FailureClass,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The provider's code or type, such as `insufficient_quota`, or ours, such as `redirect_refused`, `timeout_first_byte`.
    pub code: Option<String>,
    /// What happened, for people. The provider's words in it are redacted before it leaves the router.
    pub message: String,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// Tokens that were billed all the same.
    pub usage: Option<Usage>,
    /// What the provider says that it cost all the same.
    pub provider_cost: Option<Usd>,
}

impl Failure {
    /// A failure of a class, in our words.
    #[must_use]
    pub fn new(class: FailureClass, code: &str, message: impl Into<String>) -> Self {
        Self {
            class,
            status: None,
            code: Some(code.to_owned()),
            message: message.into(),
            retry_after: None,
            usage: None,
            provider_cost: None,
        }
    }

    /// An answer that is not what the wire format says: the provider's fault.
    #[must_use]
    pub fn damaged(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Overload, "damaged_answer", message)
    }
}

impl From<SseFault> for Failure {
    fn from(fault: SseFault) -> Self {
        match fault {
            SseFault::TooLarge { limit_bytes } => {
                let sentence = format!("the provider sent an event of more than {limit_bytes} bytes");
                Self::new(FailureClass::Overload, "event_too_large", sentence)
            }
            SseFault::NotUtf8 => Self::damaged("the provider sent an event that is not UTF-8"),
        }
    }
}
