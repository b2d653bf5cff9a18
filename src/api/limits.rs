//! What an operator decides about connections.

use std::time::Duration;

/// How many connections there may be, and how long they may be silent.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// Most connections at once; further ones wait in the system's queue.
    pub most: usize,
    /// Most connections of one client at once, by its IPv4 address or its IPv6 network (64 bits); further ones are hung up
    /// on. None is half of all, so that no single client keeps others out, and a proxy in front, through which all clients
    /// come from one address, can still have thousands.
    pub per_client: Option<usize>,
    /// How long a client may take from the connection's beginning to the end of its first request's head.
    pub head_timeout: Duration,
    /// How long a connection may be without a request, and how long a client may take nothing of its answer: longer than
    /// clients keep theirs (90 s at most among those we know), as one that is closed from this side fails the next request
    /// on it.
    pub idle_timeout: Duration,
    /// How often a silent HTTP/2 client is asked whether it is still there; one that does not say so before it would be
    /// asked again is gone.
    pub ping_every: Duration,
}

impl ConnectionSettings {
    /// Most connections of one client at once.
    #[must_use]
    pub fn most_per_client(&self) -> usize {
        self.per_client.unwrap_or_else(|| self.most.div_ceil(2))
    }
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            most: 4096,
            per_client: None,
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(120),
            ping_every: Duration::from_secs(30),
        }
    }
}
