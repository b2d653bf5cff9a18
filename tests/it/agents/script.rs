//! One generation as it goes well: two stories, three tasks, one sent back, one round of mending.

use super::{
    answers::{accept, analysis, design, edit, file, plan, send_back, task},
    rig::Rig,
};

/// What is asked for.
pub(super) const WORDS: &str =
    "# Reading room\n\nWe keep books. Readers mark what they have read, and see at the door how much is left.\n";

/// The list of features before anybody adds to it.
pub(super) const INDEX: &str = "src/features/index.js";
/// The file of the first task.
pub(super) const MARKS: &str = "src/features/marks.js";
/// The file of the third task.
pub(super) const REPORT: &str = "src/features/report.js";
/// Tests of the first story.
pub(super) const MARKS_TEST: &str = "tests/features/s1-marks.test.js";

/// Scripts all of it; each answer belongs to one question, so that it is the same whoever asked before.
pub(super) fn script(rig: &Rig) {
    script_plan(rig);
    rig.says("code/tasks/T1/write/1", file(MARKS, "export const marks = [];\n// BROKEN marks"));
    rig.says("code/tasks/T1/review/1", send_back(MARKS, "Nothing can be marked"));
    rig.says(
        "code/tasks/T1/rework/1",
        edit(
            MARKS,
            "export const marks = [];",
            "export const marks = new Set();\nexport const mark = (book) => marks.add(book);",
        ),
    );
    rig.says(
        "code/tasks/T2/write/1",
        edit(
            INDEX,
            "export const features = [",
            "export { mark } from \"./marks.js\";\nexport const features = [\n  \"marks\",",
        ),
    );
    rig.says("code/tasks/T2/review/1", accept());
    rig.says("code/tasks/T3/write/1", file(REPORT, "export const left = (books, read) => books.length - read.size;"));
    rig.says("code/tasks/T3/review/1", accept());
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, "import \"../../src/features/marks.js\";"));
    rig.says(
        "test/stories/S2/write/1",
        file("tests/features/s2-report.test.js", "import \"../../src/features/report.js\";"),
    );
    rig.says("test/1/debugger/1", edit(MARKS, "// BROKEN marks", "// Marks are kept while the page is open."));
}

/// Scripts the way to the first task.
pub(super) fn script_plan(rig: &Rig) {
    rig.says("analyze/analyst/1", analysis(&["mark books", "see what is left"]));
    rig.says("architect/architect/1", design());
    rig.says(
        "architect/lead/1",
        plan(&[
            task("marks", "S1", &[MARKS], &[]),
            task("listing", "S1", &[INDEX], &["marks"]),
            task("report", "S2", &[REPORT], &[]),
        ]),
    );
}

/// Calls that all of it takes.
pub(super) const CALLS: usize = 13;

/// Scripts a generation of one task, of which only what its developer says is left open: the file of [`MARKS`].
pub(super) fn script_around_one_task(rig: &Rig) {
    rig.says("analyze/analyst/1", analysis(&["mark books"]));
    rig.says("architect/architect/1", design());
    rig.says("architect/lead/1", plan(&[task("marks", "S1", &[MARKS, INDEX], &[])]));
    rig.says("code/tasks/T1/review/1", accept());
    rig.says("test/stories/S1/write/1", file(MARKS_TEST, "import \"../../src/features/marks.js\";"));
}
