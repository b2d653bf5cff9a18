//! Stops at every point, and what is paid twice: nothing whose answer is recorded.

use std::{collections::BTreeSet, fs, time::Duration};

use futures::future::{BoxFuture, FutureExt as _};
use samokoder::{
    agents::{Models, NoReply, Question, Quote, Reply, ScriptedModels, Terms},
    pipeline::Outcome,
    process::Cancel,
};

use super::{
    rig::{Rig, succeeded},
    script::{CALLS, WORDS, script},
};

fn rig(terms: Terms) -> Rig {
    let rig = Rig::new(terms);
    script(&rig);
    rig
}

/// Bytes after each frame of a segment: a header of 64 bytes, which says at 8 how long the payload is.
pub(super) fn ends_of_frames(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while let Some(length) = bytes.get(at + 8..at + 12) {
        at += 64 + u32::from_le_bytes(length.try_into().unwrap()) as usize;
        ends.push(at);
    }
    ends
}

#[test]
fn r07_r10_from_every_point_of_the_journal_the_same_bytes_come_and_nothing_recorded_is_asked() {
    let whole = rig(Terms::default());
    succeeded(whole.run(whole.begin(WORDS)));
    let segment = fs::read(whole.workspace().join("journal/00000001.segment")).unwrap();
    let ends = ends_of_frames(&segment);
    assert!(ends.len() > 2 * CALLS, "{} frames", ends.len());
    assert_eq!(ends.last(), Some(&segment.len()));
    for (kept, end) in ends.iter().enumerate() {
        let rig = whole.copy(&format!("kept-{kept}"));
        script(&rig);
        fs::write(rig.workspace().join("journal/00000001.segment"), &segment[..*end]).unwrap();
        let recorded: BTreeSet<String> = rig.recorded().into_iter().collect();
        let entered = rig.reopen();
        succeeded(rig.run(entered));
        assert!(rig.zip() == whole.zip(), "other bytes after {kept} frames, the last {:?}", recorded.len());
        let twice: Vec<String> = rig.models.steps().into_iter().filter(|step| recorded.contains(step)).collect();
        assert_eq!(twice, Vec::<String>::new(), "asked although recorded, after {kept} frames");
    }
}

/// Lets the work be stopped once a number of questions was asked.
pub(super) struct Stopping<'a> {
    pub(super) models: &'a ScriptedModels,
    pub(super) after: usize,
    pub(super) stop: &'a Cancel,
}

impl Models for Stopping<'_> {
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        self.models.quote(question)
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        async move {
            let reply = self.models.ask(question).await;
            if self.models.steps().len() >= self.after {
                self.stop.cancel();
            }
            reply
        }
        .boxed()
    }
}

#[test]
fn stopped_after_any_call_the_work_goes_on_with_the_next() {
    let whole = rig(Terms::default());
    succeeded(whole.run(whole.begin(WORDS)));
    for after in 1..=CALLS {
        let mut rig = rig(Terms::default());
        let stopping = Stopping { models: &rig.models, after, stop: &rig.stop };
        let outcome = rig.run_with(rig.begin(WORDS), &stopping);
        assert!(matches!(outcome, Outcome::Stopped), "after {after} calls: {outcome:?}");
        let is_written = ["T1", "T2", "T3"].iter().all(|id| rig.recorded().contains(&format!("code/tasks/{id}")));
        assert_eq!(rig.export().is_ok(), is_written, "after {after} calls");
        rig.stop = Cancel::new();
        succeeded(rig.run(rig.reopen()));
        assert_eq!(rig.models.steps().len(), CALLS, "stopped after {after}");
        assert!(rig.zip() == whole.zip(), "stopped after {after}: other bytes");
    }
}

#[test]
fn r08_cut_off_at_any_second_at_most_what_was_in_flight_is_asked_again() {
    let whole = rig(Terms::default());
    succeeded(whole.run(whole.begin(WORDS)));
    let delay = Duration::from_secs(2);
    for second in (1..20).step_by(2) {
        let rig = rig(Terms { delay, ..Terms::default() });
        let flying = match rig.run_for(rig.begin(WORDS), Duration::from_secs(second)) {
            Some(outcome) => {
                succeeded(outcome);
                0
            }
            None => {
                let recorded = rig.recorded();
                rig.models.steps().iter().filter(|step| !recorded.contains(step)).count()
            }
        };
        let asked = rig.models.steps().len();
        let report = succeeded(rig.run(rig.reopen()));
        let again = rig.models.steps().len() - CALLS;
        assert_eq!(again, flying, "cut off in second {second}, after {asked} questions");
        assert!(rig.zip() == whole.zip(), "cut off in second {second}: other bytes");
        let calls: u64 = report.agents.iter().map(|row| row.spent.calls).sum();
        assert_eq!(calls, (CALLS + flying) as u64, "what was lost is counted");
    }
}
