//! Why a request has no answer, as problem details (RFC 9457).

use std::time::Duration;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::codes::{self, Code};
use crate::{domain::problem::Problem, storage, store, workspace};

/// When to ask again for what cannot be done now.
const AGAIN: Duration = Duration::from_secs(1);

/// A request that gets no answer.
#[derive(Debug)]
pub(super) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: &'static Code,
    detail: String,
    problems: Vec<ProblemView>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Fault {
    pub(super) fn new(code: &'static Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, detail: detail.into(), problems: Vec::new(), headers: Vec::new() }))
    }

    /// The request is wrong.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(codes::INVALID_REQUEST, detail)
    }

    /// What is asked for is not there, or is another's: nobody is told which.
    pub(super) fn not_found() -> Self {
        Self::new(codes::NOT_FOUND, "there is nothing of yours at this address")
    }

    /// A spec has problems.
    pub(super) fn spec_refused(problems: Vec<ProblemView>) -> Self {
        let count = problems.len();
        let detail =
            if count == 1 { "the spec has a problem".to_owned() } else { format!("the spec has {count} problems") };
        let mut fault = Self::new(codes::SPEC_REFUSED, detail);
        fault.0.problems = problems;
        fault
    }

    /// Something is to be tried again.
    pub(super) fn busy(detail: impl Into<String>) -> Self {
        Self::new(codes::BUSY, detail).with(header::RETRY_AFTER, HeaderValue::from(AGAIN.as_secs()))
    }

    /// Something failed that is nobody's concern but the operator's.
    pub(super) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!("a request failed: {error}");
        Self::new(codes::INTERNAL, "")
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Ends the connection: what the client still sends is not read.
    pub(super) fn closing(self) -> Self {
        self.with(header::CONNECTION, HeaderValue::from_static("close"))
    }
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Self {
        match error.class() {
            store::Class::Transient => {
                tracing::warn!("a request failed: {error}");
                Self::busy("the records do not answer now")
            }
            store::Class::StorageFull => {
                tracing::error!("a request failed: {error}");
                Self::new(codes::STORAGE_FULL, "the records have no room")
            }
            store::Class::Permanent => Self::internal(&error),
        }
    }
}

impl From<storage::Error> for Fault {
    fn from(error: storage::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<workspace::Error> for Fault {
    fn from(error: workspace::Error) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Inner { code, detail, problems, headers } = *self.0;
        let body = Details {
            kind: format!("/problems/{}", code.name),
            title: code.title.to_owned(),
            status: code.status.as_u16(),
            detail,
            problems,
        };
        // Texts and numbers: nothing in it that JSON could not say.
        let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
        *response.status_mut() = code.status;
        let own = response.headers_mut();
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        own.extend(headers);
        if code.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"samokoder\", error=\"invalid_token\"");
            own.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(super) struct Details {
    /// Address of a page about this kind of error, relative to the service.
    #[serde(rename = "type")]
    kind: String,
    /// What kind of error it is.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    /// Everything that is wrong with a spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<ProblemView>,
}

/// Something wrong with a spec, or worth telling about it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = SpecProblem)]
pub(super) struct ProblemView {
    /// What kind, stable across versions.
    code: String,
    /// Where in the spec, such as `entities.Post.fields.title`; empty for the whole.
    path: String,
    /// Line in the text, from 1.
    line: Option<u32>,
    /// Column in characters, from 1.
    column: Option<u32>,
    /// The sentence for people.
    message: String,
    /// Values that the sentence speaks of.
    params: std::collections::BTreeMap<String, String>,
    /// Which spec of a batch, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<usize>,
}

impl ProblemView {
    /// Says which spec of a batch has it, from 0.
    pub(super) fn of_item(self, item: usize) -> Self {
        Self { item: Some(item), ..self }
    }
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> Self {
        let instead = problem.instead();
        let what = problem.what();
        Self {
            code: problem.code.clone(),
            path: problem.path.clone(),
            line: problem.position.map(|position| position.line),
            column: problem.position.map(|position| position.column),
            message: if instead.is_empty() { what } else { format!("{what} {instead}") },
            params: problem.params.clone(),
            item: None,
        }
    }
}
