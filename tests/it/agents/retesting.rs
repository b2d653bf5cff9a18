//! Tests that are wrong in themselves, and what nobody can mend.
//!
//! | what is found | what follows |
//! |---|---|
//! | a test file that linter or type checker refuses | it goes back to its tester, twice at most, and the report says so |
//! | code and test both wrong | tester and debugger mend in one round |
//! | a test that its tester cannot mend | types: the debugger is asked; layout: it ends |
//! | only files that nobody may change are red | it ends without a call |
//! | `<blocked>` | it ends with the debugger's reason |
//! | a criterion without a test that ran and passed | it is red, whatever the checks say; the tester is told once |

use std::sync::{Arc, LazyLock};

use samokoder::{
    agents::Terms,
    domain::generation::{State, Verdict},
    pipeline::Report,
    template::Pack,
};

use super::{
    answers::{edit, file},
    rig::{Rig, changed_pack, finished, succeeded},
    script::{INDEX, MARKS, MARKS_TEST, WORDS, script, script_around_one_task},
};

const BLOCKED: &str = "<blocked>The settings are wrong</blocked>\n<done/>";

/// A generation of one task, with these contents of its file and of the test.
fn rig(marks: &str, test: &str) -> Rig {
    let rig = Rig::new(Terms::default());
    script_around_one_task(&rig);
    rig.says("code/tasks/T1/write/1", file(MARKS, marks));
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, test));
    rig
}

fn failed(rig: &Rig, reason: &str) -> Report {
    let report = finished(rig.run(rig.begin(WORDS)));
    assert_eq!(report.state, State::Failed);
    assert!(report.undone.iter().any(|line| line.contains(reason)), "{:?}", report.undone);
    report
}

#[test]
fn a_test_that_the_checks_refuse_goes_back_to_its_tester() {
    for (wrong, told) in [("// MISTYPED pear", "error TS2322: pear"), ("// CROOKED noVar", "lint/style/noVar")] {
        let rig = rig("export const marks = 1;", wrong);
        rig.says("test/1/tester/S1/1", file(MARKS_TEST, "// right"));
        let report = succeeded(rig.run(rig.begin(WORDS)));
        assert_eq!(rig.file(MARKS_TEST).unwrap(), "// right\n");
        assert_eq!((rig.count("test/1/tester/"), rig.count("test/1/debugger/")), (1, 0));
        let asked = rig.asked("test/1/tester/S1/1");
        assert!(asked.contains(told) && asked.contains(&format!("{wrong}\n")), "{asked}");
        assert!(asked.contains("S1.1"), "{asked}");
        let said = "round 1: the tests of S1 went back to their tester: Every module can be read";
        assert_eq!(report.mended, [said]);
    }
}

#[test]
fn tester_and_debugger_mend_in_one_round() {
    let rig = rig("// BROKEN apple", "// CROOKED noVar");
    rig.says("test/1/tester/S1/1", file(MARKS_TEST, "// right"));
    rig.says("test/1/debugger/1", edit(MARKS, "// BROKEN apple", "// mended"));
    succeeded(rig.run(rig.begin(WORDS)));
    assert_eq!(rig.runs_of("scripts/tests.sh"), 2);
    let asked = rig.asked("test/1/debugger/1");
    assert!(asked.contains("> apple") && !asked.contains("lint/style/noVar"), "{asked}");
}

#[test]
fn a_tester_is_asked_twice_at_most() {
    let rig = rig("1;", "// CROOKED noVar");
    rig.says("test/1/tester/S1/1", file(MARKS_TEST, "// CROOKED noLet"));
    rig.says("test/2/tester/S1/1", file(MARKS_TEST, "// CROOKED noConst"));
    failed(&rig, "what is red cannot be mended by anybody who works on it: Every module can be read");
    assert_eq!((rig.count("test/1/tester/"), rig.count("test/2/tester/"), rig.count("test/3/")), (1, 1, 0));
}

#[test]
fn what_a_tester_leaves_as_it_was_is_the_debuggers_next() {
    let rig = rig("1;", "// MISTYPED pear");
    rig.says("test/1/tester/S1/1", file(MARKS_TEST, "// MISTYPED pear\n// and no better"));
    rig.says("test/2/debugger/1", BLOCKED);
    failed(&rig, "the debugger says that only a protected file could mend it: The settings are wrong");
    assert_eq!((rig.count("test/2/tester/"), rig.count("test/2/debugger/")), (0, 1));
}

#[test]
fn what_nobody_may_change_costs_no_call() {
    for change in [|text| text + "# CROOKED noVar\n", |text| text + "# MISTYPED pear\n"] {
        let mut rig = rig("1;", "1;");
        rig.pack = changed_pack(&[("files/scripts/tests.sh", change)]);
        failed(
            &rig,
            "what is red cannot be mended by anybody who works on it: Every module can be read: scripts/tests.sh",
        );
        assert_eq!(rig.count("test/1/"), 0);
    }
}

#[test]
fn a_protected_file_may_be_wrong_because_of_what_it_uses() {
    let mut rig = rig("1;", "1;");
    let using = |_| "import \"../src/features/marks.js\";\n// MISTYPED pear\n".to_owned();
    rig.pack = changed_pack(&[("files/scripts/check.js", using)]);
    rig.says("test/1/debugger/1", BLOCKED);
    failed(&rig, "The settings are wrong");
    assert_eq!(rig.count("test/1/debugger/"), 1);
}

/// A pack whose runner tells which tests it ran.
fn telling_pack() -> Arc<Pack> {
    static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| {
        let manifest =
            |text: String| text.replace("\"scripts/tests.sh\"]\n", "\"scripts/tests.sh\"]\ntest_report = \"vitest\"\n");
        changed_pack(&[("template.toml", manifest)])
    });
    PACK.clone()
}

fn telling(test: &str) -> Rig {
    let mut rig = rig("1;", test);
    rig.pack = telling_pack();
    rig
}

fn criteria(report: &Report) -> Verdict {
    report.checks.iter().find(|check| check.id == "criteria").unwrap().verdict.clone()
}

#[test]
fn a_criterion_without_a_test_goes_back_to_the_tester() {
    let right = "test(\"S1.1 a book can be marked\", () => {});";
    for (wrong, told) in [
        ("1;", "S1.1: no test has a title that begins with S1.1"),
        ("test(\"a book can be marked\", () => {});", "S1.1: no test has a title that begins with S1.1"),
        ("test(\"S1.10 a book can be marked\", () => {});", "S1.1: no test has a title that begins with S1.1"),
    ] {
        let rig = telling(wrong);
        rig.says("test/1/tester/S1/1", file(MARKS_TEST, right));
        let report = succeeded(rig.run(rig.begin(WORDS)));
        assert_eq!(criteria(&report), Verdict::Passed);
        let asked = rig.asked("test/1/tester/S1/1");
        assert!(asked.contains(told), "{asked}");
        assert_eq!(rig.count("test/1/debugger/"), 0);
    }
}

#[test]
fn tests_that_the_runner_does_not_collect_are_told() {
    let (misnamed, right) = ("tests/features/s1-marks.spec.js", "test(\"S1.1 marks\", () => {});");
    let rig = telling("1;");
    rig.says("test/stories/S1/write/1", file(misnamed, right));
    let renamed = format!("<delete path=\"{misnamed}\"/>\n{}", file(MARKS_TEST, right));
    rig.says("test/1/tester/S1/1", renamed);
    succeeded(rig.run(rig.begin(WORDS)));
    let asked = rig.asked("test/1/tester/S1/1");
    assert!(asked.contains(&format!("{misnamed}: the runner told of none of its tests")), "{asked}");
    assert_eq!(rig.file(misnamed), None);
}

#[test]
fn a_criterion_that_stays_without_a_test_is_red_however_green_the_checks_are() {
    let rig = telling("1;");
    rig.says("test/1/tester/S1/1", file(MARKS_TEST, "2;"));
    let report = failed(&rig, "S1.1: no test has a title that begins with S1.1");
    assert_eq!(rig.count("test/"), 2, "the tester is told once, and nobody else");
    assert!(matches!(criteria(&report), Verdict::Failed { .. }), "{:?}", report.checks);
    let others = report.checks.iter().filter(|check| check.id != "criteria");
    assert!(others.into_iter().all(|check| check.verdict == Verdict::Passed), "{:?}", report.checks);
}

#[test]
fn the_debugger_sees_what_failed_and_not_all_that_the_log_names() {
    let mut rig = Rig::new(Terms::default());
    rig.pack = telling_pack();
    script(&rig);
    let test = |title: &str, text: &str| format!("test(\"{title}\", () => {{}});\n// {text}");
    let report_test = "tests/features/s2-report.test.js";
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, &test("S1.1 marks", "of the marks")));
    rig.says("test/stories/S2/write/1", file(report_test, &test("S2.1 tells", "of the report")));
    succeeded(rig.run(rig.begin(WORDS)));
    let asked = rig.asked("test/1/debugger/1");
    let failures = asked.split("# What the project is made of").next().unwrap();
    assert!(failures.contains(&format!("FAIL {MARKS} > marks")), "{failures}");
    assert!(!failures.contains(report_test), "what passed is no failure: {failures}");
    assert!(asked.contains("// BROKEN marks"), "the failing file is shown: {asked}");
    assert!(!asked.contains("of the report"), "a file that passed is not: {asked}");
    assert!(rig.file(INDEX).is_some());
}
