//! The gateway's server.

use std::{future::Future, io, net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;

use super::{routes::Gateway, settings::Settings};
use crate::{
    api::server::{self, Serving},
    router::Router,
};

/// The gateway cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Strangers could spend the operator's money.
    #[error(
        "no API keys are configured, so that everybody who reaches {address} could spend your money: \
         configure one (`samokoder gateway --new-key NAME` makes it), or listen on a loopback address such as 127.0.0.1"
    )]
    Open {
        /// Where it would have listened.
        address: SocketAddr,
    },
    /// The listener does not say where it listens.
    #[error("could not find out where the gateway listens: {0}")]
    Address(#[source] io::Error),
}

/// Serves the gateway until `shutdown` is done: then nothing new is accepted, requests in flight may end within
/// [`Settings::grace`], and what is not done by then is cut off, which cancels its calls to providers. Returns when
/// every connection is closed, and everything that worked for one has ended.
///
/// # Errors
/// The settings name no key and the listener is not on loopback.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    router: Arc<Router>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Address)?;
    if settings.keys.is_empty() && !address.ip().to_canonical().is_loopback() {
        return Err(ServeError::Open { address });
    }
    let grace = settings.grace;
    let connections = settings.connections.clone();
    let gateway = Arc::new(Gateway::new(settings, &router));
    let upkeep = || gateway.meters().upkeep();
    let serving = Serving { app: gateway.app(), connections: &connections, grace, upkeep: &upkeep };
    server::serve(listener, &serving, shutdown).await;
    Ok(())
}
