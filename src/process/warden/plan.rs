//! What travels between the product's process, the supervisor and the sandbox's first process.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::process::{End, Limits, Outcome, Serve, Served, Tier};

/// The user that generated code runs as when the product runs as root.
pub(in crate::process) const UNPRIVILEGED_ID: u32 = 65534;
/// The user that generated code sees itself as, where it has a user namespace.
pub(in crate::process) const INSIDE_ID: u32 = 1000;

/// One run, ready to be carried out: everything is resolved, nothing is looked up any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::process) struct Plan {
    pub(in crate::process) tier: Tier,
    /// Programs are named by absolute path.
    pub(in crate::process) argv: Vec<String>,
    pub(in crate::process) serve: Option<Serve>,
    pub(in crate::process) environment: Vec<(String, String)>,
    /// As the command sees it.
    pub(in crate::process) current_folder: PathBuf,
    pub(in crate::process) limits: Limits,
    /// The file system, for the tiers that make one; in order.
    pub(in crate::process) mounts: Vec<Mount>,
    /// What landlock lets the command read, and write, as it sees them.
    pub(in crate::process) readable: Vec<PathBuf>,
    pub(in crate::process) writable: Vec<PathBuf>,
    pub(in crate::process) network: Network,
    /// Host folders that must belong to the sandbox's user, when the product runs as root.
    pub(in crate::process) adopt: Vec<PathBuf>,
    /// The work folder on the host.
    pub(in crate::process) work: PathBuf,
    /// A folder of the sandbox's own, removed after the run.
    pub(in crate::process) scratch: Option<PathBuf>,
    pub(in crate::process) log: PathBuf,
    /// The bubblewrap binary, for its tier.
    pub(in crate::process) bubblewrap: Option<PathBuf>,
    /// Our own executable.
    pub(in crate::process) executable: PathBuf,
    /// Instead of a command: try whether a limit holds.
    pub(in crate::process) trial: Option<Trial>,
}

/// An attempt to pass a limit, made by the sandbox's first process; it ends with [`PASSED_THE_LIMIT`] or with the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::process) enum Trial {
    /// Starts processes, with nothing but `RLIMIT_NPROC` to hold them.
    ProcessesUnderResourceLimit,
    /// Starts processes, with nothing but a control group to hold them.
    ProcessesUnderControlGroup,
    /// Starts processes and keeps them, with everything that there is to hold them.
    Processes,
    /// Takes memory, with everything that there is to hold it.
    Memory,
}

/// The exit code of a trial that no limit held.
pub(in crate::process) const PASSED_THE_LIMIT: i32 = 77;

/// What a command can connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::process) enum Network {
    /// What the host can.
    Host,
    /// Its own loopback.
    Loopback,
    /// Nothing: it gets no sockets.
    None,
}

/// One piece of a sandbox's file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::process) enum Mount {
    /// A host file or folder, whose path has no links in it.
    Bind { host: PathBuf, at: PathBuf, writable: bool },
    /// A link.
    Link { to: PathBuf, at: PathBuf },
    /// A read-only file with this text.
    Text { text: String, at: PathBuf },
    /// An empty file over one that is there.
    Hide { at: PathBuf },
    /// An empty folder in memory.
    Temporary { at: PathBuf, bytes: u64, inodes: u64 },
    /// The devices that every program expects, at `/dev`.
    Devices,
    /// `/proc` of the sandbox's own processes.
    Processes,
}

impl Mount {
    /// Where it is seen, for those whose place is not fixed.
    pub(in crate::process) fn at(&self) -> Option<&Path> {
        match self {
            Self::Bind { at, .. }
            | Self::Link { at, .. }
            | Self::Text { at, .. }
            | Self::Hide { at }
            | Self::Temporary { at, .. } => Some(at),
            Self::Devices | Self::Processes => None,
        }
    }
}

/// What the sandbox's first process tells the supervisor, one JSON line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(in crate::process) enum Status {
    /// The sandbox could not be built.
    SetupFailed { reason: String },
    /// The sandbox stands; generated code runs from now on.
    Started,
    /// The server answered.
    Served { served: Served },
    /// The command ended, or the first process found a limit passed.
    Ended { end: End },
}

/// What the supervisor answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub(in crate::process) enum Report {
    /// The command ran.
    Ran { outcome: Outcome, limits: BitingLimits },
    /// The sandbox could not be built.
    SetupFailed { reason: String },
}

/// Which hard limits held in a run, besides those that always do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) struct BitingLimits {
    /// The cgroup hierarchy that held the number of processes, such as `v1`.
    pub(in crate::process) process_cgroup: Option<String>,
    /// The cgroup hierarchy that held memory.
    pub(in crate::process) memory_cgroup: Option<String>,
}
