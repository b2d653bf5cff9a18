//! What a transport sends, waits for and refuses, against servers on loopback that misbehave.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use http::{HeaderValue, header};
use samokoder::router::{
    failure::{Failure, FailureClass},
    provider::Provider,
    transport::{Incoming, Outgoing, Timeouts, Transport},
};

use super::scripted_server::{Act, ScriptedServer, answer};

const SECRET: &str = "sk-never-to-be-seen";
const PATIENT: Timeouts =
    Timeouts { first_byte: Duration::from_secs(20), idle: Duration::from_secs(30), total: Duration::from_secs(60) };

/// A provider from the lines of its table.
pub(crate) fn provider(base_url: &str, more: &str) -> Provider {
    let mut provider: Provider =
        toml::from_str(&format!("title = 'Scripted'\ndialect = 'openai_chat'\nbase_url = '{base_url}'\n{more}"))
            .unwrap();
    provider.name = "scripted".to_owned();
    provider
}

/// A question with a key.
pub(crate) fn question(timeouts: Timeouts) -> Outgoing<'static> {
    let key = HeaderValue::from_str(&format!("Bearer {SECRET}")).unwrap();
    Outgoing {
        path: "/chat/completions",
        headers: &[],
        authorization: Some((header::AUTHORIZATION, key)),
        body: br#"{"model":"m"}"#.to_vec(),
        timeouts,
    }
}

async fn ask(server: &ScriptedServer, timeouts: Timeouts) -> Result<Incoming, Failure> {
    Transport::new(&provider(&server.url(), "")).unwrap().send(question(timeouts)).await
}

fn code(failure: &Failure) -> &str {
    assert!(!failure.message.contains(SECRET) && !failure.message.contains("http://"), "{}", failure.message);
    assert_eq!(failure.class, FailureClass::Overload);
    failure.code.as_deref().unwrap()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunks_then(pieces: &[&[u8]], end: Act) -> Vec<Act> {
    let mut acts = vec![Act::Send(CHUNKED.into())];
    acts.extend(pieces.iter().map(|piece| Act::Chunk(piece.to_vec())));
    acts.push(end);
    acts
}

#[tokio::test]
async fn a_request_carries_what_it_should_and_no_more() {
    let server = ScriptedServer::always(answer(200, &["x-request-id: 7"], "{}")).await;
    let provider = provider(&format!("{}/", server.url()), "[headers]\nx-title = 'ours'\naccept = 'text/plain'");
    let transport = Transport::new(&provider).unwrap();
    let outgoing =
        Outgoing { headers: &[("accept", HeaderValue::from_static("text/event-stream"))], ..question(PATIENT) };
    let incoming = transport.send(outgoing).await.unwrap();
    assert_eq!((incoming.status, &incoming.headers["x-request-id"]), (200, &HeaderValue::from_static("7")));
    assert_eq!(incoming.whole(2).await.unwrap(), "{}");
    let mut head: Vec<String> = server.seen()[0].head.lines().map(str::to_owned).collect();
    head.retain(|line| !line.is_empty() && !line.starts_with("host:"));
    head.sort();
    insta::assert_snapshot!(head.join("\n"));
}

#[tokio::test]
async fn a_status_that_is_no_success_is_an_answer() {
    let server = ScriptedServer::always(answer(529, &["retry-after: 3"], "overloaded")).await;
    let incoming = ask(&server, PATIENT).await.unwrap();
    assert_eq!((incoming.status, incoming.headers["retry-after"].to_str().unwrap()), (529, "3"));
    assert_eq!(incoming.whole(100).await.unwrap(), "overloaded");
}

#[tokio::test]
async fn s65_a_redirect_is_refused_and_the_key_stays_home() {
    let other = ScriptedServer::always(answer(200, &[], "{}")).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}/chat/completions?token=of-theirs", other.url());
        let server = ScriptedServer::always(answer(status, &[&location], "")).await;
        let failure = ask(&server, PATIENT).await.unwrap_err();
        assert_eq!((code(&failure), failure.status), ("redirect_refused", Some(status)));
        assert!(!failure.message.contains("of-theirs"));
        assert_eq!(server.requests(), 1);
    }
    assert_eq!(other.requests(), 0);
}

/// Time stands still from the moment that the request arrived, and then jumps to whatever is due next.
#[tokio::test]
async fn an_answer_that_does_not_begin_is_given_up() {
    let server = ScriptedServer::start(|_, _| {
        tokio::time::pause();
        vec![Act::Hang]
    })
    .await;
    let failure = ask(&server, PATIENT).await.unwrap_err();
    assert_eq!(code(&failure), "timeout_first_byte");
    assert_eq!(failure.message, "scripted did not begin to answer within 20000 ms");
    server.client_gone(1).await;
}

#[tokio::test]
async fn a_head_is_no_beginning_of_an_answer() {
    let server = ScriptedServer::always(vec![Act::Send(CHUNKED.into()), Act::Hang]).await;
    let begin = tokio::time::Instant::now();
    let mut incoming = ask(&server, PATIENT).await.unwrap();
    tokio::time::pause();
    assert_eq!(code(&incoming.next().await.unwrap().unwrap_err()), "timeout_first_byte");
    assert_eq!(begin.elapsed().as_secs(), 20, "counted from the request");
    assert!(incoming.next().await.is_none(), "nothing comes after a failure");
}

#[tokio::test]
async fn an_answer_that_stops_is_given_up() {
    let server = ScriptedServer::always(chunks_then(&[b"half"], Act::Hang)).await;
    let mut incoming = ask(&server, PATIENT).await.unwrap();
    assert_eq!(incoming.next().await.unwrap().unwrap(), "half");
    tokio::time::pause();
    let begin = tokio::time::Instant::now();
    assert_eq!(code(&incoming.next().await.unwrap().unwrap_err()), "timeout_idle");
    assert_eq!(begin.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn r47_an_answer_that_drips_forever_is_given_up() {
    let drip = Act::Drip(vec![b'x'; 1000], Duration::from_secs(10));
    let server = ScriptedServer::always(vec![Act::Send(CHUNKED.into()), drip]).await;
    let begin = tokio::time::Instant::now();
    let mut incoming = ask(&server, PATIENT).await.unwrap();
    assert_eq!(incoming.next().await.unwrap().unwrap(), "x");
    tokio::time::pause();
    assert_eq!(code(&incoming.whole(1000).await.unwrap_err()), "timeout_total");
    assert_eq!(begin.elapsed().as_secs(), 60);
}

#[tokio::test]
async fn the_whole_comes_before_its_parts() {
    let server = ScriptedServer::start(|_, _| {
        tokio::time::pause();
        vec![Act::Hang]
    })
    .await;
    let timeouts = Timeouts { first_byte: Duration::MAX, idle: Duration::MAX, total: Duration::from_secs(60) };
    assert_eq!(code(&ask(&server, timeouts).await.unwrap_err()), "timeout_total");
}

/// A server that takes the connection and never answers the handshake; time is the test's.
#[tokio::test(start_paused = true)]
async fn connecting_has_ten_seconds() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    let transport = Transport::new(&provider(&url, "")).unwrap();
    let begin = tokio::time::Instant::now();
    let failure = transport.send(question(PATIENT)).await.unwrap_err();
    assert_eq!(code(&failure), "timeout_connect");
    assert_eq!(begin.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_a_failure_at_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let failure = Transport::new(&provider(&url, "")).unwrap().send(question(PATIENT)).await.unwrap_err();
    assert_eq!(code(&failure), "connect_failed");
    assert!(failure.message.starts_with("no connection to scripted: Connection refused"), "{}", failure.message);
}

#[tokio::test]
async fn a_connection_that_breaks_is_lost_wherever_it_breaks() {
    for before in [vec![Act::Reset], vec![Act::Close], vec![Act::Send(b"HTTP/1.1 200".to_vec()), Act::Reset]] {
        let server = ScriptedServer::always(before).await;
        assert_eq!(code(&ask(&server, PATIENT).await.unwrap_err()), "connection_lost");
        assert_eq!(server.requests(), 1, "nothing is asked twice");
    }
    let too_short = Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec());
    for within in [
        chunks_then(&[b"half"], Act::Reset),
        chunks_then(&[b"half"], Act::Close),
        vec![too_short.clone(), Act::Close],
        vec![too_short, Act::Reset],
    ] {
        let server = ScriptedServer::always(within).await;
        assert_eq!(code(&ask(&server, PATIENT).await.unwrap().whole(100).await.unwrap_err()), "connection_lost");
    }
}

/// A pooled connection that ends after it took the second request: the provider may have done the work, and billed it.
#[tokio::test]
async fn a_request_that_was_sent_is_never_sent_again() {
    let server =
        ScriptedServer::start(|number, _| if number == 0 { answer(200, &[], "{}") } else { vec![Act::Close] }).await;
    let transport = Transport::new(&provider(&server.url(), "")).unwrap();
    assert_eq!(transport.send(question(PATIENT)).await.unwrap().whole(2).await.unwrap(), "{}");
    assert_eq!(code(&transport.send(question(PATIENT)).await.unwrap_err()), "connection_lost");
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_body_is_capped() {
    let server = ScriptedServer::always(answer(200, &[], "12345")).await;
    assert_eq!(ask(&server, PATIENT).await.unwrap().whole(5).await.unwrap(), "12345");
    assert_eq!(code(&ask(&server, PATIENT).await.unwrap().whole(4).await.unwrap_err()), "answer_too_large");
}

/// A thousand bytes for each that was sent.
#[tokio::test]
async fn s67_a_body_is_capped_as_it_is_after_decompression() {
    let bomb = gzip(&vec![0; 8 * 1024 * 1024]);
    assert!(bomb.len() < 8 * 1100);
    let server = ScriptedServer::always(answer(200, &["content-encoding: gzip"], bomb)).await;
    let failure = ask(&server, PATIENT).await.unwrap().whole(1024 * 1024).await.unwrap_err();
    assert_eq!(code(&failure), "answer_too_large");
}

#[tokio::test]
async fn a_compressed_body_is_read_or_damaged() {
    let good = ScriptedServer::always(answer(200, &["content-encoding: gzip"], gzip(b"hello"))).await;
    let incoming = ask(&good, PATIENT).await.unwrap();
    assert!(!incoming.headers.contains_key("content-encoding"));
    assert_eq!(incoming.whole(5).await.unwrap(), "hello");

    let mut bytes = gzip(b"hello, hello, hello");
    bytes[12] ^= 0xff;
    let bad = ScriptedServer::always(answer(200, &["content-encoding: gzip"], bytes)).await;
    assert_eq!(code(&ask(&bad, PATIENT).await.unwrap().whole(100).await.unwrap_err()), "damaged_answer");
}

#[tokio::test]
async fn dropping_an_answer_tells_the_provider() {
    let server = ScriptedServer::always(chunks_then(&[b"half"], Act::Hang)).await;
    let mut incoming = ask(&server, PATIENT).await.unwrap();
    assert_eq!(incoming.next().await.unwrap().unwrap(), "half");
    drop(incoming);
    server.client_gone(1).await;
}

#[tokio::test]
async fn a_proxy_is_used_when_the_operator_names_it() {
    let proxy = ScriptedServer::always(answer(200, &[], "by proxy")).await;
    let more = format!("proxy = '{}'", proxy.url().trim_end_matches("/v1"));
    let transport = Transport::new(&provider("http://model.invalid/v1", &more)).unwrap();
    assert_eq!(transport.send(question(PATIENT)).await.unwrap().whole(100).await.unwrap(), "by proxy");
    assert!(proxy.seen()[0].head.starts_with("POST http://model.invalid/v1/chat/completions HTTP/1.1\r\n"));
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("empty.pem"), "").unwrap();
    std::fs::write(path("damaged.pem"), "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").unwrap();
    std::fs::write(path("no_certificate.pem"), "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n")
        .unwrap();
    let wrong = [
        ("ftp://host/v1".to_owned(), String::new()),
        ("https://user:secret@host/v1".to_owned(), String::new()),
        ("https://host/v1?key=secret".to_owned(), String::new()),
        ("https://host/v1".to_owned(), "token_url = 'https://host/oauth#'".to_owned()),
        ("https://host/v1".to_owned(), "proxy = 'socks5://host'".to_owned()),
        ("https://host/v1".to_owned(), "[headers]\nx-own = \"two\\nlines\"".to_owned()),
        ("https://host/v1".to_owned(), format!("ca_file = '{}'", path("absent.pem"))),
        ("https://host/v1".to_owned(), format!("ca_file = '{}'", path("empty.pem"))),
        ("https://host/v1".to_owned(), format!("ca_file = '{}'", path("damaged.pem"))),
        ("https://host/v1".to_owned(), format!("ca_file = '{}'", path("no_certificate.pem"))),
    ];
    let sentences: Vec<String> = wrong
        .iter()
        .map(|(base_url, more)| Transport::new(&provider(base_url, more)).unwrap_err().to_string())
        .map(|sentence| sentence.replace(&folder.path().display().to_string(), "FOLDER"))
        .collect();
    insta::assert_snapshot!(sentences.join("\n"));
}
