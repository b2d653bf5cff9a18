//! Names are looked up once, here, and nothing but what was looked at is connected to: a name that has another address a
//! moment later changes nothing. Addresses that stand in a URL themselves are never looked up; `address` judges those.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures::future::{BoxFuture, FutureExt as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public_address;

/// Says which addresses a name has. Nothing is asked twice and nothing is kept.
pub trait Lookup: Send + Sync + 'static {
    /// The addresses of a name, those to be tried first before the others.
    fn addresses<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The machine's own lookup (`getaddrinfo`).
pub struct MachineLookup;

impl Lookup for MachineLookup {
    fn addresses<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) }.boxed()
    }
}

/// A name has no address on the internet.
#[derive(Debug)]
pub struct NoPublicAddress;

impl fmt::Display for NoPublicAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no address on the internet")
    }
}

impl std::error::Error for NoPublicAddress {}

/// Resolves names to their public addresses alone.
pub struct PublicAddresses {
    lookup: Arc<dyn Lookup>,
}

impl PublicAddresses {
    /// Resolves by a lookup.
    #[must_use]
    pub fn over(lookup: impl Lookup) -> Arc<Self> {
        Arc::new(Self { lookup: Arc::new(lookup) })
    }
}

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.lookup);
        Box::pin(async move {
            let found = lookup.addresses(name.as_str()).await?;
            let public: Vec<SocketAddr> =
                found.into_iter().filter(|address| is_public_address(*address)).map(|ip| (ip, 0).into()).collect();
            if public.is_empty() {
                return Err(NoPublicAddress.into());
            }
            let public: Addrs = Box::new(public.into_iter());
            Ok(public)
        })
    }
}
