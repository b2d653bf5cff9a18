//! Why a request has no answer, in the shape that the caller's wire format has for it.

use std::{borrow::Cow, time::Duration};

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::wire::Wire;

/// A request that gets no answer.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// HTTP status.
    pub(super) status: StatusCode,
    /// Stable word for programs.
    pub(super) code: Cow<'static, str>,
    /// What happened and what to do, for people. Never holds a key; a provider's words in it were redacted by the router.
    pub(super) message: String,
    /// The field of the request that is wrong.
    pub(super) param: Option<String>,
    /// When to ask again.
    pub(super) retry_after: Option<Duration>,
    /// Whose fault it is, for the measurements.
    pub(super) class: &'static str,
    /// Whether the connection must not be used again, as the request was not read to its end.
    pub(super) closes: bool,
}

impl Fault {
    pub(super) fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            param: None,
            retry_after: None,
            class: "request",
            closes: false,
        }
    }

    /// The request is wrong.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// Nobody knows who asks.
    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message).of_class("unauthorized")
    }

    /// Says whose fault it is.
    pub(super) fn of_class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// Names the field that is wrong.
    pub(super) fn of_field(mut self, name: impl Into<String>) -> Self {
        self.param = Some(name.into());
        self
    }

    /// Says when to ask again.
    pub(super) fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Ends the connection: what the client still sends is not read.
    pub(super) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    /// The answer that tells of it.
    pub(super) fn response(&self, wire: Wire) -> Response {
        let mut response = Response::new(Body::from(self.body(wire)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(wait) = self.retry_after {
            // Whole seconds (RFC 9110, section 10.2.3), rounded up: a caller who comes too early is refused again.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// The JSON that tells of it: a whole body, or the data of a stream's last event.
    pub(super) fn body(&self, wire: Wire) -> Vec<u8> {
        let body = match wire {
            Wire::OpenAi => json!({
                "error": {
                    "message": self.message,
                    "type": self.openai_type(),
                    "param": self.param,
                    "code": self.code,
                }
            }),
            Wire::Anthropic => json!({
                "type": "error",
                "error": { "type": self.anthropic_type(), "message": self.message },
            }),
        };
        body.to_string().into_bytes()
    }

    /// The event that ends a stream whose answer broke off.
    pub(super) fn event(&self, wire: Wire) -> Vec<u8> {
        let start: &[u8] = match wire {
            Wire::OpenAi => b"data: ",
            Wire::Anthropic => b"event: error\ndata: ",
        };
        [start, &self.body(wire), b"\n\n"].concat()
    }

    /// `type` as `OpenAI`'s error page has it for the status.
    fn openai_type(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "authentication_error",
            402 => "insufficient_quota",
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            _ => "server_error",
        }
    }

    /// `type` as Anthropic's error page has it for the status.
    fn anthropic_type(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            503 => "overloaded_error",
            504 => "timeout_error",
            _ => "api_error",
        }
    }
}
