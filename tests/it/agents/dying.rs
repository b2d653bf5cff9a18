//! Processes that die in the middle of a call, and what of the money they had.
//!
//! A kill is a future that is dropped at a place of our choice: what was made durable before it is there, nothing else is.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _, pending};
use rust_decimal::Decimal;
use samokoder::{
    agents::{Models, NoReply, Question, Quote, Reply, ScriptedModels, Terms},
    domain::{generation::PauseCause, money::Usd, spec::Limits},
    pipeline::{self, Entered, Outcome, Report},
    process::Cancel,
};

use super::{
    resuming::Stopping,
    rig::{Rig, paused, succeeded},
    script::{CALLS, WORDS, script},
};

/// Where in a call the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// The intent is durable, and nothing has left the process.
    BeforeTheRequest,
    /// The whole answer is there, and nothing of it is durable.
    AfterTheAnswer,
    /// As [`Death::AfterTheAnswer`], by a panic.
    InAPanic,
}

/// Models at one of whose steps the process dies.
struct Deadly<'a> {
    models: &'a ScriptedModels,
    step: &'a str,
    death: Death,
}

impl Models for Deadly<'_> {
    fn quote<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Quote, NoReply>> {
        self.models.quote(question)
    }

    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Reply, NoReply>> {
        async move {
            let is_deadly = question.step.as_str() == self.step;
            if is_deadly && self.death == Death::BeforeTheRequest {
                return pending().await;
            }
            let reply = self.models.ask(question).await;
            match self.death {
                Death::AfterTheAnswer if is_deadly => pending().await,
                Death::InAPanic if is_deadly => panic!("an answer that nobody expected"),
                _ => reply,
            }
        }
        .boxed()
    }
}

fn rig(terms: Terms) -> Rig {
    let rig = Rig::new(terms);
    script(&rig);
    rig
}

/// Works until nothing goes on any more, and dies.
fn killed(rig: &Rig, entered: Entered, models: &dyn Models) {
    let outcome = rig.block_on(models, async |settings, ports| {
        tokio::time::timeout(Duration::from_secs(3600), pipeline::run(entered, settings, ports)).await.ok()
    });
    assert!(outcome.is_none(), "it did not die: {outcome:?}");
}

fn calls(report: &Report) -> u64 {
    report.agents.iter().map(|row| row.spent.calls).sum()
}

fn golden() -> Vec<u8> {
    let whole = rig(Terms::default());
    succeeded(whole.run(whole.begin(WORDS)));
    whole.zip()
}

const STEPS: [&str; 5] =
    ["analyze/analyst/1", "architect/lead/1", "code/tasks/T1/write/1", "test/stories/S1/write/1", "test/1/debugger/1"];

#[test]
fn r07_killed_between_the_intent_and_the_request_no_call_is_made_more() {
    let golden = golden();
    for step in STEPS {
        let rig = rig(Terms::default());
        killed(&rig, rig.begin(WORDS), &Deadly { models: &rig.models, step, death: Death::BeforeTheRequest });
        let recorded = rig.recorded();
        assert!(recorded.contains(&format!("{step}/asked-1")) && !recorded.iter().any(|key| key == step), "{step}");
        succeeded(rig.run(rig.reopen()));
        assert_eq!(rig.models.steps().len(), CALLS, "{step}");
        assert!(rig.zip() == golden, "{step}: other bytes");
    }
}

#[test]
fn r09_killed_between_the_answer_and_its_record_one_call_is_made_more() {
    let golden = golden();
    for step in STEPS {
        let rig = rig(Terms::default());
        killed(&rig, rig.begin(WORDS), &Deadly { models: &rig.models, step, death: Death::AfterTheAnswer });
        let report = succeeded(rig.run(rig.reopen()));
        assert_eq!((rig.models.steps().len(), calls(&report)), (CALLS + 1, CALLS as u64 + 1), "{step}");
        assert_eq!(rig.count(step), 2, "{step}");
        assert!(rig.zip() == golden, "{step}: other bytes");
    }
}

#[test]
fn r18_killed_three_times_while_it_recovers_each_kill_costs_what_was_in_flight() {
    let golden = golden();
    let rig = rig(Terms { delay: Duration::from_secs(2), ..Terms::default() });
    let mut lost = 0;
    let mut asked_before = 0;
    for (number, seconds) in [7, 1, 1, 1].into_iter().enumerate() {
        let entered = if number == 0 { rig.begin(WORDS) } else { rig.reopen() };
        assert!(rig.run_for(entered, Duration::from_secs(seconds)).is_none(), "it came to its end");
        let recorded = rig.recorded();
        let asked = rig.models.steps();
        let in_flight = asked[asked_before..].iter().filter(|step| !recorded.contains(step)).count();
        assert!(in_flight > 0, "kill {number}");
        lost += in_flight;
        asked_before = asked.len();
    }
    let report = succeeded(rig.run(rig.reopen()));
    assert_eq!((rig.models.steps().len(), calls(&report)), (CALLS + lost, (CALLS + lost) as u64));
    assert!(rig.zip() == golden, "other bytes");
}

/// Terms of which each call may cost this many cents, and does.
fn at_cents(count: i64) -> Terms {
    let cents = Some(Usd::new(Decimal::new(count, 2)));
    Terms { most: cents, cost: cents, ..Terms::default() }
}

fn with_limit(usd: &str) -> String {
    format!("---\nlimits: {{ cost_usd: {usd} }}\n---\n{WORDS}")
}

/// Nothing starts the work anew but its user; what each start cost is remembered, and so the limit ends it.
#[test]
fn r20_what_kills_the_process_at_every_start_ends_at_the_limit() {
    let rig = rig(at_cents(10));
    let deadly = Deadly { models: &rig.models, step: "analyze/analyst/1", death: Death::AfterTheAnswer };
    killed(&rig, rig.begin(&with_limit("0.30")), &deadly);
    killed(&rig, rig.reopen(), &deadly);
    killed(&rig, rig.reopen(), &deadly);
    for _ in 0..2 {
        let (cause, message) = paused(rig.run_with(rig.reopen(), &deadly));
        assert_eq!(cause, PauseCause::BudgetExhausted);
        assert!(message.starts_with("0.3 of 0.3 USD are spent"), "{message}");
    }
    assert_eq!(rig.models.steps().len(), 3, "three starts were paid, as was reserved for them");
}

#[test]
fn r21_a_panic_over_an_answer_ends_the_run_and_the_process_can_go_on_with_it() {
    let golden = golden();
    for step in STEPS {
        let rig = rig(Terms::default());
        let deadly = Deadly { models: &rig.models, step, death: Death::InAPanic };
        let entered = rig.begin(WORDS);
        assert!(catch_unwind(AssertUnwindSafe(|| rig.run_with(entered, &deadly))).is_err(), "{step}");
        let report = succeeded(rig.run(rig.reopen()));
        assert_eq!((rig.models.steps().len(), calls(&report)), (CALLS + 1, CALLS as u64 + 1), "{step}");
        assert!(rig.zip() == golden, "{step}: other bytes");
    }
}

#[test]
fn r22_with_a_kill_in_every_call_the_cap_holds() {
    let rig = rig(at_cents(40));
    let deadly = Deadly { models: &rig.models, step: STEPS[0], death: Death::AfterTheAnswer };
    killed(&rig, rig.begin(&with_limit("1.00")), &deadly);
    killed(&rig, rig.reopen(), &deadly);
    let (cause, message) = paused(rig.run_with(rig.reopen(), &deadly));
    assert_eq!(cause, PauseCause::BudgetExhausted);
    assert!(message.starts_with("0.8 of 1 USD are spent and the next call may cost 0.4 USD"), "{message}");
    assert_eq!(rig.models.steps().len(), 2, "two calls of 0.40 fit into 1.00");
}

/// What nobody said counts for the tokens as it does for the money: with the most that it may have been.
#[test]
fn r22_with_a_kill_in_every_call_the_limit_of_tokens_holds() {
    let rig = rig(Terms { question_tokens: 1_000, ..Terms::default() });
    let words = format!("---\nlimits: {{ tokens: 40000 }}\n---\n{WORDS}");
    let deadly = Deadly { models: &rig.models, step: STEPS[0], death: Death::AfterTheAnswer };
    killed(&rig, rig.begin(&words), &deadly);
    killed(&rig, rig.reopen(), &deadly);
    let (cause, message) = paused(rig.run_with(rig.reopen(), &deadly));
    assert_eq!(cause, PauseCause::BudgetExhausted);
    assert!(message.starts_with("34000 of 40000 tokens are used and the next call may need 17000"), "{message}");
    assert_eq!(rig.models.steps().len(), 2, "two calls of 17000 fit into 40000");
    let mut entered = rig.reopen();
    entered.limit(&Limits { tokens: Some(9_000_000), ..Limits::default() });
    let report = succeeded(rig.run(entered));
    let tokens: u64 = report.agents.iter().map(|row| row.spent.usage.total_tokens()).sum();
    assert_eq!(tokens, 34_000, "the scripted answers take none");
}

#[test]
fn r23_after_the_cap_was_lowered_below_what_is_spent_no_call_is_made() {
    let mut rig = rig(at_cents(2));
    let stopping = Stopping { models: &rig.models, after: 3, stop: &rig.stop };
    assert!(matches!(rig.run_with(rig.begin(&with_limit("5")), &stopping), Outcome::Stopped));
    rig.stop = Cancel::new();
    let mut entered = rig.reopen();
    entered.limit(&Limits { cost_usd: Some(Decimal::new(1, 2)), ..Limits::default() });
    let (cause, message) = paused(rig.run(entered));
    assert_eq!(cause, PauseCause::BudgetExhausted);
    assert!(message.starts_with("0.06 of 0.01 USD are spent"), "{message}");
    assert_eq!(rig.models.steps().len(), 3);
}
