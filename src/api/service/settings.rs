//! What an operator decides about the service's API.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::{api::ConnectionSettings, webhook};

/// Where the service listens when nobody says.
const DEFAULT_PORT: u16 = 4080;
/// Most bytes of a body, as the issue of the service has it: 10 MiB.
pub const BODY_CAP_BYTES: usize = 10 * 1024 * 1024;

/// The settings of the service's API.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How many connections there may be, and how long they may be silent.
    pub connections: ConnectionSettings,
    /// How long requests in flight may go on after the service was told to stop; then they are cut off.
    pub grace: Duration,
    /// Most bytes of a request's body; more is refused with 413.
    pub body_cap_bytes: usize,
    /// How long a client may take to send its body.
    pub body_timeout: Duration,
    /// Most bytes of all bodies that requests in flight came with; a request that has no room any more is refused with 503.
    pub total_body_bytes: usize,
    /// Web pages of which origins may ask; none unless named.
    pub cross_origin: CrossOrigin,
    /// How often a stream of events that has nothing to say says so.
    pub heartbeat: Duration,
    /// How often events are looked for that another process recorded.
    pub poll_every: Duration,
    /// Who may be told when a generation ends.
    pub webhooks: webhook::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            connections: ConnectionSettings::default(),
            grace: Duration::from_secs(30),
            body_cap_bytes: BODY_CAP_BYTES,
            body_timeout: Duration::from_secs(60),
            total_body_bytes: 256 * 1024 * 1024,
            cross_origin: CrossOrigin::default(),
            // Proxies give up on an answer that is silent for a minute, as a rule.
            heartbeat: Duration::from_secs(15),
            poll_every: Duration::from_millis(500),
            webhooks: webhook::Settings::default(),
        }
    }
}

/// Web pages of which origins may ask (Fetch standard, section 3.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CrossOrigin {
    /// Origins, such as `https://app.example.com`, compared as texts; `*` is every origin.
    pub origins: Vec<String>,
    /// Whether browsers may send cookies and their own sign-in along.
    pub credentials: bool,
}

/// The service cannot be started as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Every web page could ask in the name of whoever looks at it.
    #[error(
        "`cross_origin.origins` has `*` and `cross_origin.credentials` is on, so that every web page could ask in the name \
         of whoever looks at it; name the origins"
    )]
    EveryOriginWithCredentials,
    /// Something is no origin.
    #[error("{0:?} in `cross_origin.origins` is no origin; write it as https://app.example.com, without a path")]
    NotAnOrigin(String),
}

impl CrossOrigin {
    /// Says what is wrong.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        for origin in &self.origins {
            if origin == "*" {
                if self.credentials {
                    return Err(SettingsError::EveryOriginWithCredentials);
                }
                continue;
            }
            let read = reqwest::Url::parse(origin).map(|url| url.origin().ascii_serialization());
            if read.as_ref() != Ok(origin) {
                return Err(SettingsError::NotAnOrigin(origin.clone()));
            }
        }
        Ok(())
    }
}
