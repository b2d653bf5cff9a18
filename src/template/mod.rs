//! Template packs: folders of templates with a manifest, and the renderer that turns them into a project's files.
//!
//! A pack is `template.toml` (see [`Manifest`]), `files/` (what becomes the project; only `*.tera` is rendered, with
//! the suffix dropped, all else is copied byte for byte) and `partials/` (templates for `{% include %}`, never
//! output), and may have `guide.md.tera`, which says how features are written into a project. How to write one: `templates/README.md`.
//!
//! User text reaches a template as data and never as template source; filters write it in the target's own syntax.

mod check;
mod engine;
mod error;
mod filters;
mod guide;
mod layout;
mod manifest;
mod pack;
mod placeholder;
mod problem;
mod render;
mod sample;
#[cfg(test)]
mod testing;

pub use error::Error;
pub use manifest::{
    AddPackage, Cache, Commands, Condition, Data, Fetch, Format, GuidePart, Limits, Manifest, Pattern, Probe, Purpose,
    Reserved, Section, Serve, TestReport, Tool, Verify,
};
pub use pack::{Pack, PackSummary, packs};
pub use problem::{Fault, PackProblem};
pub use render::{Plan, PlannedSection, RenderedFile, Renderer};
