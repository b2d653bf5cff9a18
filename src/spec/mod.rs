//! Reads an app spec.

pub mod jdl;

use crate::domain::problem::{Position, Problem};
use crate::domain::spec::Spec;

/// Most entities in a spec.
pub const ENTITIES_MAX: usize = 500;
/// Sample rows.
pub const SAMPLE_ROWS: u32 = 20;

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

fn check(_spec: &Spec, _locate: &dyn Fn(&str) -> Option<Position>) -> Vec<Problem> {
    Vec::new()
}

mod names {
    use crate::domain::name::ProjectName;
    use heck::ToKebabCase;
    pub(crate) fn project_name_like(text: &str) -> ProjectName {
        ProjectName::parse(&text.to_kebab_case()).unwrap()
    }
    pub(crate) fn nearest<'a>(_word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        known.into_iter().find(|_| false)
    }
}
