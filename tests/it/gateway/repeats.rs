//! Requests that are sent again under one `Idempotency-Key`.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Notify;

use super::running::{KEY, Reply, Running, api_key, over, question, settings, start, stream_question};
use crate::router::{
    rig::Plan,
    scripted_server::{Act, ScriptedServer, completion, error, role_event, stream, stream_head, text_event},
};

async fn send(gateway: &Running, key: &str, body: &Value) -> Reply {
    Reply::of(gateway.json("/v1/chat/completions", body).header("idempotency-key", key)).await
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_is_paid_once() {
    let server = ScriptedServer::start(|number, seen| {
        if seen.json()["stream"] == true { stream(&[&number.to_string()]) } else { completion(&number.to_string()) }
    })
    .await;
    let gateway = over(&[&server]).await;
    for (key, body) in [("\"whole\"", question()), ("\"stream\"", stream_question())] {
        let first = send(&gateway, key, &body).await;
        let again = send(&gateway, key, &body).await;
        assert_eq!(first.header("idempotency-replayed"), None);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!(again.header("x-samokoder-cost-usd"), first.header("x-samokoder-cost-usd"));
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_ne!(again.header("x-samokoder-request-id"), first.header("x-samokoder-request-id"));
    }
    assert_eq!(server.requests(), 2);
    assert_eq!(
        gateway.figures("samokoder_replayed_answers_total").await,
        [r#"samokoder_replayed_answers_total{endpoint="chat_completions"} 2"#]
    );
    assert_eq!(
        gateway.figures("samokoder_cost_nano_usd_total").await,
        [r#"samokoder_cost_nano_usd_total{provider="first",model="scripted-first"} 34000"#],
        "two answers of 11 tokens in and 3 out"
    );
}

#[tokio::test]
async fn another_request_under_the_key_is_refused() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    assert_eq!(send(&gateway, "k", &question()).await.status, 200);
    let mut other = question();
    other["seed"] = 1.into();
    insta::assert_snapshot!("reused", send(&gateway, "k", &other).await);
    let other_wish = gateway.json("/v1/chat/completions", &question()).header("idempotency-key", "k");
    assert_eq!(Reply::of(other_wish.header("x-samokoder-strategy", "cost")).await.status, 422);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn another_callers_answers_are_not_found() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let mut settings = settings();
    settings.keys.push(api_key("other", "sk-samokoder-other"));
    let gateway = start(Plan::over(&[&server]).build(), settings).await;
    assert_eq!(send(&gateway, "k", &question()).await.status, 200);
    let request = gateway.bare_request("POST", "/v1/chat/completions").bearer_auth("sk-samokoder-other");
    let request = request.header("content-type", "application/json").header("idempotency-key", "k");
    let reply = Reply::of(request.body(question().to_string())).await;
    assert_eq!((reply.status, reply.header("idempotency-replayed")), (200, None));
    assert_eq!(server.requests(), 2);
    assert_ne!(KEY, "sk-samokoder-other");
}

#[tokio::test]
async fn r44_a_hundred_at_once_are_asked_once() {
    let go_on = Arc::new(Notify::new());
    let mut acts = vec![Act::Await(Arc::clone(&go_on))];
    acts.extend(completion("Hello."));
    let server = ScriptedServer::always(acts).await;
    let gateway = over(&[&server]).await;
    let body = question();
    let all = futures::future::join_all((0..100).map(|_| async {
        let reply = send(&gateway, "k", &body).await;
        if reply.status == 409 {
            // The first can only end when all others were refused, or come after it.
            go_on.notify_one();
        }
        reply
    }));
    let replies = all.await;
    let count = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!(count(200) + count(409), 100);
    assert!(count(200) >= 1);
    assert_eq!(server.requests(), 1);
    let running = replies.iter().find(|reply| reply.status == 409).unwrap();
    assert_eq!((running.code().as_str(), running.header("retry-after")), ("idempotency_key_in_use", Some("1")));
}

#[tokio::test]
async fn failures_are_forgotten_but_for_the_callers_own() {
    let server = ScriptedServer::start(|number, _| match number {
        0 => error(500, &[], "broken"),
        1 => error(400, &[], "context_length_exceeded"),
        _ => completion("Hello."),
    })
    .await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.retries.most = 0;
    let gateway = start(plan.build(), settings()).await;
    assert_eq!(send(&gateway, "a", &question()).await.status, 502);
    assert_eq!(send(&gateway, "b", &question()).await.status, 400);
    let again = send(&gateway, "b", &question()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (400, Some("true")));
    assert_eq!(again.code(), "context_length_exceeded");
    let again = send(&gateway, "a", &question()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, None));
}

#[tokio::test]
async fn a_client_that_goes_may_ask_again() {
    let server = ScriptedServer::start(|number, _| match number {
        0 => vec![stream_head(), role_event(), text_event("Hel"), Act::Hang],
        _ => stream(&["Hello."]),
    })
    .await;
    let gateway = over(&[&server]).await;
    let request = gateway.json("/v1/chat/completions", &stream_question()).header("idempotency-key", "k");
    let mut response = request.send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    assert_eq!(send(&gateway, "k", &stream_question()).await.code(), "idempotency_key_in_use");
    drop(response);
    server.client_gone(1).await;
    let again = send(&gateway, "k", &stream_question()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, None));
    assert!(again.body.contains("Hello."));
}

#[tokio::test]
async fn a_broken_stream_may_be_asked_for_again() {
    let server = ScriptedServer::start(|number, _| match number {
        0 => vec![stream_head(), role_event(), text_event("Hel"), Act::Reset],
        _ => stream(&["Hello."]),
    })
    .await;
    let gateway = over(&[&server]).await;
    let broken = send(&gateway, "k", &stream_question()).await;
    assert!(!broken.body.contains("[DONE]"));
    let again = send(&gateway, "k", &stream_question()).await;
    assert!(again.body.ends_with("data: [DONE]\n\n"), "{}", again.body);
}
