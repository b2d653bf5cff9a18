//! Many tasks at once: time is saved, and nothing but time changes.

use std::time::Duration;

use proptest::prelude::*;
use samokoder::agents::Terms;
use tokio::time::Instant;

use super::{
    answers::{accept, analysis, design, file, plan, task},
    rig::{Rig, succeeded},
    script::{WORDS, script},
};

fn twelve(rig: &Rig) {
    rig.says("analyze/analyst/1", analysis(&["mark books"]));
    rig.says("architect/architect/1", design());
    let path = |number: usize| format!("src/features/part-{number}.js");
    let tasks: Vec<_> = (1..=12).map(|number| task(&format!("part-{number}"), "S1", &[&path(number)], &[])).collect();
    rig.says("architect/lead/1", plan(&tasks));
    for number in 1..=12 {
        let text = format!("export const part = {number};");
        rig.says(&format!("code/tasks/T{number}/write/1"), file(&path(number), &text));
        rig.says(&format!("code/tasks/T{number}/review/1"), accept());
    }
    rig.says("test/stories/S1/write/1", file("tests/features/s1-parts.test.js", "1;"));
}

/// Analyst, architect, lead, then a developer and a reviewer, then a tester, each 2 s.
const CRITICAL_PATH_S: u64 = 12;

#[test]
fn twelve_independent_tasks_take_the_time_of_one() {
    let mut rig = Rig::new(Terms { delay: Duration::from_secs(2), ..Terms::default() });
    rig.tasks_at_once = 12;
    twelve(&rig);
    let (report, took) = rig.timed(rig.begin(WORDS));
    assert_eq!(report.state, samokoder::domain::generation::State::Succeeded);
    assert_eq!(rig.models.most_in_flight(), 12);
    assert!(took >= Duration::from_secs(CRITICAL_PATH_S), "{took:?}");
    assert!(took.as_secs_f64() <= CRITICAL_PATH_S as f64 * 1.1, "{took:?}");
}

#[test]
fn no_more_are_at_work_than_the_operator_lets() {
    let mut rig = Rig::new(Terms { delay: Duration::from_secs(2), ..Terms::default() });
    rig.tasks_at_once = 3;
    twelve(&rig);
    let (_, took) = rig.timed(rig.begin(WORDS));
    assert_eq!(rig.models.most_in_flight(), 3);
    assert_eq!(took.as_secs(), 8 + 4 * 4, "four rows of three tasks");
}

#[test]
fn delays_change_no_byte() {
    let golden = Rig::new(Terms::default());
    script(&golden);
    succeeded(golden.run(golden.begin(WORDS)));
    let (zip, commits) = (golden.zip(), golden.commits());
    let steps: Vec<String> = golden.models.steps();
    let cases = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(cases, |(delays in prop::collection::vec(0_u64..5000, steps.len()), at_once in 1_usize..5)| {
        let mut rig = Rig::new(Terms::default());
        rig.tasks_at_once = at_once;
        script(&rig);
        for (step, delay) in steps.iter().zip(delays) {
            rig.models.delay(step, Duration::from_millis(delay));
        }
        succeeded(rig.run(rig.begin(WORDS)));
        prop_assert_eq!(rig.commits(), commits.clone());
        prop_assert!(rig.zip() == zip);
    });
}

impl Rig {
    /// Runs to the end, and says how long that took on the clock of the models.
    fn timed(&self, entered: samokoder::pipeline::Entered) -> (samokoder::pipeline::Report, Duration) {
        let mut took = Duration::ZERO;
        let report = self.block_on(&self.models, async |settings, ports| {
            let began = Instant::now();
            let outcome = samokoder::pipeline::run(entered, settings, ports).await.unwrap();
            took = began.elapsed();
            super::rig::finished(outcome)
        });
        (report, took)
    }
}
