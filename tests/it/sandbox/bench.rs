//! What every case needs: a place, the tiers that work, and eyes outside.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use samokoder::process::{Cancel, Limits, Outcome, Phase, Sandbox, SandboxCommand, Settings, Tier, probe};
use tokio::sync::OnceCell;

/// Names our executable to a run of these tests by another user, who cannot reach the one that was built.
pub(super) const EXECUTABLE_VARIABLE: &str = "SAMOKODER_TEST_EXECUTABLE";

pub(super) fn executable() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "a test that starts itself again tells itself where things are")]
    let given = std::env::var_os(EXECUTABLE_VARIABLE);
    given.map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_samokoder")), PathBuf::from)
}

pub(super) fn settings() -> Settings {
    let mut settings = Settings::new(executable(), std::env::temp_dir());
    // Not where a caller would find them: nothing but the tests may see a difference.
    settings.allow_unsandboxed = false;
    settings
}

pub(super) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// How long a process may be seen after its sandbox was ended. The promise is one second; a machine that runs everything
/// else at the same time gets more, and what survives is there for a day.
pub(super) const GONE_WITHIN: Duration = Duration::from_secs(3);

/// The tiers with isolation that work here; never none of them, or these tests would show nothing.
pub(super) async fn tiers() -> Vec<Tier> {
    static TIERS: OnceCell<Vec<Tier>> = OnceCell::const_new();
    let tiers = TIERS.get_or_init(|| async {
        let probed = probe(&settings()).await.unwrap();
        let working = probed.tiers.into_iter().filter(|probe| probe.works && probe.tier != Tier::None);
        working.map(|probe| probe.tier).collect::<Vec<_>>()
    });
    let tiers = tiers.await.clone();
    assert!(!tiers.is_empty(), "no sandbox works on this machine");
    tiers
}

/// The tiers that work here and have files and a loopback of their own.
pub(super) async fn whole_tiers() -> Vec<Tier> {
    tiers().await.into_iter().filter(|tier| tier.has_own_files()).collect()
}

/// A place for one case in one tier.
pub(super) struct Bench {
    pub(super) folder: tempfile::TempDir,
    pub(super) tier: Tier,
    pub(super) settings: Settings,
}

impl Bench {
    pub(super) fn new(tier: Tier) -> Self {
        let folder = tempfile::Builder::new().prefix("sandbox-case-").tempdir().unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder, tier, settings: settings() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// Writes a file into the work folder.
    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn command(&self, argv: &[&str]) -> SandboxCommand {
        SandboxCommand {
            phase: Phase::Verify,
            argv: argv.iter().map(|argument| (*argument).to_owned()).collect(),
            work: self.work(),
            read_only: Vec::new(),
            environment: Vec::new(),
            cache: None,
            serve: None,
            needs_loopback: false,
            limits: Limits {
                wall_ms: 20_000,
                memory_bytes: 512 << 20,
                processes: 96,
                disk_bytes: 256 << 20,
                inodes: 50_000,
                ..Limits::default()
            },
            log: self.path("log"),
        }
    }

    pub(super) async fn run(&self, command: &SandboxCommand) -> Outcome {
        let outcome = Sandbox::new(self.settings.clone(), self.tier).run(command, &Cancel::new()).await;
        outcome.unwrap_or_else(|error| panic!("{}: {error}", self.tier))
    }

    /// Runs a shell script.
    pub(super) async fn shell(&self, script: &str) -> Outcome {
        self.write("case.sh", script);
        self.run(&self.command(&["sh", "case.sh"])).await
    }

    /// Runs a Node program.
    pub(super) async fn node(&self, program: &str) -> Outcome {
        self.write("case.cjs", program);
        self.run(&self.command(&["node", "case.cjs"])).await
    }
}

pub(super) fn log(outcome: &Outcome) -> String {
    std::fs::read_to_string(&outcome.log).unwrap()
}

/// Whether a process with this text among its arguments is alive on the machine.
pub(super) fn is_alive(argument: &str) -> bool {
    let listing = std::fs::read_dir("/proc").unwrap();
    listing.flatten().any(|entry| {
        let arguments = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).split('\0').any(|found| found == argument)
    })
}

/// Waits until something holds; false when it does not within the time.
pub(super) fn within(time: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + time;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A number of seconds to sleep that marks a case's processes among all others.
pub(super) fn mark() -> String {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let next = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    format!("{}.{next}", 100_000 + std::process::id())
}

/// Makes a file and, where a case runs by root, one that only root reads.
pub(super) fn secret(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, "CANARY-FILE").unwrap();
    path
}
