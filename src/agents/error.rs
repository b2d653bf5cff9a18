//! Why agents cannot be loaded or asked.

use std::path::PathBuf;

use super::role::RoleName;
use crate::bundle;

/// Why agents cannot be loaded or asked. All are permanent: the same call fails the same way.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or a file in it cannot be read.
    #[error("the agents cannot be read at {}", path.display())]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder breaks rules; all of them are listed.
    #[error("the agents of {origin} are refused:\n{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused {
        /// Where they came from.
        origin: String,
        /// Everything that is wrong, at least one.
        problems: Vec<AgentProblem>,
    },
    /// The bytes are no archive of agents, or more than one may hold.
    #[error("the archive of the agents is refused: {reason}")]
    Archive {
        /// Why.
        reason: String,
    },
    /// A role has no such task.
    #[error("the {role} has no task `{task}`; there are {}", available.join(", "))]
    UnknownTask {
        /// The role.
        role: RoleName,
        /// The task.
        task: String,
        /// The tasks that it has.
        available: Vec<String>,
    },
    /// A prompt could not be made: a template uses what the context does not hold, or fails.
    #[error("{template}{}: {message}", match (line, column) { (0, _) => String::new(), (line, column) => format!(":{line}:{column}") })]
    Render {
        /// Template inside the folder.
        template: String,
        /// Line from 1; 0 when it is not known.
        line: usize,
        /// Column from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
}

/// One thing wrong with a folder of agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentProblem {
    /// File inside the folder; empty for the folder as a whole.
    pub file: String,
    /// What is wrong.
    pub message: String,
}

impl AgentProblem {
    /// A file and what is wrong with it.
    pub(super) fn new(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), message: message.into() }
    }
}

impl std::fmt::Display for AgentProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.file.as_str() {
            "" => f.write_str(&self.message),
            file => write!(f, "{file}: {}", self.message),
        }
    }
}

impl Error {
    /// What a folder of files says, about the agents from this place.
    pub(super) fn of_bundle(origin: &str, error: bundle::Error) -> Self {
        match error {
            bundle::Error::Unreadable { path, source } => Self::Unreadable { path, source },
            bundle::Error::Archive { reason } => Self::Archive { reason },
            bundle::Error::Refused { files } => Self::Refused {
                origin: origin.to_owned(),
                problems: files.into_iter().map(|refused| AgentProblem::new(refused.file, refused.reason)).collect(),
            },
        }
    }
}
