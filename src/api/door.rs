//! Where connections come in: how many there may be, in all and of one client.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::serve::Listener;
use nix::sys::socket::{setsockopt, sockopt};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::limits::ConnectionSettings;

/// How often the log says that a client had too many connections: whoever makes them must not fill the log too.
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// Bits of an IPv6 address that name a network: whoever has one has all addresses in it (RFC 4291, section 2.5.4).
const NETWORK_BITS: u32 = 64;

/// Where connections come in.
pub(super) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    clients: Arc<Clients>,
    idle_timeout: Duration,
    told: Option<Instant>,
}

/// A connection's right to be there; others get it when this is dropped.
pub(super) struct Place {
    /// None is never the case: nobody closes the semaphore. Were it closed, serving would go before counting.
    _of_all: Option<OwnedSemaphorePermit>,
    _of_client: ClientPlace,
}

impl Door {
    pub(super) fn new(listener: TcpListener, settings: &ConnectionSettings) -> Self {
        Self {
            listener,
            places: Arc::new(Semaphore::new(settings.most)),
            clients: Arc::new(Clients { most: settings.most_per_client(), open: Mutex::default() }),
            idle_timeout: settings.idle_timeout,
            told: None,
        }
    }

    /// Waits for a place, then for a client. One that has as many connections as it may is hung up on. Nothing is lost when
    /// nobody waits for the result any more.
    pub(super) async fn next(&mut self) -> (TcpStream, Place) {
        let of_all = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            let (connection, address) = Listener::accept(&mut self.listener).await;
            let client = client_of(address.ip());
            if let Some(of_client) = self.clients.enter(client) {
                self.prepare(&connection);
                return (connection, Place { _of_all: of_all, _of_client: of_client });
            }
            self.tell(client);
        }
    }

    fn prepare(&self, connection: &TcpStream) {
        // Small writes of a stream must not wait for the receipt of earlier ones (Nagle's algorithm: 40 ms a piece).
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!("could not set TCP_NODELAY: {error}");
        }
        // A client that takes nothing of what was written to it, or is not there any more, would keep its request open.
        let patience_ms = u32::try_from(self.idle_timeout.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = setsockopt(connection, sockopt::TcpUserTimeout, &patience_ms) {
            tracing::debug!("could not set TCP_USER_TIMEOUT: {error}");
        }
    }

    fn tell(&mut self, client: IpAddr) {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY);
        if is_due {
            self.told = Some(Instant::now());
            let most = self.clients.most;
            tracing::warn!(%client, most, "{client} has {most} connections and gets no more (gateway.connections_per_client)");
        }
    }
}

/// How many connections each client has.
struct Clients {
    most: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl Clients {
    fn enter(self: &Arc<Self>, client: IpAddr) -> Option<ClientPlace> {
        let mut open = self.lock();
        let count = open.entry(client).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(ClientPlace { clients: Arc::clone(self), client })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // The table is whole whenever the lock is free.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ClientPlace {
    clients: Arc<Clients>,
    client: IpAddr,
}

impl Drop for ClientPlace {
    fn drop(&mut self) {
        let mut open = self.clients.lock();
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

/// Who counts as one client: an IPv4 address, or an IPv6 network.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> NETWORK_BITS)).into(),
    }
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
