//! Asks a server inside the sandbox whether it stands.

use std::time::{Duration, Instant};

use super::{Named, Step};
use crate::process::{Question, Serve, Served};

/// How long to wait between two questions.
const PAUSE: Duration = Duration::from_millis(20);
/// How much of an answer's body is read.
const BODY_MAX_BYTES: u64 = 16 << 20;

/// What came of asking.
pub(super) struct Answers {
    /// The answers, as expected or not, as far as they came.
    pub(super) served: Vec<Served>,
    /// Why the server does not do what is expected of it.
    pub(super) failure: Option<String>,
}

/// Asks every question in turn, the first until it is answered; stops at the first answer that is not as expected.
///
/// This process has one thread and keeps it: the runtime is this thread's own, and addresses need no resolver.
pub(super) fn ask_all(serve: &Serve, mut ended: impl FnMut() -> Option<String>) -> Step<Answers> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().named("start asking the server")?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .named("start asking the server")?;
    let started = Instant::now();
    let end = started + Duration::from_millis(serve.ready_within_ms);
    let mut answers = Answers { served: Vec::new(), failure: None };
    for question in &serve.questions {
        let asking = Asking { runtime: &runtime, client: &client, serve, question, started, end };
        match asking.until_answered(&mut ended) {
            Ok(served) => {
                answers.failure = objection(question, &served);
                answers.served.push(served);
            }
            Err(failure) => answers.failure = Some(failure),
        }
        if answers.failure.is_some() {
            break;
        }
    }
    Ok(answers)
}

/// One question being asked.
struct Asking<'a> {
    runtime: &'a tokio::runtime::Runtime,
    client: &'a reqwest::Client,
    serve: &'a Serve,
    question: &'a Question,
    started: Instant,
    end: Instant,
}

impl Asking<'_> {
    /// Asks until the server answers, `ended` says how it ended, or its time is over.
    fn until_answered(&self, ended: &mut impl FnMut() -> Option<String>) -> Result<Served, String> {
        let mut last = "nothing listens".to_owned();
        loop {
            for host in ["127.0.0.1", "[::1]"] {
                let address = format!("http://{host}:{}{}", self.serve.port, self.question.path);
                let left = self.end.saturating_duration_since(Instant::now());
                match self.runtime.block_on(async { tokio::time::timeout(left, self.ask(&address)).await }) {
                    Ok(Ok(served)) => return Ok(served),
                    Ok(Err(error)) if error.is_connect() => {}
                    Ok(Err(error)) => last = chain(&error),
                    Err(_) => "it was asked and did not answer".clone_into(&mut last),
                }
            }
            if let Some(how) = ended() {
                return Err(format!("it ended before it answered: {how}"));
            }
            if Instant::now() >= self.end {
                let Serve { port, ready_within_ms, .. } = self.serve;
                return Err(format!("no answer on port {port} within {ready_within_ms} ms: {last}"));
            }
            std::thread::sleep(PAUSE);
        }
    }

    async fn ask(&self, address: &str) -> Result<Served, reqwest::Error> {
        let mut response = self.client.get(address).send().await?;
        let ready_after_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let content_type =
            response.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let mut body_bytes = 0;
        while let Some(chunk) = response.chunk().await? {
            body_bytes += chunk.len() as u64;
            if body_bytes >= BODY_MAX_BYTES {
                break;
            }
        }
        Ok(Served { path: self.question.path.clone(), status, content_type, body_bytes, ready_after_ms })
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

/// What is wrong with an answer.
fn objection(question: &Question, served: &Served) -> Option<String> {
    let Question { path, expected_status, .. } = question;
    if served.status != *expected_status {
        return Some(format!("`GET {path}` was answered with status {}, expected {expected_status}", served.status));
    }
    let expected = question.expected_content_type.as_deref()?;
    let found = served.content_type.as_deref().unwrap_or("no content type");
    (!found.starts_with(expected)).then(|| format!("`GET {path}` was answered as {found}, expected {expected}"))
}
