//! The way in from a terminal: arguments, and what a person or a program reads while the work goes on.

pub mod arguments;
pub mod output;
mod plain;
mod progress;
mod say;

pub use arguments::{Arguments, Command};
pub use output::{Output, ProblemList};

/// Exit codes, as documented in `samokoder --help`.
pub mod exit {
    /// Everything ran and passed, or the command did what it was asked.
    pub const VERIFIED: u8 = 0;
    /// The project's own checks failed, or the work could not go on.
    pub const FAILED: u8 = 1;
    /// The command line or the spec is wrong; no work was started.
    pub const USAGE: u8 = 2;
    /// Complete, but something was not run.
    pub const UNVERIFIED: u8 = 3;
    /// Stopped by the user; `samokoder resume` goes on.
    pub const STOPPED: u8 = 130;
}
