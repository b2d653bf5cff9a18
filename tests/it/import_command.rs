//! Projects that are there already, opened and changed by commands.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::command_support::{Bench, NOTES, Ran, TINY, notes};

/// A project that nobody but its people made, which the tiny pack's commands can install, check and start.
fn foreign(bench: &Bench) -> PathBuf {
    let folder = bench.path("theirs");
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join(TINY).join("files/scripts");
    fs::create_dir_all(folder.join("scripts")).unwrap();
    fs::create_dir_all(folder.join("src/entities")).unwrap();
    for name in ["install.js", "check.js", "serve.js"] {
        fs::copy(scripts.join(name), folder.join("scripts").join(name)).unwrap();
    }
    let files = [
        ("package.json", "{ \"name\": \"theirs\", \"type\": \"module\" }\n"),
        ("src/entities/note.js", "export const note = { label: 'A note of ours', table: \"our_notes\"   };\n"),
        ("src/ours.js", "export const ours = 1;\n"),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

fn import(bench: &Bench, options: &[&str]) -> Ran {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join(TINY);
    let fixed = ["import", "theirs", "--pack", pack.to_str().unwrap(), "--workspace", "imported", "-o", "out.zip"];
    bench.run(&[&fixed, options].concat())
}

fn codes(report: &Value) -> Vec<&str> {
    report["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap()).collect()
}

#[test]
fn what_was_delivered_is_changed_and_imported_by_commands() {
    let bench = Bench::new();
    let spec = notes(&bench, "");
    bench.generate(&spec, &["--no-verify"]).expect(3);
    let spec = spec.to_str().unwrap();
    bench.run(&["change", "work", "--no-verify"]).expect(2);
    bench.run(&["change", "work", "add tags", "--spec", spec]).expect(2);
    let ran = bench.run(&["change", "work", "--spec", spec, "--no-verify"]).expect(2);
    assert!(ran.complaint().contains("The spec is the one that the project has already"), "{}", ran.complaint());
    let more =
        bench.write("more.yaml", &NOTES.replace("entities:\n", "entities:\n  Tag:\n    fields:\n      word: string\n"));
    bench.run(&["change", "work", "--spec", more.to_str().unwrap(), "--no-verify"]).expect(3);
    assert_eq!(bench.report()["change"]["page"], "docs/changes/1.md");
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join(TINY);
    let options = ["--workspace", "imported", "-o", "imported.zip", "--no-verify"];
    let import = |project: &str, pack: &[&str]| bench.run(&[&["import", project], options.as_slice(), pack].concat());
    import("more.yaml", &[]).expect(1);
    import("out.zip", &["--pack", pack.to_str().unwrap()]).expect(3);
    assert!(bench.path("imported/tree/docs/changes/1.md").is_file());
    bench.run(&["change", "imported", "--spec", spec, "--no-verify"]).expect(3);
}

#[test]
fn a_project_that_was_made_by_anything_else_is_opened_by_a_spec_and_changed() {
    let bench = Bench::new();
    let folder = foreign(&bench);
    let spec = notes(&bench, "");
    let ran = import(&bench, &["--spec", spec.to_str().unwrap()]).expect(0);
    let note = "note: The project was not made with the template pack `tiny`. It is taken as it is:";
    assert!(ran.output().contains(note), "{}", ran.output());
    assert_eq!(codes(&bench.report()), ["import_from_elsewhere"]);
    let tree = bench.path("imported/tree");
    for name in ["package.json", "src/entities/note.js", "src/ours.js"] {
        assert_eq!(fs::read(tree.join(name)).unwrap(), fs::read(folder.join(name)).unwrap(), "{name}");
    }
    for name in ["README.md", "docs/architecture.md", "src/i18n/en.json"] {
        assert!(!tree.join(name).exists(), "{name} is nothing of theirs");
    }
    let more =
        bench.write("more.yaml", &NOTES.replace("entities:\n", "entities:\n  Tag:\n    fields:\n      word: string\n"));
    let ran = bench.run(&["change", "imported", "--spec", more.to_str().unwrap()]).expect(0);
    assert!(!ran.output().contains("note: "), "it is told once: {}", ran.output());
    assert!(fs::read_to_string(tree.join("src/entities/tag.js")).unwrap().contains("tags"));
    assert!(fs::read_to_string(tree.join("src/entities/note.js")).unwrap().contains("our_notes"));
    assert!(!tree.join("README.md").exists());
}

#[test]
fn a_project_may_hold_the_spec_that_describes_it() {
    let bench = Bench::new();
    let folder = foreign(&bench);
    let words = "features:\n  - Whoever reads a note is counted\n";
    fs::write(folder.join("samokoder.yaml"), format!("{NOTES}{words}")).unwrap();
    import(&bench, &["--no-verify"]).expect(3);
    assert_eq!(codes(&bench.report()), ["import_from_elsewhere", "import_of_words"]);
    assert_eq!(bench.report()["project"], "notes");
    assert!(bench.path("imported/tree/samokoder.yaml").is_file());
}

#[test]
fn what_is_missing_is_told_before_anything_begins() {
    let bench = Bench::new();
    let folder = foreign(&bench);
    let spec = notes(&bench, "");
    let ran = import(&bench, &[]).expect(2);
    assert!(ran.complaint().contains("it has no `GENERATION.json`, which a delivery"), "{}", ran.complaint());
    assert!(ran.complaint().contains("give that by `--spec FILE`"), "{}", ran.complaint());
    fs::remove_file(folder.join("scripts/install.js")).unwrap();
    let ran = import(&bench, &["--spec", spec.to_str().unwrap()]).expect(2);
    assert!(
        ran.complaint().contains("packages by `scripts/install.js`, and the project has none"),
        "{}",
        ran.complaint()
    );
    let wrong = bench.write("wrong.yaml", &NOTES.replace("type: string", "type: strnig"));
    let ran = import(&bench, &["--spec", wrong.to_str().unwrap()]).expect(2);
    assert!(ran.complaint().contains("wrong.yaml:6:"), "{}", ran.complaint());
    import(&bench, &["--spec", "nowhere.yaml"]).expect(1);
    assert!(!bench.path("imported").exists());
}

#[test]
fn checks_that_a_project_from_elsewhere_does_not_pass_are_told_and_it_can_be_changed() {
    let bench = Bench::new();
    let folder = foreign(&bench);
    let spec = notes(&bench, "");
    fs::write(folder.join("scripts/check.js"), "throw new Error(\"ours fails\");\n").unwrap();
    let ran = import(&bench, &["--spec", spec.to_str().unwrap()]).expect(1);
    assert!(ran.output().contains("ours fails"), "{}", ran.output());
    let more =
        bench.write("more.yaml", &NOTES.replace("entities:\n", "entities:\n  Tag:\n    fields:\n      word: string\n"));
    bench.run(&["change", "imported", "--spec", more.to_str().unwrap(), "--no-verify"]).expect(3);
    assert!(bench.path("imported/tree/src/entities/tag.js").is_file());
}
