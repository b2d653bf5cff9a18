//! Answers of providers that work: what is sent, what comes back, what it took.

use insta::assert_json_snapshot;
use samokoder::router::{
    EmbeddingRequest, Error,
    call::{Call, Caller, Wanted},
    secret::Secret,
};
use serde_json::json;

use super::{
    rig::{MODEL, Plan, call, key_of, rig, streamed},
    scripted_server::{self, Act, ScriptedServer, completion},
};

#[tokio::test]
async fn a_whole_answer_comes_with_its_account() {
    let server = ScriptedServer::always(completion("Hello!")).await;
    let answer = rig(&[&server]).complete().await.unwrap();
    assert_eq!(answer.completion.text(), "Hello!");
    assert_json_snapshot!(answer.account);
    let seen = server.seen();
    assert!(seen[0].head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
    assert!(seen[0].head.contains(&format!("authorization: Bearer {}\r\n", key_of("first"))));
    assert_eq!(seen[0].json()["model"], "scripted-first");
}

#[tokio::test]
async fn a_stream_comes_piece_by_piece_and_ends_with_its_account() {
    let server = ScriptedServer::always(scripted_server::stream(&["Hel", "lo", "!"])).await;
    let rig = rig(&[&server]);
    let stream = rig.router.stream(call()).await.unwrap();
    let first = stream.account();
    assert_eq!((first.provider.as_str(), first.model.as_str()), ("first", "model-as-answered"));
    let streamed = streamed(stream).await;
    assert_eq!(streamed.text, "Hello!");
    assert_json_snapshot!(streamed.end.unwrap());
}

#[tokio::test]
async fn connections_are_used_again_after_streams() {
    let server = ScriptedServer::always(scripted_server::stream(&["Hello!"])).await;
    let rig = rig(&[&server]);
    for _ in 0..3 {
        rig.stream().await.end.unwrap();
    }
    assert_eq!((server.requests(), server.connections()), (3, 1));
}

/// A provider that ends its answer and keeps the connection open says all that it has to say.
#[tokio::test]
async fn a_stream_ends_with_its_answer_though_the_connection_stays_open() {
    let mut acts = scripted_server::stream(&["Hello!"]);
    acts.pop();
    acts.push(Act::Hang);
    let server = ScriptedServer::always(acts).await;
    let streamed = rig(&[&server]).stream().await;
    assert_eq!((streamed.text.as_str(), streamed.end.unwrap().usage.output_tokens), ("Hello!", 3));
}

/// What follows the end of an answer, and what breaks after it, takes nothing from it.
#[tokio::test]
async fn a_stream_that_breaks_after_its_end_is_whole() {
    for after in [Act::Reset, Act::Close, Act::Chunk(b"data: {broken\n\n".to_vec())] {
        let mut acts = scripted_server::stream(&["Hello!"]);
        acts.pop();
        acts.extend([after, Act::Close]);
        let server = ScriptedServer::always(acts).await;
        let streamed = rig(&[&server]).stream().await;
        assert_eq!((streamed.text.as_str(), streamed.end.is_ok()), ("Hello!", true));
    }
}

/// An answer that comes twice on one connection, with garbage behind it, is one answer, whole or in pieces; so is the next.
#[tokio::test]
async fn r46_what_comes_after_an_answer_is_nobodys() {
    let all = |acts: Vec<Act>| {
        acts.into_iter()
            .flat_map(|act| match act {
                Act::Send(bytes) => bytes,
                Act::Chunk(bytes) => [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n"].concat(),
                Act::LastChunk => b"0\r\n\r\n".to_vec(),
                act => panic!("{act:?} is no part of a good answer"),
            })
            .collect::<Vec<u8>>()
    };
    for is_stream in [false, true] {
        let server = ScriptedServer::start(move |number, _| {
            let text = if number == 0 { "first" } else { "second" };
            let once = all(if is_stream { scripted_server::stream(&[text]) } else { completion(text) });
            vec![Act::Send([once.as_slice(), once.as_slice(), b"\0\xff garbage\r\n\r\n"].concat())]
        })
        .await;
        let rig = rig(&[&server]);
        for text in ["first", "second"] {
            let (said, attempts) = if is_stream {
                let streamed = rig.stream().await;
                (streamed.text, streamed.end.unwrap().attempts)
            } else {
                let answer = rig.complete().await.unwrap();
                (answer.completion.text().to_owned(), answer.account.attempts)
            };
            assert_eq!((said.as_str(), attempts.len()), (text, 1), "as stream: {is_stream}");
        }
        assert_eq!(server.requests(), 2, "nothing is asked twice");
    }
}

#[tokio::test]
async fn the_providers_own_cost_goes_before_the_price_table() {
    let body = json!({
        "id": "1", "model": "m", "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 3, "cost": 0.125},
    });
    let server = ScriptedServer::always(scripted_server::json(200, &body)).await;
    let account = rig(&[&server]).complete().await.unwrap().account;
    assert_json_snapshot!(account.cost, @r#"
    {
      "amount": "0.125",
      "basis": "provider"
    }
    "#);
}

/// Without a word of the provider's on tokens, they are counted.
#[tokio::test]
async fn an_answer_without_usage_is_counted() {
    let body = json!({
        "id": "1", "model": "m", "choices": [{"index": 0, "message": {"content": "Hello!"}, "finish_reason": "stop"}],
    });
    let server = ScriptedServer::always(scripted_server::json(200, &body)).await;
    let account = rig(&[&server]).complete().await.unwrap().account;
    assert_json_snapshot!((account.usage.fresh_input_tokens, account.usage.output_tokens, account.cost), @r#"
    [
      11,
      2,
      {
        "amount": "0.000015",
        "basis": "estimate"
      }
    ]
    "#);
}

#[tokio::test]
async fn vectors_pass_through() {
    let body = json!({
        "object": "list", "model": "vectors", "data": [{"index": 0, "embedding": [0.25, -0.5]}],
        "usage": {"prompt_tokens": 4, "total_tokens": 4},
    });
    let server = ScriptedServer::always(scripted_server::json(200, &body)).await;
    let asked = json!({"model": "whatever", "input": ["one", "two"], "dimensions": 2});
    let request = EmbeddingRequest(asked.as_object().unwrap().clone());
    let answer = rig(&[&server]).router.embed(call(), request).await.unwrap();
    assert_eq!(answer.body, body.to_string());
    assert_json_snapshot!(answer.account);
    let seen = server.seen();
    assert!(seen[0].head.starts_with("POST /v1/embeddings HTTP/1.1\r\n"));
    assert_eq!(seen[0].json(), json!({"model": "scripted-first", "input": ["one", "two"], "dimensions": 2}));
}

#[tokio::test]
async fn vectors_are_had_from_another_provider_when_the_first_has_none() {
    let error = json!({"error": {"message": "none here", "code": 502}});
    let dead = ScriptedServer::always(scripted_server::json(200, &error)).await;
    let body = json!({"data": [], "usage": {"prompt_tokens": 4}});
    let server = ScriptedServer::always(scripted_server::json(200, &body)).await;
    let request = EmbeddingRequest(json!({"input": "one"}).as_object().unwrap().clone());
    let answer = rig(&[&dead, &server]).router.embed(call(), request).await.unwrap();
    assert_eq!((answer.account.provider.as_str(), answer.account.attempts.len()), ("second", 2));
}

#[tokio::test]
async fn equal_questions_are_asked_once_when_both_sides_want_it() {
    let server = ScriptedServer::always(completion("Hello!")).await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.cache.enabled = true;
    let rig = plan.build();
    let asked = || Call { cache: true, ..call() };
    let (first, second) = futures::join!(rig.router.complete(asked()), rig.router.complete(asked()));
    let third = rig.router.complete(asked()).await.unwrap();
    assert_eq!(server.requests(), 1);
    let cached = [first.unwrap().account.cached, second.unwrap().account.cached, third.account.cached];
    assert_eq!(cached, [false, true, true]);
    assert!(!rig.complete().await.unwrap().account.cached, "this call did not ask for it");
    assert_eq!(server.requests(), 2);
}

/// Whoever brings another key pays for his own answer, and has the failures of no other's.
#[tokio::test]
async fn equal_questions_with_other_keys_are_asked_each() {
    let server = ScriptedServer::start(|_, seen| {
        if seen.head.contains("Bearer bad") { scripted_server::error(500, &[], "broken") } else { completion("Hello!") }
    })
    .await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.cache.enabled = true;
    let rig = plan.build();
    let asked = |key: &str| {
        let own_keys = vec![("first".to_owned(), Secret::new(key.to_owned()))];
        Call { cache: true, caller: Caller { own_keys, ..Caller::local() }, ..call() }
    };
    let (bad, good) = futures::join!(rig.router.complete(asked("bad")), rig.router.complete(asked("good")));
    bad.unwrap_err();
    let account = good.unwrap().account;
    assert_eq!((account.cached, account.shared, account.attempts.len()), (false, false, 1));
}

#[tokio::test]
async fn who_would_be_asked_can_be_asked() {
    let server = ScriptedServer::always(completion("Hello!")).await;
    let mut plan = Plan::over(&[&server, &server]);
    plan.keys.remove(1);
    let rig = plan.build();
    assert_json_snapshot!(rig.router.explain(call(), false).await.unwrap());
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_model_that_nobody_knows_is_named_with_those_like_it() {
    let server = ScriptedServer::always(completion("Hello!")).await;
    let asked = Call { wanted: Wanted::Named("skripted".to_owned()), ..call() };
    let error = rig(&[&server]).router.complete(asked).await.unwrap_err();
    assert!(matches!(error, Error::UnknownModel(_)), "{error}");
    assert!(error.to_string().contains(MODEL), "{error}");
}
