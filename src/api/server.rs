//! The server: connections, and their end. What is answered is the caller's own.

use std::{future::Future, time::Duration};

use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use super::{
    connection::{self, Stage},
    door::Door,
    limits::ConnectionSettings,
};

/// How often whoever serves may put things in order that nobody asks for.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// What is served, and how.
pub(super) struct Serving<'a> {
    /// What answers.
    pub(super) app: axum::Router,
    /// How many connections there may be, and how long they may be silent.
    pub(super) connections: &'a ConnectionSettings,
    /// How long requests in flight may go on after the end began.
    pub(super) grace: Duration,
    /// Is called every few seconds.
    pub(super) upkeep: &'a (dyn Fn() + Sync),
}

/// Serves until `shutdown` is done: then nothing new is accepted, requests in flight may end within the grace, and what is
/// not done by then is cut off. Returns when every connection is closed, and everything that worked for one has ended.
pub(super) async fn serve(listener: TcpListener, serving: &Serving<'_>, shutdown: impl Future<Output = ()> + Send) {
    let limits = serving.connections;
    let (stage, stages) = watch::channel(Stage::Serving);
    let mut connections = JoinSet::new();
    let mut door = Door::new(listener, limits);
    let mut upkeep = tokio::time::interval(UPKEEP_EVERY);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            _ = upkeep.tick() => (serving.upkeep)(),
            (connection, place) = door.next() => {
                let serving = connection::serve(connection, serving.app.clone(), limits.clone(), stages.clone());
                connections.spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
        }
    }
    drop(door);
    stage.send_replace(Stage::Ending);
    let grace = serving.grace;
    if tokio::time::timeout(grace, all_closed(&mut connections)).await.is_err() {
        tracing::warn!("{} connections were not done within {} s and are cut off", connections.len(), grace.as_secs());
        stage.send_replace(Stage::Over);
        all_closed(&mut connections).await;
    }
}

async fn all_closed(connections: &mut JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}
