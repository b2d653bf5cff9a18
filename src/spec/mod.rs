//! Reads an app spec in YAML, JSON, TOML or JDL into [`domain::spec::Spec`](crate::domain::spec::Spec), or tells
//! everything that is wrong with it at once.
//!
//! Each of the first three formats is parsed into one tree of nodes that know their place in the file; one reader goes
//! from that tree to the spec. JDL has its own reader. Whatever the format, [`check`] then looks at what only the
//! whole can tell: names that clash, relations to nothing, bounds that contradict each other.

mod check;
mod digest;
mod format;
pub mod jdl;
mod languages;
mod names;
mod text;
mod tree;

use crate::domain::problem::Problem;
use crate::domain::spec::Spec;

#[cfg_attr(not(test), expect(unused_imports, reason = "for the JDL reader"))]
pub(crate) use self::check::check;
pub use self::digest::digest;

/// Largest spec file that is read, in bytes.
pub const FILE_MAX_BYTES: usize = 10 * 1024 * 1024;
/// Most entities in a spec.
pub const ENTITIES_MAX: usize = 500;
/// Most fields of one entity.
pub const FIELDS_MAX: usize = 200;

/// What came of reading a spec file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The spec; `Some` exactly when `problems` is empty.
    pub spec: Option<Spec>,
    /// Everything that is wrong, in the order of the file.
    pub problems: Vec<Problem>,
    /// What the file says that has no meaning here and was left out (JDL only).
    pub ignored: Vec<Problem>,
}
