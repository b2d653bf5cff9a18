//! The port for running commands on generated code.

use std::{future::Future, pin::Pin};

use super::{Cancel, Error, Outcome, SandboxCommand, Tier};

/// The answer of [`Runner::run`].
pub type RunFuture<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Error>> + Send + 'a>>;

/// Runs commands on generated code.
///
/// Nothing is retried here: a command that failed is the caller's to repeat or not. On return every process of the
/// command is gone and its log is complete, but neither the log nor the work folder is synced to disk: what must
/// survive a power cut, the verdict above all, is the caller's to record. Dropping the future ends the command as
/// [`Cancel`] does.
pub trait Runner: Send + Sync {
    /// The tier that commands run in.
    fn tier(&self) -> Tier;

    /// Runs one command to its end. A command that fails, passes a limit, is cancelled or cannot be run in this tier is
    /// an [`Outcome`], an error means that the sandbox itself could not be had.
    fn run<'a>(&'a self, command: &'a SandboxCommand, cancel: &'a Cancel) -> RunFuture<'a>;
}
