//! An OpenAI-compatible server that answers at once, for measuring what stands before it.
//!
//! `mock_upstream PORT`: answers every chat completion with one sentence, as a stream of twenty pieces when asked to.
//! The models `fail-500` and `fail-429` fail, and `never` never answers. `GET /counts` tells how often each model was asked for.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::Response,
    routing::{get, post},
    serve::ListenerExt as _,
};

const ANSWER: &str = r#"{"id":"chatcmpl-mock","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hello from the mock upstream. This is a fixed sentence used for load testing.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":16,"total_tokens":36,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"system_fingerprint":"fp_mock"}"#;
const PIECES: u32 = 20;

type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port: u16 = std::env::args().nth(1).unwrap_or_default().parse()?;
    let counts = Counts::default();
    let app = Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/counts", get(tell))
        .with_state(Arc::clone(&counts));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    // Without this, the kernel holds small pieces back for up to 40 ms.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, app).await?)
}

async fn tell(State(counts): State<Counts>) -> Response {
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
    answer(StatusCode::OK, "application/json", serde_json::to_vec(&counts).unwrap_or_default().into())
}

async fn chat(State(counts): State<Counts>, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<serde_json::Value>(&body) else {
        let error = r#"{"error":{"message":"not JSON","type":"invalid_request_error"}}"#;
        return answer(StatusCode::BAD_REQUEST, "application/json", error.into());
    };
    let text = |name: &str| request.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let model = text("model");
    *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(model.clone()).or_default() += 1;
    match model.as_str() {
        "fail-500" => {
            let error = r#"{"error":{"message":"boom","type":"server_error"}}"#;
            answer(StatusCode::INTERNAL_SERVER_ERROR, "application/json", error.into())
        }
        "fail-429" => {
            let error = r#"{"error":{"message":"slow down","type":"tokens","code":"rate_limit_exceeded"}}"#;
            answer(StatusCode::TOO_MANY_REQUESTS, "application/json", error.into())
        }
        "never" => std::future::pending().await,
        _ if request.get("stream").and_then(serde_json::Value::as_bool) == Some(true) => {
            let events = futures::stream::iter(stream().into_iter().map(Ok::<_, Infallible>));
            answer(StatusCode::OK, "text/event-stream", Body::from_stream(events))
        }
        _ => answer(StatusCode::OK, "application/json", ANSWER.into()),
    }
}

fn stream() -> Vec<Bytes> {
    let chunk = |choices: &str, rest: &str| {
        Bytes::from(format!(
            "data: {{\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\
             \"model\":\"gpt-4o-mini\",\"choices\":[{choices}]{rest}}}\n\n"
        ))
    };
    let piece = |number| {
        chunk(&format!("{{\"index\":0,\"delta\":{{\"content\":\"tok{number} \"}},\"finish_reason\":null}}"), "")
    };
    let mut events: Vec<_> = (0..PIECES).map(piece).collect();
    events.push(chunk("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}", ""));
    events.push(chunk("", ",\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":20,\"total_tokens\":40}"));
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events
}

fn answer(status: StatusCode, media_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    response
}
