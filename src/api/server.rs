//! The server: connections, and their end.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::{Listener, ListenerExt as _};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

use super::{gateway::Gateway, settings::Settings};
use crate::router::Router;

/// How long a client may take to send the head of a request, and how long a connection may be idle: longer than clients
/// keep theirs (90 s at most among those we know), as one that is closed from this side fails the next request on it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);
/// How often a silent HTTP/2 client is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(30);
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
/// every connection is closed.
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
    let places = Arc::new(Semaphore::new(settings.connections));
    let gateway = Arc::new(Gateway::new(settings, &router));
    let app = gateway.app();
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    // Small writes of a stream must not wait for the receipt of earlier ones (Nagle's algorithm: 40 ms a piece).
    let mut listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!("could not set TCP_NODELAY: {error}");
        }
    });
    let mut upkeep = tokio::time::interval(UPKEEP_EVERY);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            _ = upkeep.tick() => gateway.meters().upkeep(),
            (connection, place) = accept(&mut listener, &places) => {
                let serving = serve_connection(connection, app.clone(), stopping.clone());
                connections.spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    let all_closed = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, all_closed).await.is_err() {
        tracing::warn!("{} connections were not done within {} s and are cut off", connections.len(), grace.as_secs());
        connections.shutdown().await;
    }
    Ok(())
}

/// Waits for a place, then for a client.
async fn accept<L: Listener<Io = TcpStream>>(
    listener: &mut L,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // Nobody closes the semaphore; were it closed, serving goes before counting.
    let place = Arc::clone(places).acquire_owned().await.ok();
    let (connection, _) = listener.accept().await;
    (connection, place)
}

async fn serve_connection(connection: TcpStream, app: axum::Router, mut stopping: watch::Receiver<bool>) {
    let told_to_stop = async move {
        // The sender lives until every connection is closed.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(PING_EVERY);
    let service = TowerToHyperService::new(app);
    let mut serving = std::pin::pin!(server.serve_connection(TokioIo::new(connection), service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = told_to_stop => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}
