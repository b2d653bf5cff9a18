//! Why a sandbox could not be had.

use std::path::PathBuf;

/// A sandbox could not be had. What a command itself did wrong is an [`Outcome`](super::Outcome), never an error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not installed.
    #[error("`{program}` was not found in {searched}: install it, or name its folder in the settings")]
    MissingProgram {
        /// Its name.
        program: String,
        /// Where it was looked for.
        searched: String,
    },
    /// A command is not one that a sandbox takes.
    #[error("the command is refused: {reason}")]
    Refused {
        /// What is wrong with it.
        reason: String,
    },
    /// The tier isolates nothing, and the operator has not allowed that.
    #[error(
        "no sandbox works on this machine, so generated code is not run; see `samokoder doctor`, or allow it to run \
         without one"
    )]
    Unsandboxed,
    /// A file or folder of ours could not be used.
    #[error("could not {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },
    /// The warden process could not be started, or died.
    #[error("the sandbox's own process failed: {reason}")]
    WardenFailed {
        /// What is known.
        reason: String,
    },
    /// The sandbox could not be built.
    #[error("the `{tier}` sandbox could not be set up: {reason}; `samokoder doctor` shows what works here")]
    Setup {
        /// The tier.
        tier: super::Tier,
        /// Which step failed, and how.
        reason: String,
    },
}
