//! The one table that turns what the router says into what a caller is told.

use http::StatusCode;

use super::fault::Fault;
use crate::router::{
    Error,
    account::Attempt,
    failure::{Failure, FailureClass},
    route::{Refusal, RefusalKind},
};

/// What a caller is told of a call without an answer.
///
/// | the router says | status | code |
/// |---|---|---|
/// | no model of that name | 404 | `model_not_found` |
/// | routes that cannot do what is asked | 400 | `no_route` |
/// | routes that may cost more than allowed | 402 | `budget_exceeded` |
/// | routes that are closed for now, or have no key | 503 | `no_route` |
/// | the caller's fault | the provider's 4xx, else 400 | the provider's |
/// | the content filter | 400 | `content_filter` |
/// | the operator's keys are refused | 502 | `provider_key_refused`: the caller's own key is fine, so it is no 401 |
/// | too many requests | 429 | the provider's |
/// | overloaded, or closed for now | 503 | the provider's |
/// | no answer in time | 504 | the provider's, or `deadline` |
/// | other failures of providers | 502 | the provider's |
/// | a budget is used up | 402 | `budget_exceeded`: clients repeat a 429 by themselves, which mends no budget |
/// | wrong settings | 500 | `settings` |
pub(super) fn fault(error: &Error) -> Fault {
    match error {
        Error::UnknownModel(_) => {
            Fault::new(StatusCode::NOT_FOUND, "model_not_found", error.to_string()).of_field("model")
        }
        Error::NoRoute { refused, .. } => no_route(refused, error.to_string()),
        Error::Failed { failure, .. } => Fault::new(status(failure), code(failure), error.to_string())
            .retry_after(failure.retry_after)
            .of_class(failure.class.name()),
        Error::Budget { .. } => {
            Fault::new(StatusCode::PAYMENT_REQUIRED, "budget_exceeded", error.to_string()).of_class("budget")
        }
        Error::Deadline { .. } => {
            Fault::new(StatusCode::GATEWAY_TIMEOUT, "deadline", error.to_string()).of_class("deadline")
        }
        Error::Settings(_) => {
            Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "settings", error.to_string()).of_class("settings")
        }
    }
}

/// Attempts that were made all the same.
pub(super) fn attempts(error: &Error) -> &[Attempt] {
    match error {
        Error::Failed { attempts, .. } | Error::Deadline { attempts, .. } => attempts,
        Error::NoRoute { .. } | Error::UnknownModel(_) | Error::Budget { .. } | Error::Settings(_) => &[],
    }
}

/// Whether the same request would fail in the same way: the provider that was chosen says that it is wrong.
pub(super) fn is_lasting(error: &Error) -> bool {
    matches!(error, Error::Failed { failure, .. } if failure.class == FailureClass::Caller)
}

/// What would help soonest decides: time, another request, more money, other settings.
fn no_route(refused: &[Refusal], message: String) -> Fault {
    let is = |kind: RefusalKind| refused.iter().any(|refusal| refusal.kind == kind);
    if is(RefusalKind::Time) {
        let wait = refused.iter().filter_map(|refusal| refusal.wait).min();
        return Fault::new(StatusCode::SERVICE_UNAVAILABLE, "no_route", message).retry_after(wait).of_class("no_route");
    }
    if is(RefusalKind::Request) {
        return Fault::new(StatusCode::BAD_REQUEST, "no_route", message).of_class("no_route");
    }
    if is(RefusalKind::Budget) {
        return Fault::new(StatusCode::PAYMENT_REQUIRED, "budget_exceeded", message).of_class("budget");
    }
    Fault::new(StatusCode::SERVICE_UNAVAILABLE, "no_route", message).of_class("no_route")
}

fn status(failure: &Failure) -> StatusCode {
    match failure.class {
        FailureClass::Caller => failure
            .status
            .and_then(|status| StatusCode::from_u16(status).ok())
            .filter(StatusCode::is_client_error)
            .unwrap_or(StatusCode::BAD_REQUEST),
        FailureClass::ContentFilter => StatusCode::BAD_REQUEST,
        FailureClass::Key => StatusCode::BAD_GATEWAY,
        FailureClass::RateLimit => StatusCode::TOO_MANY_REQUESTS,
        FailureClass::Overload if timed_out(failure) => StatusCode::GATEWAY_TIMEOUT,
        FailureClass::Overload if is_closed(failure) => StatusCode::SERVICE_UNAVAILABLE,
        FailureClass::Overload => StatusCode::BAD_GATEWAY,
    }
}

fn is_closed(failure: &Failure) -> bool {
    matches!(failure.status, Some(503 | 529))
        || matches!(failure.code.as_deref(), Some("breaker_open" | "counting_busy"))
}

fn timed_out(failure: &Failure) -> bool {
    matches!(failure.status, Some(408 | 504)) || failure.code.as_deref().is_some_and(|code| code.starts_with("timeout"))
}

fn code(failure: &Failure) -> String {
    match failure.class {
        FailureClass::Key => "provider_key_refused".to_owned(),
        FailureClass::ContentFilter => "content_filter".to_owned(),
        FailureClass::Caller | FailureClass::RateLimit | FailureClass::Overload => {
            failure.code.clone().unwrap_or_else(|| format!("provider_{}", failure.class.name()))
        }
    }
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
