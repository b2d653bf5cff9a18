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
