//! The way in from a terminal: arguments, and what a person or a program reads while the work goes on.

pub mod arguments;
mod client_arguments;
mod json;
mod models;
mod plain;
mod progress;
mod say;
mod upkeep_arguments;

use std::io::{self, Write};

pub use arguments::{Arguments, Command};
pub use json::JsonLines;
pub use models::{BandLine, ModelLine, PriceLine, RateLine, model_table};
pub use plain::PlainLines;
pub use progress::Progress;

use crate::{domain::problem::Problem, pipeline::Report, process::Probe};

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
    /// Stopped by itself at a recorded point; `samokoder resume` or `samokoder approve` goes on.
    pub const PAUSED: u8 = 4;
    /// Stopped by the user; `samokoder resume` goes on.
    pub const STOPPED: u8 = 130;
}

/// Writes text to standard output. A reader that went away is no error: nobody is left to tell.
pub fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Writes text to standard error; as [`print()`].
pub fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Everything that is wrong with an input, for a person: one paragraph a problem, and how many there are.
#[must_use]
pub fn problem_list(problems: &[Problem]) -> String {
    let mut text: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
    let count = problems.len();
    text.push_str(&format!("{count} problem{}; nothing was started.\n", if count == 1 { "" } else { "s" }));
    text
}

/// What a machine offers, for a person.
#[must_use]
pub fn machine(probe: &Probe) -> String {
    say::machine(probe)
}

/// How a generation ended, for a person.
#[must_use]
pub fn summary(report: &Report, report_path: &std::path::Path) -> String {
    say::summary(report, report_path)
}
