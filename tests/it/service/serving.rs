//! `samokoder serve`: the way in and the work in one process, with nothing else.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::site::Site;

#[test]
fn a_spec_that_is_handed_in_comes_out_as_a_project() {
    let site = Site::new();
    let server = site.start("serve", &["--listen", "127.0.0.1:0", "--workers", "1"], &[]);
    let log = site.until_said(&server, "listening on http://");
    let address = log.split("listening on ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let key = site.printed("serve").split_whitespace().find(|word| word.starts_with("samokoder_")).unwrap().to_owned();
    // Refused only when another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().build().unwrap();
    let get = |path: &str| {
        let request = client.get(format!("{address}{path}")).bearer_auth(&key);
        site.block_on(async { request.send().await.unwrap() })
    };
    let spec = r#"{"name":"shop","entities":{"Item":{"fields":{"title":"string"}}}}"#;
    let request = client.post(format!("{address}/v1/generations?verify=false")).bearer_auth(&key);
    let request = request.header("content-type", "application/json").body(spec);
    let (status, answer) = site.block_on(async {
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    });
    assert_eq!(status, 202, "{answer}");
    let accepted: Value = serde_json::from_str(&answer).unwrap();
    let id = accepted["id"].as_str().unwrap().to_owned();
    let began = Instant::now();
    let ended = loop {
        let answer = get(&format!("/v1/generations/{id}"));
        let text = site.block_on(answer.text()).unwrap();
        let generation: Value = serde_json::from_str(&text).unwrap();
        if ["unverified", "failed", "succeeded"].contains(&generation["status"].as_str().unwrap_or_default()) {
            break generation;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{text}\n{}", site.logs());
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(ended["status"], "unverified", "{ended}");
    let artifact = get(&format!("/v1/generations/{id}/artifact"));
    assert_eq!(artifact.status().as_u16(), 200);
    let (code, took) = server.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}
