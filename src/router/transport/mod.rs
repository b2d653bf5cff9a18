//! HTTP to one provider: what is sent, how long it may take, how much may come back.
//!
//! Nothing here asks twice. A redirect is refused, so that a key never follows one; the environment's proxy settings are
//! not read; a body is capped after it was decompressed. No URL, header value or body stands in a failure's message.

mod fault;
mod incoming;
mod timeouts;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header};

pub use incoming::Incoming;
pub use timeouts::{CONNECT_TIMEOUT, Timeouts};

use super::{
    Error,
    failure::{Failure, FailureClass},
    provider::Provider,
};
use crate::network::{AddressRule, Authorities, Lookup, MachineLookup, PublicAddresses, tls, url_problem};
use timeouts::Deadlines;

const IDLE_CONNECTION: Duration = Duration::from_secs(90);
/// Code of a provider at an address that its settings do not allow.
pub(super) const URL_NOT_ALLOWED: &str = "url_not_allowed";

/// Sends requests to one provider. Clones share one pool of connections.
///
/// Two things below it may send a request again, and neither may pay for it twice. `reqwest` asks again when an HTTP/2
/// server says that it did not process a request: that is turned off, the router decides. `hyper` takes a new
/// connection when a pooled one turns out to be closed before a byte of the request was written; it has no switch that
/// `reqwest` shows, and a request that nobody saw costs nothing.
#[derive(Clone)]
pub struct Transport {
    provider: Arc<str>,
    base_url: Arc<str>,
    headers: Arc<HeaderMap>,
    client: reqwest::Client,
    trusts_somebody: bool,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// A `POST` to a provider. `Debug` shows neither the key nor the body.
pub struct Outgoing<'a> {
    /// Below the provider's base URL, such as `/chat/completions`.
    pub path: &'a str,
    /// Headers of the wire format; they win over the provider's own. Without a `content-type` the body is JSON.
    pub headers: &'a [(&'static str, HeaderValue)],
    /// How the key is shown; none for a provider that wants none.
    pub authorization: Option<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long it may take.
    pub timeouts: Timeouts,
}

impl std::fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing").field("path", &self.path).field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}

impl Transport {
    /// Builds a transport; reads the provider's `ca_file` and, for the first one that speaks TLS, the machine's
    /// certificate authorities. Nothing is sent.
    ///
    /// # Errors
    /// The provider's addresses, headers, proxy or `ca_file` cannot be used; the sentence names the provider and the
    /// setting. A machine without certificate authorities is no error: who speaks TLS to it is refused when it is called.
    pub fn new(provider: &Provider) -> Result<Self, Error> {
        Self::with_lookup(provider, MachineLookup)
    }

    /// As [`Transport::new`]; `lookup` says what a name resolves to where a provider may be at public addresses alone.
    fn with_lookup(provider: &Provider, lookup: impl Lookup) -> Result<Self, Error> {
        let wrong = |setting: &str, reason: &str| {
            Error::Settings(format!("{setting} of the provider {} cannot be used: {reason}", provider.name))
        };
        let urls = [("base_url", Some(&provider.base_url)), ("token_url", provider.token_url.as_ref())];
        for (setting, url) in urls {
            if let Some(problem) = url.and_then(|url| url_problem(url, provider.address)) {
                return Err(wrong(setting, problem.sentence()));
            }
        }
        let authorities = authorities(provider).map_err(|reason| wrong("ca_file", &reason))?;
        let trusts_somebody = authorities.is_somebody();
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("samokoder/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls(authorities).map_err(|reason| wrong("TLS", &reason))?)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(usize::MAX)
            .pool_idle_timeout(IDLE_CONNECTION);
        if provider.address == AddressRule::Public {
            client = client.dns_resolver(PublicAddresses::over(lookup));
        }
        if let Some(proxy) = &provider.proxy {
            if provider.address == AddressRule::Public {
                return Err(wrong("proxy", "who looks up the names would be the proxy"));
            }
            if let Some(problem) = url_problem(proxy, AddressRule::Any) {
                return Err(wrong("proxy", problem.sentence()));
            }
            client = client.proxy(reqwest::Proxy::all(proxy).map_err(|_| wrong("proxy", "it is no proxy's URL"))?);
        }
        Ok(Self {
            provider: provider.name.as_str().into(),
            base_url: provider.base_url.trim_end_matches('/').into(),
            headers: Arc::new(
                own_headers(provider).map_err(|name| wrong(&format!("header {name}"), "it is no HTTP header"))?,
            ),
            client: client.build().map_err(|error| wrong("TLS or address", &fault::reason(&error)))?,
            trusts_somebody,
        })
    }

    /// Sends a request to the provider and waits for the head of its answer, of whatever status but a redirect.
    /// Dropping the future, or what it yields, closes the connection: the provider sees that nobody waits any more.
    ///
    /// # Errors
    /// [`FailureClass::Overload`] with code `redirect_refused`, `timeout_connect`, `timeout_first_byte`, `timeout_total`,
    /// `tls_untrusted`, `url_not_allowed`, `connect_failed` or `connection_lost`.
    pub async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, Failure> {
        let url = format!("{}{}", self.base_url, outgoing.path);
        self.post(&url, HeaderMap::clone(&self.headers), outgoing).await
    }

    /// Sends a request to another address of the same vendor, without the headers that are for the API itself;
    /// `outgoing.path` is added to `url`.
    ///
    /// # Errors
    /// As [`Transport::send`].
    pub async fn send_to(&self, url: &str, outgoing: Outgoing<'_>) -> Result<Incoming, Failure> {
        let url = format!("{url}{}", outgoing.path);
        self.post(&url, HeaderMap::new(), outgoing).await
    }

    async fn post(&self, url: &str, mut headers: HeaderMap, outgoing: Outgoing<'_>) -> Result<Incoming, Failure> {
        let deadlines = Deadlines::from_now(outgoing.timeouts);
        for (name, value) in outgoing.headers {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        if let Some((name, mut value)) = outgoing.authorization {
            // Keeps it out of HTTP/2's header table and of debug output.
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let sending = self.client.post(url).headers(headers).body(outgoing.body).send();
        let response = deadlines
            .first_byte(&self.provider, sending)
            .await?
            .map_err(|error| fault::of_sending(&self.provider, &error, self.trusts_somebody))?;
        if response.status().is_redirection() {
            let mut failure = Failure::new(
                FailureClass::Overload,
                "redirect_refused",
                format!(
                    "{} answered with a redirect, which is never followed; the settings must name the place itself",
                    self.provider
                ),
            );
            failure.status = Some(response.status().as_u16());
            return Err(failure);
        }
        Ok(Incoming::new(response, Arc::clone(&self.provider), deadlines))
    }
}

/// The machine's authorities, and the provider's own for it alone; nobody for one that speaks no TLS.
fn authorities(provider: &Provider) -> Result<Authorities, String> {
    let speaks_tls = std::iter::once(&provider.base_url)
        .chain(&provider.token_url)
        .chain(&provider.proxy)
        .any(|url| url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")));
    let authorities = if speaks_tls { Authorities::of_machine() } else { Authorities::nobody() };
    match &provider.ca_file {
        Some(file) => authorities.and(file),
        None => Ok(authorities),
    }
}

fn own_headers(provider: &Provider) -> Result<HeaderMap, String> {
    provider
        .headers
        .iter()
        .map(|(name, value)| {
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| name.clone())?;
            Ok((header, HeaderValue::from_str(value).map_err(|_| name.clone())?))
        })
        .collect()
}

#[cfg(test)]
#[path = "public_addresses_tests.rs"]
mod public_addresses_tests;
