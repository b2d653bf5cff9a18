//! `samokoder gateway` that writes every line it can: no key, of no form, is in what it says, answers or sends to a collector.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Json,
    extract::Request,
    http::{StatusCode, Version},
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::{
    gateway_command::Home,
    router::scripted_server::{ScriptedServer, answer, completion, error, stream},
};

const OVER_TLS: &str = "sk-canary-tls-1a2b3c4d5e6f7a8b9c0d";
const IN_CLEAR: &str = "sk-canary-clear-9f8e7d6c5b4a39281706";
const CALLERS_OWN: &str = "sk-canary-own-0f1e2d3c4b5a69788796";
/// `canary-client-id:canary-client-secret`, as the vendor hands it out.
const AUTHORIZATION_KEY: &str = "Y2FuYXJ5LWNsaWVudC1pZDpjYW5hcnktY2xpZW50LXNlY3JldA==";
const ACCESS_TOKEN: &str = "canary-token-eyJjdHkiOiJqd3QiLCJlbmMiOiJBMjU2";
/// The example of the recommendation.
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A provider over TLS that speaks HTTP/2 where the client can.
struct TlsProvider {
    address: SocketAddr,
    ca_pem: String,
    versions: Arc<Mutex<Vec<Version>>>,
    _serving: JoinSet<()>,
}

impl TlsProvider {
    async fn start() -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = names.signed_by(&key, &authority).unwrap();
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let versions = Arc::new(Mutex::new(Vec::new()));
        let app = app(&versions);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, app) = (acceptor.clone(), app.clone());
                connections.spawn(async move {
                    let stream = acceptor.accept(stream).await.unwrap();
                    let server = auto::Builder::new(TokioExecutor::new());
                    // It ends when the client goes, well or not.
                    let _ = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)).await;
                });
            }
        });
        Self { address, ca_pem: pem(authority.der()), versions, _serving: serving }
    }
}

fn app(versions: &Arc<Mutex<Vec<Version>>>) -> axum::Router {
    let seen = Arc::clone(versions);
    axum::Router::new()
        .route(
            "/v1/chat/completions",
            post(move |request: Request| {
                seen.lock().unwrap().push(request.version());
                async move { chat(request).await }
            }),
        )
        .route(
            "/oauth",
            post(|| async { Json(json!({ "access_token": ACCESS_TOKEN, "expires_at": 4_000_000_000_000_u64 })) }),
        )
}

/// A good answer; to the model `echo`, an error that repeats what the caller showed.
async fn chat(request: Request) -> Response {
    let shown = format!("{:?}", request.headers()["authorization"].to_str().unwrap());
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    if body["model"] == "echo" {
        let error = json!({ "error": { "message": format!("no such key: {shown}"), "code": "invalid_api_key" } });
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    Json(json!({
        "id": "1", "object": "chat.completion", "created": 1_700_000_000, "model": "m",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": "Hello." }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14 },
    }))
    .into_response()
}

fn pem(der: &[u8]) -> String {
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Forms in which a key could be written without that anybody meant to.
fn forms(key: &str) -> Vec<String> {
    let bytes = key.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let listed = format!("{bytes:?}");
    let mut forms = vec![
        key.to_owned(),
        key.chars().rev().collect(),
        hex.to_uppercase(),
        hex,
        listed.trim_matches(['[', ']']).to_owned(),
    ];
    for skipped in 0..3 {
        // Where a key begins in what was encoded is not known; its first digits and its last mix with their neighbours.
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let whole = &bytes[skipped..];
            forms.push(engine.encode(&whole[..whole.len() / 3 * 3]));
        }
    }
    forms
}

/// Keys that stand in a text, by the name of the key.
fn found<'k>(keys: &[(&'k str, &str)], text: &str) -> Vec<(&'k str, String)> {
    let hits = keys.iter().flat_map(|(name, key)| forms(key).into_iter().map(move |form| (*name, form)));
    hits.filter(|(_, form)| text.contains(form.as_str())).collect()
}

fn settings(tls: &TlsProvider, ca_file: &Path, clear: &ScriptedServer, keys: &str) -> String {
    let (tls, ca_file, clear) = (tls.address, ca_file.display(), clear.url());
    format!(
        "[router]\nprovider_order = ['tls', 'clear', 'giga']\n\
         [router.retries]\nmost = 0\n\
         [providers.tls]\ntitle = 'Over TLS'\ndialect = 'openai_chat'\nbase_url = 'https://{tls}/v1'\n\
         key_names = ['TLS_KEY']\nca_file = '{ca_file}'\n\
         [providers.clear]\ntitle = 'In clear'\ndialect = 'openai_chat'\nbase_url = '{clear}'\nkey_names = ['CLEAR_KEY']\n\
         [providers.giga]\ntitle = 'GigaChat'\ndialect = 'gigachat'\nbase_url = 'https://{tls}/v1'\n\
         authorization = 'gigachat_oauth'\ntoken_url = 'https://{tls}/oauth'\ntoken_scope = 'GIGACHAT_API_PERS'\n\
         key_names = ['GIGA_KEY']\nca_file = '{ca_file}'\n{keys}"
    )
}

/// Everything that a caller can do with a key: each answer, whole.
async fn run(address: &str, gateway_key: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut heard = String::new();
    let models =
        ["tls/m", "tls/echo", "clear/m", "clear/fail", "clear/stream", "giga/GigaChat-2", "giga/echo", "nobody"];
    for (model, is_own) in models.into_iter().flat_map(|model| [(model, false), (model, true)]) {
        let question = json!({
            "model": model, "messages": [{ "role": "user", "content": "Say hello." }], "stream": model.ends_with("stream")
        });
        let mut request = client.post(format!("http://{address}/v1/chat/completions"));
        request = request.bearer_auth(gateway_key).header("traceparent", TRACEPARENT);
        if is_own {
            request = request.header("x-samokoder-provider-key-tls", CALLERS_OWN);
            request = request.header("x-samokoder-provider-key-clear", CALLERS_OWN);
        }
        let reply = request.header("content-type", "application/json").body(question.to_string()).send().await.unwrap();
        heard.push_str(&format!("{model} {is_own}: {} {:?}\n", reply.status(), reply.headers()));
        heard.push_str(&reply.text().await.unwrap());
        heard.push('\n');
    }
    let metrics = client.get(format!("http://{address}/metrics")).bearer_auth(gateway_key).send().await.unwrap();
    heard.push_str(&metrics.text().await.unwrap());
    let stranger = client.get(format!("http://{address}/v1/models")).bearer_auth(CALLERS_OWN).send().await.unwrap();
    heard.push_str(&stranger.text().await.unwrap());
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s76_at_the_loudest_level_no_key_is_written_answered_or_sent() {
    // There is one for the process; a second installation changes nothing.
    let _ = ring::default_provider().install_default();
    let tls = TlsProvider::start().await;
    let clear = ScriptedServer::start(|_, seen| match seen.json()["model"].as_str() {
        Some("fail") => error(400, &[], &format!("you sent {}", seen.head.replace("\r\n", " "))),
        Some("stream") => stream(&["Hel", "lo."]),
        _ => completion("Hello."),
    })
    .await;
    let collector = ScriptedServer::always(answer(200, &["content-type: application/x-protobuf"], "")).await;

    let home = Home::new();
    let ca_file = home.path().join("own.pem");
    std::fs::write(&ca_file, &tls.ca_pem).unwrap();
    let (key, lines) = home.new_key("team-a");
    std::fs::write(home.path().join("samokoder.toml"), settings(&tls, &ca_file, &clear, &lines)).unwrap();
    let collected_at = collector.url().replace("/v1", "");
    let environment = [
        ("SAMOKODER_LOG", "trace"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collected_at),
        ("TLS_KEY", OVER_TLS),
        ("CLEAR_KEY", IN_CLEAR),
        ("GIGA_KEY", AUTHORIZATION_KEY),
    ];
    let serving = home.serve_with(&["--config", "samokoder.toml", "--listen", "127.0.0.1:0"], &environment);
    let heard = run(serving.address(), &key).await;
    let said = tokio::task::spawn_blocking(move || serving.stop()).await.unwrap();

    assert_eq!(heard.matches(": 200 OK").count(), 8, "{heard}");
    for library in ["hyper_util", "h2::"] {
        assert!(said.contains(library), "{library} has its say");
    }
    assert!(said.contains(" TRACE ") && said.matches("model call").count() >= 16, "{said}");
    assert!(tls.versions.lock().unwrap().iter().all(|version| *version == Version::HTTP_2));
    let sent: Vec<u8> =
        collector.seen().into_iter().flat_map(|seen| [seen.head.into_bytes(), seen.body].concat()).collect();
    let sent_text = String::from_utf8_lossy(&sent);
    assert!(sent_text.contains("attempt giga/echo") && sent_text.contains("gen_ai.usage.input_tokens"), "{sent_text}");
    let contains = |part: &[u8]| sent.windows(part.len()).any(|window| window == part);
    assert!(contains(&0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes()), "the caller's trace");
    assert!(contains(&0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()), "under the caller's span");
    for seen in clear.seen() {
        assert!(!seen.head.to_lowercase().contains("traceparent"), "{}", seen.head);
    }

    let keys = [
        ("the gateway's", key.as_str()),
        ("over TLS", OVER_TLS),
        ("in clear", IN_CLEAR),
        ("the caller's own", CALLERS_OWN),
        ("GigaChat's key", AUTHORIZATION_KEY),
        ("what GigaChat's key holds", "canary-client-id:canary-client-secret"),
        ("GigaChat's token", ACCESS_TOKEN),
    ];
    for (place, text) in [("answers", heard.as_str()), ("log", &said), ("traces", &sent_text)] {
        let hits = found(&keys, text);
        assert!(hits.is_empty(), "{place}: {hits:?}");
    }
}

#[test]
fn a_key_is_found_in_each_of_its_forms() {
    let keys = [("it", OVER_TLS)];
    let bytes = OVER_TLS.as_bytes();
    let hidden = [
        format!("Bearer {OVER_TLS}"),
        base64::prelude::BASE64_STANDARD.encode(format!("x{OVER_TLS}y")),
        base64::prelude::BASE64_STANDARD.encode(format!("xy{OVER_TLS}")),
        base64::prelude::BASE64_STANDARD.encode(OVER_TLS),
        format!("{bytes:02x?}").replace(", ", ""),
        format!("{bytes:?}"),
    ];
    for text in hidden {
        assert!(!found(&keys, &text).is_empty(), "{text}");
    }
    assert_eq!(found(&keys, "sk-canary-tls-"), []);
}
