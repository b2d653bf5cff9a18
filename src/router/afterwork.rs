//! Work that goes on when nobody waits for it any more: tokens of a call that was dropped are counted, its cost settled.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::{runtime::Handle, sync::oneshot, task::JoinSet};

/// Work that goes on when nobody waits for it any more. A shutdown waits for it with [`Afterwork::done`].
#[derive(Debug, Default)]
pub(super) struct Afterwork {
    tasks: Mutex<JoinSet<()>>,
}

impl Afterwork {
    /// Does something slow on a thread for that; at once, where there is no runtime (any more).
    pub(super) fn add(&self, work: impl FnOnce() + Send + 'static) {
        let Ok(runtime) = Handle::try_current() else {
            return work();
        };
        let mut tasks = self.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn_blocking_on(work, &runtime);
    }

    /// Does something slow on a thread for that, and waits for its result; none when it panicked. It is done to its end when
    /// nobody waits any more.
    pub(super) async fn result<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (tell, told) = oneshot::channel();
        self.add(move || {
            // Whoever waited may be gone.
            let _ = tell.send(work());
        });
        told.await.ok()
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
