//! Agents: what models are asked, and how their answers are read.
//!
//! A role is a folder of `agents/`: `agent.toml` (which class of model, limits), `system.md`, `<task>.md.tera` and,
//! where the answer is JSON, `<task>.schema.json`. How to write one: `agents/README.md`. An agent has no behaviour of
//! its own: [`Team::prompt`] makes the question, and the functions of [`answer`], [`edit`], [`failures`],
//! [`signature`] and [`test_report`] read what came back.
//!
//! Whatever a user or a model wrote reaches a prompt as data, quoted so that it cannot end its own quotation; whatever
//! a model answers is read as hostile: a value and everything that is wrong with it, never an error, never a panic.

pub mod answer;
pub mod edit;
mod error;
pub mod failures;
mod filters;
mod port;
mod prompt;
mod role;
mod scripted;
pub mod signature;
mod team;
pub mod test_report;
mod transcript;

pub use answer::{AnswerProblem, ProblemKind};
pub use error::{AgentProblem, Error};
pub use port::{EditFormat, Models, NoModels, NoReply, NoReplyKind, Question, Quote, Reply, ReplyEnd, Speaker, Turn};
pub use prompt::{AnswerSchema, Prompt};
pub use role::{RoleLimits, RoleName};
pub use scripted::{Says, ScriptedModels, Terms};
pub use team::Team;
pub use transcript::{Playback, Recorder, TranscriptError};
