//! Requests that get no answer, and what their callers are told.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::stream;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};

use super::running::{KEY, Reply, Running, anthropic_question, client, over, question, settings, start};
use crate::router::{
    rig::{Plan, key_of, usd},
    scripted_server::{Act, ScriptedServer, completion, error},
};

async fn unasked() -> (ScriptedServer, Running) {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let gateway = over(&[&server]).await;
    (server, gateway)
}

#[tokio::test]
async fn nobody_asks_without_a_key_that_is_known() {
    let (server, gateway) = unasked().await;
    let bare = || {
        let request = gateway.bare_request("POST", "/v1/chat/completions");
        request.header("content-type", "application/json").body(question().to_string())
    };
    insta::assert_snapshot!("no_key", Reply::of(bare()).await);
    assert_eq!(Reply::of(bare().bearer_auth("sk-samokoder-another")).await.code(), "invalid_api_key");
    assert_eq!(Reply::of(bare().header("x-api-key", KEY)).await.status, 200);
    for path in ["/v1/models", "/metrics"] {
        assert_eq!(Reply::of(gateway.bare_request("GET", path)).await.status, 401, "{path}");
    }
    assert_eq!(Reply::of(gateway.bare_request("GET", "/healthz")).await.status, 200);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_wrong_question_is_told_all_that_is_wrong_with_it() {
    let (server, gateway) = unasked().await;
    let wrong = json!({ "messages": [{ "role": "nobody" }], "temperature": "hot", "max_tokens": -1 });
    insta::assert_snapshot!("wrong_question", gateway.post("/v1/chat/completions", &wrong).await);
    insta::assert_snapshot!("wrong_anthropic_question", gateway.post("/v1/messages", &wrong).await);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn an_unknown_model_is_told_what_it_may_have_been_meant_for() {
    let (_server, gateway) = unasked().await;
    let mut question = anthropic_question(false);
    question["model"] = "scriptd".into();
    insta::assert_snapshot!("unknown_model", gateway.post("/v1/chat/completions", &question).await);
    insta::assert_snapshot!("unknown_model_for_anthropic", gateway.post("/v1/messages", &question).await);
}

#[tokio::test]
async fn what_must_not_go_on_is_refused_before_anybody_is_asked() {
    let (server, gateway) = unasked().await;
    let mut long = question();
    long["model"] = "m".repeat(1_000_000).into();
    let mut own_key = question();
    own_key["x-samokoder-provider-key-openai"] = "sk-callers-own".into();
    for (question, field) in [(long, "model"), (own_key, "x-samokoder-provider-key-openai")] {
        let answer = gateway.post("/v1/chat/completions", &question).await;
        let told = answer.to_string();
        assert!(answer.status == 400 && told.contains(&format!("\"param\":\"{field}\"")), "{told}");
        assert!(told.len() < 1_000 && !told.contains("sk-callers-own"), "{told}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn s87_bodies_that_readers_would_not_agree_on_are_refused() {
    let (server, gateway) = unasked().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies = [
        "",
        "not json",
        "[]",
        "{\"model\":\"scripted\",\"model\":\"other\",\"messages\":[]}",
        deep.as_str(),
        "{\"seed\":1e400}",
        "{\"user\":\"\\ud800\"}",
    ];
    for body in bodies {
        let request = gateway.request("POST", "/v1/chat/completions").header("content-type", "application/json");
        let reply = Reply::of(request.body(body.to_owned())).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "invalid_request"), "{body:.40}: {reply}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn s85_only_plain_json_is_read() {
    let (_server, gateway) = unasked().await;
    let gzip = gateway.json("/v1/chat/completions", &question()).header("content-encoding", "gzip");
    let reply = Reply::of(gzip).await;
    assert_eq!((reply.status, reply.code().as_str()), (415, "content_encoding"));
    let form = gateway.request("POST", "/v1/chat/completions").header("content-type", "text/plain");
    let reply = Reply::of(form.body(question().to_string())).await;
    assert_eq!((reply.status, reply.code().as_str()), (415, "content_type"));
    let json =
        gateway.request("POST", "/v1/chat/completions").header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(Reply::of(json.body(question().to_string())).await.status, 200);
}

#[tokio::test]
async fn s86_a_body_without_end_is_cut_off_at_its_cap() {
    let (_server, gateway) = unasked().await;
    let mut connection = TcpStream::connect(gateway.address).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000)).into_bytes();
    let (mut reading, mut writing) = connection.into_split();
    let mut sent = 0_usize;
    let endless = async {
        while writing.write_all(&chunk).await.is_ok() {
            sent += 0x10000;
        }
    };
    let mut heard = Vec::new();
    let (_, ended) = tokio::join!(endless, reading.read_to_end(&mut heard));
    // A reset is an end too: the gateway does not wait for what it will not read.
    let _ = ended;
    let heard = String::from_utf8(heard).unwrap();
    assert!(heard.starts_with("HTTP/1.1 413 "), "{heard}");
    assert!(heard.contains("connection: close"), "{heard}");
    assert!(sent < 32 * 1024 * 1024, "{sent} bytes were taken");
}

#[tokio::test]
async fn s86_a_body_without_end_over_http2_is_cut_off_at_its_cap_and_other_requests_go_on() {
    let (_server, gateway) = unasked().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let (gone, is_gone) = oneshot::channel::<()>();
    let count = Arc::clone(&sent);
    let endless = stream::repeat_with(move || {
        // It goes with the body.
        let _gone = &gone;
        count.fetch_add(0x10000, Ordering::Relaxed);
        Ok::<_, Infallible>(" ".repeat(0x10000))
    });
    let client = client(true);
    let request = |method, path| client.request(method, format!("http://{}{path}", gateway.address)).bearer_auth(KEY);
    let request_with_body =
        request(reqwest::Method::POST, "/v1/chat/completions").header("content-type", "application/json");
    let reply = Reply::of(request_with_body.body(reqwest::Body::wrap_stream(endless))).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "body_too_large"), "{reply}");
    assert!(is_gone.await.is_err(), "the stream is ended");
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 32 * 1024 * 1024, "{sent} bytes were taken");
    assert_eq!(Reply::of(request(reqwest::Method::GET, "/v1/models")).await.status, 200);
}

#[tokio::test]
async fn s86_a_body_that_says_that_it_is_too_long_is_not_read() {
    let (_server, gateway) = unasked().await;
    let mut connection = TcpStream::connect(gateway.address).await.unwrap();
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\ncontent-type: application/json\r\n\
         content-length: 10485761\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut heard = String::new();
    connection.read_to_string(&mut heard).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 413 "), "{heard}");
    assert!(heard.contains("request_too_large"), "in Anthropic's shape: {heard}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let settings =
        samokoder::api::gateway::Settings { body_timeout: std::time::Duration::from_millis(50), ..settings() };
    let gateway = start(Plan::over(&[&server]).build(), settings).await;
    let mut connection = TcpStream::connect(gateway.address).await.unwrap();
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\n\r\n{{"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut heard = String::new();
    connection.read_to_string(&mut heard).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
}

#[tokio::test]
async fn what_providers_say_becomes_a_status_of_ours() {
    let rows: [(u16, &[&str], &str, u16, &str); 7] = [
        (400, &[], "context_length_exceeded", 400, "context_length_exceeded"),
        (401, &[], "invalid_api_key", 502, "provider_key_refused"),
        (402, &[], "insufficient_quota", 502, "provider_key_refused"),
        (429, &["retry-after: 7"], "rate_limit_exceeded", 429, "rate_limit_exceeded"),
        (500, &[], "broken", 502, "broken"),
        (503, &[], "busy", 503, "busy"),
        (504, &[], "slow", 504, "slow"),
    ];
    for (status, headers, code, told, told_code) in rows {
        let server = ScriptedServer::always(error(status, headers, code)).await;
        let mut plan = Plan::over(&[&server]);
        plan.settings.retries.most = 0;
        let gateway = start(plan.build(), settings()).await;
        let reply = gateway.post("/v1/chat/completions", &question()).await;
        assert_eq!((reply.status, reply.code().as_str()), (told, told_code), "{status} {code}: {reply}");
        assert_eq!(reply.header("x-samokoder-attempts"), Some("1"));
        let wait = headers.first().map(|header| header.trim_start_matches("retry-after: "));
        assert_eq!(reply.header("retry-after"), wait, "{status}");
    }
}

#[tokio::test]
async fn s73_a_key_that_a_provider_echoes_goes_no_further() {
    let key = key_of("first");
    let body = json!({ "error": { "message": format!("the key {key} is wrong"), "code": "invalid_api_key" } });
    let server = ScriptedServer::always(crate::router::scripted_server::json(400, &body)).await;
    let gateway = over(&[&server]).await;
    let reply = gateway.post("/v1/chat/completions", &question()).await;
    assert!(!reply.to_string().contains(&key), "{reply}");
    insta::assert_snapshot!("echoed_key", reply);
}

#[tokio::test]
async fn a_budget_that_is_used_up_is_no_reason_to_try_again() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.budgets.per_key = Some(usd("0.000001"));
    let gateway = start(plan.build(), settings()).await;
    insta::assert_snapshot!("budget", gateway.post("/v1/chat/completions", &question()).await);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_keys_cap_holds_for_every_call() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let mut settings = settings();
    settings.keys[0].call_cap = Some(usd("0.000001"));
    let gateway = start(Plan::over(&[&server]).build(), settings).await;
    let reply = gateway.post("/v1/chat/completions", &question()).await;
    assert_eq!((reply.status, reply.code().as_str()), (402, "budget_exceeded"), "{reply}");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn routes_that_are_left_alone_say_when_to_come_again() {
    let server = ScriptedServer::always(error(500, &[], "broken")).await;
    let mut plan = Plan::over(&[&server]);
    plan.settings.retries.most = 0;
    let gateway = start(plan.build(), settings()).await;
    for _ in 0..5 {
        assert_eq!(gateway.post("/v1/chat/completions", &question()).await.status, 502);
    }
    insta::assert_snapshot!("left_alone", gateway.post("/v1/chat/completions", &question()).await);
    assert_eq!(server.requests(), 5);
    assert_eq!(gateway.figures("samokoder_breaker_state").await, [r#"samokoder_breaker_state{provider="first"} 2"#]);
}

#[tokio::test]
async fn a_question_that_no_route_can_answer_is_the_callers_to_change() {
    let (server, gateway) = unasked().await;
    let mut long = question();
    long["messages"][0]["content"] = "word ".repeat(400_000).into();
    let reply = gateway.post("/v1/chat/completions", &long).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "no_route"), "{reply}");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_given_up_in_time() {
    let server = ScriptedServer::always(vec![Act::Hang]).await;
    let mut plan = Plan::over(&[&server]);
    let wait = std::time::Duration::from_millis(50);
    plan.settings.timeouts.chat.total = wait;
    plan.settings.timeouts.chat.deadline = wait;
    let gateway = start(plan.build(), settings()).await;
    let reply = gateway.post("/v1/chat/completions", &question()).await;
    assert_eq!(reply.status, 504, "{reply}");
    server.client_gone(1).await;
}

#[tokio::test]
async fn wishes_that_are_not_understood_are_refused() {
    let (_server, gateway) = unasked().await;
    let request = gateway.json("/v1/chat/completions", &question()).header("x-samokoder-strategy", "best");
    let reply = Reply::of(request).await;
    assert_eq!(reply.json()["error"]["param"], Value::from("x-samokoder-strategy"));
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_answered_in_the_callers_shape() {
    let (_server, gateway) = unasked().await;
    insta::assert_snapshot!("no_such_path", Reply::of(gateway.request("GET", "/v1/completions")).await);
    let anthropic = gateway.request("DELETE", "/v1/messages").header("anthropic-version", "2023-06-01");
    insta::assert_snapshot!("no_such_method_for_anthropic", Reply::of(anthropic).await);
}

#[tokio::test]
async fn without_keys_the_gateway_serves_this_machine_alone() {
    let server = ScriptedServer::always(completion("Hello.")).await;
    let open = samokoder::api::gateway::Settings::default();
    let gateway = start(Plan::over(&[&server]).build(), open).await;
    let request = |host: Option<&str>| {
        let request = gateway.bare_request("POST", "/v1/chat/completions").header("content-type", "application/json");
        let request = request.body(question().to_string());
        host.into_iter().fold(request, |request, host| request.header("host", host))
    };
    assert_eq!(Reply::of(request(None)).await.status, 200);
    let reply = Reply::of(request(Some("evil.test"))).await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "foreign_host"));
    assert_eq!(server.requests(), 1);
}
