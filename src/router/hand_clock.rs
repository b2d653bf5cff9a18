//! A clock that tests set by hand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::domain::clock::{Clock, Timestamp};

/// A clock that stands until it is moved. Clones share one time.
#[derive(Debug, Clone, Default)]
pub(super) struct HandClock {
    elapsed_ms: Arc<AtomicU64>,
}

/// 2026-11-21T12:00:00Z.
pub(super) const START: Timestamp = Timestamp(1_795_262_400_000);

impl HandClock {
    pub(super) fn advance(&self, by: Duration) {
        self.elapsed_ms.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(super) fn shared(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp(START.0 + self.elapsed_ms.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.elapsed_ms.load(Ordering::SeqCst))
    }
}
