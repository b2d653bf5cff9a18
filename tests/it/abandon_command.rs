//! A change that is under way is taken back by a command.

use super::command_support::Bench;

const NOTES: &str = "name: notes\nentities:\n  Note:\n    fields:\n      title: string\n";
const TAGS: &str = "  Tag:\n    fields:\n      word: string\n";

#[test]
fn a_change_that_was_not_delivered_is_taken_back_and_may_be_asked_for_again() {
    let bench = Bench::new();
    let spec = bench.write("notes.yaml", NOTES);
    bench.write("tags.yaml", &format!("{NOTES}{TAGS}"));
    let ran = |arguments: &[&str], code: i32| {
        let ran = bench.run(arguments);
        let told = format!("{}{}", ran.output(), ran.complaint());
        assert_eq!(ran.code(), code, "{arguments:?}: {told}");
        told
    };
    let change = |output: &str, code| {
        ran(&["change", "work", "--spec", "tags.yaml", "--no-verify", "-o", output], code);
        bench.path("work/tree/docs/changes")
    };
    assert_eq!(bench.generate(&spec, &["--no-verify"]).code(), 3);
    assert!(ran(&["abandon", "work"], 1).contains("no change is under way in the workspace"));
    assert!(change("nowhere/out.zip", 1).join("1.md").is_file(), "it is written, and not delivered");
    assert_eq!(ran(&["abandon", "work", "--json"], 0), "{\"abandoned\":1}\n");
    assert!(!bench.path("work/tree/docs/changes").exists());
    assert!(ran(&["abandon", "work"], 1).contains("no change is under way in the workspace"));
    assert!(change("out.zip", 3).join("2.md").is_file());
}
