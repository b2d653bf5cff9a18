//! Filters for templates.

use tera::Tera;

/// Registers every filter.
pub(super) fn register(_tera: &mut Tera) {}
