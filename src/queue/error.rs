//! What can go wrong with the queue.

/// The queue could not be opened. What goes wrong later is nobody's error: the records are looked into anyway.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be used as it is.
    #[error("the queue {queue} cannot be used: {reason}")]
    Unusable {
        /// Which, without its password.
        queue: String,
        /// Why.
        reason: String,
    },
}
