//! Keys that models are asked with, in what they wrote: nothing that holds one is handed over.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::{BoxFuture, FutureExt as _};
use samokoder::{
    agents::{Models, NoModels, NoReply, Question, Quote, Reply, ScriptedModels, Terms},
    domain::generation::State,
    pipeline::{self, Delivery, Error, Outcome},
};

use super::{
    answers::{accept, file},
    rig::{Rig, finished},
    script::{MARKS, WORDS, script_around_one_task},
};

const KEY: &str = "CANARY-PROV-7f3a91";

/// Models that are asked with a key, of which nobody knows until a step was asked.
struct Keyed<'a> {
    models: &'a ScriptedModels,
    known_after: Option<&'a str>,
    is_known: AtomicBool,
}

impl<'a> Keyed<'a> {
    fn new(models: &'a ScriptedModels, known_after: Option<&'a str>) -> Self {
        Self { models, known_after, is_known: AtomicBool::new(known_after.is_none()) }
    }
}

impl Models for Keyed<'_> {
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        self.models.quote(question)
    }

    fn holds_key<'a>(&'a self, text: &'a str) -> BoxFuture<'a, bool> {
        let holds = self.is_known.load(Ordering::Relaxed) && text.contains(KEY);
        async move { holds }.boxed()
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        if Some(question.step.as_str()) == self.known_after {
            self.is_known.store(true, Ordering::Relaxed);
        }
        self.models.ask(question)
    }
}

fn rig(marks: &str) -> Rig {
    let rig = Rig::new(Terms::default());
    script_around_one_task(&rig);
    rig.says("code/tasks/T1/write/1", file(MARKS, marks));
    rig
}

fn run(rig: &Rig, models: &dyn Models, is_new: bool) -> Result<Outcome, Error> {
    let entered = if is_new { rig.begin(WORDS) } else { rig.reopen() };
    rig.block_on(models, async |settings, ports| pipeline::run(entered, settings, ports).await)
}

fn is_refused(ended: &Result<Outcome, Error>) -> bool {
    ended.as_ref().is_err_and(|error| {
        assert!(!error.to_string().contains(KEY), "{error}");
        matches!(error, Error::SecretInOutput) && error.to_string().starts_with("secret_in_output: ")
    })
}

#[test]
fn s75_an_answer_with_a_key_is_not_kept_and_its_task_is_given_up() {
    let rig = rig(&format!("export const marks = \"{KEY}\";"));
    let report = finished(rig.run_with(rig.begin(WORDS), &Keyed::new(&rig.models, None)));
    assert_eq!(report.state, State::Failed);
    assert!(report.undone.iter().any(|line| line.contains("secret_in_output")), "{:?}", report.undone);
    let recorded = serde_json::to_string(&rig.journal().iter().map(|entry| &entry.value).collect::<Vec<_>>()).unwrap();
    assert!(!recorded.contains(KEY), "the journal keeps it");
    assert_eq!(rig.file(MARKS), None);
}

#[test]
fn s75_a_key_that_came_by_the_spec_is_not_delivered() {
    let rig = rig("export const marks = [];");
    let words = WORDS.replace("Reading room", &format!("Reading room {KEY}"));
    let entered = rig.begin(&words);
    let models = Keyed::new(&rig.models, None);
    let ended = rig.block_on(&models, async |settings, ports| pipeline::run(entered, settings, ports).await);
    assert!(is_refused(&ended), "{ended:?}");
    assert!(!rig.is_delivered());
}

/// Nobody knew the key while it was written, and a later commit took it out.
#[test]
fn s77_a_key_that_one_commit_wrote_and_the_next_removed_is_found_in_the_history() {
    let rig = rig(&format!("// {KEY}\n// BROKEN marks"));
    rig.says("code/tasks/T1/review/1", accept());
    rig.says("test/1/debugger/1", file(MARKS, "// mended"));
    let models = Keyed::new(&rig.models, Some("test/1/debugger/1"));
    let ended = run(&rig, &models, true);
    assert!(is_refused(&ended), "{ended:?}");
    assert_eq!(rig.file(MARKS).unwrap(), "// mended\n", "the last commit is without it");
    assert!(!rig.is_delivered());

    assert!(is_refused(&run(&rig, &models, false)), "going on changes nothing");
    let entered = rig.reopen();
    let ended = rig.block_on(&models, async |settings, ports| pipeline::verify(entered, settings, ports).await);
    assert!(is_refused(&ended), "verifying changes nothing: {ended:?}");
    let export = |models: &dyn Models| {
        let delivery = Delivery { artifact: rig.artifact(), verify: false, with_history: true };
        let entered = rig.reopen();
        rig.block_on(models, async |_, _| pipeline::export(entered, &delivery, models).await)
    };
    assert!(matches!(export(&models), Err(Error::SecretInOutput)), "nor does exporting");
    assert!(!rig.is_delivered());
    export(&NoModels).unwrap();
    assert!(rig.is_delivered(), "nothing else was in the way");
}
