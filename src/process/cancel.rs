//! Giving up on running commands.

use tokio::sync::watch;

/// Tells running commands that the caller gave up. Clones share one state; it cannot be taken back.
#[derive(Debug, Clone)]
pub struct Cancel {
    state: watch::Sender<bool>,
}

impl Cancel {
    /// Makes one that nobody has called yet.
    #[must_use]
    pub fn new() -> Self {
        Self { state: watch::Sender::new(false) }
    }

    /// Gives up: commands that run end at once, later ones end before they start.
    pub fn cancel(&self) {
        self.state.send_replace(true);
    }

    /// Whether somebody gave up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.state.borrow()
    }

    /// Waits until somebody gives up.
    pub async fn cancelled(&self) {
        let mut receiver = self.state.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = receiver.wait_for(|cancelled| *cancelled).await;
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}
