//! Time as a port: sources are passed in.

use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

/// Tells the time. Nobody retries; it cannot fail.
pub trait Clock: Send + Sync {
    /// Wall-clock time, for people and records; may jump.
    fn now(&self) -> Timestamp;
    /// Time since a fixed instant of this process, for durations; never runs backwards.
    fn monotonic(&self) -> Duration;
}
