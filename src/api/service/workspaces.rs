//! Where a generation's workspace can be looked at.

use std::path::PathBuf;

use futures::future::BoxFuture;

use crate::store::Generation;

/// Gives folders that workspaces can be looked at in, without keeping whoever works there from his work.
pub trait Workspaces: Send + Sync {
    /// The folder of a generation's workspace as it was recorded last, or newer; `None` while it has none.
    fn folder<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Option<PathBuf>, NoWorkspace>>;
}

/// A workspace that is there cannot be looked at now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoWorkspace(pub String);
