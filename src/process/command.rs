//! What is asked of a sandbox: one command and its bounds.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

/// Where a command's work folder is seen inside the sandbox, in the tiers that have a file system of their own.
pub const WORK_INSIDE: &str = "/work";
/// Where the cache folder is seen inside the sandbox, in the tiers that have a file system of their own.
pub const CACHE_INSIDE: &str = "/cache";

/// What a command may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The package manager gets packages: the host's network, a resolver, certificates, the operator's registry
    /// settings, a writable cache. None of the project's code may run: the caller gives an argv that runs no scripts. The
    /// project's own `.npmrc` and its like are empty files to it; in tiers without files of their own, a folder that has
    /// one is refused.
    Fetch,
    /// The project's own code runs: no network but its own loopback, a read-only cache or none, nothing of the operator's.
    Verify,
}

/// One command for a sandbox.
///
/// Paths inside differ by tier (the `landlock` and `none` tiers have no file system of their own), so arguments are
/// relative to the work folder, and what has a path of its own is handed over in a variable: see [`Visible::variable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxCommand {
    /// What it may reach.
    pub phase: Phase,
    /// The program's name and its arguments. The program is looked up in fixed folders, never in the work folder. Empty
    /// only when [`Self::serve`] is given: then the answer of the server is the whole check.
    pub argv: Vec<String>,
    /// The host folder that the command works in, bound read-write. Run by root, it comes to belong to the sandbox's
    /// user: hand in a throwaway checkout, never the tree itself.
    pub work: PathBuf,
    /// Further host files or folders to show, read-only.
    pub read_only: Vec<Visible>,
    /// The whole environment, besides `PATH`, `HOME` and `TMPDIR`, which the sandbox sets, and, when fetching, the
    /// operator's proxy and certificate variables.
    pub environment: Vec<(String, String)>,
    /// The package manager's cache: read-write when fetching, read-only when verifying.
    pub cache: Option<Cache>,
    /// A server to start first.
    pub serve: Option<Serve>,
    /// The command listens on, or connects to, its own loopback; where a tier has none it is not run.
    pub needs_loopback: bool,
    /// Its bounds.
    pub limits: Limits,
    /// Where the output goes: made or cut to nothing, its folder must be there.
    pub log: PathBuf,
}

/// A host file or folder shown read-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visible {
    /// Where it is on the host.
    pub host: PathBuf,
    /// Where it is seen inside, absolute; in the tiers without a file system of their own it stays where it is.
    pub inside: PathBuf,
    /// A variable that is set to the path under which the command sees it.
    pub variable: Option<String>,
}

/// A package manager's cache folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cache {
    /// Where it is on the host; run by root, it comes to belong to the sandbox's user.
    pub host: PathBuf,
    /// A variable that is set to the path under which the command sees it, such as `npm_config_cache`.
    pub variable: Option<String>,
}

/// A server that is started before the command, and ended after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serve {
    /// The program's name and its arguments; looked up as a command's.
    pub argv: Vec<String>,
    /// Variables for the server alone, on top of the command's.
    pub environment: Vec<(String, String)>,
    /// The port it listens on, on loopback.
    pub port: u16,
    /// How long it may take until it has answered every question, in milliseconds.
    pub ready_within_ms: u64,
    /// What it is asked, in this order; at least one. The first is repeated until it is answered at all.
    pub questions: Vec<Question>,
}

/// A `GET` request to a server, and the answer that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The path to ask for, such as `/`.
    pub path: String,
    /// The status that it must answer with.
    pub expected_status: u16,
    /// What the answer's content type must start with, such as `text/html`.
    pub expected_content_type: Option<String>,
}

/// The bounds of one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Time from start to end, in milliseconds.
    pub wall_ms: u64,
    /// Processor time of each process, in seconds.
    pub cpu_seconds: Option<u64>,
    /// Memory of all processes together, in bytes.
    pub memory_bytes: u64,
    /// Processes and threads together.
    pub processes: u64,
    /// Open files of each process.
    pub open_files: u64,
    /// How much output the log keeps, in bytes; a command that writes [`OUTPUT_RUNAWAY_FACTOR`] times as much is ended.
    pub output_bytes: u64,
    /// How much the work folder may hold, what was there before included, in bytes. `/tmp` has
    /// [`Limits::temporary_bytes`] of its own.
    pub disk_bytes: u64,
    /// How many files and folders the work folder may hold; the same number holds for `/tmp`.
    pub inodes: u64,
}

/// How many times its log's size a command may write before it is ended as a runaway.
pub const OUTPUT_RUNAWAY_FACTOR: u64 = 16;

impl Limits {
    /// The size of the sandbox's `/tmp`: it lies in memory, so it is smaller than the disk's share.
    #[must_use]
    pub fn temporary_bytes(&self) -> u64 {
        self.disk_bytes.min(512 << 20)
    }

    /// The time from start to end.
    #[must_use]
    pub fn wall(&self) -> Duration {
        Duration::from_millis(self.wall_ms)
    }
}

impl Default for Limits {
    /// Enough for installing, building and testing a generated web project.
    fn default() -> Self {
        Self {
            wall_ms: 10 * 60 * 1000,
            cpu_seconds: None,
            memory_bytes: 4 << 30,
            processes: 512,
            open_files: 4096,
            output_bytes: 8 << 20,
            disk_bytes: 4 << 30,
            inodes: 300_000,
        }
    }
}
