use std::time::Duration;

use super::*;
use crate::{
    agents::Question,
    domain::{id::StepKey, model_class::ModelClass},
};

fn question(step: &str) -> Question {
    Question { step: StepKey(step.to_owned()), ..Question::probe(ModelClass::Coding) }
}

async fn said(models: &ScriptedModels, step: &str) -> String {
    models.ask(&question(step)).await.map_or_else(|reason| format!("({})", reason.message), |reply| reply.text)
}

#[tokio::test]
async fn the_longest_beginning_answers_in_order_and_then_for_ever() {
    let models = ScriptedModels::default();
    models.answer_always("code/", Says::text("any"));
    models.answer("code/T1/", Says::text("first"));
    models.answer("code/T1/", Says::text("second"));
    for (step, expected) in [
        ("code/T1/write/1", "first"),
        ("code/T2/write/1", "any"),
        ("code/T1/write/2", "second"),
        ("code/T1/write/3", "any"),
        ("test/1/write/1", "(the script has no answer for the step `test/1/write/1`)"),
    ] {
        assert_eq!(said(&models, step).await, expected, "{step}");
    }
    assert_eq!(models.steps().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn calls_take_their_time_and_are_counted_while_they_do() {
    let models = ScriptedModels::new(Terms { delay: Duration::from_secs(2), ..Terms::default() });
    models.answer_always("", Says::text("any"));
    models.delay("slow/", Duration::from_secs(9));
    let began = tokio::time::Instant::now();
    tokio::join!(said(&models, "a"), said(&models, "b"));
    assert_eq!(began.elapsed().as_secs(), 2);
    said(&models, "slow/1").await;
    assert_eq!(began.elapsed().as_secs(), 11);
    assert_eq!(models.most_in_flight(), 2);
    let slow = question("slow/2");
    let given_up = tokio::time::timeout(Duration::from_secs(1), models.ask(&slow)).await;
    assert!(given_up.is_err());
    assert_eq!(models.state().flying, 0, "a call that was given up is in flight no more");
}

#[tokio::test]
async fn a_quote_fails_once_where_that_is_scripted() {
    let models = ScriptedModels::default();
    models.answer("a", Says::unquoted(NoReplyKind::Budget, "no money"));
    models.answer("a", Says::cut_off("half"));
    assert_eq!(models.quote(&question("a")).await.unwrap_err().kind, NoReplyKind::Budget);
    assert_eq!(models.quote(&question("a")).await.unwrap().most, Some(Usd::ZERO));
    assert_eq!(models.ask(&question("a")).await.unwrap().end, ReplyEnd::CutOff);
}
