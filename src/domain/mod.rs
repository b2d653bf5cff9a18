//! Values that every layer speaks of: no I/O, no async.

pub mod blueprint;
pub mod clock;
pub mod design;
pub mod digest;
pub mod event;
pub mod generation;
pub mod id;
pub mod kept;
pub mod lines;
pub mod markdown;
pub mod model_class;
pub mod money;
pub mod name;
pub mod path;
pub mod problem;
pub(crate) mod problem_sentences;
pub mod requirements;
pub mod self_starting;
pub mod shown;
pub mod spec;
pub mod stage;
pub mod submission;
pub mod usage;
pub mod work_plan;
