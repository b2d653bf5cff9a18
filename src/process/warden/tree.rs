//! The processes of a sandbox, seen from outside.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

/// One process below the supervisor.
pub(super) struct Process {
    pub(super) id: i32,
    pub(super) threads: u64,
}

/// Every living process below this one. Those whose parent ended are below this one too, which adopts them: within a
/// process namespace by way of its first process.
pub(super) fn below_this() -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    let Ok(listing) = std::fs::read_dir("/proc") else { return Vec::new() };
    for entry in listing.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        if let Some((parent, threads)) = stat(id) {
            children.entry(parent).or_default().push(Process { id, threads });
        }
    }
    let mut found = Vec::new();
    let mut open = vec![std::process::id().cast_signed()];
    while let Some(parent) = open.pop() {
        for process in children.remove(&parent).unwrap_or_default() {
            open.push(process.id);
            found.push(process);
        }
    }
    found
}

/// Parent and number of threads; the name, which is the process's own to choose, is skipped.
fn stat(id: i32) -> Option<(i32, u64)> {
    let text = std::fs::read(format!("/proc/{id}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let threads = fields.nth(15)?.parse().ok()?;
    Some((parent, threads))
}

/// How many processes and threads a user has on this machine.
pub(super) fn threads_of(user: u32) -> u64 {
    let Ok(listing) = std::fs::read_dir("/proc") else { return 0 };
    let threads = listing.flatten().filter_map(|entry| {
        let text = std::fs::read(entry.path().join("status")).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.split_ascii_whitespace().next());
        let is_users = field("Uid:")?.parse() == Ok(user);
        field("Threads:")?.parse::<u64>().ok().filter(|_| is_users)
    });
    threads.sum()
}

/// The memory that a process holds for itself or shares with others by name, in bytes; programs' and libraries' pages,
/// which the kernel can drop, are left out.
pub(super) fn memory_bytes(id: i32) -> u64 {
    let Ok(text) = std::fs::read(format!("/proc/{id}/status")) else { return 0 };
    let text = String::from_utf8_lossy(&text);
    let kibibytes = text
        .lines()
        .filter_map(|line| line.strip_prefix("RssAnon:").or_else(|| line.strip_prefix("RssShmem:")))
        .filter_map(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok());
    kibibytes.sum::<u64>().saturating_mul(1024)
}

/// Reaps what has ended; returns whether children are left.
pub(super) fn reap() -> bool {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return true,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return false,
        }
    }
}

/// Ends everything below this process; returns whether all of it is gone.
///
/// Where there is a process namespace, ending its first process ends the rest at once. Elsewhere processes may start
/// others meanwhile, so it is repeated until none is left.
pub(super) fn end_all(within: Duration) -> bool {
    let end = Instant::now() + within;
    let mut pause = Duration::from_micros(500);
    loop {
        for process in below_this() {
            let _ = kill(Pid::from_raw(process.id), Signal::SIGKILL);
        }
        let look = Instant::now();
        while look.elapsed() < pause {
            if !reap() {
                return true;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        if Instant::now() >= end {
            return false;
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
