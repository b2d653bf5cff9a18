//! The server: connections, and their end.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use super::{
    connection::{self, Stage},
    door::Door,
    gateway::Gateway,
    settings::Settings,
};
use crate::router::Router;

/// How often collected measurements are put in order, so that they do not pile up while nobody asks for them.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

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
    let limits = settings.connections.clone();
    let gateway = Arc::new(Gateway::new(settings, &router));
    let app = gateway.app();
    let (stage, stages) = watch::channel(Stage::Serving);
    let mut connections = JoinSet::new();
    let mut door = Door::new(listener, &limits);
    let mut upkeep = tokio::time::interval(UPKEEP_EVERY);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            _ = upkeep.tick() => gateway.meters().upkeep(),
            (connection, place) = door.next() => {
                let serving = connection::serve(connection, app.clone(), limits.clone(), stages.clone());
                connections.spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
        }
    }
    drop(door);
    stage.send_replace(Stage::Ending);
    if tokio::time::timeout(grace, all_closed(&mut connections)).await.is_err() {
        tracing::warn!("{} connections were not done within {} s and are cut off", connections.len(), grace.as_secs());
        stage.send_replace(Stage::Over);
        all_closed(&mut connections).await;
    }
    Ok(())
}

async fn all_closed(connections: &mut JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}
