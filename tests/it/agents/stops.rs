//! What makes the work stop by itself, and how it goes on.
//!
//! | what happens | what follows |
//! |---|---|
//! | a limit on money, calls, tokens or minutes would be passed | `paused`, `budget_exhausted`; a higher limit goes on |
//! | a money limit, and a model without a price | the same, before anything is paid |
//! | no provider; one that does not answer | `paused`, `no_provider`; later the question is asked once more |
//! | a budget of the operator's | `paused`, `budget_exhausted` |
//! | the question is refused | its agent gives up; nobody is asked again |
//! | `approval: true` | the work waits for a yes after the plan |

use std::time::Duration;

use rust_decimal::Decimal;
use samokoder::{
    agents::{NoReplyKind, Says, Terms},
    domain::{generation::PauseCause, money::Usd, spec::Limits, usage::Usage},
    pipeline::Outcome,
};

use super::{
    rig::{Rig, finished, nothing, paused, succeeded},
    script::{CALLS, WORDS, script},
};

fn cents(count: i64) -> Usd {
    Usd::new(Decimal::new(count, 2))
}

fn rig(terms: Terms) -> Rig {
    let rig = Rig::new(terms);
    script(&rig);
    rig
}

fn limited(limit: &str) -> String {
    format!("---\nlimits: {{ {limit} }}\n---\n{WORDS}")
}

const NO_LIMITS: Limits = Limits { minutes: None, cost_usd: None, calls: None, tokens: None };

/// The ZIP of the same words without any stop; the limit is part of the spec, the price of the estimate, and so both of
/// the bytes.
fn undisturbed(words: &str, most: Option<Usd>, raise: &Limits) -> Vec<u8> {
    let rig = rig(Terms { most, ..Terms::default() });
    let mut entered = rig.begin(words);
    entered.limit(raise);
    succeeded(rig.run(entered));
    rig.zip()
}

#[test]
fn each_limit_pauses_before_it_is_passed_and_a_higher_one_goes_on_without_any_call_again() {
    let many = Usage { output_tokens: 1000, ..Usage::default() };
    let raised = |change: fn(&mut Limits)| {
        let mut limits = NO_LIMITS;
        change(&mut limits);
        limits
    };
    let priced = Terms { most: Some(cents(5)), cost: Some(cents(2)), ..Terms::default() };
    let cases: [(&str, Terms, usize, Limits); 5] = [
        ("calls: 1", Terms::default(), 1, raised(|limits| limits.calls = Some(100))),
        ("calls: 5", Terms::default(), 5, raised(|limits| limits.calls = Some(100))),
        ("cost_usd: 0.10", priced, 3, raised(|limits| limits.cost_usd = Some(Decimal::TEN))),
        (
            "tokens: 20000",
            Terms { usage: many, ..Terms::default() },
            3,
            raised(|limits| limits.tokens = Some(9_000_000)),
        ),
        (
            "minutes: 1",
            Terms { delay: Duration::from_secs(40), ..Terms::default() },
            2,
            raised(|limits| limits.minutes = Some(600)),
        ),
    ];
    for (limit, terms, calls, raise) in cases {
        let words = limited(limit);
        let most = terms.most;
        let rig = rig(terms);
        let (cause, message) = paused(rig.run(rig.begin(&words)));
        assert_eq!(cause, PauseCause::BudgetExhausted, "{limit}");
        assert!(message.contains("raise `limits."), "{message}");
        assert_eq!(rig.models.steps().len(), calls, "{limit}");
        paused(rig.run(rig.reopen()));
        assert_eq!(rig.models.steps().len(), calls, "{limit}: the same limit asks nothing more");
        let mut entered = rig.reopen();
        entered.limit(&raise);
        succeeded(rig.run(entered));
        assert_eq!(rig.models.steps().len(), CALLS, "{limit}");
        assert!(rig.zip() == undisturbed(&words, most, &raise), "{limit}: other bytes");
    }
}

#[test]
fn a_money_limit_needs_a_price() {
    let rig = rig(Terms { most: None, cost: None, ..Terms::default() });
    let (cause, message) = paused(rig.run(rig.begin(&limited("cost_usd: 1"))));
    assert_eq!(cause, PauseCause::BudgetExhausted);
    assert!(message.contains("has no price"), "{message}");
    assert_eq!(rig.models.steps().len(), 0);
}

#[test]
fn r45_every_class_of_missing_reply_pauses_by_its_cause_and_later_the_question_is_asked_again() {
    let classes =
        [(NoReplyKind::NoProvider, PauseCause::NoProvider), (NoReplyKind::Budget, PauseCause::BudgetExhausted)];
    for step in [
        "analyze/analyst/1",
        "architect/lead/1",
        "code/tasks/T1/write/1",
        "test/stories/S1/write/1",
        "test/1/debugger/1",
    ] {
        for (kind, expected) in classes {
            let rig = rig(Terms::default());
            rig.models.answer(step, nothing(kind));
            rig.models.answer(step, Says::unquoted(kind, "scripted"));
            for round in 1..=2 {
                let entered = if round == 1 { rig.begin(WORDS) } else { rig.reopen() };
                let (cause, message) = paused(rig.run(entered));
                assert_eq!((cause, message.as_str()), (expected, "scripted"), "{step}");
            }
            let report = succeeded(rig.run(rig.reopen()));
            assert_eq!(rig.count(step), 2, "{step}: once without an answer, once with one");
            let calls: u64 = report.agents.iter().map(|row| row.spent.calls).sum();
            assert_eq!((rig.models.steps().len(), calls), (CALLS + 1, CALLS as u64 + 1), "{step}");
        }
    }
}

#[test]
fn a_refused_question_is_not_asked_again() {
    for says in [nothing(NoReplyKind::Question), Says::refused("no"), Says::unquoted(NoReplyKind::Question, "too long")]
    {
        let rig = rig(Terms::default());
        rig.models.answer("analyze/analyst/1", says);
        let outcome = rig.run(rig.begin(WORDS));
        assert!(matches!(outcome, Outcome::GaveUp { .. }), "{outcome:?}");
        assert!(rig.models.steps().len() <= 1);
    }
}

#[test]
fn a_refused_task_does_not_keep_the_others_from_being_written() {
    let rig = rig(Terms::default());
    rig.models.answer("code/tasks/T3/write/1", nothing(NoReplyKind::Question));
    let report = finished(rig.run(rig.begin(WORDS)));
    assert!(report.undone.iter().any(|line| line.starts_with("code/tasks/T3: ")), "{:?}", report.undone);
    assert!(rig.file(super::script::MARKS).is_some());
    assert!(rig.file(super::script::REPORT).is_none());
}

#[test]
fn what_has_no_price_is_estimated_without_money() {
    let rig = rig(Terms { most: None, ..Terms::default() });
    succeeded(rig.run(rig.begin(WORDS)));
    let plan = rig.file("docs/plan.md").unwrap();
    assert!(plan.contains(" tokens.\n") && !plan.contains("USD"), "{plan}");
}

#[test]
fn the_plan_waits_for_a_yes_where_the_spec_says_so() {
    let rig = rig(Terms { most: Some(cents(5)), ..Terms::default() });
    let words = format!("---\napproval: true\n---\n{WORDS}");
    for _ in 0..2 {
        match rig.run(if rig.models.steps().is_empty() { rig.begin(&words) } else { rig.reopen() }) {
            Outcome::AwaitingApproval { estimate } => {
                let estimate = estimate.unwrap();
                assert_eq!((estimate.calls, estimate.cost), (12, Some(cents(60))));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(rig.models.steps().len(), 3, "the plan is there, and nothing is asked while nobody said yes");
    }
    assert!(rig.file("docs/plan.md").unwrap().contains("12 model calls, "));
    assert!(rig.file("docs/plan.md").unwrap().contains(" tokens, about 0.6 USD.\n"));
    let mut entered = rig.reopen();
    entered.approve();
    succeeded(rig.run(entered));
    assert_eq!(rig.models.steps().len(), CALLS);
}
