//! Changes of what was delivered: the same stages, on top of the last commit.

use std::{collections::BTreeSet, fs, path::PathBuf};

use samokoder::{
    agents::{NoReplyKind, Terms},
    domain::generation::State,
    pipeline::{self, Error, Outcome},
};
use serde_json::{Value, json};

use super::{
    answers::{accept, analysis, design, edit, file, plan, task},
    resuming::ends_of_frames,
    rig::{Rig, finished, nothing, paused, succeeded},
    script::{CALLS, INDEX, MARKS, MARKS_TEST, REPORT, WORDS, script, script_around_one_task},
};

/// What is asked of the finished reading room.
const CHANGE: &str = "Books get tags, and the report goes.";
/// The file of the change's task.
const TAGS: &str = "src/features/tags.js";
/// Calls that the change takes.
const CHANGE_CALLS: usize = 6;

/// An analyst's answer to a change: a structure (or none), stories with what they replace, and those that hold no more.
fn changed(structure: &Value, stories: &[(&str, &str)], withdrawn: &[&str]) -> String {
    let stories: Vec<Value> = stories
        .iter()
        .map(|(replaces, title)| {
            let story = format!("As a reader, I want to {title}, so that I find it");
            json!({"replaces": replaces, "title": title, "story": story, "criteria": [format!("It is possible to {title}")]})
        })
        .collect();
    json!({
        "structure": structure, "stories": stories, "withdrawn": withdrawn,
        "assumptions": ["A tag is a word"], "questions": [], "risks": [],
    })
    .to_string()
}

fn structure() -> Value {
    json!({"entities": {
        "Book": {"fields": {"title": {"type": "string", "required": true}}},
        "Tag": {"fields": {"word": {"type": "string", "required": true}}},
    }})
}

fn script_change(rig: &Rig) {
    rig.says("change-1/analyze/analyst/1", changed(&structure(), &[("", "tag books")], &["S2"]));
    rig.says("change-1/architect/architect/1", design());
    rig.says("change-1/architect/lead/1", plan(&[task("tags", "S3", &[TAGS, INDEX], &[])]));
    let written = format!(
        "{}{}",
        file(TAGS, "export const tags = [];").replace("<done/>\n", ""),
        edit(INDEX, "  \"marks\",", "  \"marks\",\n  \"tags\","),
    );
    rig.says("change-1/code/tasks/T1/write/1", written);
    rig.says("change-1/code/tasks/T1/review/1", accept());
    let test = file("tests/features/s3-tags.test.js", "import \"../../src/features/tags.js\";");
    rig.says("change-1/test/stories/S3/write/1", test);
}

fn delivered() -> Rig {
    let rig = Rig::new(Terms::default());
    script(&rig);
    succeeded(rig.run(rig.begin(WORDS)));
    rig
}

fn last_segment(rig: &Rig) -> PathBuf {
    let segments = fs::read_dir(rig.workspace().join("journal")).unwrap();
    segments.map(|entry| entry.unwrap().path()).max().unwrap()
}

#[test]
fn words_change_what_was_delivered() {
    let rig = delivered();
    script_change(&rig);
    let before = rig.commits();
    let report = succeeded(rig.run(rig.change(CHANGE)));
    assert_eq!(rig.models.steps().len(), CALLS + CHANGE_CALLS, "{:#?}", rig.models.steps());
    let commits = rig.commits();
    assert_eq!(commits[..before.len()], before[..], "what was delivered stays as it was");
    insta::assert_snapshot!("change_commits", commits[before.len()..].join("\n---\n"));
    insta::assert_snapshot!("change_page", rig.file("docs/changes/1.md").unwrap());
    insta::assert_snapshot!("change_requirements", rig.file("docs/requirements.md").unwrap());
    insta::assert_snapshot!("change_asked", rig.asked("change-1/analyze/analyst/1"));
    let told = "- `src/features/marks.js`: `Part of marks`\n";
    for asked in ["architect/architect/1", "architect/lead/1", "code/tasks/T1/write/1"] {
        assert!(
            rig.asked(&format!("change-1/{asked}")).contains(told),
            "{asked} does not hear what the first plan said"
        );
    }
    assert!(rig.file(MARKS).unwrap().contains("export const mark ="), "what models wrote stays");
    assert!(rig.file(REPORT).is_some() && rig.file(MARKS_TEST).is_some());
    assert_eq!(rig.file("tests/features/s2-report.test.js"), None, "the tests of what holds no more go");
    assert!(rig.file("src/entities/tag.js").is_some());
    let change = report.change.unwrap();
    assert_eq!((change.number, change.words.as_str(), change.page.as_str()), (1, CHANGE, "docs/changes/1.md"));
    let calls: u64 = report.agents.iter().map(|row| row.spent.calls).sum();
    assert_eq!(calls, CHANGE_CALLS as u64, "the report counts what the change took");
}

#[test]
fn a_changed_spec_asks_nobody_and_changes_follow_one_another() {
    let rig = Rig::new(Terms::default());
    let spec = |entities: &str| format!("name: room\nentities:\n{entities}");
    let book = "  Book:\n    fields:\n      title: string\n";
    let shelf = "  Shelf:\n    fields:\n      place: string\n";
    succeeded(rig.run(rig.begin_with("room.yaml", &spec(book), None)));
    let report = succeeded(rig.run(rig.change_spec(&spec(&format!("{book}{shelf}")), false).unwrap()));
    assert_eq!(report.change.unwrap().number, 1);
    assert!(rig.file("src/entities/shelf.js").is_some());
    let report = succeeded(rig.run(rig.change_spec(&spec(shelf), false).unwrap()));
    assert_eq!(report.change.unwrap().number, 2);
    assert_eq!(rig.file("src/entities/book.js"), None, "a file that nobody changed goes with its entity");
    assert!(rig.file("docs/changes/1.md").is_some() && rig.file("docs/changes/2.md").is_some());
    assert_eq!(rig.models.steps(), Vec::<String>::new());
    assert_eq!(rig.change_spec(&spec(shelf), false).err().unwrap(), [" change_nothing"]);
    let (zip, recorded) = (rig.zip(), rig.recorded());
    succeeded(rig.run(rig.reopen()));
    assert_eq!((rig.zip(), rig.recorded()), (zip, recorded), "a finished change is delivered again");
}

#[test]
fn a_story_is_replaced_under_its_number_with_the_tests_it_has() {
    let rig = delivered();
    rig.says("change-1/analyze/analyst/1", changed(&json!({}), &[("S1", "unmark books")], &[]));
    rig.says("change-1/architect/architect/1", design());
    rig.says("change-1/architect/lead/1", plan(&[task("unmark", "S1", &[MARKS], &[])]));
    rig.says(
        "change-1/code/tasks/T1/write/1",
        edit(
            MARKS,
            "export const mark = (book) => marks.add(book);",
            "export const mark = (book) => marks.delete(book);",
        ),
    );
    rig.says("change-1/code/tasks/T1/review/1", accept());
    rig.says(
        "change-1/test/stories/S1/write/1",
        file(MARKS_TEST, "import { mark } from \"../../src/features/marks.js\";"),
    );
    succeeded(rig.run(rig.change("Marks are taken away")));
    assert!(rig.asked("change-1/test/stories/S1/write/1").contains("import \"../../src/features/marks.js\";"));
    assert!(rig.file(MARKS_TEST).unwrap().contains("{ mark }"));
    let page = rig.file("docs/requirements.md").unwrap();
    assert!(page.contains("## S1: unmark books") && page.contains("## S2: see what is left"), "{page}");
}

#[test]
fn what_is_not_at_its_end_cannot_be_changed() {
    let rig = Rig::new(Terms::default());
    script(&rig);
    rig.stop.cancel();
    assert!(matches!(rig.run(rig.begin(WORDS)), Outcome::Stopped));
    let entered = rig.reopen();
    let delivery = entered.order().delivery.clone();
    let asked = pipeline::Asked { words: CHANGE.to_owned(), ..pipeline::Asked::default() };
    let wish = pipeline::Wish { spec: None, ignored: Vec::new(), asked };
    let error = entered.change(wish, delivery, None).err().unwrap();
    assert!(error.to_string().contains("samokoder resume"), "{error}");
    assert!(!rig.workspace().join("change-1-generation.json").exists());
}

#[test]
fn the_same_change_again_goes_on_with_it() {
    let mut rig = delivered();
    script_change(&rig);
    rig.stop.cancel();
    assert!(matches!(rig.run(rig.change(CHANGE)), Outcome::Stopped));
    rig.stop = samokoder::process::Cancel::new();
    succeeded(rig.run(rig.change(CHANGE)));
    assert_eq!(rig.models.steps().len(), CALLS + CHANGE_CALLS);
    assert!(!rig.workspace().join("change-2-generation.json").exists());
}

#[test]
fn a_change_that_is_under_way_is_taken_back_and_another_follows() {
    let rig = delivered();
    let (files, zip) = (rig.file(INDEX), rig.zip());
    assert!(matches!(rig.reopen().abandon(), Err(Error::NothingToAbandon { .. })), "no change is under way");
    script_change(&rig);
    rig.models.answer("change-1/test/stories/S3/write/1", nothing(NoReplyKind::NoProvider));
    let commits = rig.commits().len();
    paused(rig.run(rig.change(CHANGE)));
    assert!(rig.file(TAGS).is_some() && rig.file("docs/changes/1.md").is_some());
    let made = rig.commits().len() - commits;
    assert_eq!(rig.reopen().abandon().unwrap(), 1);
    assert_eq!((rig.file(TAGS), rig.file("docs/changes/1.md"), rig.file(INDEX)), (None, None, files));
    assert!(matches!(rig.reopen().abandon(), Err(Error::NothingToAbandon { .. })), "it is taken back once");
    assert_eq!(rig.commits().len(), commits + made + 1, "nothing of it is lost");
    let asked = rig.models.steps().len();
    succeeded(rig.run(rig.reopen()));
    assert_eq!(rig.models.steps().len(), asked, "what was delivered is delivered again, and nobody is asked");
    assert!(rig.zip() != zip, "its history is longer");

    rig.says("change-2/analyze/analyst/1", changed(&json!({}), &[("S1", "unmark books")], &[]));
    rig.says("change-2/architect/architect/1", design());
    rig.says("change-2/architect/lead/1", plan(&[task("unmark", "S1", &[MARKS], &[])]));
    rig.says(
        "change-2/code/tasks/T1/write/1",
        edit(MARKS, "export const marks = new Set();", "export const marks = new Map();"),
    );
    rig.says("change-2/code/tasks/T1/review/1", accept());
    rig.says("change-2/test/stories/S1/write/1", file(MARKS_TEST, "import \"../../src/features/marks.js\";"));
    let report = succeeded(rig.run(rig.change("Marks are taken away")));
    assert_eq!(report.change.unwrap().number, 2);
    assert_eq!((rig.file(TAGS), rig.file("src/entities/tag.js")), (None, None), "nothing of the first came back");
    assert!(rig.file("tests/features/s2-report.test.js").is_some(), "nor is anything withdrawn");
    let told = rig.asked("change-2/analyze/analyst/1");
    assert!(told.contains("`S2`") && !told.contains("`S3`") && !told.contains("Tag:"), "{told}");
}

#[test]
fn a_kill_while_a_change_is_taken_back_leaves_it_to_be_taken_back() {
    let base = delivered();
    script_change(&base);
    base.models.answer("change-1/test/stories/S3/write/1", nothing(NoReplyKind::NoProvider));
    paused(base.run(base.change(CHANGE)));
    let (whole, torn) = (base.copy("whole"), base.copy("torn"));
    whole.reopen().abandon().unwrap();
    torn.reopen().abandon().unwrap();
    let segment = last_segment(&torn);
    let bytes = fs::read(&segment).unwrap();
    let ends = ends_of_frames(&bytes);
    fs::write(&segment, &bytes[..ends[ends.len() - 2]]).unwrap();
    assert_eq!(torn.reopen().abandon().unwrap(), 1, "the commit is there, its record is not");
    assert_eq!(torn.commits(), whole.commits());
}

#[test]
fn from_every_point_of_a_changes_journal_the_same_bytes_come_and_nothing_recorded_is_asked() {
    let base = delivered();
    let whole = base.copy("whole");
    script_change(&whole);
    succeeded(whole.run(whole.change(CHANGE)));
    let segment = last_segment(&whole);
    let bytes = fs::read(&segment).unwrap();
    let name = segment.file_name().unwrap();
    let first = fs::read(base.workspace().join("journal").join(name)).map_or(0, |bytes| bytes.len());
    let ends = ends_of_frames(&bytes);
    let ends: Vec<usize> = ends.into_iter().filter(|end| *end >= first.max(1)).collect();
    assert!(ends.len() > 2 * CHANGE_CALLS, "{} frames", ends.len());
    for (kept, end) in ends.iter().enumerate() {
        let rig = whole.copy(&format!("kept-{kept}"));
        script_change(&rig);
        fs::write(rig.workspace().join("journal").join(name), &bytes[..*end]).unwrap();
        let recorded: BTreeSet<String> = rig.recorded().into_iter().collect();
        let is_written = ["change-1/code/pack", "change-1/code/tasks/T1"].iter().all(|step| recorded.contains(*step));
        assert_eq!(rig.export().is_ok(), is_written, "after {kept} frames");
        succeeded(rig.run(rig.reopen()));
        assert!(rig.zip() == whole.zip(), "other bytes after {kept} frames");
        let twice: Vec<String> = rig.models.steps().into_iter().filter(|step| recorded.contains(step)).collect();
        assert_eq!(twice, Vec::<String>::new(), "asked although recorded, after {kept} frames");
    }
}

#[test]
fn what_a_change_breaks_is_mended_in_it_and_older_tests_may_be_disputed() {
    let rig = delivered();
    script_change(&rig);
    let broken = format!(
        "{}{}",
        file(TAGS, "// BROKEN apple").replace("<done/>\n", ""),
        edit(INDEX, "  \"marks\",", "  \"marks\",\n  \"tags\","),
    );
    rig.says("change-1/code/tasks/T1/write/1", broken);
    let mended = edit(TAGS, "// BROKEN apple", "// mended").replace("<done/>\n", "");
    let dispute = format!("<dispute path=\"{MARKS_TEST}\">It knows no tags</dispute>\n<done/>");
    rig.says("change-1/test/1/debugger/1", format!("{mended}{dispute}"));
    rig.says("change-1/test/1/dispute/", "<keep/>\n<done/>");
    let report = succeeded(rig.run(rig.change(CHANGE)));
    assert_eq!(rig.file(TAGS).unwrap(), "// mended\n");
    assert_eq!((rig.count("test/1/debugger/"), rig.count("change-1/test/1/debugger/")), (1, 1));
    let asked = rig.asked("change-1/test/1/debugger/1");
    assert!(asked.contains(&format!("FAIL {TAGS} > apple")) && asked.contains("// BROKEN apple"), "{asked}");
    let asked = rig.asked("change-1/test/1/dispute/");
    assert!(
        asked.contains("S1.1 It is possible to mark books"),
        "the tester knows what the older test is for: {asked}"
    );
    let [mended] = report.mended.as_slice() else { panic!("{:?}", report.mended) };
    assert!(mended.starts_with("round 1: "), "only what the change mended: {mended}");
}

#[test]
fn tests_of_older_stories_go_back_to_their_tester_too() {
    let rig = Rig::new(Terms::default());
    script_around_one_task(&rig);
    rig.says("code/tasks/T1/write/1", file(MARKS, "1;"));
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, "// CROOKED noVar"));
    rig.says("test/1/tester/S1/1", file(MARKS_TEST, "// CROOKED noLet"));
    rig.says("test/2/tester/S1/1", file(MARKS_TEST, "// CROOKED noConst"));
    assert_eq!(finished(rig.run(rig.begin(WORDS))).state, State::Failed);
    rig.says("change-1/analyze/analyst/1", changed(&json!({}), &[("", "tag books")], &[]));
    rig.says("change-1/architect/architect/1", design());
    rig.says("change-1/architect/lead/1", plan(&[task("tags", "S2", &[TAGS], &[])]));
    rig.says("change-1/code/tasks/T1/write/1", file(TAGS, "1;"));
    rig.says("change-1/code/tasks/T1/review/1", accept());
    rig.says("change-1/test/stories/S2/write/1", file("tests/features/s2-tags.test.js", "1;"));
    rig.says("change-1/test/1/tester/S1/1", file(MARKS_TEST, "// right"));
    succeeded(rig.run(rig.change("Books get tags")));
    assert_eq!(rig.file(MARKS_TEST).unwrap(), "// right\n");
    assert_eq!((rig.count("change-1/test/1/tester/S1/"), rig.count("change-1/test/1/debugger/")), (1, 0));
}

/// The reading room, where an agent changed the label of the books in code.
fn with_a_label_of_its_own() -> Rig {
    let rig = Rig::new(Terms::default());
    let book = "src/entities/book.js";
    rig.says("analyze/analyst/1", analysis(&["read labels"]));
    rig.says("architect/architect/1", design());
    rig.says("architect/lead/1", plan(&[task("label", "S1", &[book], &[])]));
    rig.says("code/tasks/T1/write/1", edit(book, "  label: \"Book\",", "  label: \"Volume\","));
    rig.says("code/tasks/T1/review/1", accept());
    rig.says(
        "test/stories/S1/write/1",
        file("tests/features/s1-label.test.js", "import \"../../src/entities/book.js\";"),
    );
    succeeded(rig.run(rig.begin(WORDS)));
    rig
}

const LABELLED: &str = "name: reading-room\nentities:\n  Book:\n    label: Printed book\n    fields:\n      title: {type: string, required: true}\n";

#[test]
fn where_the_pack_and_others_changed_one_line_nothing_is_lost_and_it_is_said() {
    let rig = with_a_label_of_its_own();
    let report = finished(rig.run(rig.change_spec(LABELLED, false).unwrap()));
    assert_eq!(report.state, State::Failed);
    let [undone] = report.undone.as_slice() else { panic!("{:?}", report.undone) };
    assert!(undone.starts_with("src/entities/book.js: "), "{undone}");
    let text = rig.file("src/entities/book.js").unwrap();
    assert!(text.contains("Volume") && !text.contains("<<<<"), "{text}");
}

#[test]
fn in_a_change_by_words_a_developer_joins_them() {
    let rig = with_a_label_of_its_own();
    let labelled = json!({"entities": {"Book": {"label": "Printed book", "fields": {"title": {"type": "string", "required": true}}}}});
    rig.says("change-1/analyze/analyst/1", changed(&labelled, &[], &[]));
    let joined = edit("src/entities/book.js", "  label: \"Volume\",", "  label: \"Printed volume\",");
    rig.models.answer("change-1/code/tasks/M1/write/1", nothing(NoReplyKind::NoProvider));
    rig.says("change-1/code/tasks/M1/write/1", joined);
    rig.says("change-1/code/tasks/M1/review/1", accept());
    paused(rig.run(rig.change("Say printed book")));
    assert!(rig.recorded().contains(&"change-1/code/pack".to_owned()));
    assert!(rig.export().is_err(), "what is not joined is not whole");
    succeeded(rig.run(rig.reopen()));
    rig.export().unwrap();
    assert!(rig.asked("change-1/code/tasks/M1/write/1").contains("+  label: \"Printed book\","));
    assert!(rig.file("src/entities/book.js").unwrap().contains("Printed volume"));
    assert_eq!(rig.count("change-1/architect/"), 0, "nobody is asked for a plan of it");
}
