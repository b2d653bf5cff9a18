//! The program as a user runs it: files in, exit code, words and files out.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use serde_json::Value;

use crate::command_support::{Bench, NOTES, TINY, notes};

#[test]
fn a_spec_becomes_a_verified_zip() {
    let bench = Bench::new();
    let ran = bench.generate(&notes(&bench, ""), &[]).expect(0);
    assert!(ran.output().contains("notes: verified: 5 checks ran and passed"), "{}", ran.output());
    let report = bench.report();
    assert_eq!(report["state"], "succeeded");
    assert!(report["tools"]["node"].as_str().unwrap().starts_with('v'), "{report}");
    let logs: Vec<_> = report["checks"].as_array().unwrap().iter().filter_map(|check| check["log"].as_str()).collect();
    assert!(!logs.is_empty() && logs.iter().all(|log| Path::new(log).is_file()), "{logs:?}");
}

#[test]
fn the_events_of_a_generation_follow_the_schema() {
    let bench = Bench::new();
    let events = bench.generate(&notes(&bench, ""), &["--no-verify", "--json"]).expect(3).events();
    insta::assert_json_snapshot!(events, {
        "[].generation" => "[id]",
        "[].workspace" => "[path]",
        "[].artifact" => "[path]",
        "[].report" => "[path]",
        "[].duration_ms" => "[ms]",
        "[].commit" => insta::dynamic_redaction(|commit, _| {
            let is_commit = commit.as_str().is_some_and(|id| id.len() == 40);
            if is_commit { "[commit]".into() } else { commit }
        }),
    });
}

#[test]
fn without_verification_the_result_is_unverified_and_the_same_bytes() {
    let bench = Bench::new();
    let spec = notes(&bench, "");
    bench.generate(&spec, &["--no-verify"]).expect(3);
    let unverified = fs::read(bench.path("out.zip")).unwrap();
    assert_eq!(bench.report()["state"], "unverified");
    bench.run(&["verify", "work"]).expect(0);
    assert_eq!(bench.report()["state"], "succeeded");
    assert_eq!(fs::read(bench.path("out.zip")).unwrap(), unverified);
}

#[test]
fn a_failing_acceptance_command_fails_the_generation_and_shows_why() {
    let bench = Bench::new();
    let acceptance = "acceptance:
  - name: The answer is right
    command: [node, check/answer.js]
    files:
      check/answer.js: |
        console.log('the answer is 41');
        process.exit(1);
";
    let ran = bench.generate(&notes(&bench, acceptance), &[]).expect(1);
    assert!(ran.output().contains("The answer is right (acceptance-1) failed: exit code 1"), "{}", ran.output());
    assert!(ran.output().contains("the answer is 41"), "{}", ran.output());
    let report = bench.report();
    assert_eq!(report["state"], "failed");
    let log = report["checks"].as_array().unwrap().last().unwrap()["log"].as_str().unwrap().to_owned();
    assert!(fs::read_to_string(log).unwrap().contains("the answer is 41"));
    assert!(bench.path("out.zip").is_file(), "what failed is delivered too, so that it can be looked at");
}

#[test]
fn an_acceptance_command_meets_the_started_server() {
    let bench = Bench::new();
    let acceptance = "acceptance:
  - name: The page has a title
    server: true
    command: [node, ask.mjs]
    files:
      ask.mjs: |
        const page = await (await fetch(process.env.BASE_URL)).text();
        if (!page.includes('<title>tiny</title>')) throw new Error(page);
";
    bench.generate(&notes(&bench, acceptance), &[]).expect(0);
}

#[test]
fn what_an_acceptance_command_leaves_is_not_delivered() {
    let bench = Bench::new();
    let acceptance = "acceptance:
  - name: It writes
    command: [node, write.cjs]
    files: { write.cjs: \"require('fs').writeFileSync('README.md', 'mine')\" }
";
    bench.generate(&notes(&bench, acceptance), &[]).expect(0);
    let with = fs::read(bench.path("work/tree/README.md")).unwrap();
    assert_ne!(with, b"mine");
    assert!(!bench.path("work/tree/write.cjs").exists());
}

#[test]
fn a_wrong_spec_is_refused_whole_and_nothing_is_started() {
    let bench = Bench::new();
    let spec = bench.write(
        "wrong.yaml",
        "spec_version: 1\nname: Wrong Name\nentities:\n  Note:\n    fields:\n      title: { type: strnig }\n      size: { type: integer, min: 5, max: 2 }\n",
    );
    let ran = bench.generate(&spec, &[]).expect(2);
    let complaint = ran.complaint().replace(&spec.display().to_string(), "wrong.yaml");
    insta::assert_snapshot!(complaint);
    assert!(!bench.path("work").exists() && !bench.path("out.zip").exists());
    let events = bench.generate(&spec, &["--json"]).expect(2).events();
    assert_eq!(events[0]["event"], "refused");
    assert_eq!(events[0]["problems"].as_array().unwrap().len(), 3);
}

#[test]
fn prose_features_without_a_model_are_refused_before_any_work() {
    let bench = Bench::new();
    let ran = bench.generate(&notes(&bench, "features:\n  - Remind me of old notes.\n"), &[]).expect(2);
    assert!(ran.complaint().contains("model"), "{}", ran.complaint());
    assert!(!bench.path("work").exists());
}

#[test]
fn prose_and_what_is_attached_are_read_before_any_work() {
    let bench = Bench::new();
    let spec = bench.write("notes.md", "# Notes\n\nI want to keep notes.\n");
    let prices = bench.write("prices.csv", "a;b\r\n");
    let ran = bench.generate(&spec, &["--attach", &prices.display().to_string()]).expect(2);
    assert!(ran.complaint().contains("model"), "{}", ran.complaint());
    let image = bench.write("image.png", "\0");
    let ran =
        bench.generate(&spec, &["--attach", &prices.display().to_string(), &image.display().to_string()]).expect(2);
    let told = format!("{}: attachments[1]: The attachment `image.png` is not text", image.display());
    assert!(ran.complaint().contains(&told), "{}", ran.complaint());
    let missing = bench.path("missing.txt").display().to_string();
    let ran = bench.generate(&spec, &["--attach", &missing]).expect(1);
    assert!(ran.complaint().contains("could not read the attachment"), "{}", ran.complaint());
    assert!(!bench.path("work").exists());
}

#[test]
fn a_workspace_is_not_given_to_another_spec() {
    let bench = Bench::new();
    bench.generate(&notes(&bench, ""), &["--no-verify"]).expect(3);
    let other = bench.write("other.yaml", &NOTES.replace("name: notes", "name: other"));
    let ran = bench.generate(&other, &["--no-verify"]).expect(1);
    assert!(ran.complaint().contains("holds work on another spec"), "{}", ran.complaint());
    bench.run(&["resume", "work", "--no-verify"]).expect(3);
}

#[test]
fn resuming_what_is_finished_does_nothing_again() {
    let bench = Bench::new();
    bench.generate(&notes(&bench, ""), &[]).expect(0);
    let events = bench.run(&["resume", "work", "--json"]).expect(0).events();
    let steps: Vec<_> = events.iter().filter(|event| event["event"] == "step_finished").collect();
    assert!(steps.len() > 8);
    assert!(steps.iter().all(|step| step["replayed"] == true), "{steps:#?}");
}

#[test]
fn work_that_nobody_recorded_is_parked_and_told() {
    let bench = Bench::new();
    bench.generate(&notes(&bench, ""), &["--no-verify"]).expect(3);
    let zip = fs::read(bench.path("out.zip")).unwrap();
    fs::write(bench.path("work/tree/README.md"), "changed by hand").unwrap();
    fs::write(bench.path("work/tree/mine.txt"), "added by hand").unwrap();
    let ran = bench.run(&["resume", "work", "--no-verify"]).expect(3);
    assert!(ran.output().contains("refs/samokoder/parked/1"), "{}", ran.output());
    assert_eq!(fs::read(bench.path("out.zip")).unwrap(), zip);
    let repository = git2::Repository::open_bare(bench.path("work/git")).unwrap();
    let parked = repository.find_reference("refs/samokoder/parked/1").unwrap().peel_to_tree().unwrap();
    let text = |name: &str| {
        let entry = parked.get_name(name).unwrap().to_object(&repository).unwrap();
        String::from_utf8(entry.as_blob().unwrap().content().to_vec()).unwrap()
    };
    assert_eq!((text("README.md").as_str(), text("mine.txt").as_str()), ("changed by hand", "added by hand"));
}

#[test]
fn a_workspace_can_be_moved_and_resumed() {
    let bench = Bench::new();
    bench.generate(&notes(&bench, ""), &["--no-verify"]).expect(3);
    let zip = fs::read(bench.path("out.zip")).unwrap();
    fs::rename(bench.path("work"), bench.path("moved")).unwrap();
    bench.run(&["resume", "moved", "--no-verify", "-o", "again.zip"]).expect(3);
    assert_eq!(fs::read(bench.path("again.zip")).unwrap(), zip);
}

#[test]
fn export_writes_the_same_zip_and_on_request_its_history() {
    let bench = Bench::new();
    bench.generate(&notes(&bench, ""), &["--no-verify"]).expect(3);
    bench.run(&["export", "work", "-o", "again.zip"]).expect(0);
    assert_eq!(fs::read(bench.path("again.zip")).unwrap(), fs::read(bench.path("out.zip")).unwrap());
    bench.run(&["export", "work", "-o", "history.zip", "--with-history"]).expect(0);
    let mut archive = zip::ZipArchive::new(fs::File::open(bench.path("history.zip")).unwrap()).unwrap();
    archive.extract(bench.path("unpacked")).unwrap();
    let repository = git2::Repository::open(bench.path("unpacked/notes")).unwrap();
    let mut walk = repository.revwalk().unwrap();
    walk.push_head().unwrap();
    assert!(walk.count() >= 4);
    let mut options = git2::StatusOptions::new();
    let statuses = repository.statuses(Some(options.include_untracked(true))).unwrap();
    let dirty: Vec<_> = statuses.iter().map(|entry| entry.path().unwrap_or_default().to_owned()).collect();
    assert_eq!(dirty, Vec::<String>::new(), "the unpacked project is not what was committed");
    assert!(bench.path("unpacked/notes/GENERATION.json").is_file());
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let bench = Bench::new();
    bench.generate(&notes(&bench, ""), &["--no-verify"]).expect(3);
    nix::unistd::mkfifo(&bench.path("pipe.zip"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    let ran = bench.run(&["export", "work", "-o", "pipe.zip"]).expect(1);
    assert!(ran.complaint().contains("not a file"), "{}", ran.complaint());
    assert!(!fs::symlink_metadata(bench.path("pipe.zip")).unwrap().is_file());
}

#[test]
fn a_missing_tool_makes_the_result_unverified() {
    let bench = Bench::new();
    let pack = bench.path("pack");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(TINY), &pack);
    let manifest = fs::read_to_string(pack.join("template.toml")).unwrap();
    fs::write(pack.join("template.toml"), manifest.replace("node = \"20\"", "no-such-tool-here = \"1.0\"")).unwrap();
    let spec = notes(&bench, "");
    let arguments = ["generate", spec.to_str().unwrap(), "--pack", "pack", "--workspace", "work", "-o", "out.zip"];
    let ran = bench.run(&arguments).expect(3);
    assert!(ran.output().contains("no-such-tool-here"), "{}", ran.output());
    assert_eq!(bench.report()["state"], "unverified");
}

#[test]
fn an_interrupted_generation_stops_at_once_and_says_how_to_go_on() {
    let bench = Bench::new();
    let acceptance = "acceptance:
  - name: It takes its time
    command: [node, wait.cjs]
    files: { wait.cjs: \"if (!require('fs').existsSync('go')) setTimeout(() => {}, 60000)\" }
";
    let spec = notes(&bench, acceptance);
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join(TINY);
    let arguments = ["generate", spec.to_str().unwrap(), "--pack", pack.to_str().unwrap(), "--workspace", "work"];
    let mut child = bench
        .command(&[&arguments, ["-o", "out.zip", "--json"].as_slice()].concat())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let started =
        lines.by_ref().any(|line| line.unwrap().contains("\"step_started\",\"step\":\"test/1/acceptance-1\""));
    assert!(started, "the acceptance command was never started");
    let asked_at = std::time::Instant::now();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id().cast_signed()), nix::sys::signal::Signal::SIGINT)
        .unwrap();
    let status = child.wait().unwrap();
    assert!(asked_at.elapsed().as_secs() < 5, "it took {:?} to stop", asked_at.elapsed());
    assert_eq!(status.code(), Some(130));
    let last: Value = serde_json::from_str(&lines.last().unwrap().unwrap()).unwrap();
    assert_eq!(last["event"], "stopped");
    assert!(last["workspace"].as_str().unwrap().ends_with("work"));
    assert!(!bench.path("out.zip").exists());
}

#[test]
fn commands_that_only_look_answer() {
    let bench = Bench::new();
    let schema: Value = serde_json::from_str(&bench.run(&["schema"]).expect(0).output()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let packs: Value = serde_json::from_str(&bench.run(&["templates", "--json"]).expect(0).output()).unwrap();
    assert!(packs.as_array().unwrap().iter().any(|pack| pack["name"] == "react-hono"));
    let doctor: Value = serde_json::from_str(&bench.run(&["doctor", "--json"]).expect(0).output()).unwrap();
    assert_eq!(doctor["tiers"].as_array().unwrap().len(), 4);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(bench.run(&["completions", shell]).expect(0).output().contains("generate"), "{shell}");
    }
}

#[test]
fn models_are_listed_with_what_they_cost() {
    let bench = Bench::new();
    let prices =
        bench.write("prices.toml", "date = \"2026-11-20\"\n[models.\"openai/gpt-6-luna\"]\ninput = 3.50\noutput = 7\n");
    let list = |arguments: &[&str]| bench.run(&[&["models"], arguments].concat()).expect(0).output();
    let listed: Value = serde_json::from_str(&list(&["--json"])).unwrap();
    let luna = listed.as_array().unwrap().iter().find(|model| model["route"] == "openai/gpt-6-luna").unwrap();
    assert_eq!(luna["price"]["bands"][0]["usd_per_million_tokens"]["input"], "0.1");
    assert_eq!(luna["price"]["date"], "2026-10-21");
    let own = list(&["--provider", "openai", "--prices", prices.to_str().unwrap()]);
    let luna = own.lines().find(|line| line.contains("openai/gpt-6-luna")).unwrap();
    assert!(luna.contains("3.5") && luna.contains("2026-11-20") && luna.contains("prices.toml"), "{luna}");
    assert!(!own.contains("anthropic/"), "{own}");
    assert!(list(&["--class", "fast"]).lines().count() < list(&[]).lines().count());
    assert!(list(&["--all", "--provider", "gemini"]).contains("gemini/gemini-2.5-pro"));
    assert!(list(&["--provider", "gigachat"]).contains("unknown: it depends on the contract"));
    bench.run(&["models", "--class", "poetry"]).expect(2);
    let broken = bench.write("broken.toml", "colour = 1\n[models.x]\n");
    let complaint = bench.run(&["models", "--prices", broken.to_str().unwrap()]).expect(2).complaint();
    assert!(complaint.contains("broken.toml:1:1: ") && complaint.contains("broken.toml:2:9: "), "{complaint}");
}

#[test]
fn models_of_ones_own_server_are_listed_at_no_cost() {
    let bench = Bench::new();
    let config = bench.write(
        "config.toml",
        "[providers.our-vllm]\ntitle = 'Our own server'\ndialect = 'openai_chat'\nbase_url = 'http://10.0.0.7:8000/v1'\n\
         key_optional = true\nfree = true\n[[models]]\nname = 'our-model'\nclasses = ['fast']\ntier = 3\n\
         context_tokens = 131072\nvision = false\ntools = true\nschema = true\nreasoning = false\n\
         routes = [{ provider = 'our-vllm', model = 'Qwen/Qwen3.8-27B' }]\n",
    );
    let listed =
        bench.run(&["models", "--config", config.to_str().unwrap(), "--provider", "our-vllm"]).expect(0).output();
    let line = listed.lines().find(|line| line.starts_with("our-model")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells[2..6], ["131072", "0", "0", "0"], "{line}");
    assert!(line.ends_with("`free` of the provider our-vllm"), "{line}");
}

#[test]
fn init_writes_a_spec_that_works_and_overwrites_nothing() {
    let bench = Bench::new();
    bench.run(&["init", "mine.yaml"]).expect(0);
    bench.generate(&bench.path("mine.yaml"), &["--no-verify"]).expect(3);
    let ran = bench.run(&["init", "mine.yaml"]).expect(1);
    assert!(ran.complaint().contains("name another file"), "{}", ran.complaint());
}

#[test]
fn every_command_has_help_with_an_example() {
    let bench = Bench::new();
    assert!(bench.run(&["--help"]).expect(0).output().contains("Exit codes:"));
    let commands =
        ["generate", "resume", "export", "verify", "templates", "schema", "init", "doctor", "models", "completions"];
    for command in commands {
        let help = bench.run(&[command, "--help"]).expect(0).output();
        assert!(help.contains(&format!("Example:\n  samokoder {command}")), "{command}: {help}");
    }
    bench.run(&["generate"]).expect(2);
}

#[test]
fn a_folder_that_is_no_workspace_is_told_so() {
    let bench = Bench::new();
    fs::create_dir(bench.path("empty")).unwrap();
    let ran = bench.run(&["resume", "empty"]).expect(1);
    assert!(ran.complaint().contains("is not a workspace"), "{}", ran.complaint());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn recorded_conversations_become_projects_again_and_nobody_is_asked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["hive-records", "sourdough-planner", "workshop-booking"] {
        let bench = Bench::new();
        let spec = root.join(format!("examples/{name}.md"));
        let transcript = root.join(format!("tests/transcripts/{name}.jsonl"));
        let fixed = ["generate", spec.to_str().unwrap(), "--replay", transcript.to_str().unwrap(), "--json"];
        let ran = bench.run(&[&fixed, ["--no-verify", "--workspace", "work", "-o", "out.zip"].as_slice()].concat());
        let events = ran.expect(3).events();
        let answers = events.iter().filter(|event| event["event"] == "model_answered");
        let answered: BTreeSet<_> = answers.map(|event| event["step"].as_str().unwrap().to_owned()).collect();
        let recorded = fs::read_to_string(&transcript).unwrap();
        let lines = recorded.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let steps = lines.map(|line| line["step"].as_str().unwrap().to_owned());
        // What was asked about failures is not asked where nothing runs.
        let expected = steps.filter(|step| !step.starts_with("test/1/")).collect();
        assert_eq!(answered, expected, "{name}");
        assert_eq!(bench.report()["undone"], Value::Null, "{name}");
    }
}
