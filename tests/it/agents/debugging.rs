//! Mending: what ends it, and what it may not touch.
//!
//! | what happens | what follows |
//! |---|---|
//! | the same failure twice, or failures that take turns | it ends; the best state is kept, the report says why |
//! | five rounds | it ends |
//! | a fix that edits or deletes a test, a file of the acceptance, a protected one | the part goes back |
//! | a test is disputed | the tester may replace it, once |

use samokoder::{
    agents::{Says, Terms},
    domain::generation::{State, Verdict},
    pipeline::Report,
};

use super::{
    answers::{edit, file},
    rig::{Rig, finished, succeeded},
    script::{INDEX, MARKS, MARKS_TEST, WORDS, script_around_one_task},
};

fn rig(marks: &str) -> Rig {
    let rig = Rig::new(Terms::default());
    script_around_one_task(&rig);
    rig.says("code/tasks/T1/write/1", file(MARKS, marks));
    rig
}

fn failed(rig: &Rig, reason: &str) -> Report {
    let report = finished(rig.run(rig.begin(WORDS)));
    assert_eq!(report.state, State::Failed);
    assert!(report.undone.iter().any(|line| line.contains(reason)), "{:?}", report.undone);
    report
}

#[test]
fn s82_the_same_failure_twice_ends_it() {
    let rig = rig("// BROKEN apple");
    rig.says("test/1/debugger/1", file(MARKS, "// BROKEN apple\n// and no better"));
    failed(&rig, "what failed in round 1 failed again in round 2");
    assert_eq!(rig.count("test/1/debugger/") + rig.count("test/2/debugger/"), 1);
    assert_eq!(rig.file(MARKS).unwrap(), "// BROKEN apple\n", "of equals the earlier state is kept");
}

#[test]
fn s82_failures_that_take_turns_end_it() {
    let rig = rig("// BROKEN apple");
    rig.says("test/1/debugger/1", file(MARKS, "// BROKEN pear"));
    rig.says("test/2/debugger/1", file(MARKS, "// BROKEN apple"));
    failed(&rig, "what failed in round 1 failed again in round 3");
    assert_eq!(rig.runs_of("scripts/tests.sh"), 3);
}

#[test]
fn s82_five_rounds_are_all() {
    let words = ["apple", "pear", "plum", "cherry", "quince", "medlar", "sloe"];
    let rig = rig("// BROKEN apple");
    for (round, word) in (1..).zip(&words[1..]) {
        rig.says(&format!("test/{round}/debugger/1"), file(MARKS, &format!("// BROKEN {word}")));
    }
    failed(&rig, "5 rounds of mending");
    assert_eq!(rig.runs_of("scripts/tests.sh"), 6);
    assert_eq!(rig.file(MARKS).unwrap(), "// BROKEN apple\n");
}

#[test]
fn s82_the_best_state_is_kept() {
    let rig = rig("// BROKEN apple\n// UNREADABLE pear");
    rig.says("test/1/debugger/1", file(MARKS, "// BROKEN plum"));
    rig.says("test/2/debugger/1", file(MARKS, "// BROKEN plum\n// UNREADABLE cherry"));
    rig.models.answer_always("test/3/debugger/1", Says::refused("no more"));
    let report = failed(&rig, "no more");
    assert_eq!(rig.file(MARKS).unwrap(), "// BROKEN plum\n");
    let failed_checks = report.checks.iter().filter(|check| matches!(check.verdict, Verdict::Failed { .. })).count();
    assert_eq!(failed_checks, 1, "the report tells of the state that is delivered");
    let zip = rig.zip();
    let again = finished(rig.run(rig.reopen()));
    assert_eq!((again.state, rig.zip() == zip), (State::Failed, true));
}

#[test]
fn a_fix_touches_no_test_no_acceptance_and_nothing_protected() {
    let words = format!(
        "---\nacceptance:\n  - name: It counts\n    command: [sh, acceptance/count.sh]\n    files:\n      acceptance/count.sh: exit 0\n---\n{WORDS}"
    );
    for (answer, told) in [
        (file(MARKS_TEST, "// nothing is tested"), MARKS_TEST),
        (format!("<delete path=\"{MARKS_TEST}\"/>\n<done/>"), MARKS_TEST),
        (file("tests/features/new.test.js", "1;"), "tests/features/new.test.js"),
        (file("acceptance/count.sh", "exit 0"), "acceptance/count.sh"),
        (file("scripts/tests.sh", "exit 0"), "scripts/tests.sh"),
        (file("package.json", "{}"), "package.json"),
    ] {
        let rig = rig("// BROKEN apple");
        rig.says("test/1/debugger/1", answer);
        rig.says("test/1/debugger/2", edit(MARKS, "// BROKEN apple", "// mended"));
        succeeded(rig.run(rig.begin(&words)));
        assert_eq!(rig.count("test/1/debugger/"), 2, "{told}");
        assert!(rig.asked("test/1/debugger/2").contains(told));
        assert!(rig.file(MARKS_TEST).unwrap().starts_with("import"));
    }
}

#[test]
fn a_disputed_test_may_be_replaced_once() {
    let dispute = format!("<dispute path=\"{MARKS_TEST}\">It asks for what nobody wants</dispute>\n<done/>");
    let rig = rig("1;");
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, "// BROKEN apple"));
    rig.says("test/1/debugger/1", dispute.clone());
    rig.says("test/1/dispute/", file(MARKS_TEST, "// BROKEN pear"));
    rig.says("test/2/debugger/1", dispute);
    failed(&rig, "the debugger holds the tests to be wrong");
    assert_eq!((rig.count("test/1/dispute/"), rig.count("test/2/dispute/")), (1, 0));
    assert!(rig.asked("test/1/dispute/").contains("It asks for what nobody wants"));
}

#[test]
fn a_replaced_test_counts() {
    let rig = rig("1;");
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, "// BROKEN apple"));
    rig.says("test/1/debugger/1", format!("<dispute path=\"{MARKS_TEST}\">Wrong</dispute>\n<done/>"));
    rig.says("test/1/dispute/", file(MARKS_TEST, "// right"));
    succeeded(rig.run(rig.begin(WORDS)));
    assert_eq!(rig.file(MARKS_TEST).unwrap(), "// right\n");
}

#[test]
fn a_tester_may_keep_what_is_disputed() {
    let rig = rig("1;");
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, "// BROKEN apple"));
    rig.says("test/1/debugger/1", format!("<dispute path=\"{MARKS_TEST}\">Wrong</dispute>\n<done/>"));
    rig.says("test/1/dispute/", "<keep/>\n<done/>");
    failed(&rig, "the tester does not");
    assert_eq!(rig.file(MARKS_TEST).unwrap(), "// BROKEN apple\n");
    assert!(rig.file(INDEX).is_some());
}
