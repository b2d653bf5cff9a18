//! A gateway that runs, and what a client hears from it.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Weak},
};

use samokoder::{
    api::{
        self,
        gateway::{ApiKey, KeyDigest, ServeError, Settings},
    },
    domain::money::Usd,
    router::{
        Router,
        budget::{InMemoryLedger, Scope},
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

use crate::router::{
    rig::{HandClock, Plan, Rig},
    scripted_server::ScriptedServer,
};

/// The key that tests show.
pub(super) const KEY: &str = "sk-samokoder-of-a-test";

/// A gateway that runs; it ends when this is dropped.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    ledger: Arc<InMemoryLedger>,
    router: Arc<Router>,
    /// The clock of the router and of nobody else.
    clock: Weak<HandClock>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinSet<Result<(), ServeError>>,
}

/// Settings with the key that tests show.
pub(super) fn settings() -> Settings {
    Settings { keys: vec![api_key("tester", KEY)], ..Settings::default() }
}

pub(super) fn api_key(name: &str, key: &str) -> ApiKey {
    ApiKey { name: name.to_owned(), tenant: "acme".to_owned(), digest: KeyDigest::of(key), call_cap: None }
}

/// A gateway in front of these servers, asked in their order.
pub(super) async fn over(servers: &[&ScriptedServer]) -> Running {
    start(Plan::over(servers).build(), settings()).await
}

pub(super) async fn start(rig: Rig, settings: Settings) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let mut serving = JoinSet::new();
    let router = Arc::new(rig.router);
    let clock = Arc::downgrade(&rig.clock);
    serving.spawn(api::gateway::serve(listener, settings, Arc::clone(&router), async {
        // A test that ends without a word stops it too.
        let _ = stopped.await;
    }));
    Running { address, ledger: rig.ledger, router, clock, stop: Some(stop), serving }
}

impl Running {
    /// A request with the key that tests show.
    pub(super) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.bare_request(method, path).bearer_auth(KEY)
    }

    /// A request without a key.
    pub(super) fn bare_request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        client(false).request(method.parse().unwrap(), format!("http://{}{path}", self.address))
    }

    /// Sends JSON and hears the whole answer.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::of(self.json(path, body)).await
    }

    /// A request with JSON.
    pub(super) fn json(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.request("POST", path).header("content-type", "application/json").body(body.to_string())
    }

    /// A request with JSON, over the version of HTTP that is wanted.
    pub(super) fn asked_over(&self, http2: bool, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = client(http2).post(format!("http://{}{path}", self.address)).bearer_auth(KEY);
        request.header("content-type", "application/json").body(body.to_string())
    }

    /// All figures, as they are printed.
    pub(super) async fn metrics(&self) -> String {
        Reply::of(self.request("GET", "/metrics")).await.body
    }

    /// Waits until what calls cost that were given up is settled.
    pub(super) async fn settled(&self) {
        self.router.settled().await;
    }

    /// Figures whose line begins so, zeros left out.
    pub(super) async fn figures(&self, start: &str) -> Vec<String> {
        let text = self.metrics().await;
        let lines = text.lines().filter(|line| line.starts_with(start) && !line.ends_with(" 0"));
        let mut lines: Vec<_> = lines.map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// Tells it to stop.
    pub(super) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Stops it and says what the key that tests show has spent, and what is still set aside.
    pub(super) async fn spent(mut self) -> (Usd, Usd) {
        self.stop();
        self.stopped().await;
        self.balance().await
    }

    /// What the key that tests show has spent, and what is still set aside, when all that is over is settled.
    pub(super) async fn balance(&self) -> (Usd, Usd) {
        self.router.settled().await;
        let scope = Scope::Key { tenant: "acme".to_owned(), key: "tester".to_owned() };
        let balance = self.ledger.balance(&scope).unwrap();
        (balance.spent, balance.reserved)
    }

    /// Whether nothing of it had the router any more: every request has what all of the router's clones share.
    pub(super) fn has_let_go_of_the_router(self) -> bool {
        drop(self.router);
        self.clock.strong_count() == 0
    }

    /// Waits until it has stopped.
    pub(super) async fn stopped(&mut self) {
        self.serving.join_next().await.unwrap().unwrap().unwrap();
    }
}

/// A client that speaks HTTP/1.1, or HTTP/2 from the first byte.
pub(super) fn client(http2: bool) -> reqwest::Client {
    // There is one for the process; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy();
    let builder = if http2 { builder.http2_prior_knowledge() } else { builder };
    builder.build().unwrap()
}

/// A question to the scripted model.
pub(super) fn question() -> Value {
    json!({ "model": "scripted", "messages": [{ "role": "user", "content": "Say hello." }] })
}

/// The same, for a stream.
pub(super) fn stream_question() -> Value {
    let mut question = question();
    question["stream"] = true.into();
    question
}

/// The same, in Anthropic's wire format.
pub(super) fn anthropic_question(stream: bool) -> Value {
    let mut question = question();
    question["max_tokens"] = 100.into();
    question["stream"] = stream.into();
    question
}

/// An answer as the client hears it.
pub(super) struct Reply {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Reply {
    pub(super) async fn of(request: reqwest::RequestBuilder) -> Self {
        Self::read(request.send().await.unwrap()).await
    }

    pub(super) async fn read(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let mut headers: Vec<_> =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        headers.sort();
        Self { status, headers, body: response.text().await.unwrap() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Code of an error in `OpenAI`'s shape.
    pub(super) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }
}

impl fmt::Display for Reply {
    /// All of it; what differs from run to run is named in its place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        let id = self.header("x-samokoder-request-id").unwrap_or("no id");
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "date" && name != "content-length") {
            writeln!(f, "{name}: {}", value.replace(id, "[id]"))?;
        }
        write!(f, "\n{}", self.body.replace(id, "[id]"))
    }
}
