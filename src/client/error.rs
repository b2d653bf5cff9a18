//! What can go wrong between the terminal and a server.

use std::path::PathBuf;

use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;

use super::is_busy;
use crate::domain::{
    problem::{Position, Problem},
    shown::shown,
};

/// Most characters of a server's sentence.
const DETAIL_MAX_CHARS: usize = 500;

/// What was wanted of a server did not come about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings name no server that can be asked.
    #[error("the server {server:?} cannot be asked: {reason}")]
    Server {
        /// As it is set.
        server: String,
        /// Why.
        reason: String,
    },
    /// The server does not answer.
    #[error(
        "the server {server} cannot be reached: {reason}; is it running (`samokoder serve`), and is its address right?"
    )]
    Unreachable {
        /// Which, without a password.
        server: String,
        /// Why.
        reason: String,
    },
    /// The key is missing or wrong.
    #[error("the server does not know the API key; set SAMOKODER_API_KEY to one that it made")]
    Unauthorized,
    /// The spec is wrong.
    #[error("the server refused the spec")]
    Spec {
        /// Everything that is wrong with it.
        problems: Vec<Problem>,
    },
    /// The server refuses for another reason.
    #[error("the server refused ({status}): {detail}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// Its sentence.
        detail: String,
    },
    /// The server's answer is not what it should be.
    #[error("the server's answer cannot be read: {reason}")]
    Answer {
        /// Why.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("could not use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What was downloaded is not what the server has.
    #[error("what came is not the file that the server has (its SHA-256 is another); try again")]
    Damaged,
}

/// A problem document (RFC 9457) with the problems of a spec.
#[derive(Deserialize)]
struct ProblemDocument {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    problems: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    code: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    #[serde(default)]
    params: std::collections::BTreeMap<String, String>,
}

impl Error {
    pub(super) fn unreachable(server: &Url, error: &reqwest::Error) -> Self {
        let mut reason: &dyn std::error::Error = error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        Self::Unreachable { server: server.host_str().unwrap_or_default().to_owned(), reason: reason.to_string() }
    }

    /// What an answer without success says.
    pub(super) async fn refused(answer: Response) -> Self {
        let status = answer.status();
        if status == StatusCode::UNAUTHORIZED {
            return Self::Unauthorized;
        }
        let Ok(document) = answer.json::<ProblemDocument>().await else {
            return Self::Refused { status, detail: "it gave no reason".to_owned() };
        };
        if document.problems.is_empty() {
            return Self::Refused {
                status,
                detail: shown(&document.detail.unwrap_or(document.title), DETAIL_MAX_CHARS),
            };
        }
        Self::Spec { problems: document.problems.into_iter().map(Told::into).collect() }
    }

    /// Whether the same may work a moment later.
    pub(super) fn is_worth_another_try(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => is_busy(*status),
            Self::Server { .. }
            | Self::Unauthorized
            | Self::Spec { .. }
            | Self::Answer { .. }
            | Self::File { .. }
            | Self::Damaged => false,
        }
    }
}

impl From<Told> for Problem {
    fn from(told: Told) -> Self {
        let Told { code, path, file, line, column, params } = told;
        let position = line.zip(column).map(|(line, column)| Position { line, column });
        Self { code, path, file, position, params }
    }
}
