//! The one place that spawns programs: sandbox, limits, cleared environment.
//!
//! # What runs
//!
//! [`Sandbox::run`] starts `samokoder __sandbox supervise`, a process of ours with one thread and a cleared environment.
//! It builds the tier's sandbox, in which a second mode of ours, `init`, is the first process: it drops every privilege,
//! starts the server and the command, and reaps. The supervisor, outside, holds the limits and the log. Its standard
//! input is its lifeline: when that closes (the caller cancelled, or was killed) everything in the sandbox is ended.
//!
//! # What holds which limit
//!
//! | limit | hard | watched, every 50 to 250 ms |
//! |---|---|---|
//! | time | | supervisor's clock |
//! | memory | cgroup where root may make one; `RLIMIT_DATA` (twice the limit) on each process | sum of the processes' resident memory |
//! | processes | `RLIMIT_NPROC`, which counts in a user namespace of its own, or, far looser, with the user's other processes where that is forbidden; cgroup where root may make one | number of processes and threads |
//! | output | what the log keeps | bytes read |
//! | disk: `/tmp`, `/dev/shm` | size-limited tmpfs | inodes, under bubblewrap |
//! | disk: work folder | `RLIMIT_FSIZE` (the limit) on each file | bytes and inodes: `statvfs` at each tick, the folder itself when that shows growth |
//!
//! What a file in memory without a name, or System V shared memory, would hold is not counted anywhere, so those calls are
//! refused. A watched limit can be passed by what a program does between two looks.
//!
//! # What a caller who fetches must do
//!
//! The project's files are data to the package manager, and some of them configure it. Its own `.npmrc` is hidden from a
//! fetch, so npm takes the operator's file ([`Settings::registry_settings`]) and the command line. There the caller gives
//! `--ignore-scripts`, and `npm ci` with a lockfile whose integrity digests are the pack's own. Registries, proxies and
//! certificates come from [`Settings`] alone.

mod cancel;
mod command;
mod error;
mod layout;
mod outcome;
mod probe;
mod programs;
#[cfg(test)]
mod programs_tests;
mod runner;
mod sandbox;
mod scripted;
#[cfg(test)]
mod scripted_tests;
mod settings;
mod tier;
mod warden;

pub use cancel::Cancel;
pub use command::{
    CACHE_INSIDE, Cache, Limits, OUTPUT_RUNAWAY_FACTOR, Phase, Question, SandboxCommand, Serve, Visible, WORK_INSIDE,
};
pub use error::Error;
pub use outcome::{End, Outcome, Served};
pub use probe::{LimitProbe, Probe, TierProbe, best_tier, probe};
pub use runner::{RunFuture, Runner};
pub use sandbox::Sandbox;
pub use scripted::ScriptedRunner;
pub use settings::Settings;
pub use tier::Tier;
pub use warden::{WARDEN_COMMAND, warden_main};
