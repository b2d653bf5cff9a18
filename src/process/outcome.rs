//! How a command in a sandbox ended.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::tier::Tier;

/// How a command ended, and what it left to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// The tier that it ran in.
    pub tier: Tier,
    /// From start to end, in milliseconds.
    pub duration_ms: u64,
    /// The output, as far as [`Limits::output_bytes`](super::Limits::output_bytes) allowed; invalid UTF-8 and control
    /// characters are escaped, colours left out. Not made when nothing was started ([`End::NotRun`], or
    /// [`End::Cancelled`] before).
    pub log: PathBuf,
    /// The log was cut.
    pub output_truncated: bool,
    /// The last lines of the output, escaped as in the log, whether the log was cut or not.
    pub tail: Vec<String>,
    /// What the server answered, question by question, as far as it came.
    pub served: Vec<Served>,
}

impl Outcome {
    /// Whether the command did what was asked of it.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.end == End::Exited { code: 0 }
    }
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// It ended by itself. A [`Serve`](super::Serve) without a command ends with 0 when the server answered as expected.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// A signal ended it that was not the sandbox's.
    Signalled {
        /// The signal's number.
        signal: i32,
    },
    /// It took longer than it may.
    Timeout,
    /// It used more memory than it may.
    MemoryLimit,
    /// It filled the work folder or `/tmp`.
    DiskLimit,
    /// It started more processes and threads than it may.
    ProcessLimit,
    /// It wrote without end.
    OutputLimit,
    /// The server did not answer, or not as expected.
    ServeFailed {
        /// What happened.
        reason: String,
    },
    /// The caller gave up; everything was ended.
    Cancelled,
    /// This tier cannot run it: what is missing, and what to do about it.
    NotRun {
        /// What is missing.
        reason: String,
    },
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited { code } => write!(f, "exit code {code}"),
            Self::Signalled { signal } => write!(f, "ended by signal {signal}"),
            Self::Timeout => f.write_str("time limit"),
            Self::MemoryLimit => f.write_str("memory limit"),
            Self::DiskLimit => f.write_str("disk limit"),
            Self::ProcessLimit => f.write_str("process limit"),
            Self::OutputLimit => f.write_str("output limit"),
            Self::ServeFailed { reason } => write!(f, "the server failed: {reason}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::NotRun { reason } => write!(f, "not run: {reason}"),
        }
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The path that was asked for.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// The content type, as sent.
    pub content_type: Option<String>,
    /// How long the body is, in bytes; counted up to 16 MiB.
    pub body_bytes: u64,
    /// How long it took from start to answer, in milliseconds.
    pub ready_after_ms: u64,
}
