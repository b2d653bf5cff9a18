//! Runs commands in a sandbox of one tier.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
};

use super::{
    Cancel, End, Error, Outcome, Phase, RunFuture, Runner, SandboxCommand, Serve, Settings, Tier,
    layout::{Layout, canonical},
    programs::{Program, Programs},
    warden::{
        WARDEN_COMMAND,
        plan::{Network, Plan, Report},
    },
};

/// How long the supervisor may take beyond the command's own time.
const SUPERVISOR_GRACE: Duration = Duration::from_secs(20);
/// How much of the supervisor's answer is read.
const REPORT_MAX_BYTES: u64 = 1 << 20;
/// The `PATH` inside, after the folders of the programs that were asked for.
const PATH_INSIDE: &str = "/usr/local/bin:/usr/bin:/bin";

/// Runs commands in a sandbox of one tier; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sandbox {
    settings: Settings,
    tier: Tier,
    programs: Programs,
}

impl Sandbox {
    /// Makes a sandbox of a tier that [`probe`](super::probe()) found to work.
    #[must_use]
    pub fn new(settings: Settings, tier: Tier) -> Self {
        let programs = Programs::new(&settings);
        Self { settings, tier, programs }
    }

    /// Runs one command to its end; see [`Runner::run`].
    ///
    /// # Errors
    /// When a program is missing, the command is not one that a sandbox takes, the tier isolates nothing and the
    /// operator has not allowed that, or the sandbox could not be set up.
    pub async fn run(&self, command: &SandboxCommand, cancel: &Cancel) -> Result<Outcome, Error> {
        self.check(command)?;
        if let Some(reason) = self.cannot_run(command) {
            return Ok(self.not_started(command, End::NotRun { reason }));
        }
        if cancel.is_cancelled() {
            return Ok(self.not_started(command, End::Cancelled));
        }
        let (plan, _folder) = self.plan(command)?;
        match self.supervise(&plan, cancel).await? {
            Report::Ran { outcome, .. } => Ok(outcome),
            Report::SetupFailed { reason } => Err(Error::Setup { tier: self.tier, reason }),
        }
    }

    fn check(&self, command: &SandboxCommand) -> Result<(), Error> {
        let refused = |reason: &str| Err(Error::Refused { reason: reason.to_owned() });
        if command.argv.is_empty() && command.serve.is_none() {
            return refused("it names no program");
        }
        if self.tier == Tier::None && command.phase == Phase::Verify && !self.settings.allow_unsandboxed {
            return Err(Error::Unsandboxed);
        }
        let server = command.serve.iter().flat_map(|serve| serve.argv.iter());
        let variables = command.environment.iter().flat_map(|(name, value)| [name, value]);
        if command.argv.iter().chain(server).chain(variables).any(|text| text.contains('\0')) {
            return refused("an argument or a variable has a null character");
        }
        if command.environment.iter().any(|(name, _)| name.is_empty() || name.contains('=')) {
            return refused("a variable's name is empty or has a `=`");
        }
        if command.serve.as_ref().is_some_and(|serve| !is_askable(serve)) {
            return refused(
                "its server names no program, is asked nothing, or is asked for a path that does not begin with `/`",
            );
        }
        Ok(())
    }

    fn cannot_run(&self, command: &SandboxCommand) -> Option<String> {
        let needs_loopback = command.phase == Phase::Verify && (command.needs_loopback || command.serve.is_some());
        (needs_loopback && !self.tier.has_loopback()).then(|| {
            format!(
                "it needs the loopback network, and the `{}` sandbox gives it no network at all; install bubblewrap, or \
                 allow user namespaces",
                self.tier
            )
        })
    }

    fn not_started(&self, command: &SandboxCommand, end: End) -> Outcome {
        let (tier, log) = (self.tier, command.log.clone());
        Outcome { end, tier, duration_ms: 0, log, output_truncated: false, tail: Vec::new(), served: Vec::new() }
    }

    /// Resolves everything that a run takes. The folder for temporary files, where there is one, is removed with what is
    /// returned, and by the supervisor, which outlives this process, should that be killed.
    pub(super) fn plan(&self, command: &SandboxCommand) -> Result<(Plan, Option<TempDir>), Error> {
        let work = canonical(&command.work)?;
        // A script's own interpreter: `npm` asks for `node` by name, and shall get the one that was found first.
        let mut programs: Vec<Program> = self.programs.find("node", &work).into_iter().collect();
        let mut resolved = |argv: &[String]| -> Result<Vec<String>, Error> {
            let Some((name, arguments)) = argv.split_first() else { return Ok(Vec::new()) };
            let program = self.programs.find(name, &work)?;
            let path = program.path.display().to_string();
            programs.push(program);
            Ok(std::iter::once(path).chain(arguments.iter().cloned()).collect())
        };
        let argv = resolved(&command.argv)?;
        let mut serve = command.serve.clone();
        if let Some(serve) = &mut serve {
            serve.argv = resolved(&serve.argv)?;
        }
        let folder = if self.tier.has_own_files() { None } else { Some(self.scratch_folder()?) };
        let scratch = folder.as_ref().map(|folder| canonical(folder.path())).transpose()?;
        let mut shows: Vec<PathBuf> = programs.iter().flat_map(|program| program.shows.iter().cloned()).collect();
        shows.sort();
        shows.dedup();
        let layout = Layout::new(self.tier, command, &self.settings, &shows, scratch.as_deref())?;
        let mut environment = command.environment.clone();
        environment.extend(layout.variables);
        environment.push(("PATH".to_owned(), path_inside(&programs)));
        let plan = Plan {
            tier: self.tier,
            argv,
            serve,
            environment,
            current_folder: layout.current_folder,
            limits: command.limits,
            mounts: layout.mounts,
            readable: layout.readable,
            writable: layout.writable,
            network: self.network(command.phase),
            adopt: self.adopted(command, &work, scratch.as_deref()),
            work,
            scratch,
            log: std::path::absolute(&command.log).unwrap_or_else(|_| command.log.clone()),
            bubblewrap: if self.tier == Tier::Bubblewrap {
                Some(self.programs.find("bwrap", &command.work)?.path)
            } else {
                None
            },
            executable: canonical(&self.settings.executable)?,
            trial: None,
        };
        Ok((plan, folder))
    }

    fn network(&self, phase: Phase) -> Network {
        match (phase, self.tier) {
            (Phase::Fetch, _) | (Phase::Verify, Tier::None) => Network::Host,
            (Phase::Verify, Tier::Landlock) => Network::None,
            (Phase::Verify, Tier::Bubblewrap | Tier::Namespaces) => Network::Loopback,
        }
    }

    fn adopted(&self, command: &SandboxCommand, work: &Path, scratch: Option<&Path>) -> Vec<PathBuf> {
        let cache = command.cache.iter().filter(|_| command.phase == Phase::Fetch);
        let cache = cache.filter_map(|cache| cache.host.canonicalize().ok());
        std::iter::once(work.to_owned()).chain(scratch.map(Path::to_owned)).chain(cache).collect()
    }

    fn scratch_folder(&self) -> Result<TempDir, Error> {
        let failed = |source| Error::File { what: "make a folder in", path: self.settings.scratch.clone(), source };
        tempfile::Builder::new().prefix("samokoder-").tempdir_in(&self.settings.scratch).map_err(failed)
    }

    pub(super) async fn supervise(&self, plan: &Plan, cancel: &Cancel) -> Result<Report, Error> {
        let failed = |reason: String| Error::WardenFailed { reason };
        let mut child = self.start_supervisor()?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("its input and output are not there".to_owned()));
        };
        let mut text =
            serde_json::to_vec(plan).map_err(|error| failed(format!("the plan cannot be written: {error}")))?;
        text.push(b'\n');
        // One that is gone already is told by its missing answer.
        let _ = input.write_all(&text).await;
        let within = plan.limits.wall().saturating_add(SUPERVISOR_GRACE);
        let read = async move {
            let mut answer = Vec::new();
            let mut output = output.take(REPORT_MAX_BYTES);
            let read = tokio::time::timeout(within, output.read_to_end(&mut answer)).await;
            match read {
                Ok(Ok(_)) => Ok(answer),
                Ok(Err(error)) => Err(Error::WardenFailed { reason: format!("its answer cannot be read: {error}") }),
                Err(_) => Err(Error::WardenFailed { reason: "it did not answer in time".to_owned() }),
            }
        };
        // Its input stays open until the answer is there, or the caller gives up: then closing it ends everything.
        tokio::pin!(read);
        let result = tokio::select! {
            result = &mut read => result,
            () = cancel.cancelled() => {
                drop(input);
                read.await
            }
        };
        let answer = result?;
        let exit = child.wait().await.map_err(|error| failed(format!("it cannot be waited for: {error}")))?;
        serde_json::from_slice(&answer).map_err(|_| failed(format!("it ended with {exit} and without an answer")))
    }

    fn start_supervisor(&self) -> Result<Child, Error> {
        #[expect(clippy::disallowed_methods, reason = "this is the module that spawns")]
        let mut command = Command::new(&self.settings.executable);
        command
            .args([WARDEN_COMMAND, "supervise"])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.spawn().map_err(|error| Error::WardenFailed {
            reason: format!("{} cannot be started: {error}", self.settings.executable.display()),
        })
    }
}

impl Runner for Sandbox {
    fn tier(&self) -> Tier {
        self.tier
    }

    fn run<'a>(&'a self, command: &'a SandboxCommand, cancel: &'a Cancel) -> RunFuture<'a> {
        Box::pin(self.run(command, cancel))
    }
}

fn path_inside(programs: &[Program]) -> String {
    let mut folders: Vec<String> = Vec::new();
    let own = programs.iter().filter_map(|program| program.path.parent()).map(|folder| folder.display().to_string());
    for folder in own.chain(PATH_INSIDE.split(':').map(str::to_owned)) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders.join(":")
}

/// Whether a server names a program, and every question a path.
fn is_askable(serve: &Serve) -> bool {
    !serve.argv.is_empty()
        && !serve.questions.is_empty()
        && serve.questions.iter().all(|question| question.path.starts_with('/'))
}
