//! The crash matrix: the process is killed at chosen changes of the file system, then run again. The ZIP must have the
//! same bytes, no recorded step may be done again, and nothing may be asked.
//!
//! `CRASH_KILLS=all` tries every change; `scripts/crash-core` does that. The tests here try a fixed number, spread evenly.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use samokoder::{domain::id::GenerationId, journal::Journal};
use serde_json::Value;

const SPEC: &str = "tests/fixtures/jdl/blog.jdl";
const PACK: &str = "tests/fixtures/packs/tiny";
const SIGKILL: i32 = 9;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shim, compiled once for all tests of this process.
#[expect(clippy::disallowed_methods, reason = "the compiler of the machine makes the shim")]
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("crash-shim-{}.so", std::process::id()));
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(root().join("tests/crash/shim.c"))
            .arg("-ldl")
            .status()
            .unwrap();
        assert!(status.success(), "the shim does not compile");
        library
    })
}

/// A way of dying at a counted change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Before,
    After,
    Torn,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Torn => "torn",
        }
    }
}

/// One generation in a folder of its own.
struct Run {
    folder: tempfile::TempDir,
    verify: bool,
}

impl Run {
    fn new(verify: bool) -> Self {
        let folder = tempfile::Builder::new().prefix("crash-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::create_dir(folder.path().join("watched")).unwrap();
        Self { folder, verify }
    }

    fn watched(&self) -> PathBuf {
        self.folder.path().join("watched")
    }

    fn workspace(&self) -> PathBuf {
        self.watched().join("work")
    }

    #[expect(clippy::disallowed_methods, reason = "the program is run as its user runs it")]
    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samokoder"));
        command
            .current_dir(root())
            .env("SAMOKODER_CACHE_DIR", self.folder.path().join("cache"))
            .env("SAMOKODER_STATE_DIR", self.folder.path().join("state"))
            .stdin(Stdio::null());
        command
    }

    fn generate(&self) -> Command {
        let mut command = self.program();
        command.args(["generate", SPEC, "--pack", PACK, "--json", "--workspace"]).arg(self.workspace());
        command.arg("-o").arg(self.watched().join("out.zip"));
        if !self.verify {
            command.arg("--no-verify");
        }
        command
    }

    /// Generates with the shim loaded; its log names each change.
    fn generate_with_shim(&self, kill: Option<(usize, Mode)>) -> Output {
        let mut command = self.generate();
        command
            .env("LD_PRELOAD", shim())
            .env("CRASH_DIR", self.watched())
            .env("CRASH_LOG", self.folder.path().join("changes"));
        if let Some((at, mode)) = kill {
            command.env("CRASH_AT", at.to_string()).env("CRASH_MODE", mode.name());
        }
        command.output().unwrap()
    }

    /// Goes on after a kill, as a user would: by `resume` where the workspace is complete, else by the same command.
    fn go_on(&self) -> Output {
        if self.generation().is_none() {
            return self.generate().output().unwrap();
        }
        let mut command = self.program();
        command.args(["resume", "--json"]).arg(self.workspace());
        if !self.verify {
            command.arg("--no-verify");
        }
        command.output().unwrap()
    }

    fn generation(&self) -> Option<GenerationId> {
        let order = fs::read(self.workspace().join("generation.json")).ok()?;
        let order: Value = serde_json::from_slice(&order).ok()?;
        serde_json::from_value(order["generation"].clone()).ok()
    }

    /// Keys of the steps in the journal.
    fn recorded(&self) -> Vec<String> {
        let Some(generation) = self.generation() else { return Vec::new() };
        Journal::read(&self.workspace().join("journal"), &generation)
            .map(|entries| entries.into_iter().map(|entry| entry.key.to_string()).collect())
            .unwrap_or_default()
    }

    fn zip(&self) -> Vec<u8> {
        fs::read(self.watched().join("out.zip")).unwrap()
    }

    fn changes(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("changes")).unwrap();
        log.lines().map(ToOwned::to_owned).collect()
    }
}

/// Steps that a run did itself, told by its events.
fn steps_done(output: &Output) -> BTreeSet<String> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["event"] == "step_finished" && event["replayed"] == false)
        .map(|event| event["step"].as_str().unwrap().to_owned())
        .collect()
}

/// What an undisturbed run makes, and how many changes it takes.
struct Golden {
    zip: Vec<u8>,
    steps: Vec<String>,
    changes: Vec<String>,
    verify: bool,
}

impl Golden {
    fn new(verify: bool) -> Self {
        let run = Run::new(verify);
        let output = run.generate_with_shim(None);
        let expected = if verify { 0 } else { 3 };
        assert_eq!(output.status.code(), Some(expected), "{}", String::from_utf8_lossy(&output.stderr));
        Self { zip: run.zip(), steps: run.recorded(), changes: run.changes(), verify }
    }

    /// Every kill there is: a torn call where it can be torn, and before and after each.
    fn kills(&self) -> Vec<(usize, Mode)> {
        let can_be_torn = |change: &str| {
            ["write", "pwrite", "writev", "copy_file_range", "sendfile"]
                .iter()
                .any(|call| change.contains(&format!(" {call} ")))
        };
        let mut kills = Vec::new();
        for (index, change) in self.changes.iter().enumerate() {
            kills.push((index + 1, Mode::Before));
            if can_be_torn(change) {
                kills.push((index + 1, Mode::Torn));
            }
            kills.push((index + 1, Mode::After));
        }
        kills
    }

    /// Kills a run, goes on, and says what is wrong with the result.
    fn violations(&self, (at, mode): (usize, Mode)) -> Vec<String> {
        let run = Run::new(self.verify);
        let killed = run.generate_with_shim(Some((at, mode)));
        let mut wrong = Vec::new();
        if killed.status.signal() != Some(SIGKILL) {
            wrong.push(format!("the run was not killed: {:?}", killed.status));
        }
        let recorded = run.recorded();
        let output = run.go_on();
        let expected = if self.verify { 0 } else { 3 };
        if output.status.code() != Some(expected) {
            let text = String::from_utf8_lossy(&output.stdout);
            wrong.push(format!(
                "going on ended with {:?}: {text}{}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            ));
            return wrong;
        }
        if run.zip() != self.zip {
            wrong.push("the ZIP has other bytes".to_owned());
        }
        let again: Vec<_> = recorded.iter().filter(|step| steps_done(&output).contains(*step)).collect();
        if !again.is_empty() {
            wrong.push(format!("done twice: {again:?}"));
        }
        if run.recorded() != self.steps {
            wrong.push(format!("the journal holds {:?}", run.recorded()));
        }
        let left: Vec<_> = fs::read_dir(run.watched()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        if left.len() != 3 {
            wrong.push(format!("left over: {left:?}"));
        }
        for folder in ["staging", "scratch"] {
            if fs::read_dir(run.workspace().join(folder)).is_ok_and(|mut entries| entries.next().is_some()) {
                wrong.push(format!("left over in {folder}"));
            }
        }
        if run.workspace().join("git/refs/samokoder/parked").exists() {
            wrong.push("our own half-done work was parked as somebody else's".to_owned());
        }
        wrong
            .iter_mut()
            .for_each(|text| *text = format!("kill {} change {at} ({}): {text}", mode.name(), self.changes[at - 1]));
        wrong
    }

    /// Tries a number of kills, spread evenly; all of them when `CRASH_KILLS` says so.
    #[expect(clippy::disallowed_methods, reason = "how many kills are tried is the choice of who starts the tests")]
    fn survives(&self, number: usize) {
        let kills = self.kills();
        let all = std::env::var("CRASH_KILLS").is_ok_and(|kills| kills == "all");
        let tried: Vec<_> =
            if all { kills.clone() } else { (0..number).map(|index| kills[index * kills.len() / number]).collect() };
        let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let started = std::time::Instant::now();
        let wrong: Vec<String> = std::thread::scope(|scope| {
            let shares: Vec<_> = (0..workers)
                .map(|worker| {
                    let share: Vec<_> = tried.iter().skip(worker).step_by(workers).copied().collect();
                    scope.spawn(move || share.into_iter().flat_map(|kill| self.violations(kill)).collect::<Vec<_>>())
                })
                .collect();
            shares.into_iter().flat_map(|share| share.join().unwrap()).collect()
        });
        println!(
            "crash matrix ({}): {} changes, {} kills of {} possible, {} violations, {:.0} s",
            if self.verify { "verified" } else { "not verified" },
            self.changes.len(),
            tried.len(),
            kills.len(),
            wrong.len(),
            started.elapsed().as_secs_f64(),
        );
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn a_generation_survives_being_killed_at_any_change() {
    let golden = Golden::new(false);
    assert!(golden.changes.len() > 100, "the shim saw too little: {:?}", golden.changes);
    golden.survives(40);
}

#[test]
fn a_verified_generation_survives_being_killed_at_any_change() {
    Golden::new(true).survives(10);
}
