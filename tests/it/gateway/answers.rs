//! Questions and their answers, whole and piece by piece, in either wire format.

use futures::StreamExt as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::running::{Reply, anthropic_question, over, question, settings, start, stream_question};
use crate::router::{
    rig::{Plan, usd},
    scripted_server::{
        Act, ScriptedServer, completion, error, json as scripted_json, role_event, stream, stream_head, text_event,
    },
};

#[tokio::test]
async fn a_whole_answer_says_what_it_took() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    let reply = gateway.post("/v1/chat/completions", &question()).await;
    insta::assert_snapshot!(reply);
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].json()["model"], "scripted-first");
    assert!(!seen[0].head.contains("sk-samokoder"), "the caller's key stays here");
}

#[tokio::test]
async fn a_stream_is_handed_on_event_by_event() {
    let server = ScriptedServer::always(stream(&["Hel", "lo."])).await;
    let gateway = over(&[&server]).await;
    insta::assert_snapshot!(gateway.post("/v1/chat/completions", &stream_question()).await);
}

#[tokio::test]
async fn http_2_is_spoken_to_who_speaks_it() {
    let server = ScriptedServer::always(stream(&["Hel", "lo."])).await;
    let gateway = over(&[&server]).await;
    // Two frames: the client's preface (RFC 9113, section 3.4), and its empty settings.
    let mut connection = tokio::net::TcpStream::connect(gateway.address).await.unwrap();
    connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    connection.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4, "the gateway's settings come first");
}

#[tokio::test]
async fn the_last_chunk_says_what_a_stream_took_to_who_asks_for_usage() {
    let server = ScriptedServer::always(stream(&["Hello."])).await;
    let gateway = over(&[&server]).await;
    let mut question = stream_question();
    question["stream_options"] = json!({ "include_usage": true });
    let reply = gateway.post("/v1/chat/completions", &question).await;
    let chunks: Vec<_> = reply.body.split("\n\n").filter(|chunk| !chunk.is_empty()).collect();
    let [.., last, done] = chunks.as_slice() else { panic!("{}", reply.body) };
    assert_eq!(*done, "data: [DONE]");
    insta::assert_snapshot!(last);
    assert_eq!(reply.body.matches("\"usage\":").count(), 1, "the usage is told once: {}", reply.body);
}

#[tokio::test]
async fn anthropics_clients_are_answered_in_their_format() {
    let server = ScriptedServer::start(|_, seen| {
        if seen.json()["stream"] == true { stream(&["Hel", "lo."]) } else { completion("Hello.") }
    })
    .await;
    let gateway = over(&[&server]).await;
    insta::assert_snapshot!("anthropic_whole", gateway.post("/v1/messages", &anthropic_question(false)).await);
    insta::assert_snapshot!("anthropic_stream", gateway.post("/v1/messages", &anthropic_question(true)).await);
}

#[tokio::test]
async fn a_failed_provider_costs_the_caller_a_header() {
    let broken = ScriptedServer::always(error(500, &[], "broken")).await;
    let working = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&broken, &working]).await;
    let reply = gateway.post("/v1/chat/completions", &question()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("x-samokoder-provider"), Some("second"));
    assert_eq!(reply.header("x-samokoder-attempts"), Some("2"));
    assert_eq!(
        gateway.figures("samokoder_attempts_total").await,
        [
            r#"samokoder_attempts_total{provider="first",model="scripted-first",outcome="overload"} 1"#,
            r#"samokoder_attempts_total{provider="second",model="scripted-second",outcome="answered"} 1"#,
        ]
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_an_error() {
    let acts = vec![stream_head(), role_event(), text_event("Hel"), Act::Reset];
    let server = ScriptedServer::always(acts).await;
    let other = ScriptedServer::always(stream(&["Other."])).await;
    let gateway = over(&[&server, &other]).await;
    insta::assert_snapshot!("broken_stream", gateway.post("/v1/chat/completions", &stream_question()).await);
    insta::assert_snapshot!("broken_anthropic_stream", gateway.post("/v1/messages", &anthropic_question(true)).await);
    assert_eq!(other.requests(), 0, "nobody continues another's answer");
    assert_eq!(
        gateway.figures("samokoder_errors_total").await,
        [
            r#"samokoder_errors_total{endpoint="chat_completions",class="overload"} 1"#,
            r#"samokoder_errors_total{endpoint="messages",class="overload"} 1"#,
        ]
    );
}

#[tokio::test]
async fn a_client_that_goes_cancels_the_call() {
    let silent = vec![stream_head(), role_event(), text_event("Hel"), Act::Hang];
    let server = ScriptedServer::start(
        move |_, seen| {
            if seen.json()["stream"] == true { silent.clone() } else { vec![Act::Hang] }
        },
    )
    .await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.budgets.per_key = Some(usd("1"));
    let gateway = start(plan.build(), settings()).await;
    let mut response = gateway.json("/v1/chat/completions", &stream_question()).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    drop(response);
    server.client_gone(1).await;

    let whole = gateway.json("/v1/chat/completions", &question()).send();
    tokio::select! {
        _ = whole => panic!("nobody answers"),
        () = arrived(&server, 2) => {}
    }
    server.client_gone(2).await;
    assert_eq!(
        gateway.figures("samokoder_errors_total").await,
        [r#"samokoder_errors_total{endpoint="chat_completions",class="client_gone"} 2"#]
    );
    assert_eq!(gateway.figures("samokoder_requests_in_flight").await, ["samokoder_requests_in_flight 1"]);
    let (spent, reserved) = gateway.spent().await;
    assert!(
        spent > usd("0.002") && spent < usd("0.0021"),
        "what was asked twice, one word, and the answer that nobody saw at its longest: {spent}"
    );
    assert_eq!(reserved, usd("0"));
}

async fn arrived(server: &ScriptedServer, requests: usize) {
    while server.requests() < requests {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn pieces_reach_the_caller_as_they_come() {
    let go_on = std::sync::Arc::new(tokio::sync::Notify::new());
    let waits = Act::Await(std::sync::Arc::clone(&go_on));
    let mut acts = stream(&["Hel", "lo."]);
    acts.insert(3, waits);
    let server = ScriptedServer::always(acts).await;
    let gateway = over(&[&server]).await;
    let response = gateway.json("/v1/chat/completions", &stream_question()).send().await.unwrap();
    let mut pieces = response.bytes_stream();
    let mut heard = String::new();
    while !heard.contains("Hel") {
        heard.push_str(str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap());
    }
    assert!(!heard.contains("lo."), "the provider has not sent the rest");
    go_on.notify_one();
    while let Some(piece) = pieces.next().await {
        heard.push_str(str::from_utf8(&piece.unwrap()).unwrap());
    }
    assert!(heard.ends_with("data: [DONE]\n\n"), "{heard}");
}

#[tokio::test]
async fn a_caller_chooses_by_name_class_route_or_not_at_all() {
    let first = ScriptedServer::always(completion("Hello.")).await;
    let second = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&first, &second]).await;
    for (model, provider) in
        [("scripted", "first"), ("second/scripted-second", "second"), ("second/unlisted", "second")]
    {
        let mut question = question();
        question["model"] = model.into();
        let reply = gateway.post("/v1/chat/completions", &question).await;
        assert_eq!(reply.header("x-samokoder-provider"), Some(provider), "{model}: {reply}");
    }
}

#[tokio::test]
async fn a_callers_own_key_goes_to_its_provider() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    let request = gateway.json("/v1/chat/completions", &question());
    let reply = Reply::of(request.header("x-samokoder-provider-key-first", "sk-own-key-of-the-caller")).await;
    assert_eq!(reply.status, 200);
    assert!(server.seen()[0].head.contains("Bearer sk-own-key-of-the-caller"), "{}", server.seen()[0].head);
}

#[tokio::test]
async fn vectors_are_passed_through() {
    let vectors = json!({
        "object": "list", "model": "scripted-first", "data": [{ "object": "embedding", "index": 0, "embedding": [0.25, -1e-3] }],
        "usage": { "prompt_tokens": 4, "total_tokens": 4 },
    });
    let server = ScriptedServer::always(scripted_json(200, &vectors)).await;
    let gateway = over(&[&server]).await;
    let question = json!({ "model": "scripted", "input": ["Hello."], "dimensions": 2, "x-samokoder-strategy": "cost" });
    insta::assert_snapshot!(gateway.post("/v1/embeddings", &question).await);
    insta::assert_json_snapshot!("vectors_question", server.seen()[0].json());
}
