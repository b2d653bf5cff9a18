//! How long an exchange may take, and which limit ended it.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout_at};

use crate::router::failure::{Failure, FailureClass};

/// From looking the name up to the end of the TLS handshake.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longer than any limit that means something; keeps `Duration::MAX` from overflowing an instant.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// How long an exchange may take; connecting has [`CONNECT_TIMEOUT`] of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// From sending to the first byte of the answer's body. Some providers send the head at once and think afterwards.
    pub first_byte: Duration,
    /// Between two pieces of the body.
    pub idle: Duration,
    /// From sending to the last byte.
    pub total: Duration,
}

/// [`Timeouts`] of an exchange that has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    timeouts: Timeouts,
    first_byte_at: Instant,
    total_at: Instant,
}

impl Deadlines {
    pub(super) fn from_now(timeouts: Timeouts) -> Self {
        let now = Instant::now();
        Self {
            timeouts,
            first_byte_at: now + timeouts.first_byte.min(FOREVER),
            total_at: now + timeouts.total.min(FOREVER),
        }
    }

    /// Waits for something that is due before the body's first byte.
    pub(super) async fn first_byte<T>(&self, provider: &str, due: impl Future<Output = T>) -> Result<T, Failure> {
        self.wait(provider, due, self.first_byte_at, ("timeout_first_byte", self.timeouts.first_byte)).await
    }

    /// Waits for a further piece of the body.
    pub(super) async fn next<T>(&self, provider: &str, due: impl Future<Output = T>) -> Result<T, Failure> {
        let at = Instant::now() + self.timeouts.idle.min(FOREVER);
        self.wait(provider, due, at, ("timeout_idle", self.timeouts.idle)).await
    }

    async fn wait<T>(
        &self,
        provider: &str,
        due: impl Future<Output = T>,
        at: Instant,
        (code, limit): (&str, Duration),
    ) -> Result<T, Failure> {
        let (at, code, limit) =
            if self.total_at <= at { (self.total_at, "timeout_total", self.timeouts.total) } else { (at, code, limit) };
        timeout_at(at, due).await.map_err(|_| {
            let what = match code {
                "timeout_first_byte" => "did not begin to answer",
                "timeout_idle" => "stopped in the middle of its answer and sent nothing",
                _ => "did not complete its answer",
            };
            Failure::new(FailureClass::Overload, code, format!("{provider} {what} within {} ms", limit.as_millis()))
        })
    }
}
