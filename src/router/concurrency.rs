//! How many requests a provider has at once with one key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::domain::digest::Digest;

use super::{
    failure::{Failure, FailureClass},
    provider::Provider,
    secret::Secret,
};

/// Keeps to [`Provider::concurrency_per_key`], for vendors that answer 429 to one stream too many. Who comes first is
/// served first. It counts the requests of this process alone.
#[derive(Debug, Default)]
pub struct ConcurrencyLimits {
    lanes: Mutex<HashMap<Lane, Arc<Semaphore>>>,
}

/// What a vendor counts by: its account, which only the key tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Lane {
    provider: String,
    base_url: String,
    key: Option<Digest>,
}

/// The right to have one request at a provider. It is held until the answer's last byte, and given back by dropping it.
#[derive(Debug)]
#[must_use = "the place is given back when this is dropped"]
pub struct Permit {
    _place: Option<OwnedSemaphorePermit>,
}

impl ConcurrencyLimits {
    /// Waits for a place, at most `within`, the time that the call has left. A provider without a limit always has one.
    /// Dropping the future gives up the place in the queue.
    ///
    /// # Errors
    /// [`FailureClass::RateLimit`] with code `concurrency_limit`: the others are not done in time. The provider was
    /// not asked.
    pub async fn admit(&self, provider: &Provider, key: Option<&Secret>, within: Duration) -> Result<Permit, Failure> {
        let Some(most) = provider.concurrency_per_key else {
            return Ok(Permit { _place: None });
        };
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        let waiting = self.lane(provider, key, most).acquire_owned();
        // Nobody closes a lane, so that only the time can run out.
        let place = timeout(within, waiting).await.ok().and_then(Result::ok);
        place.map(|place| Permit { _place: Some(place) }).ok_or_else(|| {
            let message = format!(
                "{} takes {most} requests at once with one key, and they were not done within {} ms",
                provider.name,
                within.as_millis()
            );
            Failure::new(FailureClass::RateLimit, "concurrency_limit", message)
        })
    }

    fn lane(&self, provider: &Provider, key: Option<&Secret>, most: usize) -> Arc<Semaphore> {
        let lane = Lane {
            provider: provider.name.clone(),
            base_url: provider.base_url.clone(),
            key: key.map(|key| Digest::of(key.expose().as_bytes())),
        };
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = lanes.get(&lane) {
            return Arc::clone(places);
        }
        // A new key comes rarely; lanes that nobody is in or waits for would otherwise add up with callers' own keys.
        lanes.retain(|_, places| Arc::strong_count(places) > 1);
        let places = Arc::new(Semaphore::new(most));
        lanes.insert(lane, Arc::clone(&places));
        places
    }
}

#[cfg(test)]
#[path = "concurrency_tests.rs"]
mod tests;
