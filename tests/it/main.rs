//! The integration tests: one binary, as each further one would cost a link of its own.

mod artifact;
mod journal;
mod workspace;
mod workspace_git;
mod workspace_settle;
