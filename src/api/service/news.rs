//! Says within this process that something was recorded, so that nobody waits for the next look into the records.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::domain::id::GenerationId;

/// Generations that may be unheard of by those who listen; who falls behind looks into the records anyway.
const UNHEARD: usize = 256;

/// Says that something was recorded of a generation. Clones say it to the same listeners. It may be lost: whoever listens
/// looks into the records from time to time.
#[derive(Debug, Clone)]
pub struct News(Arc<broadcast::Sender<GenerationId>>);

impl Default for News {
    fn default() -> Self {
        Self(Arc::new(broadcast::Sender::new(UNHEARD)))
    }
}

impl News {
    /// Says that something was recorded of a generation.
    pub fn tell(&self, generation: &GenerationId) {
        // Nobody may listen.
        let _ = self.0.send(generation.clone());
    }

    /// Hears of what is recorded from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<GenerationId> {
        self.0.subscribe()
    }
}
