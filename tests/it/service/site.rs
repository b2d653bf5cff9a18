//! A host that runs a service: its data folder, its processes, and its records from outside.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use samokoder::{
    domain::{
        digest::Digest,
        event::Event,
        generation::Status,
        id::GenerationId,
        kept::Kept,
        submission::{Owner, Submission},
    },
    spec,
    store::{Generation, Records, Told},
};
use tokio::runtime::Runtime;

/// Long enough for anything here on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
const SPEC: &str = "name: shop\nentities:\n  Item:\n    fields:\n      title: string\n";

pub(super) struct Site {
    folder: tempfile::TempDir,
    pub(super) runtime: Runtime,
    records: Records,
}

/// A process of the service.
pub(super) struct Process {
    child: Child,
    log: PathBuf,
}

impl Site {
    pub(super) fn new() -> Self {
        let folder = Self::folder();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Self::over(folder)
    }

    /// A host that has a data folder already.
    pub(super) fn over(folder: tempfile::TempDir) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let records = runtime.block_on(Records::open_file(&folder.path().join("data/records.db"))).unwrap();
        Self { folder, runtime, records }
    }

    /// A host that shares its records with others, in a database of theirs.
    pub(super) fn sharing(database: &str) -> Self {
        let site = Self::new();
        std::fs::remove_file(site.data().join("records.db")).unwrap();
        let records = site.runtime.block_on(Records::open_postgres(database)).unwrap();
        Self { records, ..site }
    }

    pub(super) fn folder() -> tempfile::TempDir {
        tempfile::Builder::new().prefix("service-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Writes the configuration file.
    pub(super) fn configure(&self, text: &str) {
        std::fs::write(self.path().join("config.toml"), text).unwrap();
    }

    /// Starts a worker.
    pub(super) fn worker(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Process {
        self.start("worker", arguments, environment)
    }

    #[expect(clippy::disallowed_methods, reason = "the program is run as its operator runs it")]
    pub(super) fn start(&self, command: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Process {
        static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let log = self.path().join(format!("{command}-{number}.log"));
        let mut program = Command::new(env!("CARGO_BIN_EXE_samokoder"));
        program.arg(command).arg("--data").arg(self.data()).args(arguments);
        let config = self.path().join("config.toml");
        if config.exists() {
            program.arg("--config").arg(config);
        }
        program.env_clear().env("HOME", self.path()).current_dir(self.path()).stdin(Stdio::null());
        program.stdout(File::create(self.path().join(format!("{command}-{number}.out"))).unwrap());
        program.stderr(File::create(&log).unwrap()).envs(environment.iter().copied());
        Process { child: program.spawn().unwrap(), log }
    }

    /// Starts a command with a small disk at a folder, which nobody else sees; needs no rights, but namespaces of users.
    #[expect(clippy::disallowed_methods, reason = "the program is run as its operator runs it")]
    pub(super) fn start_with_small_disk(&self, disk: &Path, size: &str, arguments: &[&str], fault: &str) -> Process {
        std::fs::create_dir_all(disk).unwrap();
        let log = self.path().join("small.log");
        let mut program = Command::new("unshare");
        program.args(["--user", "--map-root-user", "--mount", "sh", "-euc"]);
        program.arg("mount -t tmpfs -o \"size=$1\" small \"$2\"; shift 2; exec \"$@\"").args(["sh", size]).arg(disk);
        program.arg(env!("CARGO_BIN_EXE_samokoder")).args(arguments);
        program.env_clear().env("HOME", self.path()).env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        program.env("SAMOKODER_FAULT", fault).current_dir(self.path()).stdin(Stdio::null());
        program.stdout(File::create(self.path().join("small.out")).unwrap()).stderr(File::create(&log).unwrap());
        Process { child: program.spawn().unwrap(), log }
    }

    pub(super) fn owner() -> Owner {
        Owner { tenant: "default".to_owned(), owner: "default".to_owned() }
    }

    /// Hands in a small spec that needs no model, not to be run.
    pub(super) fn accept(&self) -> GenerationId {
        self.accept_spec(SPEC)
    }

    pub(super) fn accept_spec(&self, text: &str) -> GenerationId {
        let reading = spec::read("spec.yaml", text.as_bytes());
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        let submission = Submission {
            generation: GenerationId::mint(),
            project: None,
            spec: reading.spec.unwrap(),
            ignored: reading.ignored,
            template: "react-hono".to_owned(),
            verify: false,
            with_history: true,
            priority: 0,
            webhook: None,
        };
        let generation = submission.generation.clone();
        self.block_on(self.records.accept(&Self::owner(), &[submission], "", None)).unwrap();
        generation
    }

    /// Runs a statement behind the product's back.
    pub(super) fn meddle(&self, statement: &str) {
        let connection = rusqlite::Connection::open(self.data().join("records.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        connection.execute_batch(statement).unwrap();
    }

    /// Runs a command of the program to its end; exit code, what it printed, what it complained of.
    #[expect(clippy::disallowed_methods, reason = "the program is run as its operator runs it")]
    pub(super) fn command(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_samokoder"));
        program
            .args(arguments)
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.path());
        let output = program.stdin(Stdio::null()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    pub(super) fn records(&self) -> &Records {
        &self.records
    }

    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(super) fn generation(&self, id: &GenerationId) -> Generation {
        self.block_on(self.records.generation(&Self::owner(), id)).unwrap().unwrap()
    }

    pub(super) fn events(&self, id: &GenerationId) -> Vec<Told> {
        self.block_on(self.records.events(id, 0, 10_000)).unwrap()
    }

    /// Keys of steps whose end was told, in order, with whether they were replayed.
    pub(super) fn finished_steps(&self, id: &GenerationId) -> Vec<(String, bool)> {
        let finished = |told: Told| match told.event {
            Event::StepFinished { step, replayed, .. } => Some((step.to_string(), replayed)),
            _ => None,
        };
        self.events(id).into_iter().filter_map(finished).collect()
    }

    /// Waits until something is so of a generation.
    #[track_caller]
    pub(super) fn until(&self, id: &GenerationId, what: &str, is_so: impl Fn(&Generation) -> bool) -> Generation {
        let began = Instant::now();
        loop {
            let generation = self.generation(id);
            if is_so(&generation) {
                return generation;
            }
            assert!(began.elapsed() < PATIENCE, "waited for {what} in vain: {generation:#?}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    pub(super) fn until_status(&self, id: &GenerationId, status: Status) -> Generation {
        self.until(id, status.name(), |generation| generation.status == status)
    }

    /// Waits until so many steps of a generation are recorded.
    #[track_caller]
    pub(super) fn until_steps(&self, id: &GenerationId, count: usize) {
        self.until(id, "steps", |_| self.finished_steps(id).len() >= count);
    }

    /// Waits until a process said something; all that it said by then.
    #[track_caller]
    pub(super) fn until_said(&self, process: &Process, text: &str) -> String {
        let began = Instant::now();
        loop {
            let log = process.log();
            if log.contains(text) {
                return log;
            }
            assert!(began.elapsed() < PATIENCE, "waited for {text:?} in vain: {}", self.logs());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What processes of a command printed.
    pub(super) fn printed(&self, command: &str) -> String {
        let items = std::fs::read_dir(self.path()).unwrap().map(|item| item.unwrap().path());
        let is_ones = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(command);
        let printed = items.filter(is_ones).filter(|path| path.extension().is_some_and(|ending| ending == "out"));
        printed.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// Digest of the bytes that are kept under an artifact's key.
    pub(super) fn bytes_of(&self, kept: &Kept) -> Digest {
        Digest::of(&std::fs::read(self.data().join("storage").join(&kept.key)).unwrap())
    }

    /// All that processes said.
    pub(super) fn logs(&self) -> String {
        let mut logs = String::new();
        for item in std::fs::read_dir(self.path()).unwrap() {
            let path = item.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "log") {
                logs.push_str(&format!("--- {}\n{}\n", path.display(), std::fs::read_to_string(&path).unwrap()));
            }
        }
        logs
    }
}

impl Process {
    pub(super) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// A path as the process sees it.
    pub(super) fn sees(&self, path: &Path) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join("root").join(path.strip_prefix("/").unwrap())
    }

    /// As a power cut: at once.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks to stop, and waits; how it ended, and how long that took.
    pub(super) fn stop(mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        self.signal(Signal::SIGTERM);
        let status = self.child.wait().unwrap();
        (status.code(), began.elapsed())
    }

    /// Waits for its end.
    pub(super) fn wait(mut self) {
        self.child.wait().unwrap();
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
