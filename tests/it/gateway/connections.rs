//! Connections: how many there may be, and what ends them.

use std::{sync::Arc, time::Duration};

use samokoder::api::{ConnectionSettings, gateway::Settings};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Notify,
    time::timeout,
};

use super::{
    http2_client::{GO_AWAY, Http2Client},
    running::{KEY, Reply, Running, question, settings, start, stream_question},
};
use crate::router::{
    rig::Plan,
    scripted_server::{Act, ScriptedServer, completion, stream_head, text_event},
};

const SHORT: Duration = Duration::from_millis(50);
/// What does not happen until then does not happen.
const LONG: Duration = Duration::from_secs(20);

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

async fn with(server: &ScriptedServer, connections: ConnectionSettings) -> Running {
    start(Plan::over(&[server]).build(), Settings { connections, ..settings() }).await
}

async fn answering(connections: ConnectionSettings) -> Running {
    let server = ScriptedServer::always(completion("Hello.")).await;
    with(&server, connections).await
}

/// What is heard until the gateway closes the connection; a reset is an end too.
async fn rest(mut connection: TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = timeout(LONG, connection.read_to_end(&mut heard)).await.expect("the connection is closed");
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn a_client_that_says_nothing_or_half_a_head_does_not_keep_its_place() {
    let limits = ConnectionSettings { head_timeout: SHORT, ..ConnectionSettings::default() };
    let gateway = answering(limits).await;
    for said in ["", "PRI * HT", "GET /healthz HTTP/1.1\r\nhost: loc"] {
        let mut connection = TcpStream::connect(gateway.address).await.unwrap();
        connection.write_all(said.as_bytes()).await.unwrap();
        assert_eq!(rest(connection).await, "", "{said:?}");
    }
    let http2 = Http2Client::connect(gateway.address).await;
    assert!(timeout(LONG, http2.frames()).await.unwrap().contains(&GO_AWAY));
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_and_one_with_a_request_is_not() {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tells, waits) = (Arc::clone(&arrived), Arc::clone(&go_on));
    let server = ScriptedServer::start(move |_, _| {
        tells.notify_one();
        let mut acts = vec![Act::Await(Arc::clone(&waits))];
        acts.extend(completion("Hello."));
        acts
    })
    .await;
    let limits = ConnectionSettings { idle_timeout: SHORT, ..ConnectionSettings::default() };
    let gateway = with(&server, limits).await;
    for http2 in [false, true] {
        let asking = Reply::of(gateway.asked_over(http2, "/v1/chat/completions", &question()));
        let (reply, ()) = tokio::join!(asking, async {
            arrived.notified().await;
            let mut idle = TcpStream::connect(gateway.address).await.unwrap();
            idle.write_all(HEALTH).await.unwrap();
            assert!(rest(idle).await.starts_with("HTTP/1.1 200 "));
            let mut idle = Http2Client::connect(gateway.address).await;
            idle.request("GET", "/healthz", "").await;
            assert!(timeout(LONG, idle.frames()).await.unwrap().contains(&GO_AWAY));
            go_on.notify_one();
        });
        assert_eq!(reply.status, 200);
    }
}

#[tokio::test]
async fn an_http2_client_that_answers_no_ping_is_gone_and_its_call_cancelled() {
    let server = ScriptedServer::always(vec![Act::Hang]).await;
    let gateway = with(&server, ConnectionSettings { ping_every: SHORT, ..ConnectionSettings::default() }).await;
    let mut client = Http2Client::connect(gateway.address).await;
    client.request("POST", "/v1/chat/completions", &question().to_string()).await;
    timeout(LONG, server.client_gone(1)).await.expect("the call is cancelled");
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_gone() {
    let mut acts = vec![stream_head()];
    // More than the buffers between provider, gateway and client hold.
    acts.extend(vec![text_event(&"word ".repeat(50_000)); 100]);
    let server = ScriptedServer::always(acts).await;
    let limits = ConnectionSettings { idle_timeout: SHORT, ..ConnectionSettings::default() };
    let gateway = with(&server, limits).await;
    let mut connection = TcpStream::connect(gateway.address).await.unwrap();
    let body = stream_question().to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let gone = async {
        while gateway.figures("samokoder_errors_total").await.is_empty() {}
        gateway.figures("samokoder_errors_total").await
    };
    let figures = timeout(LONG, gone).await.expect("the request ends");
    assert_eq!(figures, [r#"samokoder_errors_total{endpoint="chat_completions",class="client_gone"} 1"#]);
}

#[tokio::test]
async fn above_the_cap_of_all_connections_a_client_waits_until_another_has_gone() {
    let gateway = answering(ConnectionSettings { most: 1, ..ConnectionSettings::default() }).await;
    let mut first = TcpStream::connect(gateway.address).await.unwrap();
    let mut answer = [0; 12];
    first.write_all(HEALTH).await.unwrap();
    first.read_exact(&mut answer).await.unwrap();
    let mut second = TcpStream::connect(gateway.address).await.unwrap();
    second.write_all(HEALTH).await.unwrap();
    for _ in 0..10 {
        first.write_all(HEALTH).await.unwrap();
        let mut some = [0; 1024];
        assert!(first.read(&mut some).await.unwrap() > 0);
    }
    assert!(second.try_read(&mut answer).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
    drop(first);
    timeout(LONG, second.read_exact(&mut answer)).await.expect("it gets the place").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[tokio::test]
async fn a_client_above_its_own_cap_is_hung_up_on() {
    let limits = ConnectionSettings { per_client: Some(1), ..ConnectionSettings::default() };
    let gateway = answering(limits).await;
    let mut first = TcpStream::connect(gateway.address).await.unwrap();
    let second = TcpStream::connect(gateway.address).await.unwrap();
    assert_eq!(rest(second).await, "");
    first.write_all(HEALTH).await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}
