//! Slow work on threads for that, few at once: tokens are counted, also of a call that was dropped, whose cost is then settled.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::available_parallelism,
    time::Duration,
};

use futures::FutureExt as _;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    task::JoinSet,
    time::timeout,
};

/// How long somebody waits for a thread: the longest text that a gateway takes by default (10 MiB) is counted in less.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Why slow work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// Other work had all threads for too long. It may be asked for again.
    #[error("too many texts are being counted; ask again in some seconds")]
    Busy,
    /// The work panicked. It would again.
    #[error("the tokens could not be counted")]
    Broken,
}

/// Slow work, much of it such that nobody waits for it any more. A shutdown waits for it with [`Afterwork::done`].
#[derive(Debug)]
pub(super) struct Afterwork {
    tasks: Mutex<JoinSet<()>>,
    threads: Arc<Semaphore>,
}

impl Default for Afterwork {
    /// Half of the cores work, the others serve.
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self::new((cores / 2).max(1))
    }
}

impl Afterwork {
    /// So many threads work at once.
    fn new(threads: usize) -> Self {
        Self { tasks: Mutex::default(), threads: Arc::new(Semaphore::new(threads)) }
    }

    /// Does something slow when a thread is free, however long that takes; at once, where there is no runtime (any more).
    pub(super) fn add(&self, work: impl FnOnce() + Send + 'static) {
        self.add_after(std::future::ready(()), move |()| work());
    }

    /// The same, once what comes `first` is there. That is waited for without a thread, as it may be what other work on a
    /// thread is to tell: with all threads waiting, nobody would. Where there is no runtime, what is not there yet is nothing.
    pub(super) fn add_after<T: Default + Send + 'static>(
        &self,
        first: impl Future<Output = T> + Send + 'static,
        work: impl FnOnce(T) + Send + 'static,
    ) {
        let Ok(runtime) = Handle::try_current() else {
            return work(first.now_or_never().unwrap_or_default());
        };
        let threads = Arc::clone(&self.threads);
        let turn = async move {
            let first = first.await;
            (first, threads.acquire_owned().await.ok())
        };
        self.spawn(&runtime, turn, work);
    }

    /// Does something slow, and waits for its result. It is done to its end, once it began, when nobody waits any more.
    ///
    /// # Errors
    /// No thread was free for 10 s, or the work panicked.
    pub(super) async fn result<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let turn = timeout(LONGEST_WAIT, Arc::clone(&self.threads).acquire_owned());
        let turn = turn.await.map_err(|_| NotDone::Busy)?.ok();
        let (tell, told) = oneshot::channel();
        self.spawn(&Handle::current(), std::future::ready(((), turn)), move |()| {
            // Whoever waited may be gone.
            let _ = tell.send(work());
        });
        told.await.map_err(|_| NotDone::Broken)
    }

    /// Nobody closes the semaphore, so that there is always a turn; were it closed, work would go before counting threads.
    fn spawn<T: Send + 'static>(
        &self,
        runtime: &Handle,
        turn: impl Future<Output = (T, Option<OwnedSemaphorePermit>)> + Send + 'static,
        work: impl FnOnce(T) + Send + 'static,
    ) {
        let mut tasks = self.lock();
        while tasks.try_join_next().is_some() {}
        let blocking = runtime.clone();
        let task = async move {
            let (first, turn) = turn.await;
            let working = blocking.spawn_blocking(move || {
                work(first);
                drop(turn);
            });
            // A panic was written to standard error where it happened.
            let _ = working.await;
        };
        tasks.spawn_on(task, runtime);
    }

    /// Waits until all work is done, also what is added meanwhile.
    pub(super) async fn done(&self) {
        loop {
            let mut tasks = std::mem::take(&mut *self.lock());
            if tasks.is_empty() {
                return;
            }
            while tasks.join_next().await.is_some() {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, JoinSet<()>> {
        // A set of tasks is whole whenever the lock is free.
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "afterwork_tests.rs"]
mod tests;
