//! The integration tests: one binary, as each further one would cost a link of its own.

// `cfg(test)` tells clippy that helpers of tests may unwrap too.
#[cfg(test)]
mod artifact;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod workspace;
#[cfg(test)]
mod workspace_git;
#[cfg(test)]
mod workspace_settle;
