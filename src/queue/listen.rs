//! The one way in which both of apalis' queues are used.

use std::{sync::Arc, time::Duration};

use apalis::prelude::{
    Backend, BackendExt as _, Data, Monitor, ParallelizeExt as _, Task, TaskBuilder, TaskSink as _, WorkerBuilder,
    WorkerBuilderExt as _,
};
use apalis_core::{
    backend::{BackendConfig, Vacuum, WireFormatBackend, finalize::Durable, persistence::TaskPersistLayer},
    error::BoxDynError,
};
use futures::{Sink, future::BoxFuture};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::runtime::Handle;

use super::Listener;
use crate::{
    domain::id::{GenerationId, HolderId},
    process::Cancel,
};

/// How often the queue is looked into. Without a rhythm of its own apalis looks once in a sign of life, 10 s and more.
const POLL: Duration = Duration::from_millis(250);
/// How long a worker whose queue failed waits before it tries again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often bells that were heard are removed.
const TIDY: Duration = Duration::from_secs(60);

/// What the queue carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RungBell {
    pub(super) generation: GenerationId,
}

type JsonLayer = TaskPersistLayer<apalis_codec::json::JsonCodec<Value>, Value>;

/// What both queues are.
pub(super) trait Carries:
    Backend<Task = Task<Vec<u8>>>
    + BackendConfig<Args = RungBell, Kind = Durable, Layer = JsonLayer>
    + WireFormatBackend<Codec = apalis_codec::json::JsonCodec, Compact = Vec<u8>>
    + Sink<Task<Vec<u8>>, Error = <Self as Backend>::Error>
    + Vacuum
    + Clone
    + Send
    + Sync
    + Unpin
    + 'static
{
}

impl<B> Carries for B where
    B: Backend<Task = Task<Vec<u8>>>
        + BackendConfig<Args = RungBell, Kind = Durable, Layer = JsonLayer>
        + WireFormatBackend<Codec = apalis_codec::json::JsonCodec, Compact = Vec<u8>>
        + Sink<Task<Vec<u8>>, Error = <Self as Backend>::Error>
        + Vacuum
        + Clone
        + Send
        + Sync
        + Unpin
        + 'static
{
}

/// Removes what apalis leaves in its database for ever, given the name of the worker that listens.
pub(super) type Bound = Arc<dyn Fn(&str) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// Hands a bell to the queue.
pub(super) async fn push<B: Carries>(mut backend: B, bell: RungBell) -> Result<(), String> {
    backend.push_task(TaskBuilder::new(bell).build()).await.map_err(|error| error.to_string())
}

/// Hears bells until `stop`. Whatever goes wrong with the queue ends an apalis worker; another is started then, under a
/// name that nobody had: the old name counts as alive for a while, and could not be taken.
pub(super) fn listen<B: Carries>(
    backend: impl Fn() -> B + Send + Sync + 'static,
    holder: HolderId,
    listener: Arc<dyn Listener>,
    (stop, bound): (Cancel, Bound),
) -> BoxFuture<'static, ()> {
    Box::pin(listen_on(backend, holder, listener, (stop, bound)))
}

async fn listen_on<B: Carries>(
    backend: impl Fn() -> B + Send + Sync + 'static,
    holder: HolderId,
    listener: Arc<dyn Listener>,
    (stop, bound): (Cancel, Bound),
) {
    let mut start: u64 = 0;
    loop {
        let name = format!("{holder}-{start}");
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = hear_as(name.clone(), backend(), Arc::clone(&listener)) => ended,
            () = tidy(&backend, &bound, &name) => Ok(()),
        };
        if let Err(reason) = ended {
            tracing::warn!("the queue failed; listening again in {} s: {reason}", AGAIN.as_secs());
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(AGAIN) => start += 1,
        }
    }
}

async fn hear_as<B: Carries>(name: String, backend: B, listener: Arc<dyn Listener>) -> Result<(), String> {
    let runtime = Handle::current();
    let worker = move |_| {
        let runtime = runtime.clone();
        WorkerBuilder::new(name.as_str())
            .backend(backend.clone().poll_with_interval(POLL))
            .data(Arc::clone(&listener))
            .concurrency(1)
            // In a task of its own: one that takes long within the worker's would keep it from its signs of life.
            .parallelize(move |task| runtime.spawn(task))
            .build(hear)
    };
    // A monitor starts a worker again under the name that it had, and blocks its thread to wait: that is done above.
    Monitor::new().register(worker).should_restart(|_, _| false).run().await.map_err(|error| error.to_string())
}

/// Always well: what to do again, and when, is in the records.
async fn hear(bell: RungBell, listener: Data<Arc<dyn Listener>>) -> Result<(), BoxDynError> {
    listener.hear(bell.generation).await;
    Ok(())
}

/// Removes what was heard from time to time; ends never.
async fn tidy<B: Carries>(backend: &(impl Fn() -> B + Sync), bound: &Bound, name: &str) {
    // What is left by one that dies soon has to be bounded too.
    let mut wait = AGAIN;
    loop {
        tokio::time::sleep(wait).await;
        wait = TIDY;
        let vacuumed = backend().vacuum().await.map_err(|error| error.to_string());
        if let Err(reason) = vacuumed.and(bound(name).await) {
            tracing::debug!("heard bells could not be removed: {reason}");
        }
    }
}
