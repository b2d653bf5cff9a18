//! What of the project's files prompts show: in full what is to be changed, of what is used what it offers.

use std::sync::Arc;

use samokoder::{agents::Terms, template::Pack};
use serde_json::json;

use super::{
    answers::{file, plan, task},
    rig::{Rig, changed_pack, succeeded},
    script::{INDEX, MARKS, WORDS, script_around_one_task},
};

/// A long file of the project.
const LIBRARY: &str = "src/features/library.js";
const SIGNATURE: &str = "/** Finds a book. */\nexport function find(\n  title,\n) {\n…\n";

/// A pack with a long file, which the list of features uses.
fn pack() -> Arc<Pack> {
    let library = |_| {
        let body = "  console.log(\"a line of the body\");\n".repeat(200);
        format!("/** Finds a book. */\nexport function find(\n  title,\n) {{\n{body}}}\n")
    };
    let list = |text: String| format!("import {{ find }} from \"./library.js\";\n{text}");
    changed_pack(&[("files/src/features/library.js", library), ("files/src/features/index.js", list)])
}

fn rig(files: &[&str], reads: &[&str]) -> Rig {
    let mut rig = Rig::new(Terms::default());
    rig.pack = pack();
    script_around_one_task(&rig);
    let mut only = task("marks", "S1", files, &[]);
    only["reads"] = json!(reads);
    rig.says("architect/lead/1", plan(&[only]));
    rig
}

fn shows_the_signature_alone(asked: &str) {
    assert!(asked.contains(SIGNATURE), "{asked}");
    assert!(asked.contains("Of the next file you see what it exports"), "{asked}");
    assert!(!asked.contains("a line of the body"), "{asked}");
}

#[test]
fn a_long_file_that_is_read_or_imported_is_shown_by_its_exports() {
    for (files, reads) in [(&[MARKS][..], &[LIBRARY][..]), (&[MARKS, INDEX], &[])] {
        let rig = rig(files, reads);
        rig.says("code/tasks/T1/write/1", file(MARKS, "export const marks = 1;"));
        succeeded(rig.run(rig.begin(WORDS)));
        shows_the_signature_alone(&rig.asked("code/tasks/T1/write/1"));
    }
}

#[test]
fn a_file_that_is_changed_is_shown_in_full() {
    let rig = rig(&[LIBRARY], &[]);
    rig.says("code/tasks/T1/write/1", file(LIBRARY, "export const marks = 1;"));
    succeeded(rig.run(rig.begin(WORDS)));
    assert!(rig.asked("code/tasks/T1/write/1").contains("a line of the body"));
}

#[test]
fn a_reviewer_sees_what_the_changes_import() {
    let rig = rig(&[MARKS], &[]);
    rig.says("code/tasks/T1/write/1", file(MARKS, "import { find } from \"./library.js\";\nfind(1);"));
    succeeded(rig.run(rig.begin(WORDS)));
    shows_the_signature_alone(&rig.asked("code/tasks/T1/review/1"));
}

/// What the guide tells of others' files is told to nobody who does not write such; testers and debuggers hear all.
#[test]
fn a_guide_is_told_as_far_as_it_is_about_the_files_of_the_task() {
    const PARTS: &str = "guide_parts = [{ heading = \"A mark\", files = [\"src/features/marks.js\"] }, \
                         { heading = \"A test\", files = [\"tests/features/**\"] }]\n";
    let manifest = |text: String| text.replacen("executable =", &format!("{PARTS}executable ="), 1);
    let guide = |text: String| format!("{text}\n## A mark\n\nMarks are a set.\n\n## A test\n\nTests end.\n");
    let pack = changed_pack(&[("template.toml", manifest), ("guide.md.tera", guide)]);
    for (path, is_of_marks) in [(MARKS, true), (INDEX, false)] {
        let mut rig = Rig::new(Terms::default());
        rig.pack = pack.clone();
        script_around_one_task(&rig);
        rig.says("architect/lead/1", plan(&[task("marks", "S1", &[path], &[])]));
        rig.says("code/tasks/T1/write/1", file(path, "export const features = [];\n// BROKEN marks"));
        rig.says("test/1/debugger/1", file(path, "export const features = [];"));
        succeeded(rig.run(rig.begin(WORDS)));
        let told = |step: &str| {
            let asked = rig.asked(step);
            assert!(asked.contains("is plain JavaScript in modules"), "{asked}");
            (asked.contains("Marks are a set."), asked.contains("Tests end."))
        };
        for step in ["code/tasks/T1/write/1", "code/tasks/T1/review/1"] {
            assert_eq!(told(step), (is_of_marks, false), "{path}: {step}");
        }
        for step in ["architect/architect/1", "architect/lead/1"] {
            assert_eq!(told(step), (true, false), "{step}: all files are planned, tests are not");
        }
        for step in ["test/stories/S1/write/1", "test/1/debugger/1"] {
            assert_eq!(told(step), (true, true), "{path}: {step}");
        }
    }
}
