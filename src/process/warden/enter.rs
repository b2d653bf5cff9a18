//! The `enter` mode: makes the namespaces and starts the sandbox's first process in them.

use std::process::{Command, Stdio};

use nix::{
    sched::{CloneFlags, unshare},
    sys::{prctl, signal::Signal},
    unistd::{Gid, Uid, getegid, geteuid},
};

use super::{
    Named, Step, WARDEN_COMMAND,
    descriptors::{self, StatusPipe},
    plan::Status,
};

/// Runs the mode; standard input (the plan) is left to the first process.
pub(super) fn main(network: &str, status_number: &str) -> u8 {
    let Some(mut status) = StatusPipe::from_number(status_number) else { return 2 };
    match enter(network == "host", &status) {
        Ok(code) => code,
        Err(reason) => {
            status.tell(&Status::SetupFailed { reason });
            1
        }
    }
}

fn enter(host_network: bool, status: &StatusPipe) -> Step<u8> {
    descriptors::keep_all()?;
    prctl::set_pdeathsig(Signal::SIGKILL).named("tie the process to its supervisor")?;
    if !status.is_heard() {
        return Ok(1);
    }
    let is_root = geteuid().is_root();
    if !is_root {
        // As its root: starting a program takes every other user's privileges, and the file system is still to be made.
        if !own_user_namespace(geteuid(), getegid(), 0)? {
            return Err("user namespaces are forbidden on this machine".to_owned());
        }
    }
    let mut namespaces = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    if !host_network {
        namespaces |= CloneFlags::CLONE_NEWNET;
    }
    unshare(namespaces).named("make mount, process, ipc, host name, cgroup and network namespaces")?;
    descriptors::pass_number(status.number())?;
    #[expect(clippy::disallowed_methods, reason = "this is the module that spawns")]
    let mut first = Command::new("/proc/self/exe");
    let mode = if is_root { "init" } else { "init-own" };
    first.args([WARDEN_COMMAND, mode, &status.number().to_string()]).env_clear().stdin(Stdio::inherit());
    let exit = first.status().named("start the sandbox's first process")?;
    Ok(u8::try_from(exit.code().unwrap_or(1)).unwrap_or(1))
}

/// Moves this process into a user namespace in which `uid` and `gid`, its own, are seen as `inside`; false where that is
/// forbidden.
pub(super) fn own_user_namespace(uid: Uid, gid: Gid, inside: u32) -> Step<bool> {
    if unshare(CloneFlags::CLONE_NEWUSER).is_err() {
        return Ok(false);
    }
    // Half a namespace is worse than none: from here on every step must succeed.
    std::fs::write("/proc/self/setgroups", "deny").named("give up changing groups")?;
    std::fs::write("/proc/self/gid_map", format!("{inside} {gid} 1")).named("map the group")?;
    std::fs::write("/proc/self/uid_map", format!("{inside} {uid} 1")).named("map the user")?;
    Ok(true)
}
