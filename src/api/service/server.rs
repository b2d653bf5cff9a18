//! The service's server.

use std::future::Future;

use tokio::net::TcpListener;

use super::Service;
use crate::api::server::{self, Serving};

/// Serves until `shutdown` is done: then nothing new is accepted, streams of events end (their readers go on elsewhere, by
/// the number of the last event), other requests in flight may end within [`Settings::grace`](super::Settings::grace),
/// and what is not done by then is cut off. Returns when every connection is closed.
pub async fn serve(listener: TcpListener, service: &Service, shutdown: impl Future<Output = ()> + Send) {
    let settings = service.settings();
    let upkeep = || service.upkeep();
    let serving =
        Serving { app: service.app(), connections: &settings.connections, grace: settings.grace, upkeep: &upkeep };
    let ending = async {
        shutdown.await;
        service.end_streams();
    };
    server::serve(listener, &serving, ending).await;
}
