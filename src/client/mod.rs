//! Asks a server for what the terminal's user wants: hands in a spec, follows it, fetches what became of it.
//!
//! What can be asked twice is asked again for a while when the server cannot be reached: a spec is handed in under a key that
//! makes it the same request, events go on after the last one that was read, a download goes on where it broke off.

mod download;
mod error;
mod follow;
mod submit;

use std::{path::PathBuf, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

pub use self::{
    error::Error,
    follow::Numbered,
    submit::{Accepted, Wish},
};
use crate::network::{Authorities, tls};

/// How long is waited for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the server may be silent.
const SILENCE: Duration = Duration::from_secs(60);
/// How often something is asked again, at growing distances: for about half a minute in all.
const TRIES: usize = 7;

/// Where the server is, and who asks.
#[derive(Clone)]
pub struct Settings {
    /// Its address, such as `https://samokoder.example.com`.
    pub server: String,
    /// The API key.
    pub key: SecretString,
    /// PEM file with the authority that vouches for the server, where the machine does not know it.
    pub ca_file: Option<PathBuf>,
}

/// A server.
pub struct Client {
    http: reqwest::Client,
    server: Url,
    key: SecretString,
}

/// A generation, as much of it as is shown in a terminal.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Summary {
    /// Identity.
    pub id: String,
    /// Name of its project.
    pub name: String,
    /// Where it is in its life.
    pub status: String,
    /// The step that it is at, and what it took so far.
    pub progress: Value,
    /// Model calls, tokens, money.
    pub cost: Value,
    /// When it was accepted (RFC 3339).
    pub created_at: String,
}

/// Which generations are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of a status.
    pub status: Option<String>,
    /// Only those of a project.
    pub project: Option<String>,
    /// Only those whose name has this text in it.
    pub name: Option<String>,
    /// Most that are listed.
    pub most: usize,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    next: Option<String>,
}

impl Client {
    /// Makes a client; nothing is sent.
    ///
    /// # Errors
    /// When the address is none of a server, or the authority's file cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Server { server: settings.server.clone(), reason };
        let server = Url::parse(&settings.server).map_err(|error| wrong(error.to_string()))?;
        if !matches!(server.scheme(), "http" | "https") || server.cannot_be_a_base() {
            return Err(wrong("write it as https://host or http://host:port".to_owned()));
        }
        let authorities = if server.scheme() == "https" { Authorities::of_machine() } else { Authorities::nobody() };
        let authorities = match &settings.ca_file {
            Some(file) => authorities.and(file).map_err(wrong)?,
            None => authorities,
        };
        let http = reqwest::Client::builder()
            .user_agent(concat!("samokoder/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls(authorities).map_err(wrong)?)
            // A key must not follow a redirect.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE)
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self { http, server, key: settings.key.clone() })
    }

    /// The generation as it is now, as the server tells it.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn generation(&self, id: &str) -> Result<Value, Error> {
        self.json(|| self.ask(Method::GET, &["v1", "generations", id])).await
    }

    /// Ends a generation; as it is then.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn cancel(&self, id: &str) -> Result<Value, Error> {
        self.json(|| self.ask(Method::POST, &["v1", "generations", id, "cancel"])).await
    }

    /// The newest generations.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Value>, Error> {
        let mut first = self.address(&["v1", "generations"]);
        let wishes = [("status", &filter.status), ("project", &filter.project), ("name", &filter.name)];
        for (name, value) in wishes {
            if let Some(value) = value {
                first.query_pairs_mut().append_pair(name, value);
            }
        }
        let (mut listed, mut next) = (Vec::new(), Some(first));
        while let Some(address) = next.take().filter(|_| listed.len() < filter.most) {
            let page: Page = self.json(|| self.sign(self.http.get(address.clone()))).await?;
            listed.extend(page.items);
            next = page.next.and_then(|next| self.server.join(&next).ok());
        }
        listed.truncate(filter.most);
        Ok(listed)
    }

    fn address(&self, parts: &[&str]) -> Url {
        let mut address = self.server.clone();
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        address
    }

    fn ask(&self, method: Method, parts: &[&str]) -> RequestBuilder {
        self.sign(self.http.request(method, self.address(parts)))
    }

    fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.key.expose_secret())
    }

    /// Asks, again when the server could not be reached, and reads the answer.
    async fn json<T: serde::de::DeserializeOwned>(&self, request: impl Fn() -> RequestBuilder) -> Result<T, Error> {
        let answer = self.send(request).await?;
        answer.json().await.map_err(|error| Error::Answer { reason: error.without_url().to_string() })
    }

    /// Asks, again when the server could not be reached or says that it is busy; an answer of success.
    async fn send(&self, request: impl Fn() -> RequestBuilder) -> Result<Response, Error> {
        let once = || async {
            let answer = request().send().await.map_err(|error| Error::unreachable(&self.server, &error))?;
            if answer.status().is_success() { Ok(answer) } else { Err(Error::refused(answer).await) }
        };
        let distances = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_max_times(TRIES)
            .with_jitter();
        once.retry(distances).sleep(tokio::time::sleep).when(Error::is_worth_another_try).await
    }
}

/// Whether a status says that the same may work a moment later.
fn is_busy(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE)
}
