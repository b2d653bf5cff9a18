//! Finds out what works on this machine, by trying it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    Cancel, End, Error, Limits, Phase, Sandbox, SandboxCommand, Settings, Tier,
    warden::plan::{BitingLimits, PASSED_THE_LIMIT, Report, Trial},
};

/// What works on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The best tier that works.
    pub best: Tier,
    /// Every tier, best first.
    pub tiers: Vec<TierProbe>,
    /// Which limits hold in the best tier.
    pub limits: Vec<LimitProbe>,
}

/// Whether a tier works on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierProbe {
    /// The tier.
    pub tier: Tier,
    /// It was tried, ran a program, and hid a file.
    pub works: bool,
    /// What it gives, or why it does not work; a sentence.
    pub explanation: String,
}

/// Whether a limit holds on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitProbe {
    /// What is limited: `processes` or `memory`.
    pub limit: String,
    /// By what: `rlimit`, `cgroup`, or `all` for everything together.
    pub by: String,
    /// It was tried, and held.
    pub bites: bool,
    /// What was found; a sentence.
    pub explanation: String,
}

/// The mark that a probe's command has to show.
const SEEN: &str = "sandbox-probe-seen";
/// The mark that it must not show.
const HIDDEN: &str = "sandbox-probe-hidden";

/// Finds the best tier that works here; [`Tier::None`] when none does. Takes some 20 ms for each tier that it tries.
///
/// # Errors
/// When no folder for trying can be made.
pub async fn best_tier(settings: &Settings) -> Result<Tier, Error> {
    let place = Place::new(settings)?;
    for tier in [Tier::Bubblewrap, Tier::Namespaces, Tier::Landlock] {
        if place.tier(settings, tier).await.works {
            return Ok(tier);
        }
    }
    Ok(Tier::None)
}

/// Tries every tier, and in the best one every limit. Takes about a second.
///
/// # Errors
/// When no folder for trying can be made.
pub async fn probe(settings: &Settings) -> Result<Probe, Error> {
    let place = Place::new(settings)?;
    let mut tiers = Vec::new();
    for tier in Tier::ALL {
        tiers.push(place.tier(settings, tier).await);
    }
    let best = tiers.iter().find(|probe| probe.works).map_or(Tier::None, |probe| probe.tier);
    let mut limits = Vec::new();
    let trials =
        [Trial::ProcessesUnderResourceLimit, Trial::ProcessesUnderControlGroup, Trial::Processes, Trial::Memory];
    for trial in trials {
        limits.push(place.limit(settings, best, trial).await);
    }
    Ok(Probe { best, tiers, limits })
}

/// A folder to try things in.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(settings: &Settings) -> Result<Self, Error> {
        let failed = |source| Error::File { what: "make a folder in", path: settings.scratch.clone(), source };
        let folder =
            tempfile::Builder::new().prefix("samokoder-probe-").tempdir_in(&settings.scratch).map_err(failed)?;
        let place = Self { folder };
        // Other users may pass through, to the work folder; what is hidden must be hidden by the sandbox alone.
        open_to_all(place.path()).map_err(failed)?;
        std::fs::create_dir(place.path().join("work")).map_err(failed)?;
        std::fs::write(place.path().join("work/seen"), SEEN).map_err(failed)?;
        std::fs::write(place.path().join("hidden"), HIDDEN).map_err(failed)?;
        Ok(place)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, argv: &[&str]) -> SandboxCommand {
        SandboxCommand {
            phase: Phase::Verify,
            argv: argv.iter().map(|argument| (*argument).to_owned()).collect(),
            work: self.path().join("work"),
            read_only: Vec::new(),
            environment: Vec::new(),
            cache: None,
            serve: None,
            needs_loopback: false,
            limits: Limits { wall_ms: 10_000, memory_bytes: 128 << 20, processes: 12, ..Limits::default() },
            log: self.path().join("log"),
        }
    }

    async fn tier(&self, settings: &Settings, tier: Tier) -> TierProbe {
        if tier == Tier::None {
            let explanation =
                "Always there, and isolates nothing: generated code runs in it only when the operator says so.";
            return TierProbe { tier, works: true, explanation: explanation.to_owned() };
        }
        let hidden = self.path().join("hidden").display().to_string();
        let command = self.command(&["cat", "seen", &hidden]);
        let sandbox = Sandbox::new(settings.clone(), tier);
        let (works, explanation) = match sandbox.run(&command, &Cancel::new()).await {
            Ok(outcome) => {
                let text = outcome.tail.join(" ");
                if !text.contains(SEEN) {
                    (
                        false,
                        format!(
                            "It started, but a program in it did not see its work folder ({}): {text}",
                            outcome.end
                        ),
                    )
                } else if text.contains(HIDDEN) {
                    (false, "It started, but did not hide the host's files.".to_owned())
                } else {
                    (true, gives(tier).to_owned())
                }
            }
            Err(Error::MissingProgram { program, .. }) => (false, format!("`{program}` is not installed.")),
            Err(error) => (false, sentence(&error.to_string())),
        };
        TierProbe { tier, works, explanation }
    }

    async fn limit(&self, settings: &Settings, tier: Tier, trial: Trial) -> LimitProbe {
        let mut settings = settings.clone();
        // What is tried is our own.
        settings.allow_unsandboxed = true;
        let sandbox = Sandbox::new(settings, tier);
        let found = self.attempt(&sandbox, trial).await;
        let (limit, by) = match trial {
            Trial::ProcessesUnderResourceLimit => ("processes", "rlimit"),
            Trial::ProcessesUnderControlGroup => ("processes", "cgroup"),
            Trial::Processes => ("processes", "all"),
            Trial::Memory => ("memory", "all"),
        };
        let (bites, explanation) = match found {
            Ok((end, limits)) => judged(trial, &end, &limits),
            Err(error) => (false, sentence(&error.to_string())),
        };
        LimitProbe { limit: limit.to_owned(), by: by.to_owned(), bites, explanation }
    }

    async fn attempt(&self, sandbox: &Sandbox, trial: Trial) -> Result<(End, BitingLimits), Error> {
        let (mut plan, _folder) = sandbox.plan(&self.command(&["sleep", "5"]))?;
        plan.trial = Some(trial);
        match sandbox.supervise(&plan, &Cancel::new()).await? {
            Report::Ran { outcome, limits } => Ok((outcome.end, limits)),
            Report::SetupFailed { reason } => Err(Error::Setup { tier: plan.tier, reason }),
        }
    }
}

fn gives(tier: Tier) -> &'static str {
    match tier {
        Tier::Bubblewrap => "bubblewrap gives commands files, processes and a network of their own.",
        Tier::Namespaces => "Our own warden process gives commands files, processes and a network of their own.",
        Tier::Landlock => {
            "landlock hides the host's files; commands get no sockets, so what needs loopback is not run."
        }
        Tier::None => "Nothing is isolated.",
    }
}

fn judged(trial: Trial, end: &End, limits: &BitingLimits) -> (bool, String) {
    let passed = *end == End::Exited { code: PASSED_THE_LIMIT };
    let (held, by) = match trial {
        Trial::ProcessesUnderResourceLimit => (*end == End::ProcessLimit, "RLIMIT_NPROC".to_owned()),
        Trial::ProcessesUnderControlGroup => match &limits.process_cgroup {
            None => return (false, "No control group for processes can be made by this user.".to_owned()),
            Some(version) => (*end == End::ProcessLimit, format!("A control group ({version})")),
        },
        Trial::Processes => (*end == End::ProcessLimit, "All of it, with the watch over processes,".to_owned()),
        Trial::Memory => {
            let by = limits.memory_cgroup.as_ref();
            let by = by.map_or("The watch over memory".to_owned(), |version| format!("A control group ({version})"));
            (*end == End::MemoryLimit, by)
        }
    };
    match (held, passed) {
        (true, _) => (true, format!("{by} holds; it was tried.")),
        (false, true) => (false, format!("{by} was tried, and does not hold.")),
        (false, false) => (false, format!("{by} was tried, and ended otherwise: {end}.")),
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

fn open_to_all(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}
