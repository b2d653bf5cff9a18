//! npm's registry over HTTP (<https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md>).
//!
//! The whole document of a package is read, since the short one does not say when anything was published. A redirect is
//! refused, so that a key never follows one; the body is capped after it was decompressed. No address, key or body stands
//! in a failure's message.

mod document;

use std::{path::PathBuf, sync::OnceLock, time::Duration};

use futures::future::{BoxFuture, FutureExt as _};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::{PackageFacts, PackageRegistry, RegistryFailure};
use crate::network::{Authorities, tls};

/// How often a question that the registry did not answer is asked in all.
const ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the operator decides about the registry: what npm's own settings say.
#[derive(Debug, Clone)]
pub struct NpmSettings {
    /// Its address.
    pub registry: String,
    /// How to show who asks; sent to the registry alone.
    pub authorization: Option<Authorization>,
    /// Scopes (`@name`) whose packages come from other registries.
    pub private_scopes: Vec<String>,
    /// Proxy to ask through.
    pub proxy: Option<String>,
    /// Hosts that are asked without it, as in `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// PEM files with certificate authorities on top of the machine's.
    pub certificate_files: Vec<PathBuf>,
    /// How long one answer may take, from sending to the last byte.
    pub timeout: Duration,
    /// Most bytes of an answer, decompressed: packages with thousands of versions have documents of tens of megabytes.
    pub answer_max_bytes: usize,
    /// How long to wait before a question is asked again; twice as long before the next time.
    pub pause: Duration,
}

impl NpmSettings {
    /// A registry that needs nothing else.
    #[must_use]
    pub fn new(registry: impl Into<String>) -> Self {
        Self {
            registry: registry.into(),
            authorization: None,
            private_scopes: Vec::new(),
            proxy: None,
            no_proxy: None,
            certificate_files: Vec::new(),
            timeout: Duration::from_secs(60),
            answer_max_bytes: 64 << 20,
            pause: Duration::from_millis(500),
        }
    }
}

/// How a client of a registry shows who it is.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// `_authToken`.
    Bearer(SecretString),
    /// `_auth`: name and password, in base64 already.
    Basic(SecretString),
}

/// npm's registry, or one that answers as it does.
pub struct NpmRegistry {
    settings: NpmSettings,
    host: String,
    /// Made when it is first needed: most generations add no package, and certificates take a while to read.
    client: OnceLock<Result<reqwest::Client, RegistryFailure>>,
}

impl NpmRegistry {
    /// Makes a registry of its settings; nothing is sent and nothing read.
    #[must_use]
    pub fn new(settings: NpmSettings) -> Self {
        let host = Url::parse(&settings.registry).ok().and_then(|url| {
            let host = url.host_str()?.to_owned();
            Some(url.port().map_or(host.clone(), |port| format!("{host}:{port}")))
        });
        Self { settings, host: host.unwrap_or_default(), client: OnceLock::new() }
    }

    async fn ask(&self, name: &str) -> Result<Option<PackageFacts>, RegistryFailure> {
        let client = self.client.get_or_init(|| client(&self.settings)).as_ref().map_err(Clone::clone)?;
        let url = address(&self.settings.registry, name)?;
        let mut pause = self.settings.pause;
        let mut attempt = 1;
        loop {
            match self.once(client, url.clone(), name).await {
                Err(Failed::Again(_)) if attempt < ATTEMPTS => {}
                Err(Failed::Again(failure) | Failed::ForGood(failure)) => return Err(failure),
                Ok(facts) => return Ok(facts),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            attempt += 1;
        }
    }

    async fn once(&self, client: &reqwest::Client, url: Url, name: &str) -> Result<Option<PackageFacts>, Failed> {
        let limit = self.settings.timeout;
        let answer = tokio::time::timeout(limit, self.answer(client, url)).await.map_err(|_| {
            Failed::Again(RegistryFailure::new(format!("the registry did not answer within {} ms", limit.as_millis())))
        })??;
        let Some(body) = answer else { return Ok(None) };
        document::read(name, &body).map(Some).map_err(|problem| {
            Failed::ForGood(RegistryFailure::new(format!("the registry's answer cannot be read: {problem}")))
        })
    }

    async fn answer(&self, client: &reqwest::Client, url: Url) -> Result<Option<Vec<u8>>, Failed> {
        let lost = |error: reqwest::Error| {
            let what =
                if error.is_connect() { "no connection to the registry" } else { "the registry's answer was lost" };
            Failed::Again(RegistryFailure::new(format!("{what}: {}", reason(&error))))
        };
        let mut response = client.get(url).send().await.map_err(lost)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            status => return Err(refused(status)),
        }
        let most = self.settings.answer_max_bytes;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(lost)? {
            if body.len().saturating_add(piece.len()) > most {
                let message = format!("the registry's answer has more than {most} bytes");
                return Err(Failed::ForGood(RegistryFailure::new(message)));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Some(body))
    }
}

impl std::fmt::Debug for NpmRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NpmRegistry").field("host", &self.host).finish_non_exhaustive()
    }
}

impl PackageRegistry for NpmRegistry {
    fn facts<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<PackageFacts>, RegistryFailure>> {
        self.ask(name).boxed()
    }

    fn host(&self) -> &str {
        &self.host
    }

    fn has_own_registry(&self, scope: &str) -> bool {
        self.settings.private_scopes.iter().any(|private| private == scope)
    }
}

enum Failed {
    /// Asking again may help.
    Again(RegistryFailure),
    ForGood(RegistryFailure),
}

fn refused(status: StatusCode) -> Failed {
    let code = status.as_u16();
    if status.is_redirection() {
        let message =
            "the registry answered with a redirect, which is never followed; its settings must name the place itself";
        return Failed::ForGood(RegistryFailure::new(message));
    }
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        let message = format!("the registry refused the question ({code}); see its key in npm's settings");
        return Failed::ForGood(RegistryFailure::new(message));
    }
    let failure = RegistryFailure::new(format!("the registry answered with status {code}"));
    let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    if may_pass { Failed::Again(failure) } else { Failed::ForGood(failure) }
}

/// Where a package's document is. A scope's slash is escaped, so that a name is one part of a path whatever it holds.
fn address(registry: &str, name: &str) -> Result<Url, RegistryFailure> {
    let wrong = || RegistryFailure::new("the registry's address in npm's settings is no http or https URL");
    let mut url = Url::parse(registry).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    url.path_segments_mut().map_err(|()| wrong())?.pop_if_empty().push(name);
    Ok(url)
}

fn client(settings: &NpmSettings) -> Result<reqwest::Client, RegistryFailure> {
    let wrong = |what: &str, reason: String| RegistryFailure::new(format!("npm's {what} cannot be used: {reason}"));
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(authorization) = &settings.authorization {
        let text = match authorization {
            Authorization::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Authorization::Basic(pair) => format!("Basic {}", pair.expose_secret()),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| wrong("key", "it is no HTTP header".to_owned()))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    let authorities = Authorities::of_machine().and_bundles(&settings.certificate_files);
    let tls = authorities.and_then(tls).map_err(|reason| wrong("certificates", reason))?;
    let mut client = reqwest::Client::builder()
        .user_agent(concat!("samokoder/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT);
    if let Some(address) = &settings.proxy {
        let proxy = reqwest::Proxy::all(address).map_err(|error| wrong("proxy", reason(&error)))?;
        let without = settings.no_proxy.as_deref().and_then(reqwest::NoProxy::from_string);
        client = client.proxy(proxy.no_proxy(without));
    }
    client.build().map_err(|error| wrong("settings", reason(&error)))
}

/// The innermost cause: the outer ones say the address.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(source) = innermost.and_then(std::error::Error::source) {
        innermost = Some(source);
    }
    innermost.map_or_else(|| "no cause is known".to_owned(), ToString::to_string)
}
