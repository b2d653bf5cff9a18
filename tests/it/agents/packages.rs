//! Packages that agents add.
//!
//! | what the model asks for | what follows |
//! |---|---|
//! | a good package | it is in the manifest and the lockfile of the commit that uses it, at an exact version |
//! | S-78: a package that nobody has | the part goes back with the reason, and with the files that import it |
//! | S-79: a name nearly that of a popular package | the same, and nobody is asked |
//! | S-80: a version, an address, `package.json` by hand | the same |
//! | what the project has already | nothing: it is there |
//! | what the package manager refuses, or what would run or come from elsewhere | the part goes back with the reason |
//! | an eleventh package | the same |

use std::{
    fs,
    sync::{Arc, LazyLock},
    time::Duration,
};

use samokoder::{
    agents::{NoReplyKind, Terms},
    domain::{clock::Timestamp, generation::State},
    packages::ScriptedRegistry,
    process::{End, SandboxCommand, ScriptedRunner},
    template::Pack,
};
use serde_json::{Value, json};

use super::{
    answers::{accept, analysis, design, file, plan, task},
    rig::{ADD_PACKAGE, NOW, Rig, changed_pack, finished, nothing, paused, succeeded},
    script::{INDEX, MARKS, MARKS_TEST, REPORT, WORDS},
};

const LONG_AGO: Timestamp = Timestamp(NOW.0 - 3 * 365 * 24 * 60 * 60 * 1000);

/// The pack of these tests: a lockfile, and a way to add packages.
fn pack() -> Arc<Pack> {
    static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| {
        let manifest = |text: String| {
            text.replace("\"package.json.tera\",", "\"package.json.tera\", \"package-lock.json\",")
                .replace("protected = [", "protected = [\"package-lock.json\", ")
                .replace(
                    "purposes = [",
                    "purposes = [\n  { files = \"package-lock.json\", purpose = \"The lockfile\" },",
                )
                .replace(
                    "[commands.format]",
                    &format!(
                        "[commands.add_package]\nargv = [\"{ADD_PACKAGE}\", \"{{package}}@{{version}}\"]\n\
                         files = [\"package.json\", \"package-lock.json\"]\ntime_limit_s = 10\n\n[commands.format]"
                    ),
                )
        };
        let lockfile = |_| json!({"lockfileVersion": 3, "packages": {"": {}}}).to_string();
        changed_pack(&[("template.toml", manifest), ("files/package-lock.json", lockfile)])
    });
    PACK.clone()
}

/// Does what npm does, and for some names what it must not do.
pub(super) fn add_as_npm_does(runner: &ScriptedRunner, command: &SandboxCommand, package: &str) {
    let (name, version) = package.rsplit_once('@').unwrap();
    assert_eq!(fs::read_dir(&command.work).unwrap().count(), 2, "it sees the manifest alone");
    if name == "clashing" {
        let lines =
            ["npm error code ERESOLVE", "npm error could not resolve", "npm error A complete log of this run: x"];
        runner.answer(ADD_PACKAGE, End::Exited { code: 1 }, &lines);
        return;
    }
    let read = |file: &str| -> Value { serde_json::from_slice(&fs::read(command.work.join(file)).unwrap()).unwrap() };
    let (mut manifest, mut lockfile) = (read("package.json"), read("package-lock.json"));
    manifest["dependencies"][name] = json!(version);
    lockfile["packages"][""]["dependencies"][name] = json!(version);
    let mut entry = json!({"version": version, "integrity": format!("sha512-{}==", "a".repeat(86))});
    match name {
        "elsewhere" => entry["resolved"] = json!("https://evil.test/x.tgz"),
        "running" => entry["hasInstallScript"] = json!(true),
        _ => {}
    }
    lockfile["packages"][format!("node_modules/{name}")] = entry;
    fs::write(command.work.join("package.json"), format!("{manifest:#}\n")).unwrap();
    fs::write(command.work.join("package-lock.json"), format!("{lockfile:#}\n")).unwrap();
    fs::write(command.work.join("left-behind.js"), "never looked at").unwrap();
}

/// A registry of old packages.
fn registry(names: &[&str]) -> ScriptedRegistry {
    names.iter().fold(ScriptedRegistry::new(), |registry, name| registry.with_package(name, "4.1.0", LONG_AGO))
}

fn rig(names: &[&str]) -> Rig {
    let mut rig = Rig::new(Terms::default());
    (rig.pack, rig.registry) = (pack(), registry(names));
    rig
}

/// One task for [`MARKS`] and [`INDEX`]; what its developer says is left open.
fn one_task(names: &[&str]) -> Rig {
    let rig = rig(names);
    rig.says("analyze/analyst/1", analysis(&["mark books"]));
    rig.says("architect/architect/1", design());
    rig.says("architect/lead/1", plan(&[task("marks", "S1", &[MARKS, INDEX], &[])]));
    rig.says("code/tasks/T1/review/1", accept());
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, "import \"../../src/features/marks.js\";"));
    rig
}

/// An answer with a package and a file that imports it.
fn using(path: &str, package: &str) -> String {
    let import = file(path, &format!("import {{ add }} from \"{package}\";\nexport const marks = add;"));
    format!("<package name=\"{package}\" reason=\"counts\"/>\n{import}")
}

fn manifest(rig: &Rig) -> Value {
    serde_json::from_str(&rig.file("package.json").unwrap()).unwrap()
}

fn refused(report: &samokoder::pipeline::Report) -> Vec<&str> {
    report.packages_refused.iter().map(|package| package.name.as_str()).collect()
}

#[test]
fn a_package_is_added_by_the_commit_that_uses_it() {
    let rig = one_task(&["counting"]);
    rig.says("code/tasks/T1/write/1", using(MARKS, "counting"));
    let report = succeeded(rig.run(rig.begin(WORDS)));
    assert_eq!(manifest(&rig)["dependencies"], json!({"counting": "4.1.0"}));
    assert!(rig.file("package-lock.json").unwrap().contains("node_modules/counting"));
    assert!(rig.commits().iter().any(|message| message.contains("Adds the package counting 4.1.0.")));
    let added: Vec<_> = report.packages_added.iter().map(|one| (&*one.name, &*one.version, &*one.reason)).collect();
    assert_eq!(added, [("counting", "4.1.0", "counts")]);
    assert_eq!(refused(&report), Vec::<&str>::new());
    assert_eq!(rig.registry.asked(), ["counting"], "once");
    assert_eq!(rig.runs_of(ADD_PACKAGE), 1, "the trial is the commit's step");
    assert_eq!(rig.count("code/tasks/T1/write/"), 1);
    assert!(rig.asked("code/tasks/T1/review/1").contains("Added package: counting 4.1.0"));
    assert_eq!(rig.file("left-behind.js"), None);
}

/// S-78, S-79, S-80: refused, told to the model with the reason and with the file to be written anew, and reported by name.
#[test]
fn s78_s79_s80_what_cannot_be_added_goes_back_with_the_reason() {
    for (package, told, asked) in [
        ("react-codeshift-zz-nonexistent", "no such package", true),
        (concat!("express", "s"), "popular package `express`", false),
        ("lodash@latest", "without a version", false),
        ("lodash@*", "without a version", false),
        ("git+https://github.com/a/b.git", "no address", false),
        ("clashing", "ERESOLVE; could not resolve", true),
        ("elsewhere", "another place", true),
        ("running", "install scripts", true),
        ("@private/thing", "private registry", false),
    ] {
        let rig = one_task(&["clashing", "elsewhere", "running"]);
        rig.says("code/tasks/T1/write/1", using(MARKS, package));
        rig.says("code/tasks/T1/write/2", file(MARKS, "export const marks = 1;"));
        let report = succeeded(rig.run(rig.begin(WORDS)));
        let question = rig.asked("code/tasks/T1/write/2");
        let last = question.rsplit("\n----\n").next().unwrap();
        assert!(last.contains(told) && last.contains(package), "{package}: {last}");
        assert!(last.contains(MARKS) && last.contains("write it without"), "{package}: {last}");
        assert_eq!(rig.file(MARKS).unwrap(), "export const marks = 1;\n");
        assert_eq!(manifest(&rig).get("dependencies"), None);
        assert_eq!((refused(&report), report.packages_added.len()), (vec![package], 0));
        assert_eq!(!rig.registry.asked().is_empty(), asked, "{package}");
    }
}

/// S-80: the manifest is nobody's to write.
#[test]
fn s80_a_manifest_by_hand_goes_back() {
    let rig = one_task(&[]);
    let own = file("package.json", "{\"dependencies\": {\"lodash\": \"*\"}}").replace("<done/>\n", "");
    rig.says("code/tasks/T1/write/1", format!("{own}{}", file(MARKS, "export const marks = 1;")));
    rig.says("code/tasks/T1/write/2", file(MARKS, "export const marks = 2;"));
    succeeded(rig.run(rig.begin(WORDS)));
    assert_eq!(rig.count("code/tasks/T1/write/"), 2);
    assert_eq!(manifest(&rig).get("dependencies"), None);
}

#[test]
fn a_file_that_is_not_written_anew_without_the_package_is_missed() {
    let rig = one_task(&[]);
    rig.says("code/tasks/T1/write/1", using(MARKS, "unknown-thing"));
    rig.says("code/tasks/T1/write/2", file(INDEX, "export const features = [];"));
    rig.says("code/tasks/T1/write/3", file(MARKS, "export const marks = 3;"));
    succeeded(rig.run(rig.begin(WORDS)));
    assert!(rig.asked("code/tasks/T1/write/3").contains("still missing"));
    assert_eq!(rig.file(MARKS).unwrap(), "export const marks = 3;\n");
}

/// What was refused is remembered while the author mends the answer.
#[test]
fn a_file_that_uses_a_refused_package_again_goes_back_again() {
    let rig = one_task(&[]);
    rig.says("code/tasks/T1/write/1", using(MARKS, "unknown-thing"));
    rig.says("code/tasks/T1/write/2", file(MARKS, "import { add } from \"unknown-thing/add\";"));
    rig.says("code/tasks/T1/write/3", file(MARKS, "export const marks = 3;"));
    succeeded(rig.run(rig.begin(WORDS)));
    assert!(rig.asked("code/tasks/T1/write/3").contains("uses the package unknown-thing, which is refused"));
    assert_eq!(rig.file(MARKS).unwrap(), "export const marks = 3;\n");
}

/// An answer cannot keep the registry busy.
#[test]
fn of_many_packages_that_are_asked_for_at_once_only_some_are_looked_up() {
    let rig = one_task(&[]);
    let tags: String = (10..99).map(|number| format!("<package name=\"{number}-things\" reason=\"x\"/>\n")).collect();
    rig.says("code/tasks/T1/write/1", format!("{tags}{}", file(MARKS, "export const marks = 1;")));
    rig.says("code/tasks/T1/write/2", file(MARKS, "export const marks = 2;"));
    let report = succeeded(rig.run(rig.begin(WORDS)));
    assert_eq!((rig.registry.asked().len(), report.packages_refused.len()), (20, 20));
    assert_eq!(rig.file(MARKS).unwrap(), "export const marks = 2;\n");
}

#[test]
fn an_eleventh_package_goes_back() {
    let names: Vec<String> = (1..=11).map(|number| format!("long-named-thing-{}", "x".repeat(number * 3))).collect();
    let rig = one_task(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let tags: String = names.iter().map(|name| format!("<package name=\"{name}\" reason=\"x\"/>\n")).collect();
    rig.says("code/tasks/T1/write/1", format!("{tags}{}", file(MARKS, "export const marks = 1;")));
    rig.says("code/tasks/T1/write/2", file(MARKS, "export const marks = 2;"));
    let report = succeeded(rig.run(rig.begin(WORDS)));
    assert!(rig.asked("code/tasks/T1/write/2").contains("10 packages"));
    assert_eq!(report.packages_added.len(), 10);
    assert_eq!(refused(&report), [&names[10]]);
}

/// The author is told, the work goes on, and the registry is not asked again for the same answer.
#[test]
fn a_registry_that_does_not_answer_refuses_and_the_work_goes_on() {
    let mut rig = one_task(&[]);
    let silence = "no connection to the registry: Connection refused";
    rig.registry = ScriptedRegistry::new().failing("counting", silence).failing("painting", silence);
    let other = "<package name=\"painting\" reason=\"colours\"/>";
    rig.says("code/tasks/T1/write/1", format!("{other}\n{}", using(MARKS, "counting")));
    rig.says("code/tasks/T1/write/2", file(MARKS, "export const marks = 1;"));
    let report = succeeded(rig.run(rig.begin(WORDS)));
    let told = format!("it cannot be looked up now: {silence}; write what is needed with what the project has");
    let question = rig.asked("code/tasks/T1/write/2");
    assert!(question.contains(&format!("`counting`: {told}")), "{question}");
    assert!(question.contains(&format!("`painting`: {told}")), "{question}");
    assert_eq!(refused(&report), ["counting", "painting"]);
    assert_eq!(rig.registry.asked(), ["counting"]);
    assert_eq!(manifest(&rig).get("dependencies"), None);
}

/// Nothing is run then, so no package manager either.
#[test]
fn without_verification_no_package_is_added() {
    let mut rig = one_task(&["counting"]);
    rig.verify = false;
    rig.says("code/tasks/T1/write/1", using(MARKS, "counting"));
    rig.says("code/tasks/T1/write/2", file(MARKS, "export const marks = 1;"));
    let report = finished(rig.run(rig.begin(WORDS)));
    assert_eq!(report.state, State::Unverified);
    assert!(rig.asked("code/tasks/T1/write/2").contains("no package can be added where no command is run"));
    assert_eq!((rig.runs_of(ADD_PACKAGE), rig.registry.asked().len()), (0, 0));
}

/// Three tasks: two side by side, one that stands on the first; all of them want packages.
fn three_tasks() -> Rig {
    let rig = rig(&["counting", "painting", "mending-things"]);
    rig.says("analyze/analyst/1", analysis(&["mark books"]));
    rig.says("architect/architect/1", design());
    let tasks = [
        task("marks", "S1", &[MARKS], &[]),
        task("report", "S1", &[REPORT], &[]),
        task("listing", "S1", &[INDEX], &["marks"]),
    ];
    rig.says("architect/lead/1", plan(&tasks));
    for task in ["T1", "T2", "T3"] {
        rig.says(&format!("code/tasks/{task}/review/1"), accept());
    }
    rig.says("code/tasks/T1/write/1", using(MARKS, "counting"));
    let both = format!("<package name=\"counting\" reason=\"too\"/>\n{}", using(REPORT, "painting"));
    rig.says("code/tasks/T2/write/1", both);
    let again = format!("<package name=\"counting\" reason=\"again\"/>\n{}", using(INDEX, "mending-things"));
    rig.says("code/tasks/T3/write/1", again);
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, "import \"../../src/features/marks.js\";"));
    rig
}

/// Whoever is done first: the same commits, the same bytes, each package once.
#[test]
fn timing_changes_nothing_about_packages() {
    let zips: Vec<Vec<u8>> = [[1, 60, 1], [60, 1, 1], [1, 1, 60]]
        .into_iter()
        .map(|delays| {
            let rig = three_tasks();
            for (task, seconds) in ["T1", "T2", "T3"].into_iter().zip(delays) {
                rig.models.delay(&format!("code/tasks/{task}/write/"), Duration::from_secs(seconds));
            }
            let report = succeeded(rig.run(rig.begin(WORDS)));
            let expected = json!({"counting": "4.1.0", "painting": "4.1.0", "mending-things": "4.1.0"});
            assert_eq!(manifest(&rig)["dependencies"], expected);
            assert_eq!(report.packages_added.len(), 3);
            let mut asked = rig.registry.asked();
            asked.sort();
            assert_eq!(asked, ["counting", "mending-things", "painting"]);
            rig.zip()
        })
        .collect();
    assert!(zips.windows(2).all(|pair| pair[0] == pair[1]));
}

/// A commit that adds a package waits for what another task has looked up, and that goes on meanwhile.
#[test]
fn a_commit_and_a_lookup_at_once_come_to_their_end() {
    let mut rig = three_tasks();
    rig.registry = registry(&["counting", "painting", "mending-things"]).slow(Duration::from_secs(60));
    rig.models.delay("code/tasks/T1/write/", Duration::from_secs(1));
    rig.models.delay("code/tasks/T2/write/", Duration::from_secs(30));
    let outcome = rig.run_for(rig.begin(WORDS), Duration::from_secs(3600));
    let report = succeeded(outcome.expect("nobody waits for ever"));
    assert_eq!(report.packages_added.len(), 3);
}

/// Killed at any time: the bytes are those of one run, no package is looked up again after it was answered for, and none
/// is added twice.
#[test]
fn a_kill_between_looking_up_and_committing_changes_nothing() {
    let names = ["counting", "painting", "mending-things"];
    let slow = || {
        let mut rig = three_tasks();
        rig.registry = registry(&names).slow(Duration::from_secs(2));
        for task in ["T1", "T2", "T3"] {
            rig.models.delay(&format!("code/tasks/{task}/"), Duration::from_secs(3));
        }
        rig
    };
    let whole = slow();
    succeeded(whole.run(whole.begin(WORDS)));
    for seconds in [4, 6, 9, 11, 13] {
        let rig = slow();
        assert!(rig.run_for(rig.begin(WORDS), Duration::from_millis(seconds * 1000 - 500)).is_none(), "{seconds}");
        let recorded = rig.recorded();
        let judged = recorded.iter().filter(|key| key.starts_with("packages/judged/")).count();
        let (asked, ran) = (rig.registry.asked().len(), rig.runs_of(ADD_PACKAGE));
        let steps = recorded.iter().filter(|key| key.starts_with("packages/steps/")).count();
        succeeded(rig.run(rig.reopen()));
        assert_eq!(rig.registry.asked().len() - asked, names.len() - judged, "{seconds}");
        assert_eq!(rig.runs_of(ADD_PACKAGE) - ran, whole.runs_of(ADD_PACKAGE) - steps, "{seconds}");
        assert_eq!(rig.zip(), whole.zip(), "{seconds}");
    }
}

/// What was looked up and added before a stop is neither looked up nor added again, and the bytes are those of one run.
#[test]
fn a_resumed_generation_adds_the_same_packages_and_asks_nobody_again() {
    let whole = three_tasks();
    succeeded(whole.run(whole.begin(WORDS)));
    let rig = three_tasks();
    rig.models.answer("code/tasks/T3/write/1", nothing(NoReplyKind::NoProvider));
    paused(rig.run(rig.begin(WORDS)));
    assert!(rig.runs_of(ADD_PACKAGE) > 0);
    succeeded(rig.run(rig.reopen()));
    let mut asked = rig.registry.asked();
    asked.sort();
    assert_eq!(asked, ["counting", "mending-things", "painting"]);
    assert_eq!(rig.runs_of(ADD_PACKAGE), whole.runs_of(ADD_PACKAGE));
    assert_eq!(rig.zip(), whole.zip());
    let recorded = rig.recorded();
    succeeded(rig.run(rig.reopen()));
    assert_eq!(rig.recorded(), recorded);
}
