//! The modes of our own executable that build a sandbox and stand guard over it: processes with one thread each, so that
//! namespaces can be entered and privileges dropped without surprise.

mod bubblewrap;
mod cgroup;
mod confine;
mod descriptors;
mod enter;
mod filesystem;
mod init;
mod log;
#[cfg(test)]
mod log_tests;
mod network;
pub(super) mod plan;
mod seccomp;
mod serve;
mod supervise;
mod tree;
mod trial;
mod watch;

use std::ffi::OsString;

/// The name of the hidden subcommand.
pub const WARDEN_COMMAND: &str = "__sandbox";

/// A step of building a sandbox failed; the text says which, and what the system answered.
pub(super) type Step<T> = Result<T, String>;

/// Says which step failed.
pub(super) trait Named<T> {
    fn named(self, step: &str) -> Step<T>;
}

impl<T, E: std::fmt::Display> Named<T> for Result<T, E> {
    fn named(self, step: &str) -> Step<T> {
        self.map_err(|error| format!("{step}: {error}"))
    }
}

/// Runs a mode of the sandbox's own processes and returns the exit code, when `arguments` (the program's name left out)
/// ask for one.
///
/// Call it first thing in `main`: it must find a process with one thread and no runtime.
#[must_use]
pub fn warden_main(arguments: &[OsString]) -> Option<u8> {
    let (command, rest) = arguments.split_first()?;
    if command != WARDEN_COMMAND {
        return None;
    }
    let mode: Vec<&str> = rest.iter().filter_map(|argument| argument.to_str()).collect();
    Some(match mode.as_slice() {
        ["supervise"] => supervise::main(),
        ["enter", network, status] => enter::main(network, status),
        ["init", status] => init::main(status, confine::Root::Real),
        ["init-own", status] => init::main(status, confine::Root::Own),
        _ => 2,
    })
}
