//! Asks a server inside the sandbox whether it stands.

use std::time::{Duration, Instant};

use super::{Named, Step};
use crate::process::{Serve, Served};

/// How long to wait between two questions.
const PAUSE: Duration = Duration::from_millis(50);
/// How much of an answer's body is read.
const BODY_MAX_BYTES: u64 = 16 << 20;

/// What came of asking.
pub(super) enum Answer {
    /// It answered, as expected or not.
    Served(Served),
    /// It ended, or did not answer in time.
    Failed(String),
}

/// Asks until the server answers, `is_running` says no, or its time is over.
///
/// This process has one thread and keeps it: the runtime is this thread's own, and addresses need no resolver.
pub(super) fn wait(serve: &Serve, mut ended: impl FnMut() -> Option<String>) -> Step<Answer> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().named("start asking the server")?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .named("start asking the server")?;
    let started = Instant::now();
    let end = started + Duration::from_millis(serve.ready_within_ms);
    let mut last = "nothing listens".to_owned();
    loop {
        for host in ["127.0.0.1", "[::1]"] {
            let address = format!("http://{host}:{}{}", serve.port, serve.path);
            let left = end.saturating_duration_since(Instant::now());
            match runtime.block_on(async { tokio::time::timeout(left, ask(&client, &address, started)).await }) {
                Ok(Ok(served)) => return Ok(Answer::Served(served)),
                Ok(Err(error)) if error.is_connect() => {}
                Ok(Err(error)) => last = chain(&error),
                Err(_) => "it was asked and did not answer".clone_into(&mut last),
            }
        }
        if let Some(how) = ended() {
            return Ok(Answer::Failed(format!("it ended before it answered: {how}")));
        }
        if Instant::now() >= end {
            let within_ms = serve.ready_within_ms;
            return Ok(Answer::Failed(format!("no answer on port {} within {within_ms} ms: {last}", serve.port)));
        }
        std::thread::sleep(PAUSE);
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

async fn ask(client: &reqwest::Client, address: &str, started: Instant) -> Result<Served, reqwest::Error> {
    let mut response = client.get(address).send().await?;
    let ready_after_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    let mut body_bytes = 0;
    while let Some(chunk) = response.chunk().await? {
        body_bytes += chunk.len() as u64;
        if body_bytes >= BODY_MAX_BYTES {
            break;
        }
    }
    Ok(Served { status, content_type, body_bytes, ready_after_ms })
}

/// What is wrong with an answer.
pub(super) fn objection(serve: &Serve, served: &Served) -> Option<String> {
    if served.status != serve.expected_status {
        let (path, expected) = (&serve.path, serve.expected_status);
        return Some(format!("`GET {path}` was answered with status {}, expected {expected}", served.status));
    }
    let expected = serve.expected_content_type.as_deref()?;
    let found = served.content_type.as_deref().unwrap_or("no content type");
    (!found.starts_with(expected)).then(|| format!("`GET {}` was answered as {found}, expected {expected}", serve.path))
}
