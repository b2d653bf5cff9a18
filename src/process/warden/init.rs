//! The `init` mode: the sandbox's first process. It confines itself, starts what generated code there is to run, reaps,
//! and reports.

use std::{
    io::Read,
    os::fd::AsFd,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        signal::{SigSet, Signal},
        signalfd::{SfdFlags, SignalFd},
        stat::{Mode, umask},
        statvfs::statvfs,
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{Pid, setsid},
};

use super::{
    Named, Step,
    confine::{self, Root},
    descriptors::{self, StatusPipe},
    filesystem, network,
    plan::{Mount, Network, Plan, Status, Trial},
    serve, trial,
};
use crate::process::{End, Tier};

/// How often it looks at its children and at the folders in memory.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs the mode. The plan is standard input, to its end.
pub(super) fn main(status_number: &str, root: Root) -> u8 {
    let Some(mut status) = StatusPipe::from_number(status_number) else { return 2 };
    let plan = match prepare(root) {
        Ok(plan) => plan,
        Err(reason) => {
            status.tell(&Status::SetupFailed { reason });
            return 1;
        }
    };
    if !status.is_heard() {
        return 1;
    }
    let end = match run(&plan, &mut status) {
        Ok(end) => Status::Ended { end },
        Err(reason) => Status::SetupFailed { reason },
    };
    status.tell(&end);
    0
}

fn prepare(root: Root) -> Step<Plan> {
    // The supervisor's is inherited, and generated code inherits ours.
    SigSet::empty().thread_set_mask().named("let signals through")?;
    umask(Mode::from_bits_truncate(0o022));
    let mut text = Vec::new();
    std::io::stdin().lock().read_to_end(&mut text).named("read the plan")?;
    let plan: Plan = serde_json::from_slice(&text).named("read the plan")?;
    // Under bubblewrap this process leads its session already.
    let _ = setsid();
    if plan.tier == Tier::Namespaces {
        filesystem::replace(&plan.mounts)?;
        nix::unistd::sethostname("sandbox").named("set the host name")?;
        if plan.network == Network::Loopback {
            network::raise_loopback()?;
        }
    }
    // After the file system: the list of open descriptors is in /proc.
    descriptors::keep_all()?;
    let others = confine::drop_root(root, plan.tier)?;
    let work = &plan.current_folder;
    std::env::set_current_dir(work).named(&format!(
        "{} cannot be entered by user {}, as which generated code runs; choose a folder that others may enter",
        work.display(),
        nix::unistd::geteuid()
    ))?;
    confine::close_to_others()?;
    // This process counts too.
    let processes = plan.limits.processes.saturating_add(others).saturating_add(1);
    let is_held = plan.trial != Some(Trial::ProcessesUnderControlGroup);
    confine::limit(&plan.limits, is_held.then_some(processes))?;
    confine::restrict(&plan)?;
    Ok(plan)
}

fn run(plan: &Plan, status: &mut StatusPipe) -> Step<End> {
    status.tell(&Status::Started);
    if let Some(trial) = plan.trial {
        return Ok(trial::attempt(trial, plan));
    }
    if let Some(serve) = &plan.serve {
        let environment: Vec<_> = plan.environment.iter().chain(&serve.environment).collect();
        let mut server = start(plan, &serve.argv, &environment)?;
        let answer = serve::ask_all(serve, || {
            let ended = server.try_wait().ok().flatten().map(|exit| end_of(exit).to_string());
            ended.or_else(|| (!status.is_heard()).then(|| "nobody waits for it any more".to_owned()))
        })?;
        for served in answer.served {
            status.tell(&Status::Served { served });
        }
        if let Some(reason) = answer.failure {
            return Ok(full_folder(plan).unwrap_or(End::ServeFailed { reason }));
        }
        if plan.argv.is_empty() {
            return Ok(End::Exited { code: 0 });
        }
    }
    let environment: Vec<_> = plan.environment.iter().collect();
    let child = start(plan, &plan.argv, &environment)?;
    Ok(reap_until(plan, child, status))
}

fn start(plan: &Plan, argv: &[String], environment: &[&(String, String)]) -> Step<Child> {
    let (program, arguments) = argv.split_first().ok_or("the command is empty")?;
    #[expect(clippy::disallowed_methods, reason = "this is the module that spawns")]
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&plan.current_folder)
        .stdin(Stdio::null());
    command.spawn().named(&format!("start `{program}` in {}", plan.current_folder.display()))
}

/// Waits for the command's end, and meanwhile for orphans, which come to the first process.
fn reap_until(plan: &Plan, mut child: Child, status: &StatusPipe) -> End {
    // After the command started, which would inherit the signals held back here.
    let wake = Wake::new();
    loop {
        match child.try_wait() {
            Ok(Some(exit)) => return full_folder(plan).unwrap_or_else(|| end_of(exit)),
            Ok(None) => {}
            Err(error) => return End::ServeFailed { reason: format!("the command cannot be waited for: {error}") },
        }
        if let Some(end) = full_folder(plan) {
            return end;
        }
        // Bubblewrap, run by root, has no right to end this process, which is another user's by now, when it dies itself.
        if !status.is_heard() {
            return End::Cancelled;
        }
        reap_orphans(&child);
        wake.wait(PAUSE);
    }
}

/// Reaps every ended process but the command, whose end [`Child`] waits for.
fn reap_orphans(child: &Child) {
    let own = i32::try_from(child.id()).unwrap_or(0);
    let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT | WaitPidFlag::WEXITED;
    while let Ok(WaitStatus::Exited(process, _) | WaitStatus::Signaled(process, _, _)) =
        nix::sys::wait::waitid(nix::sys::wait::Id::All, flags)
    {
        if process.as_raw() == own {
            return;
        }
        let _ = waitpid(Pid::from_raw(process.as_raw()), Some(WaitPidFlag::WNOHANG));
    }
}

/// Wakes when a child ends.
struct Wake(Option<SignalFd>);

impl Wake {
    fn new() -> Self {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGCHLD);
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let blocked = signals.thread_block();
        Self(blocked.and_then(|()| SignalFd::with_flags(&signals, flags)).ok())
    }

    fn wait(&self, at_most: Duration) {
        let Some(signals) = &self.0 else { return std::thread::sleep(at_most) };
        let milliseconds = u16::try_from(at_most.as_millis()).unwrap_or(u16::MAX);
        let _ = poll(&mut [PollFd::new(signals.as_fd(), PollFlags::POLLIN)], PollTimeout::from(milliseconds));
        while let Ok(Some(_)) = signals.read_signal() {}
    }
}

fn end_of(exit: ExitStatus) -> End {
    match (exit.code(), exit.signal()) {
        (_, Some(libc::SIGXFSZ)) => End::DiskLimit,
        (_, Some(libc::SIGXCPU)) => End::Timeout,
        (_, Some(signal)) => End::Signalled { signal },
        (Some(code), None) => End::Exited { code },
        (None, None) => End::Exited { code: 1 },
    }
}

/// Looks whether a folder in memory is full, by bytes or by inodes. Its own tmpfs stops most of that by itself; a
/// program that met it should be told apart from one that failed.
fn full_folder(plan: &Plan) -> Option<End> {
    if !plan.tier.has_own_files() {
        return None;
    }
    let temporary = plan.mounts.iter().filter_map(|mount| match mount {
        Mount::Temporary { at, bytes, inodes } => Some((at, *bytes, *inodes)),
        _ => None,
    });
    temporary.into_iter().any(|(at, bytes, inodes)| is_full(at, bytes, inodes)).then_some(End::DiskLimit)
}

fn is_full(at: &Path, bytes: u64, inodes: u64) -> bool {
    let Ok(found) = statvfs(at) else { return false };
    let used_bytes = found.blocks().saturating_sub(found.blocks_free()).saturating_mul(found.fragment_size());
    let used_inodes = found.files().saturating_sub(found.files_free());
    used_bytes.saturating_add(found.fragment_size()) > bytes || used_inodes.saturating_add(1) > inodes
}
