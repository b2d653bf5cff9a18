//! Recorded conversations: written while models answer, and played back without any.
//!
//! A transcript is a file of JSON lines, one reply each, found again by the step that asked. A question that has changed
//! since is answered all the same, and the change is told: better words in a prompt do not make a recording worthless.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use futures::future::{BoxFuture, FutureExt as _};
use serde::{Deserialize, Serialize};

use super::port::{EditFormat, Models, NoReply, NoReplyKind, Question, Quote, Reply};
use crate::domain::{digest::Digest, id::StepKey, money::Usd, usage::Usage};

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    step: StepKey,
    /// Digest of the conversation that was sent.
    question: Digest,
    reply: Reply,
}

/// A transcript could not be used.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// The file failed.
    #[error("could not {action} the transcript {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is no reply.
    #[error("{}:{line}: the line is no recorded reply: {source}; record the conversation anew", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
}

/// Plays a recorded conversation back. Nothing is asked of anybody.
#[derive(Debug)]
pub struct Playback {
    path: PathBuf,
    lines: BTreeMap<StepKey, Line>,
    changed: Mutex<Vec<StepKey>>,
}

impl Playback {
    /// Reads a transcript.
    ///
    /// # Errors
    /// When the file cannot be read, or a line of it is no reply.
    pub fn open(path: &Path) -> Result<Self, TranscriptError> {
        let failed = |source| TranscriptError::File { action: "read", path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(failed)?;
        let mut lines = BTreeMap::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line: Line = serde_json::from_str(line).map_err(|source| TranscriptError::Line {
                path: path.to_owned(),
                line: index + 1,
                source,
            })?;
            lines.insert(line.step.clone(), line);
        }
        Ok(Self { path: path.to_owned(), lines, changed: Mutex::default() })
    }

    /// Steps whose question was another one when the conversation was recorded.
    #[must_use]
    pub fn changed(&self) -> Vec<StepKey> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn line(&self, question: &Question) -> Result<&Line, NoReply> {
        self.lines.get(&question.step).ok_or_else(|| NoReply {
            kind: NoReplyKind::NoProvider,
            message: format!(
                "the transcript {} has no answer for the step `{}`; record the conversation anew",
                self.path.display(),
                question.step
            ),
            cost: Usd::ZERO,
            usage: Usage::default(),
        })
    }
}

impl Models for Playback {
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        let quote = |line: &Line| Quote {
            route: format!("{}/{}", line.reply.provider, line.reply.model),
            most: Some(line.reply.cost.unwrap_or_default()),
            question_tokens: line.reply.usage.input_tokens(),
            edit_format: EditFormat::Blocks,
        };
        // What is asked only to hear how a model writes is not in the recording.
        let unknown = Quote {
            route: "transcript".to_owned(),
            most: Some(Usd::ZERO),
            question_tokens: 0,
            edit_format: EditFormat::Blocks,
        };
        let quoted = self.lines.get(&question.step).map_or(unknown, quote);
        async move { Ok(quoted) }.boxed()
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        let reply = self.line(question).map(|line| {
            if line.question != question.digest() {
                tracing::warn!(step = %question.step, "the question has changed since the conversation was recorded");
                self.changed.lock().unwrap_or_else(PoisonError::into_inner).push(question.step.clone());
            }
            line.reply.clone()
        });
        async move { reply }.boxed()
    }
}

/// Has somebody else answer, and writes every reply down.
pub struct Recorder<M> {
    models: M,
    path: PathBuf,
    file: Mutex<File>,
}

impl<M: Models> Recorder<M> {
    /// Appends to a transcript, which is made when it is absent.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(models: M, path: &Path) -> Result<Self, TranscriptError> {
        let failed = |source| TranscriptError::File { action: "write", path: path.to_owned(), source };
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        Ok(Self { models, path: path.to_owned(), file: Mutex::new(file) })
    }

    fn write(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes())
    }
}

impl<M: Models> Models for Recorder<M> {
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        self.models.quote(question)
    }

    fn holds_key<'a>(&'a self, text: &'a str) -> BoxFuture<'a, bool> {
        self.models.holds_key(text)
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        async move {
            let reply = self.models.ask(question).await?;
            if self.models.holds_key(&reply.text).await {
                return Ok(reply);
            }
            let line = Line { step: question.step.clone(), question: question.digest(), reply };
            if let Err(error) = self.write(&line) {
                // The answer is paid for; a recording that cannot be written must not cost it.
                tracing::warn!(path = %self.path.display(), %error, "the reply could not be written into the transcript");
            }
            Ok(line.reply)
        }
        .boxed()
    }
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
