//! The one line of each call, as `samokoder gateway` writes it.

use serde_json::json;

use crate::{
    gateway_command::Home,
    router::scripted_server::{Act, ScriptedServer, completion, role_event, stream_head, text_event},
};

fn settings(server: &ScriptedServer, key: &str) -> String {
    let url = server.url();
    format!(
        "[providers.own]\ntitle = 'Own'\ndialect = 'openai_chat'\nbase_url = '{url}'\nkey_optional = true\n\
         [prices.models.'own/m']\ninput = '1'\noutput = '2'\ndate = '2026-11-01'\nsource = 'a test'\n\
         currency = 'USD'\n{key}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_call_has_one_line_that_names_its_request_and_tells_its_cost() {
    // There is one for the process; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = ScriptedServer::start(|_, seen| {
        if seen.json()["stream"] == true {
            vec![stream_head(), role_event(), text_event("Hello there."), Act::Hang]
        } else {
            completion("Hello.")
        }
    })
    .await;
    let home = Home::new();
    let (key, lines) = home.new_key("team-a");
    std::fs::write(home.path().join("samokoder.toml"), settings(&server, &lines)).unwrap();
    let serving = home.serve_with(&["--config", "samokoder.toml", "--listen", "127.0.0.1:0"], &[]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = |model: &str, stream: bool| {
        let question = json!({ "model": model, "messages": [{ "role": "user", "content": "Hi." }], "stream": stream });
        let request = client.post(format!("http://{}/v1/chat/completions", serving.address()));
        request.bearer_auth(&key).header("content-type", "application/json").body(question.to_string()).send()
    };
    let id_of = |reply: &reqwest::Response| reply.headers()["x-samokoder-request-id"].to_str().unwrap().to_owned();

    let answered = ask("own/m", false).await.unwrap();
    assert_eq!(answered.status(), 200);
    let forging = ask("own/m\nFORGED line", false).await.unwrap();
    let mut given_up = ask("own/m", true).await.unwrap();
    let ids = [id_of(&answered), id_of(&forging), id_of(&given_up)];
    assert!(given_up.chunk().await.unwrap().is_some());
    drop(given_up);
    server.client_gone(1).await;
    let said = tokio::task::spawn_blocking(move || serving.stop()).await.unwrap();

    let calls: Vec<&str> = said.lines().filter(|line| line.contains("model call ")).collect();
    assert_eq!(calls.len(), 3, "{said}");
    for (line, id) in calls.iter().zip(&ids) {
        assert!(line.contains(id.as_str()), "{line} names {id}");
    }
    assert!(calls[0].contains("result=\"answered\"") && calls[0].contains("cost_usd=0.000017"), "{}", calls[0]);
    assert!(!said.lines().any(|line| line.starts_with("FORGED")), "{said}");
    let last = calls[2];
    assert!(last.contains("result=\"abandoned\"") && last.contains("cost_usd=0.0000"), "{last}");
    assert!(last.contains("input_tokens=") && !last.contains("output_tokens=0"), "{last}");
}
