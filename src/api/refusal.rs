//! The one table that turns what the router says into what a caller is told.

use std::time::Duration;

use http::StatusCode;

use super::fault::Fault;
use crate::router::{
    Error,
    account::Attempt,
    failure::{Failure, FailureClass},
    route::Refusal,
};

/// What a caller is told of a call without an answer.
///
/// | the router says | status | code |
/// |---|---|---|
/// | no model of that name | 404 | `model_not_found` |
/// | no route may take it | 503 | `no_route` |
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
        Error::NoRoute { asked, refused } if refused.is_empty() => unknown_model(asked),
        Error::NoRoute { refused, .. } => no_route(error, refused),
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
        Error::NoRoute { .. } | Error::Budget { .. } | Error::Settings(_) => &[],
    }
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
        FailureClass::Overload if matches!(failure.status, Some(503 | 529)) => StatusCode::SERVICE_UNAVAILABLE,
        FailureClass::Overload => StatusCode::BAD_GATEWAY,
    }
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
