//! One connection, from its first byte to its end.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes};
use http::Request;
use hyper::{
    body::{Frame, Incoming, SizeHint},
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use super::limits::ConnectionSettings;

/// How long a connection that is ended for its silence may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// How far the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Requests are answered.
    Serving,
    /// Requests in flight are answered, no new ones are taken.
    Ending,
    /// What is still in flight is cut off.
    Over,
}

/// Serves a connection. On return it is closed, and everything that worked for its requests has ended, which cancels their
/// calls to providers.
pub(super) async fn serve(
    connection: TcpStream,
    app: axum::Router,
    settings: ConnectionSettings,
    stage: watch::Receiver<Stage>,
) {
    let streams = Streams::default();
    converse(connection, app, &streams, (&settings, stage)).await;
    streams.cut_off().await;
}

async fn converse(
    connection: TcpStream,
    app: axum::Router,
    streams: &Streams,
    (settings, mut stage): (&ConnectionSettings, watch::Receiver<Stage>),
) {
    let activity = Arc::new(Activity::new());
    // How long HTTP/1 may be silent is watched here as well: hyper's own clock starts when the version is known.
    let mut server = auto::Builder::new(streams.executor());
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.ping_every)
        .keep_alive_timeout(settings.ping_every);
    let app = TowerToHyperService::new(app);
    let service = service_fn(|request: Request<Incoming>| {
        let open = Activity::open(&activity);
        let answering = app.call(request);
        async move { Ok::<_, Infallible>(answering.await?.map(|body| Answer { body, _open: open })) }
    });
    let mut serving = pin!(server.serve_connection(TokioIo::new(connection), service));
    let mut is_silent = false;
    let ended = tokio::select! {
        biased;
        ended = serving.as_mut() => Some(ended),
        () = reached(&mut stage, Stage::Ending) => None,
        () = activity.silent(settings.head_timeout, settings.idle_timeout) => {
            is_silent = true;
            None
        }
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                biased;
                ended = serving => ended,
                () = reached(&mut stage, Stage::Over) => Ok(()),
                () = activity.said_goodbye(), if is_silent => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}

async fn reached(stage: &mut watch::Receiver<Stage>, wanted: Stage) {
    // The sender lives until every connection is closed.
    let _ = stage.wait_for(|stage| *stage >= wanted).await;
}

/// When a connection last had a request.
struct Activity {
    accepted: Instant,
    /// Requests whose answers are not written yet.
    open: AtomicUsize,
    /// Milliseconds from `accepted` to when the last request ended; [`NEVER`] before.
    quiet_since_ms: AtomicU64,
}

/// No request has ended yet.
const NEVER: u64 = u64::MAX;

impl Activity {
    fn new() -> Self {
        Self { accepted: Instant::now(), open: AtomicUsize::new(0), quiet_since_ms: AtomicU64::new(NEVER) }
    }

    /// A request begins, and ends when the result is dropped.
    fn open(this: &Arc<Self>) -> OpenRequest {
        this.open.fetch_add(1, Ordering::Relaxed);
        OpenRequest(Arc::clone(this))
    }

    /// Waits until no request came within `first` of the connection's beginning, or none was open for `later`. Requests do
    /// not wake whoever waits: the time that is left is looked up when it would be over.
    async fn silent(&self, first: Duration, later: Duration) {
        loop {
            let now = Instant::now();
            let until = if self.open.load(Ordering::Acquire) > 0 {
                now + later
            } else {
                match self.quiet_since_ms.load(Ordering::Relaxed) {
                    NEVER => self.accepted + first,
                    since_ms => self.accepted + Duration::from_millis(since_ms) + later,
                }
            };
            if until <= now {
                return;
            }
            sleep_until(until).await;
        }
    }

    /// Waits until a connection that is to end had time to do so. A request that crossed the goodbye is answered.
    async fn said_goodbye(&self) {
        sleep(GOODBYE).await;
        self.silent(GOODBYE, GOODBYE).await;
    }
}

/// A request whose answer is not written yet.
struct OpenRequest(Arc<Activity>);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        let since_ms = u64::try_from(self.0.accepted.elapsed().as_millis()).unwrap_or(NEVER - 1);
        self.0.quiet_since_ms.store(since_ms, Ordering::Relaxed);
        self.0.open.fetch_sub(1, Ordering::Release);
    }
}

/// An answer that is being written.
struct Answer {
    body: Body,
    _open: OpenRequest,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The tasks that answer an HTTP/2 connection's requests.
#[derive(Default)]
struct Streams(Arc<Mutex<JoinSet<()>>>);

impl Streams {
    /// Starts the tasks. It does not keep them: they hold it themselves.
    fn executor(&self) -> StreamExecutor {
        StreamExecutor(Arc::downgrade(&self.0))
    }

    /// Ends all tasks, and waits until they have ended.
    async fn cut_off(self) {
        let mut streams = std::mem::take(&mut *lock(&self.0));
        streams.shutdown().await;
    }
}

#[derive(Clone)]
struct StreamExecutor(Weak<Mutex<JoinSet<()>>>);

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for StreamExecutor {
    fn execute(&self, stream: F) {
        // Without its connection, a stream has nobody to answer.
        let Some(streams) = self.0.upgrade() else { return };
        let mut streams = lock(&streams);
        while streams.try_join_next().is_some() {}
        streams.spawn(stream);
    }
}

fn lock(streams: &Mutex<JoinSet<()>>) -> MutexGuard<'_, JoinSet<()>> {
    // A set of tasks is whole whenever the lock is free.
    streams.lock().unwrap_or_else(PoisonError::into_inner)
}
