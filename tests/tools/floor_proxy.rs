//! The least that a proxy can cost: reads the request's JSON, sends it on, reads the answer's JSON. No routing, no
//! key, no metrics. What a gateway adds is measured against it.
//!
//! `floor_proxy PORT UPSTREAM`, such as `floor_proxy 3333 http://127.0.0.1:9999`.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::Response,
    routing::post,
    serve::ListenerExt as _,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Upstream {
    client: reqwest::Client,
    url: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().unwrap_or_default().parse()?;
    let url = format!("{}/v1/chat/completions", arguments.next().unwrap_or_default());
    // The client is built with TLS though it never speaks it here. An error means that somebody else has done it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().no_proxy().tcp_nodelay(true).pool_max_idle_per_host(512).build()?;
    let app = Router::new().route("/v1/chat/completions", post(forward)).with_state(Arc::new(Upstream { client, url }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, app).await?)
}

async fn forward(State(upstream): State<Arc<Upstream>>, body: Bytes) -> Response {
    match try_forward(&upstream, &body).await {
        Ok(response) => response,
        Err(_) => with_status(StatusCode::BAD_GATEWAY, Body::empty()),
    }
}

async fn try_forward(upstream: &Upstream, body: &[u8]) -> anyhow::Result<Response> {
    let request: serde_json::Value = serde_json::from_slice(body)?;
    let streams = request.get("stream").and_then(serde_json::Value::as_bool) == Some(true);
    let sent = upstream
        .client
        .post(&upstream.url)
        .header(header::AUTHORIZATION, "Bearer sk-mock")
        .header(header::CONTENT_TYPE, "application/json")
        .body(serde_json::to_vec(&request)?);
    let answer = sent.send().await?;
    let status = answer.status();
    let media_type = answer.headers().get(header::CONTENT_TYPE).cloned();
    let body = if streams {
        Body::from_stream(answer.bytes_stream())
    } else {
        let read: serde_json::Value = serde_json::from_slice(&answer.bytes().await?)?;
        Body::from(serde_json::to_vec(&read)?)
    };
    let mut response = with_status(status, body);
    response.headers_mut().extend(media_type.map(|media_type| (header::CONTENT_TYPE, media_type)));
    Ok(response)
}

fn with_status(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}
