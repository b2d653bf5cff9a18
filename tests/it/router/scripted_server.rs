//! A provider on loopback that does what a test tells it, down to the bytes: resets, half events, wrong lengths, silence.
//!
//! It speaks HTTP/1.1 by hand, as a web framework would not let it be that wrong.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
    time::sleep,
};

/// What the server does, in order, after it has read a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Writes these bytes.
    Send(Vec<u8>),
    /// Writes these bytes as one chunk (RFC 9112, section 7.1).
    Chunk(Vec<u8>),
    /// Writes these bytes one by one, each in a chunk of its own, with a pause after each.
    Drip(Vec<u8>, Duration),
    /// Waits until the test says so.
    Await(Arc<Notify>),
    /// Ends the chunks of a body.
    LastChunk,
    /// Says nothing more until the client goes away.
    Hang,
    /// Ends the connection in good order.
    Close,
    /// Resets the connection.
    Reset,
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Request line and headers as they came.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A running server; it ends when this is dropped.
pub(crate) struct ScriptedServer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    gone: watch::Receiver<usize>,
    connections: Arc<AtomicUsize>,
    _serving: JoinSet<()>,
}

/// What to do for the request that arrived as the `n`th, from 0.
type Script = dyn Fn(usize, &Seen) -> Vec<Act> + Send + Sync;

impl ScriptedServer {
    /// Starts a server that does what `script` says for each request.
    pub(crate) async fn start(script: impl Fn(usize, &Seen) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (gone_sender, gone) = watch::channel(0);
        let script: Arc<Script> = Arc::new(script);
        let opened = Arc::new(AtomicUsize::new(0));
        let connections_opened = Arc::clone(&opened);
        let mut serving = JoinSet::new();
        let all_seen = Arc::clone(&seen);
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                opened.fetch_add(1, Ordering::Relaxed);
                let (script, seen, gone) = (Arc::clone(&script), Arc::clone(&all_seen), gone_sender.clone());
                connections.spawn(async move { serve(stream, &*script, &seen, &gone).await.unwrap_or_default() });
            }
        });
        Self { address, seen, gone, connections: connections_opened, _serving: serving }
    }

    /// Starts a server that does the same for each request.
    pub(crate) async fn always(acts: Vec<Act>) -> Self {
        Self::start(move |_, _| acts.clone()).await
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Requests that arrived until now.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests arrived until now.
    pub(crate) fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// How many connections were opened until now.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Waits until so many clients went away from a server that [hangs](Act::Hang).
    pub(crate) async fn client_gone(&self, times: usize) {
        self.gone.clone().wait_for(|gone| *gone >= times).await.unwrap();
    }
}

async fn serve(
    mut stream: TcpStream,
    script: &Script,
    seen: &Mutex<Vec<Seen>>,
    gone: &watch::Sender<usize>,
) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        for act in script(number, &request) {
            match act {
                Act::Send(bytes) => stream.write_all(&bytes).await?,
                Act::Chunk(bytes) => stream.write_all(&chunk(&bytes)).await?,
                Act::Drip(bytes, pause) => {
                    for byte in bytes {
                        stream.write_all(&chunk(&[byte])).await?;
                        sleep(pause).await;
                    }
                }
                Act::Await(signal) => signal.notified().await,
                Act::LastChunk => stream.write_all(b"0\r\n\r\n").await?,
                Act::Hang => {
                    let mut rest = Vec::new();
                    // Ends, well or not, when the client goes.
                    let _ = stream.read_to_end(&mut rest).await;
                    gone.send_modify(|gone| *gone += 1);
                    return Ok(());
                }
                Act::Close => return stream.shutdown().await,
                Act::Reset => return stream.set_zero_linger(),
            }
        }
    }
    Ok(())
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// Reads the next request; none when the client closed.
async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Seen>> {
    let head_bytes = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8(buffer.drain(..head_bytes).collect()).unwrap();
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(Seen { head, body: buffer.drain(..length).collect() }))
}

/// An answer of a status with headers, each `name: value`, and a body.
pub(crate) fn answer(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<Act> {
    let body = body.as_ref();
    let mut head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    vec![Act::Send([head.as_bytes(), body].concat())]
}

/// An answer of JSON.
pub(crate) fn json(status: u16, body: &serde_json::Value) -> Vec<Act> {
    answer(status, &["content-type: application/json"], body.to_string())
}

/// A good Chat Completions answer: 11 tokens in, 3 out.
pub(crate) fn completion(text: &str) -> Vec<Act> {
    json(
        200,
        &serde_json::json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "model-as-answered",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14},
        }),
    )
}

/// An error in `OpenAI`'s shape.
pub(crate) fn error(status: u16, headers: &[&str], code: &str) -> Vec<Act> {
    let body = serde_json::json!({"error": {"message": format!("scripted {code}"), "type": code, "code": code}});
    answer(status, headers, body.to_string())
}

/// The head of a stream.
pub(crate) fn stream_head() -> Act {
    Act::Send(
        b"HTTP/1.1 200 Scripted\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
    )
}

/// One event of a stream.
pub(crate) fn event(data: impl std::fmt::Display) -> Act {
    Act::Chunk(format!("data: {data}\n\n").into_bytes())
}

/// An event of a Chat Completions stream that says more of the text.
pub(crate) fn text_event(text: &str) -> Act {
    event(serde_json::json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "model-as-answered",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}],
    }))
}

/// The event of a Chat Completions stream that says who speaks, and nothing more.
pub(crate) fn role_event() -> Act {
    event(serde_json::json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "model-as-answered",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}],
    }))
}

/// The good end of a Chat Completions stream: why it ended, 11 tokens in, 3 out, and the last word.
pub(crate) fn stream_end() -> Vec<Act> {
    vec![
        event(serde_json::json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "model-as-answered",
            "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        })),
        event(serde_json::json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "model-as-answered",
            "choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14},
        })),
        event("[DONE]"),
        Act::LastChunk,
    ]
}

/// A good stream of these texts.
pub(crate) fn stream(texts: &[&str]) -> Vec<Act> {
    let head = [stream_head(), role_event()];
    head.into_iter().chain(texts.iter().map(|text| text_event(text))).chain(stream_end()).collect()
}
