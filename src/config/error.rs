//! Why the program cannot start.

use crate::domain::problem::Problem;

/// The surroundings or the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nowhere to keep state.
    #[error("neither HOME nor {variable} is set: set {variable} to a folder that may be written")]
    NoHome {
        /// Variable to set.
        variable: &'static str,
    },
    /// The program cannot find itself or its folder.
    #[error("could not {action}: {source}")]
    Surroundings {
        /// What was tried.
        action: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// There is no key to show to a server.
    #[error("{variable} is not set: set it to an API key of the server (`samokoder serve` prints the first one)")]
    NoApiKey {
        /// Variable to set.
        variable: &'static str,
    },
    /// Settings are wrong; all of them are told, each on a line of its own.
    #[error("{}", lines(.0))]
    Settings(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
