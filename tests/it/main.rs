//! The integration tests: one binary, as each further one would cost a link of its own.

mod journal;
