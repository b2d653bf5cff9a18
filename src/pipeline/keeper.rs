//! Where a workspace is kept so that it outlives the machine that it is worked in.

/// Keeps the workspace as it is by now.
pub trait Keeper: Send + Sync {
    /// Keeps it; durable on return. It may block: nothing else of the generation goes on before.
    ///
    /// # Errors
    /// When it could not be kept, or another works on the generation by now. Nobody retries.
    fn keep(&self) -> Result<(), KeepError>;
}

/// A workspace was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// The store failed; the same may work later.
    #[error("{0}")]
    Store(String),
    /// Another works on the generation by now.
    #[error("another works on it by now")]
    Lost,
}

/// For workspaces that stay where they are.
#[derive(Debug, Clone, Copy)]
pub struct NoKeeper;

impl Keeper for NoKeeper {
    fn keep(&self) -> Result<(), KeepError> {
        Ok(())
    }
}
