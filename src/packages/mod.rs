//! Packages that agents want to add to a project: what a registry tells of them, and which may be added.
//!
//! A name that a model invents may be one that somebody registered in wait for it. So a package is added only when the
//! registry has had it for a while, when its name is not nearly that of a popular one, and when it installs without
//! running anything ([`judge`]). What the package manager then makes of the project's manifest and lockfile is looked at
//! before it becomes a part of the project ([`lockfile::check`]).
//!
//! [`PackageRegistry`] is the port; [`NpmRegistry`] asks npm's registry, [`ScriptedRegistry`] answers from a script.

pub mod lockfile;
mod name;
mod npm;
mod policy;
mod popular;
mod port;
mod scripted;

pub use npm::{Authorization, NpmRegistry, NpmSettings};
pub use policy::{PACKAGES_MAX, Refusal, choose, judge, judge_name};
pub use port::{PackageFacts, PackageRegistry, RegistryFailure, Release};
pub use scripted::ScriptedRegistry;
