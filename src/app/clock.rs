//! The machine's clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::clock::{Clock, Timestamp};

/// Tells the machine's time.
pub(super) struct MachineClock {
    started: Instant,
}

impl MachineClock {
    pub(super) fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "the source behind the port")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}
