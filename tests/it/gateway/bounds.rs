//! What the gateway takes at once.

use std::sync::Arc;

use samokoder::api::gateway::Settings;
use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, sync::Notify};

use super::running::{
    KEY, Reply, Running, anthropic_question, api_key, over, question, settings, start, stream_question,
};
use crate::router::{
    rig::Plan,
    scripted_server::{Act, ScriptedServer, completion, stream_head, text_event},
};

/// A provider whose first answer waits for a word, and the words: a request arrived; go on.
async fn waiting() -> (ScriptedServer, Arc<Notify>, Arc<Notify>) {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, waits) = (Arc::clone(&arrived), Arc::clone(&go_on));
    let server = ScriptedServer::start(move |number, _| {
        tells.notify_one();
        let waits = (number == 0).then(|| Act::Await(Arc::clone(&waits)));
        waits.into_iter().chain(completion("Hello.")).collect()
    })
    .await;
    (server, arrived, go_on)
}

async fn post(gateway: &Running, question: &Value) -> Reply {
    gateway.post("/v1/chat/completions", question).await
}

#[tokio::test]
async fn a_key_with_all_its_requests_in_flight_waits_and_others_do_not() {
    let (server, arrived, go_on) = waiting().await;
    let keys = vec![api_key("tester", KEY), api_key("other", "sk-samokoder-other")];
    let settings = Settings { requests_per_key: 1, keys, ..settings() };
    let gateway = start(Plan::over(&[&server]).build(), settings).await;
    let (question, anthropic_question) = (question(), anthropic_question(false));
    let (first, ()) = tokio::join!(post(&gateway, &question), async {
        arrived.notified().await;
        insta::assert_snapshot!("too_many_requests", post(&gateway, &question).await);
        for path in ["/v1/messages", "/v1/messages/count_tokens"] {
            let reply = gateway.post(path, &anthropic_question).await;
            assert_eq!((reply.status, &reply.json()["error"]["type"]), (429, &"rate_limit_error".into()), "{path}");
        }
        let others = gateway.bare_request("POST", "/v1/chat/completions").bearer_auth("sk-samokoder-other");
        let others = others.header("content-type", "application/json").body(question.to_string());
        assert_eq!(Reply::of(others).await.status, 200);
        go_on.notify_one();
    });
    assert_eq!(first.status, 200);
    assert_eq!(post(&gateway, &question).await.status, 200);
}

#[tokio::test]
async fn a_stream_is_in_flight_until_its_client_goes() {
    let script = |number, _: &_| match number {
        0 => vec![stream_head(), text_event("Hel"), Act::Hang],
        _ => completion("Hello."),
    };
    let server = ScriptedServer::start(script).await;
    let settings = Settings { requests_per_key: 1, ..settings() };
    let gateway = start(Plan::over(&[&server]).build(), settings).await;
    let mut stream = gateway.json("/v1/chat/completions", &stream_question()).send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    assert_eq!(post(&gateway, &question()).await.status, 429);
    drop(stream);
    server.client_gone(1).await;
    assert_eq!(post(&gateway, &question()).await.status, 200);
}

#[tokio::test]
async fn bodies_above_the_memory_for_all_of_them_are_not_taken() {
    let (server, arrived, go_on) = waiting().await;
    let settings = Settings { body_cap_bytes: 4096, total_body_bytes: 1, ..settings() };
    let gateway = start(Plan::over(&[&server]).build(), settings).await;
    let mut large = question();
    large["user"] = "a".repeat(3_000).into();
    // Who announces a body and does not send it takes no memory.
    let mut announced = TcpStream::connect(gateway.address).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\n\
         content-type: application/json\r\ncontent-length: 4000\r\n\r\n"
    );
    announced.write_all(head.as_bytes()).await.unwrap();
    let (first, ()) = tokio::join!(post(&gateway, &large), async {
        arrived.notified().await;
        insta::assert_snapshot!("bodies_full", post(&gateway, &large).await);
        assert_eq!(post(&gateway, &question()).await.status, 200, "there is room for a small one");
        go_on.notify_one();
    });
    assert_eq!(first.status, 200);
    assert_eq!(post(&gateway, &large).await.status, 200);
}

#[tokio::test]
async fn a_text_to_be_counted_is_no_longer_than_a_body() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    let mut long = anthropic_question(false);
    long["messages"][0]["content"] = "a".repeat(10 * 1024 * 1024).into();
    assert_eq!(gateway.post("/v1/messages/count_tokens", &long).await.status, 413);
}
