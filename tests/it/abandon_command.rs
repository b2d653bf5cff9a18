//! A change that is under way is taken back by a command.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

const NOTES: &str = "name: notes\nentities:\n  Note:\n    fields:\n      title: string\n";
const TAGS: &str = "  Tag:\n    fields:\n      word: string\n";

#[expect(clippy::disallowed_methods, reason = "the program is run as its user runs it")]
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samokoder"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("SAMOKODER_CACHE_DIR", folder.join("cache")).env("SAMOKODER_STATE_DIR", folder.join("state"));
    command.output().unwrap()
}

#[test]
fn a_change_that_was_not_delivered_is_taken_back_and_may_be_asked_for_again() {
    let folder = tempfile::Builder::new().prefix("abandon-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path();
    fs::write(folder.join("notes.yaml"), NOTES).unwrap();
    fs::write(folder.join("tags.yaml"), format!("{NOTES}{TAGS}")).unwrap();
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/packs/tiny");
    let ran = |arguments: &[&str], code: i32| {
        let output = run(folder, arguments);
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        told
    };
    let change = |output: &str, code| {
        ran(&["change", "work", "--spec", "tags.yaml", "--no-verify", "-o", output], code);
        folder.join("work/tree/docs/changes")
    };
    let pack = pack.to_str().unwrap();
    let generate = ["generate", "notes.yaml", "--pack", pack, "--workspace", "work", "-o", "out.zip", "--no-verify"];
    ran(&generate, 3);
    assert!(ran(&["abandon", "work"], 1).contains("no change is under way in the workspace"));
    assert!(change("nowhere/out.zip", 1).join("1.md").is_file(), "it is written, and not delivered");
    assert_eq!(ran(&["abandon", "work", "--json"], 0), "{\"abandoned\":1}\n");
    assert!(!folder.join("work/tree/docs/changes").exists());
    assert!(ran(&["abandon", "work"], 1).contains("no change is under way in the workspace"));
    assert!(change("out.zip", 3).join("2.md").is_file());
}
