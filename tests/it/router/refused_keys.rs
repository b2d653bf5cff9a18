//! Keys that providers refused are not shown again on every call, and nobody else is the worse for them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use samokoder::router::{
    Error,
    call::{Call, Caller},
    failure::{Failure, FailureClass},
    secret::Secret,
};

use super::{
    rig::{Plan, call, key_of, rig},
    scripted_server::{ScriptedServer, completion, error},
};

fn failure_of(error: Error) -> Failure {
    match error {
        Error::Failed { failure, .. } => failure,
        other => panic!("{other}"),
    }
}

fn with_own_key(key: &str) -> Call {
    let own_keys = vec![("first".to_owned(), Secret::new(key.to_owned()))];
    Call { caller: Caller { own_keys, ..Caller::local() }, ..call() }
}

#[tokio::test]
async fn a_refused_key_is_passed_over_and_tried_now_and_then() {
    for (status, code) in [(401, "invalid_api_key"), (402, "insufficient_credits"), (429, "insufficient_quota")] {
        let refusing = ScriptedServer::always(error(status, &[], code)).await;
        let healthy = ScriptedServer::always(completion("Hi")).await;
        let rig = rig(&[&refusing, &healthy]);
        for (tried, wait_s) in [(1, 60), (2, 120), (3, 240)] {
            for _ in 0..5 {
                assert_eq!(rig.complete().await.unwrap().account.provider, "second");
            }
            assert_eq!(refusing.requests(), tried, "{code}");
            rig.clock.advance(Duration::from_secs(wait_s - 1));
            rig.complete().await.unwrap();
            assert_eq!(refusing.requests(), tried, "{code}");
            rig.clock.advance(Duration::from_secs(1));
        }
        rig.complete().await.unwrap();
        let refused = rig.router.explain(call(), false).await.unwrap().refused;
        let reason = format!(
            "its key was refused with status {status}, and is passed over for 480.0 s: put a good one in its place"
        );
        assert_eq!((refused[0].route.as_str(), refused[0].reason.as_str()), ("first/scripted-first", reason.as_str()));
    }
}

#[tokio::test]
async fn a_key_that_is_good_again_is_used_again() {
    let is_paid = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&is_paid);
    let script =
        move |_, _: &_| if switch.load(Ordering::SeqCst) { completion("Hi") } else { error(402, &[], "unpaid") };
    let server = ScriptedServer::start(script).await;
    let rig = rig(&[&server]);
    rig.complete().await.unwrap_err();
    is_paid.store(true, Ordering::SeqCst);
    rig.complete().await.unwrap_err();
    rig.clock.advance(Duration::from_secs(60));
    for _ in 0..3 {
        rig.complete().await.unwrap();
    }
    assert_eq!(server.requests(), 4);
}

/// Alone, a refused key is told at once, with what to do, to the one who can do it.
#[tokio::test]
async fn nobody_else_to_ask_is_told_at_once() {
    let server = ScriptedServer::always(error(401, &[], "invalid_api_key")).await;
    let rig = rig(&[&server]);
    for (asked, sentence) in [
        (
            call(),
            "first refused the key for first/scripted-first lately with status 401: its operator must put a good key in its \
             place or money on its account; ask for another model meanwhile",
        ),
        (
            with_own_key("bad"),
            "first refused the key for first/scripted-first lately with status 401: check the key that you gave for it and \
             the money on its account, or ask for another model",
        ),
    ] {
        rig.router.complete(asked.clone()).await.unwrap_err();
        let requests = server.requests();
        let failure = failure_of(rig.router.complete(asked).await.unwrap_err());
        assert_eq!((failure.class, failure.code.as_deref()), (FailureClass::Key, Some("key_refused")));
        assert_eq!((failure.message.as_str(), failure.retry_after), (sentence, Some(Duration::from_secs(60))));
        assert_eq!(server.requests(), requests);
    }
}

#[tokio::test]
async fn one_users_refused_key_is_nobody_elses() {
    let server = ScriptedServer::start(|_, seen| {
        if seen.head.contains(&format!("Bearer {}", key_of("first"))) {
            completion("Hi")
        } else {
            error(401, &[], "invalid_api_key")
        }
    })
    .await;
    let rig = rig(&[&server]);
    for _ in 0..3 {
        rig.router.complete(with_own_key("bad")).await.unwrap_err();
        rig.complete().await.unwrap();
    }
    rig.router.complete(with_own_key("worse")).await.unwrap_err();
    assert_eq!(server.requests(), 1 + 3 + 1, "a new key is asked at once");
}

/// What may not be done with a key, or not be paid at that length, says nothing of the next call.
#[tokio::test]
async fn a_key_that_may_not_do_one_thing_is_shown_again() {
    let body =
        serde_json::json!({"error": {"code": 402, "message": "You requested up to 9000 tokens: lower max_tokens"}});
    for refusal in [error(403, &[], "permission_denied"), super::scripted_server::json(402, &body)] {
        let server = ScriptedServer::always(refusal).await;
        let rig = rig(&[&server]);
        for _ in 0..3 {
            rig.complete().await.unwrap_err();
        }
        assert_eq!(server.requests(), 3);
    }
}

/// Names of keys are the operator's matter; a caller hears what he can do.
#[tokio::test]
async fn a_caller_is_not_told_the_names_of_keys() {
    let server = ScriptedServer::always(completion("Hi")).await;
    let mut plan = Plan::over(&[&server]);
    plan.keys.clear();
    let rig = plan.build();
    let error = rig.complete().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no route for scripted: first/scripted-first: no key is set up for it; ask for another model, or the \
         operator for what is missing"
    );
    let explained = rig.router.explain(call(), false).await.unwrap();
    assert_eq!(explained.refused[0].reason, "no key: set FIRST_KEY");
}
