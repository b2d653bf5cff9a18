//! The queue: a doorbell that says "look at generation X".
//!
//! Nothing depends on it but time. The truth about what is to be done is in the records; a bell may be lost, or ring
//! twice, and whoever works looks into the records by himself from time to time. So the apalis queues that carry it are
//! used for nothing else: no retries, no priorities, no leases of theirs.

mod error;
mod listen;

use std::{path::Path, sync::Arc, time::Duration};

use apalis_redis::RedisStorage;
use apalis_sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteStorage};
use futures::future::BoxFuture;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use sqlx::{
    Connection as _,
    sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{Mutex, Notify, mpsc};

pub use self::error::Error;
use self::listen::{Bound, RungBell};
use crate::{
    domain::id::{GenerationId, HolderId},
    process::Cancel,
};

/// Name of the queue in its database.
const NAME: &str = "samokoder-bells";
/// Bells that wait to be pushed; what does not fit is lost, and found by a sweep.
const WAITING: usize = 1024;
/// How long an answer of Redis may take; the library's own 0.5 s end a worker at every hiccup.
const REDIS_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection waits for another to have written.
const BUSY: Duration = Duration::from_secs(5);
/// A sign of life of whoever listens; after three that are missed, bells that he took ring again elsewhere.
const HEARTBEAT: Duration = Duration::from_secs(10);
const MISSED: usize = 3;
/// How long Redis keeps what is known of a listener that nobody heard of again.
const LISTENER_KEPT_S: i64 = 60 * 60;

/// Says that a generation may be worth a look.
pub trait Doorbell: Send + Sync {
    /// Rings, without waiting for whether anybody hears. It may be lost: nobody retries.
    fn ring(&self, generation: &GenerationId);
}

/// Hears bells that were rung anywhere.
pub trait Listener: Send + Sync {
    /// Takes a bell. Until this is done, this process takes no other: those who have room hear them.
    fn hear(&self, generation: GenerationId) -> BoxFuture<'_, ()>;
}

/// A queue of bells.
pub struct Queue {
    carrier: Carrier,
    bell: Bell,
    heartbeat: Duration,
    rung: Mutex<mpsc::Receiver<GenerationId>>,
}

enum Carrier {
    File(SqlitePool),
    Redis(Box<ConnectionManager>),
}

/// Rings through a queue, and wakes whoever waits in this process at once. Clones are one bell.
#[derive(Clone)]
pub struct Bell {
    waiting: mpsc::Sender<GenerationId>,
    nearby: Arc<Notify>,
}

impl Doorbell for Bell {
    fn ring(&self, generation: &GenerationId) {
        self.nearby.notify_one();
        if self.waiting.try_send(generation.clone()).is_err() {
            tracing::debug!(%generation, "a bell was dropped; a sweep finds what it was rung for");
        }
    }
}

impl Queue {
    /// Opens a queue in a file of its own, which is made when absent, and anew when it cannot be read: nothing in it is
    /// missed.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub async fn in_file(path: &Path) -> Result<Self, Error> {
        let pool = match open(path).await {
            Ok(pool) => pool,
            Err(first) => {
                tracing::warn!("the queue {} is made anew: {first}", path.display());
                for ending in ["", "-wal", "-shm"] {
                    let file = path.with_file_name(format!("{}{ending}", name_of(path)));
                    let _ = std::fs::remove_file(file);
                }
                open(path).await.map_err(|reason| Error::Unusable { queue: path.display().to_string(), reason })?
            }
        };
        Ok(Self::carried_by(Carrier::File(pool)))
    }

    /// A queue in Redis, which need not be there yet.
    ///
    /// # Errors
    /// When the address is none.
    pub fn in_redis(url: &str) -> Result<Self, Error> {
        // The address may hold a password, and the library's messages may hold the address.
        let unusable = |reason: &str| Error::Unusable { queue: "Redis".to_owned(), reason: reason.to_owned() };
        let client = redis::Client::open(url).map_err(|_| unusable("its address is not understood"))?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(REDIS_TIMEOUT))
            .set_connection_timeout(Some(REDIS_TIMEOUT));
        let connection = ConnectionManager::new_lazy_with_config(client, config)
            .map_err(|_| unusable("no connection can be made ready"))?;
        Ok(Self::carried_by(Carrier::Redis(Box::new(connection))))
    }

    fn carried_by(carrier: Carrier) -> Self {
        let (waiting, rung) = mpsc::channel(WAITING);
        let bell = Bell { waiting, nearby: Arc::new(Notify::new()) };
        Self { carrier, bell, heartbeat: HEARTBEAT, rung: Mutex::new(rung) }
    }

    /// The same queue with another time between signs of life, which sets how soon a dead listener's bell rings elsewhere.
    #[must_use]
    pub fn with_heartbeat(self, heartbeat: Duration) -> Self {
        Self { heartbeat, ..self }
    }

    /// The bell of this process.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Is notified when a bell is rung in this process, without the way through the queue.
    #[must_use]
    pub fn nearby(&self) -> Arc<Notify> {
        Arc::clone(&self.bell.nearby)
    }

    /// Carries the bells of this process away until `stop`.
    pub async fn push(&self, stop: &Cancel) {
        let mut rung = self.rung.lock().await;
        loop {
            let generation = tokio::select! {
                () = stop.cancelled() => return,
                generation = rung.recv() => match generation {
                    Some(generation) => generation,
                    None => return,
                },
            };
            let bell = RungBell { generation };
            let pushed = match &self.carrier {
                Carrier::File(pool) => listen::push(file_backend(pool, self.heartbeat), bell).await,
                Carrier::Redis(connection) => listen::push(redis_backend(connection, self.heartbeat), bell).await,
            };
            if let Err(reason) = pushed {
                tracing::warn!("a bell could not be carried on; a sweep finds what it was rung for: {reason}");
            }
        }
    }

    /// Hears bells until `stop`, also after the queue was away.
    pub async fn listen(&self, holder: &HolderId, listener: Arc<dyn Listener>, stop: &Cancel) {
        let (holder, stop, heartbeat) = (holder.clone(), stop.clone(), self.heartbeat);
        let listening = match &self.carrier {
            Carrier::File(pool) => {
                let pool = pool.clone();
                let bound: Bound = Arc::new(|_| Box::pin(async { Ok(()) }));
                listen::listen(move || file_backend(&pool, heartbeat), holder, listener, (stop, bound))
            }
            Carrier::Redis(connection) => {
                let connection = connection.clone();
                let bound = bound_in_redis(&connection);
                listen::listen(move || redis_backend(&connection, heartbeat), holder, listener, (stop, bound))
            }
        };
        listening.await;
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

async fn open(path: &Path) -> Result<SqlitePool, String> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(BUSY)
        .journal_mode(SqliteJournalMode::Wal)
        // A bell that a power cut takes is rung again by a sweep; a sync for each would cost more than the bell is worth.
        .synchronous(SqliteSynchronous::Off);
    // A connection whose transaction was cut off by a full disk keeps others from writing until it is closed.
    let pool = SqlitePoolOptions::new()
        .max_connections(2)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
    let pool = pool.connect_with(options).await.map_err(|error| error.to_string())?;
    SqliteStorage::setup(&pool).await.map_err(|error| error.to_string())?;
    Ok(pool)
}

/// One task at a time (`batch_size`): what was fetched ahead would not be heard by anybody else, and while it waits here
/// apalis sends no signs of life, so that another takes what a living one holds.
fn file_backend(pool: &SqlitePool, heartbeat: Duration) -> SqliteStorage<RungBell> {
    let config = apalis_sqlite::Config::default().queue(NAME).batch_size(1);
    let config = config.heartbeat_interval(heartbeat).missed_heartbeats(MISSED);
    SqliteStorage::new(pool).with_config(config)
}

/// As [`file_backend`].
fn redis_backend(connection: &ConnectionManager, heartbeat: Duration) -> RedisStorage<RungBell> {
    let config = apalis_redis::Config::default().queue(NAME).batch_size(1);
    let config = config.heartbeat_interval(heartbeat).missed_heartbeats(MISSED);
    RedisStorage::new(connection.clone()).with_config(config)
}

/// apalis keeps the name of each task that was done, and of each worker that there was, for ever.
fn bound_in_redis(connection: &ConnectionManager) -> Bound {
    let connection = connection.clone();
    Arc::new(move |name| {
        let mut connection = connection.clone();
        let config = apalis_redis::Config::default().queue(NAME);
        let worker = format!("{NAME}:workers:metadata:{name}");
        Box::pin(async move {
            let mut both = redis::pipe();
            both.unlink(&[config.done_jobs_set(), config.dead_jobs_set()]).ignore();
            both.expire(worker, LISTENER_KEPT_S).ignore();
            both.query_async(&mut connection).await.map_err(|error: redis::RedisError| error.to_string())
        })
    })
}
