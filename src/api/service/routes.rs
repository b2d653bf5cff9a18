//! The routes.

use std::sync::Arc;

use super::Shared;

/// All routes.
pub(super) fn app(shared: &Arc<Shared>) -> axum::Router {
    axum::Router::new().with_state(Arc::clone(shared))
}
