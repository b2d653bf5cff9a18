//! From words to a project.

use samokoder::domain::event::Event;

use super::{
    rig::{Rig, succeeded, team},
    script::{CALLS, INDEX, MARKS, REPORT, WORDS, script},
};
use samokoder::agents::{RoleName, Terms};

#[test]
fn words_become_a_project_that_passes_its_checks() {
    let rig = Rig::new(Terms::default());
    script(&rig);
    let report = succeeded(rig.run(rig.begin(WORDS)));
    assert_eq!(rig.models.steps().len(), CALLS, "{:#?}", rig.models.steps());
    assert_eq!(rig.runs_of("scripts/tests.sh"), 2, "one round found something, the next did not");
    assert_eq!(
        rig.file(MARKS).unwrap(),
        "export const marks = new Set();\nexport const mark = (book) => marks.add(book);\n\
         // Marks are kept while the page is open.\n"
    );
    assert!(rig.file(INDEX).unwrap().contains("export { mark } from \"./marks.js\";"));
    assert!(rig.file(REPORT).is_some());
    insta::assert_snapshot!("commits", rig.commits().join("\n---\n"));
    for page in ["requirements", "design", "plan"] {
        let name = format!("docs/{page}.md");
        insta::assert_snapshot!(format!("page_{page}"), rig.file(&name).unwrap());
    }
    let calls = |role: RoleName, stage: &str| {
        let rows = report.agents.iter().filter(|row| row.agent == role && row.stage == stage);
        rows.map(|row| row.spent.calls).sum::<u64>()
    };
    let table = [
        (RoleName::Analyst, "analyze", 1),
        (RoleName::Architect, "architect", 1),
        (RoleName::Lead, "architect", 1),
        (RoleName::Developer, "code", 4),
        (RoleName::Reviewer, "code", 3),
        (RoleName::Tester, "test", 2),
        (RoleName::Debugger, "test", 1),
    ];
    for (role, stage, expected) in table {
        assert_eq!(calls(role, stage), expected, "{role} in {stage}");
    }
}

#[test]
fn a_finished_generation_is_delivered_again_without_any_call() {
    let rig = Rig::new(Terms::default());
    script(&rig);
    succeeded(rig.run(rig.begin(WORDS)));
    let (zip, recorded) = (rig.zip(), rig.recorded());
    succeeded(rig.run(rig.reopen()));
    assert_eq!(rig.models.steps().len(), CALLS);
    assert_eq!(rig.zip(), zip);
    assert_eq!(rig.recorded(), recorded);
    assert_eq!(rig.runs_of("scripts/tests.sh"), 2);
}

#[test]
fn verifying_again_runs_the_checks_and_asks_nobody() {
    let rig = Rig::new(Terms::default());
    script(&rig);
    succeeded(rig.run(rig.begin(WORDS)));
    succeeded(rig.verify(rig.reopen()));
    assert_eq!(rig.runs_of("scripts/tests.sh"), 3);
    assert_eq!(rig.models.steps().len(), CALLS);
}

#[test]
fn every_answer_is_told_once_and_told_as_recorded_when_it_is() {
    let rig = Rig::new(Terms::default());
    script(&rig);
    succeeded(rig.run(rig.begin(WORDS)));
    let told = |replayed: bool| {
        let events = rig.events();
        let answers = events
            .iter()
            .filter(|event| matches!(event, Event::ModelAnswered { replayed: found, .. } if *found == replayed));
        answers.count()
    };
    assert_eq!((told(false), told(true)), (CALLS, 0));
}

#[test]
fn a_spec_that_is_all_structure_asks_nobody() {
    let rig = Rig::new(Terms::default());
    let spec = "name: room\nentities:\n  Book:\n    fields:\n      title: string\n";
    for team in [None, Some(team())] {
        let report = succeeded(rig.run(rig.begin_with("room.yaml", spec, team)));
        assert!(report.agents.is_empty());
    }
    assert_eq!(rig.models.steps(), Vec::<String>::new());
}
