//! The queue: a doorbell that says "look at generation X".
//!
//! Nothing depends on it but time. The truth about what is to be done is in the records; a bell may be lost, or ring
//! twice, and whoever works looks into the records by himself from time to time.

use crate::domain::id::GenerationId;

/// Says that a generation may be worth a look.
pub trait Doorbell: Send + Sync {
    /// Rings, without waiting for whether anybody hears. It may be lost: nobody retries.
    fn ring(&self, generation: &GenerationId);
}
