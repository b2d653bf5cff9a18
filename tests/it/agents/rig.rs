//! A generation with scripted models, in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use samokoder::{
    agents::{Models, NoModels, NoReplyKind, Says, ScriptedModels, Team, Terms},
    domain::{
        clock::{Clock, Timestamp},
        event::Event,
        generation::{PauseCause, State},
        id::CommitId,
    },
    journal::{Entry, Journal},
    packages::ScriptedRegistry,
    pipeline::{self, Asked, Delivery, Entered, EventSink, Order, Outcome, Ports, Report, Settings, Wish},
    process::{Cancel, End, RunFuture, Runner, SandboxCommand, ScriptedRunner, Tier},
    spec,
    template::Pack,
    workspace::Workspace,
};
use tokio::time::Instant;

use crate::template_support::fixture;

/// What the clock on the wall shows all the time.
pub(super) const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// The pack that these generations use unless a test gives another.
pub(super) fn pack() -> Arc<Pack> {
    static PACK: LazyLock<Arc<Pack>> =
        LazyLock::new(|| Arc::new(Pack::from_dir(&fixture("packs/tiny-features")).unwrap()));
    PACK.clone()
}

/// The agents that are built in.
pub(super) fn team() -> Team {
    static TEAM: LazyLock<Team> = LazyLock::new(|| Team::embedded().unwrap());
    TEAM.clone()
}

/// What a file is to become, from what it is; from nothing when it is not there.
pub(super) type Become = fn(String) -> String;

/// The pack of these tests with some of its files changed: each by its path, and how.
pub(super) fn changed_pack(changes: &[(&str, Become)]) -> Arc<Pack> {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&fixture("packs/tiny-features"), folder.path());
    for (path, change) in changes {
        let path = folder.path().join(path);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let changed = change(text.clone());
        assert_ne!(changed, text, "{} stays as it is", path.display());
        fs::write(path, changed).unwrap();
    }
    Arc::new(Pack::from_dir(folder.path()).unwrap())
}

/// The program by which a test's pack adds packages.
pub(super) const ADD_PACKAGE: &str = "add-package";

/// Runs nothing: a check fails when a file of the project says so. `BROKEN word` in a file of `src/` or `tests/` fails
/// the tests, `UNREADABLE word` the reading of the modules; the log names file and word. `MISTYPED word` is an error of a
/// type checker in its file, `CROOKED word` one of a linter, and each `test("title"` in a file whose name ends in
/// `.test.js` is a test that passes.
pub(super) struct LookingRunner {
    inner: ScriptedRunner,
}

impl LookingRunner {
    pub(super) fn new() -> Self {
        Self { inner: ScriptedRunner::passing() }
    }

    /// How often a command whose arguments contain a word was run.
    pub(super) fn runs_of(&self, word: &str) -> usize {
        self.inner.commands().iter().filter(|command| command.argv.join(" ").contains(word)).count()
    }
}

impl Runner for LookingRunner {
    fn tier(&self) -> Tier {
        self.inner.tier()
    }

    fn run<'a>(&'a self, command: &'a SandboxCommand, cancel: &'a Cancel) -> RunFuture<'a> {
        if let [program, package] = command.argv.as_slice()
            && program == ADD_PACKAGE
        {
            super::packages::add_as_npm_does(&self.inner, command, package);
        }
        for check in ["scripts/tests.sh", "scripts/syntax.sh"] {
            if command.argv.iter().any(|argument| argument == check) {
                let (code, lines) = looked(check, &command.work);
                if !lines.is_empty() {
                    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                    self.inner.answer(check, End::Exited { code }, &lines);
                }
            }
        }
        self.inner.run(command, cancel)
    }
}

/// How a check ends, and what it prints.
fn looked(check: &str, root: &Path) -> (i32, Vec<String>) {
    let mut files = Vec::new();
    texts(root, root, &mut files);
    files.sort();
    let (mut failed, mut passed) = (Vec::new(), Vec::new());
    for (name, text) in &files {
        for line in text.lines() {
            let after = |mark: &str| line.split_once(mark).map(|(_, word)| word);
            if check == "scripts/tests.sh" {
                failed.extend(after("BROKEN ").map(|word| format!("FAIL {name} > {word}")));
                let title = after("test(\"").and_then(|rest| rest.split('"').next());
                let title = title.filter(|_| name.ends_with(".test.js"));
                passed.extend(title.map(|title| format!(" ✓ {name} > {title} 3ms")));
                continue;
            }
            failed.extend(after("UNREADABLE ").map(|word| format!("FAIL {name} > {word}")));
            failed.extend(after("MISTYPED ").map(|word| format!("{name}(1,1): error TS2322: {word}")));
            failed.extend(after("CROOKED ").map(|word| format!("{name}:1:1 lint/style/{word} ━━━━━━")));
        }
    }
    (i32::from(!failed.is_empty()), failed.into_iter().chain(passed).collect())
}

/// Every file with its text.
fn texts(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(root, &path, files);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        files.push((path.strip_prefix(root).unwrap().display().to_string(), text));
    }
}

/// Tells the time of tokio's clock, which a test may hold.
struct TestClock {
    began: Instant,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Keeps what happened.
#[derive(Default)]
struct Heard {
    events: Mutex<Vec<Event>>,
}

impl EventSink for Heard {
    fn emit(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }
}

/// A generation in a folder of its own. Waits take no time: the clock jumps.
pub(super) struct Rig {
    folder: Arc<tempfile::TempDir>,
    place: PathBuf,
    pub(super) models: ScriptedModels,
    pub(super) tasks_at_once: usize,
    pub(super) stop: Cancel,
    pub(super) pack: Arc<Pack>,
    pub(super) registry: ScriptedRegistry,
    pub(super) verify: bool,
    heard: Heard,
    runner: LookingRunner,
}

impl Rig {
    pub(super) fn new(terms: Terms) -> Self {
        let folder = tempfile::Builder::new().prefix("agents-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let place = folder.path().join("first");
        Self::at(Arc::new(folder), place, terms)
    }

    fn at(folder: Arc<tempfile::TempDir>, place: PathBuf, terms: Terms) -> Self {
        fs::create_dir(&place).unwrap();
        Self {
            folder,
            place,
            models: ScriptedModels::new(terms),
            tasks_at_once: 4,
            stop: Cancel::new(),
            pack: pack(),
            registry: ScriptedRegistry::new(),
            verify: true,
            heard: Heard::default(),
            runner: LookingRunner::new(),
        }
    }

    /// Another one beside it, with a copy of its workspace and nothing of its script.
    pub(super) fn copy(&self, name: &str) -> Self {
        let copy = Self::at(self.folder.clone(), self.folder.path().join(name), Terms::default());
        copy_folder(&self.workspace(), &copy.workspace());
        copy
    }

    /// Another one beside it, with nothing in it.
    pub(super) fn beside(&self, name: &str) -> Self {
        Self::at(self.folder.clone(), self.folder.path().join(name), Terms::default())
    }

    /// A place beside its workspace.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    /// Chooses where it delivers.
    pub(super) fn deliver(&self, entered: &mut Entered) {
        entered.deliver_to(Some(self.artifact()), &self.place, self.verify);
    }

    pub(super) fn workspace(&self) -> PathBuf {
        self.place.join("work")
    }

    /// Whether anything was handed over.
    pub(super) fn is_delivered(&self) -> bool {
        self.artifact().exists()
    }

    pub(super) fn artifact(&self) -> PathBuf {
        self.place.join("out.zip")
    }

    /// Begins the work on a spec that is written in words.
    pub(super) fn begin(&self, words: &str) -> Entered {
        self.begin_with("room.md", words, Some(team()))
    }

    pub(super) fn begin_with(&self, name: &str, text: &str, team: Option<Team>) -> Entered {
        let reading = spec::read(name, text.as_bytes());
        assert_eq!(reading.problems, []);
        let spec = reading.spec.unwrap();
        let delivery = Delivery { artifact: self.artifact(), verify: self.verify, with_history: true };
        let (pack, digest) = (self.pack.clone(), spec::digest(&spec));
        let order = Order::new(spec, digest, Vec::new(), &pack, delivery);
        pipeline::begin(&self.workspace(), order, pack, team).unwrap()
    }

    /// Begins a change that is said in words.
    pub(super) fn change(&self, words: &str) -> Entered {
        let asked = Asked { words: words.to_owned(), ..Asked::default() };
        self.wish(Wish { spec: None, ignored: Vec::new(), asked }).unwrap()
    }

    /// Begins a change by a new spec, or says what stands in its way.
    pub(super) fn change_spec(&self, text: &str, drops_data: bool) -> Result<Entered, Vec<String>> {
        let reading = spec::read("room.yaml", text.as_bytes());
        assert_eq!(reading.problems, []);
        self.wish(Wish {
            spec: reading.spec,
            ignored: reading.ignored,
            asked: Asked { drops_data, ..Asked::default() },
        })
    }

    fn wish(&self, wish: Wish) -> Result<Entered, Vec<String>> {
        let team = (!wish.asked.words.is_empty()).then(|| Team::embedded().unwrap());
        let delivery = Delivery { artifact: self.artifact(), verify: self.verify, with_history: true };
        let begun = self.reopen().change(wish, delivery, team).unwrap();
        begun.map_err(|problems| {
            problems.into_iter().map(|problem| format!("{} {}", problem.path, problem.code)).collect()
        })
    }

    /// Enters the workspace again, as a new process would.
    pub(super) fn reopen(&self) -> Entered {
        let mut entered = pipeline::reopen(&self.workspace()).unwrap();
        entered.deliver_to(Some(self.artifact()), &self.place, self.verify);
        entered
    }

    /// Brings the work forward as far as it goes.
    pub(super) fn run(&self, entered: Entered) -> Outcome {
        self.run_with(entered, &self.models)
    }

    pub(super) fn run_with(&self, entered: Entered, models: &dyn Models) -> Outcome {
        self.block_on(models, async |settings, ports| pipeline::run(entered, settings, ports).await).unwrap()
    }

    /// Runs the checks once more.
    pub(super) fn verify(&self, entered: Entered) -> Outcome {
        self.block_on(&self.models, async |settings, ports| pipeline::verify(entered, settings, ports).await).unwrap()
    }

    pub(super) fn block_on<T>(&self, models: &dyn Models, work: impl AsyncFnOnce(&Settings, Ports<'_>) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let clock = TestClock { began: Instant::now() };
            let ports = Ports {
                runner: &self.runner,
                registry: &self.registry,
                models,
                clock: &clock,
                events: &self.heard,
                stop: &self.stop,
                keeper: &pipeline::NoKeeper,
            };
            let settings = Settings { cache: self.place.join("cache"), tasks_at_once: self.tasks_at_once };
            work(&settings, ports).await
        })
    }

    /// As [`Self::run`], and gives up in the middle after a time, as a killed process does; none when it did.
    pub(super) fn run_for(&self, entered: Entered, time: Duration) -> Option<Outcome> {
        self.block_on(&self.models, async |settings, ports| {
            tokio::time::timeout(time, pipeline::run(entered, settings, ports)).await.ok().map(Result::unwrap)
        })
    }

    pub(super) fn runs_of(&self, word: &str) -> usize {
        self.runner.runs_of(word)
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.heard.events.lock().unwrap().clone()
    }

    /// What is recorded.
    pub(super) fn journal(&self) -> Vec<Entry> {
        let order: serde_json::Value =
            serde_json::from_slice(&fs::read(self.workspace().join("generation.json")).unwrap()).unwrap();
        let generation = serde_json::from_value(order["generation"].clone()).unwrap();
        Journal::read(&self.workspace().join("journal"), &generation).unwrap()
    }

    /// Keys of what is recorded.
    pub(super) fn recorded(&self) -> Vec<String> {
        self.journal().into_iter().map(|entry| entry.key.to_string()).collect()
    }

    pub(super) fn zip(&self) -> Vec<u8> {
        fs::read(self.artifact()).unwrap()
    }

    /// Writes the ZIP of what there is, where that is a whole project.
    pub(super) fn export(&self) -> Result<(), pipeline::Error> {
        let delivery = Delivery { artifact: self.place.join("early.zip"), verify: false, with_history: true };
        let entered = self.reopen();
        self.block_on(&NoModels, async |_, _| pipeline::export(entered, &delivery, &NoModels).await.map(|_| ()))
    }

    /// A file of the project as it is now; none when it is not there.
    pub(super) fn file(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.workspace().join("tree").join(path)).ok()
    }

    /// Messages of the commits, oldest first.
    pub(super) fn commits(&self) -> Vec<String> {
        let journal = self.journal();
        let commit = journal.iter().rev().find_map(|entry| entry.value.get("commit")?.as_str()).unwrap();
        let workspace = Workspace::open(&self.workspace()).unwrap();
        let log = workspace.log(&CommitId(commit.to_owned())).unwrap();
        log.into_iter().map(|entry| entry.message).collect()
    }

    /// All that the models were asked at a step: the turns of the last question whose step's key begins so.
    pub(super) fn asked(&self, beginning: &str) -> String {
        let questions = self.models.questions();
        let question = questions.iter().rev().find(|question| question.step.as_str().starts_with(beginning));
        let question =
            question.unwrap_or_else(|| panic!("nothing was asked at {beginning}: {:?}", self.models.steps()));
        question.turns.iter().map(|turn| turn.text.as_str()).collect::<Vec<_>>().join("\n----\n")
    }

    /// How many questions were asked at steps whose keys begin so.
    pub(super) fn count(&self, beginning: &str) -> usize {
        self.models.steps().iter().filter(|step| step.starts_with(beginning)).count()
    }

    /// Lets a complete answer be given to every question of a step.
    pub(super) fn says(&self, beginning: &str, text: impl Into<String>) {
        self.models.answer_always(beginning, Says::text(text));
    }
}

pub(super) fn finished(outcome: Outcome) -> Report {
    match outcome {
        Outcome::Finished(report) => *report,
        other => panic!("the work did not come to its end: {other:?}"),
    }
}

pub(super) fn succeeded(outcome: Outcome) -> Report {
    let report = finished(outcome);
    assert_eq!((report.state, &report.undone), (State::Succeeded, &Vec::new()));
    report
}

/// The cause and the sentence of a pause.
pub(super) fn paused(outcome: Outcome) -> (PauseCause, String) {
    match outcome {
        Outcome::Paused(pause) => (pause.cause, pause.message),
        other => panic!("the work did not pause: {other:?}"),
    }
}

/// Nothing was answered, in this way.
pub(super) fn nothing(kind: NoReplyKind) -> Says {
    Says::nothing(kind, "scripted")
}

pub(super) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target);
        } else {
            fs::copy(&source, &target).unwrap();
        }
    }
}
