//! Requests that ask no model.

use super::running::{Reply, anthropic_question, over, question};
use crate::router::scripted_server::{ScriptedServer, completion};

#[tokio::test]
async fn the_process_says_that_it_serves() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    let reply = Reply::of(gateway.bare_request("GET", "/healthz")).await;
    assert_eq!((reply.status, reply.json()["status"].as_str()), (200, Some("ok")));
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn models_are_listed_for_either_client() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    let list = Reply::of(gateway.request("GET", "/v1/models")).await.json();
    let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(&ids[..5], ["auto", "reasoning", "coding", "fast", "chat"]);
    assert!(ids.contains(&"scripted"), "{ids:?}");
    let one = Reply::of(gateway.request("GET", "/v1/models/scripted")).await;
    insta::assert_snapshot!("model", one);
    let anthropic = gateway.request("GET", "/v1/models/scripted").header("anthropic-version", "2023-06-01");
    insta::assert_snapshot!("model_for_anthropic", Reply::of(anthropic).await);
    let unknown = Reply::of(gateway.request("GET", "/v1/models/first/unknown")).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "model_not_found"));
}

#[tokio::test]
async fn tokens_are_counted_without_asking_anybody() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    let mut question = anthropic_question(false);
    question.as_object_mut().unwrap().remove("max_tokens");
    question.as_object_mut().unwrap().remove("stream");
    let reply = gateway.post("/v1/messages/count_tokens", &question).await;
    let tokens = reply.json()["input_tokens"].as_u64().unwrap();
    assert!((3..=20).contains(&tokens), "{tokens}");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn what_happened_is_measured() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    for _ in 0..2 {
        assert_eq!(gateway.post("/v1/chat/completions", &question()).await.status, 200);
    }
    let mut figures = gateway.figures("samokoder_").await;
    // How long things took differs from run to run; how many were timed does not.
    figures.retain(|line| !line.contains("_bucket{") && !line.contains("_sum{"));
    insta::assert_snapshot!(figures.join("\n"));
}
