//! The `supervise` mode: outside the sandbox, holds its limits and its log, and ends everything in it.

use std::{
    io::{Read, Write},
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        prctl,
        signal::{SigSet, Signal},
    },
    unistd::{geteuid, pipe2, setsid},
};

use super::{
    Named, Step, WARDEN_COMMAND, bubblewrap,
    cgroup::Cgroup,
    descriptors,
    log::Log,
    plan::{BitingLimits, Network, Plan, Report, Status, Trial, UNPRIVILEGED_ID},
    tree,
    watch::Watch,
};
use crate::process::{End, OUTPUT_RUNAWAY_FACTOR, Outcome, Served, Tier};

/// How long ending everything may take before it is given up.
const END_WITHIN: Duration = Duration::from_secs(5);

/// Runs the mode: the plan is the first line of standard input, which then stays open as long as the run is wanted; the
/// report goes to standard output.
pub(super) fn main() -> u8 {
    let report = read_plan().and_then(|plan| {
        let report = supervise(&plan);
        if let Some(scratch) = &plan.scratch {
            let _ = std::fs::remove_dir_all(scratch);
        }
        report
    });
    let report = report.unwrap_or_else(|reason| Report::SetupFailed { reason });
    let written = serde_json::to_vec(&report).is_ok_and(|text| std::io::stdout().write_all(&text).is_ok());
    u8::from(!written)
}

fn read_plan() -> Step<Plan> {
    let mut text = Vec::new();
    let mut buffer = [0; 16 << 10];
    let mut input = std::io::stdin().lock();
    while text.last() != Some(&b'\n') {
        let read = input.read(&mut buffer).named("read the plan")?;
        if read == 0 {
            return Err("read the plan: it is cut off".to_owned());
        }
        text.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
    serde_json::from_slice(&text).named("read the plan")
}

fn supervise(plan: &Plan) -> Step<Report> {
    descriptors::keep_all()?;
    // A terminal's Ctrl-C is the caller's to answer: by closing our input.
    let _ = setsid();
    let mut quiet = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGPIPE] {
        quiet.add(signal);
    }
    quiet.thread_block().named("hold signals back")?;
    prctl::set_child_subreaper(true).named("adopt orphans")?;
    if geteuid().is_root() {
        for folder in &plan.adopt {
            adopt(folder)?;
        }
    }
    let log = Log::create(&plan.log, plan.limits.output_bytes)?;
    let watch = Watch::new(plan);
    let mut cgroup = match plan.trial {
        Some(Trial::ProcessesUnderResourceLimit) => Cgroup::default(),
        _ => Cgroup::make(&plan.limits),
    };
    let started = Instant::now();
    cgroup.enter();
    let streams = start(plan);
    cgroup.leave();
    let mut run = Run { plan, log, watch, cgroup, started, seen: Seen::default() };
    let result = streams.and_then(|mut streams| {
        let stopped = run.stand_guard(&mut streams);
        run.cgroup.close();
        let all_gone = tree::end_all(END_WITHIN);
        run.drain(&mut streams)?;
        if all_gone { stopped } else { Err("processes of the sandbox could not be ended".to_owned()) }
    });
    if result.is_err() {
        tree::end_all(END_WITHIN);
    }
    run.report(result?)
}

/// Lets a folder and all in it belong to the sandbox's user; the folder itself last, so that one that belongs to it was
/// done before.
fn adopt(folder: &Path) -> Step<()> {
    use std::os::unix::fs::{MetadataExt, lchown};
    let step = || format!("hand {} to the sandbox's user", folder.display());
    let about = std::fs::symlink_metadata(folder).named(&step())?;
    if about.uid() == UNPRIVILEGED_ID {
        return Ok(());
    }
    if about.is_dir() {
        for entry in std::fs::read_dir(folder).named(&step())? {
            adopt(&entry.named(&step())?.path())?;
        }
    }
    lchown(folder, Some(UNPRIVILEGED_ID), Some(UNPRIVILEGED_ID)).named(&step())
}

/// What the supervisor listens to.
struct Streams {
    output: OwnedFd,
    status: OwnedFd,
    output_open: bool,
}

fn start(plan: &Plan) -> Step<Streams> {
    let (output, output_writer) = pipe2(OFlag::O_CLOEXEC).named("make a pipe")?;
    let (status, status_writer) = pipe2(OFlag::O_CLOEXEC).named("make a pipe")?;
    for reader in [&output, &status] {
        fcntl(reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).named("make a pipe")?;
    }
    descriptors::pass(&status_writer)?;
    let number = status_writer.as_raw_fd().to_string();
    let mut texts = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "this is the module that spawns")]
    let mut command = match (plan.tier, &plan.bubblewrap) {
        (Tier::Bubblewrap, Some(program)) => {
            let arguments = bubblewrap::arguments(plan, status_writer.as_raw_fd(), geteuid().is_root())?;
            texts = arguments.texts;
            let mut command = Command::new(program);
            command.args(arguments.list);
            command
        }
        (Tier::Bubblewrap, None) => return Err("bubblewrap is not named".to_owned()),
        (Tier::Namespaces, _) => {
            let network = if plan.network == Network::Host { "host" } else { "own" };
            let mut command = Command::new("/proc/self/exe");
            command.args([WARDEN_COMMAND, "enter", network, &number]);
            command
        }
        (Tier::Landlock | Tier::None, _) => {
            let mut command = Command::new("/proc/self/exe");
            command.args([WARDEN_COMMAND, "init", &number]);
            command
        }
    };
    let errors = output_writer.try_clone().named("make a pipe")?;
    command.env_clear().current_dir("/").stdin(Stdio::piped()).stdout(output_writer).stderr(errors);
    let mut child = command.spawn().named("start the sandbox")?;
    // The command holds the writers' copies: they must close for the pipes to end.
    drop((command, status_writer, texts));
    let text = serde_json::to_vec(plan).named("write the plan")?;
    if let Some(mut input) = child.stdin.take() {
        // A sandbox that is gone already has said why in its output.
        let _ = input.write_all(&text);
    }
    Ok(Streams { output, status, output_open: true })
}

/// What the first process told.
#[derive(Default)]
struct Seen {
    text: Vec<u8>,
    started: bool,
    served: Vec<Served>,
    end: Option<End>,
    setup_failure: Option<String>,
    output_bytes: u64,
}

struct Run<'a> {
    plan: &'a Plan,
    log: Log,
    watch: Watch,
    cgroup: Cgroup,
    started: Instant,
    seen: Seen,
}

impl Run<'_> {
    /// Watches until the command ends, a limit is passed or the caller gives up; returns a limit passed, or the giving up.
    fn stand_guard(&mut self, streams: &mut Streams) -> Step<Option<End>> {
        let wall = self.plan.limits.wall();
        loop {
            let left = wall.saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return Ok(Some(End::Timeout));
            }
            if let Some(end) = self.watch.look(&self.cgroup) {
                return Ok(Some(end));
            }
            let (input, output, status) = wait(streams, left.min(self.watch.due_in()))?;
            if input {
                return Ok(Some(End::Cancelled));
            }
            if output {
                streams.output_open = self.read_output(streams)?;
                let most = self.plan.limits.output_bytes.saturating_mul(OUTPUT_RUNAWAY_FACTOR);
                if self.seen.output_bytes > most {
                    return Ok(Some(End::OutputLimit));
                }
            }
            if status {
                let open = self.read_status(streams);
                if self.seen.end.is_some() || self.seen.setup_failure.is_some() || !open {
                    return Ok(None);
                }
            }
        }
    }

    /// Takes one buffer of output; false at its end.
    fn read_output(&mut self, streams: &Streams) -> Step<bool> {
        let mut buffer = [0; 64 << 10];
        match nix::unistd::read(&streams.output, &mut buffer) {
            Ok(0) => Ok(false),
            Ok(read) => {
                self.seen.output_bytes += read as u64;
                self.log.take(buffer.get(..read).unwrap_or_default())?;
                Ok(true)
            }
            Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR) => Ok(true),
            Err(error) => Err(error).named("read the output"),
        }
    }

    /// Takes what the first process tells; false when it is gone.
    fn read_status(&mut self, streams: &Streams) -> bool {
        let mut buffer = [0; 4096];
        let open = loop {
            match nix::unistd::read(&streams.status, &mut buffer) {
                Ok(0) => break false,
                Ok(read) => self.seen.text.extend_from_slice(buffer.get(..read).unwrap_or_default()),
                Err(nix::errno::Errno::EINTR) => {}
                Err(_) => break true,
            }
        };
        while let Some(end) = self.seen.text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.seen.text.drain(..=end).collect();
            match serde_json::from_slice(&line) {
                Ok(Status::Started) => self.seen.started = true,
                Ok(Status::Served { served }) => self.seen.served.push(served),
                Ok(Status::Ended { end }) => self.seen.end = Some(end),
                Ok(Status::SetupFailed { reason }) => self.seen.setup_failure = Some(reason),
                Err(_) => {}
            }
        }
        open
    }

    /// Takes what is left in the pipes; everything that could write to them has ended.
    fn drain(&mut self, streams: &mut Streams) -> Step<()> {
        let most = self.plan.limits.output_bytes.saturating_mul(OUTPUT_RUNAWAY_FACTOR);
        let end = Instant::now() + Duration::from_millis(500);
        while streams.output_open && self.seen.output_bytes <= most && Instant::now() < end {
            streams.output_open = self.read_output(streams)?;
        }
        self.read_status(streams);
        Ok(())
    }

    fn report(mut self, stopped: Option<End>) -> Step<Report> {
        let duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (process_cgroup, memory_cgroup) = self.cgroup.versions();
        let limits = BitingLimits { process_cgroup, memory_cgroup };
        let own_end = self.seen.end.take();
        let has_failed = own_end.as_ref().is_some_and(|end| *end != End::Exited { code: 0 });
        let mut at_limit = || {
            let met_memory = self.cgroup.met_memory_limit().then_some(End::MemoryLimit);
            met_memory.or_else(|| self.watch.last_look(has_failed))
        };
        let end = match (stopped, own_end) {
            (Some(limit), _) => limit,
            (None, own_end) => match (at_limit(), own_end) {
                (Some(limit), _) => limit,
                (None, Some(end)) => end,
                (None, None) if self.seen.setup_failure.is_none() && self.seen.started => {
                    End::Signalled { signal: Signal::SIGKILL as i32 }
                }
                (None, None) => {
                    let (tail, _) = self.log.finish()?;
                    let said = self.seen.setup_failure.unwrap_or_else(|| tail.join("; "));
                    let reason = if said.is_empty() { "it ended without a word".to_owned() } else { said };
                    return Ok(Report::SetupFailed { reason });
                }
            },
        };
        let (tail, output_truncated) = self.log.finish()?;
        let served = std::mem::take(&mut self.seen.served);
        let (tier, log) = (self.plan.tier, self.plan.log.clone());
        let outcome = Outcome { end, tier, duration_ms, log, output_truncated, tail, served };
        Ok(Report::Ran { outcome, limits })
    }
}

/// Waits for something to happen: our input closed, output, a word from the first process.
fn wait(streams: &Streams, at_most: Duration) -> Step<(bool, bool, bool)> {
    let input = std::io::stdin();
    let mut polled =
        vec![PollFd::new(input.as_fd(), PollFlags::POLLIN), PollFd::new(streams.status.as_fd(), PollFlags::POLLIN)];
    if streams.output_open {
        polled.push(PollFd::new(streams.output.as_fd(), PollFlags::POLLIN));
    }
    // Rounded up: a wait of nought would spin until the time is over.
    let milliseconds = u16::try_from(at_most.as_millis().saturating_add(1)).unwrap_or(u16::MAX);
    match poll(&mut polled, PollTimeout::from(milliseconds)) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => {}
        Err(error) => return Err(error).named("wait for the sandbox"),
    }
    let happened = |index: usize| polled.get(index).and_then(PollFd::any).unwrap_or(false);
    Ok((happened(0), happened(2), happened(1)))
}
