//! Why a pack cannot be used or a template cannot be rendered.

use std::path::PathBuf;

use super::problem::{Fault, PackProblem};
use crate::bundle;
use crate::domain::path::UnsafePath;

/// Why a pack cannot be used or a template cannot be rendered. All are permanent: the same call fails the same way.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No pack of this name is built in.
    #[error("there is no template pack `{name}`; there are {}", available.join(", "))]
    UnknownPack {
        /// The name.
        name: String,
        /// Names of the packs that are.
        available: Vec<String>,
    },
    /// A pack's folder or a file in it cannot be read.
    #[error("the template pack cannot be read at {}", path.display())]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The pack breaks rules; all of them are listed.
    #[error("the template pack `{pack}` is refused:\n{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused {
        /// Name, or where it is.
        pack: String,
        /// Everything that is wrong, at least one.
        problems: Vec<PackProblem>,
    },
    /// The bytes are no pack archive, or more than a pack may hold.
    #[error("the archive of the template pack is refused: {reason}")]
    Archive {
        /// Why.
        reason: String,
    },
    /// The context cannot be used.
    #[error("the context for templates cannot be used: {reason}")]
    Context {
        /// Why.
        reason: String,
    },
    /// A template failed.
    #[error("{template}{}: {message}", match (line, column) { (0, _) => String::new(), (line, column) => format!(":{line}:{column}") })]
    Render {
        /// Template inside the pack.
        template: String,
        /// Line from 1; 0 when it is not known.
        line: usize,
        /// Column from 1.
        column: usize,
        /// What is wrong; for an undefined variable, with the names that exist.
        message: String,
    },
    /// A template's path leads to a path that a project may not have.
    #[error("{template} leads to a path that is refused")]
    OutputPath {
        /// Template inside the pack.
        template: String,
        /// Why.
        #[source]
        source: UnsafePath,
    },
    /// Two files would be written to one place on some file system.
    #[error("{first} and {second} are both written to `{path}` (small and capital letters count as the same)")]
    Collision {
        /// Where.
        path: String,
        /// First template.
        first: String,
        /// Second template.
        second: String,
    },
    /// The pack has no such section.
    #[error("the template pack has no section `{section}`")]
    UnknownSection {
        /// Its id.
        section: String,
    },
}

impl Error {
    /// What a folder of files says, about the pack of this name or place.
    pub(super) fn of_bundle(pack: &str, error: bundle::Error) -> Self {
        match error {
            bundle::Error::Unreadable { path, source } => Self::Unreadable { path, source },
            bundle::Error::Archive { reason } => Self::Archive { reason },
            bundle::Error::Refused { files } => Self::Refused {
                pack: pack.to_owned(),
                problems: files
                    .into_iter()
                    .map(|refused| PackProblem::new(refused.file, None, Fault::RefusedFile { reason: refused.reason }))
                    .collect(),
            },
        }
    }
}
