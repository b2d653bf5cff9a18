//! Bounds of a spec that hold whatever its format.

/// Most characters of a label.
pub(super) const LABEL_MAX_CHARS: usize = 100;
/// Most characters of a summary or description.
pub(super) const DESCRIPTION_MAX_CHARS: usize = 2_000;
/// Most values of an enumeration.
pub(super) const ENUM_VALUES_MAX: usize = 200;
/// Rows of sample data when the spec does not say.
pub(super) const SAMPLE_ROWS_DEFAULT: u32 = 10;
/// Most characters of what the user wants in his own words.
pub(super) const PROSE_MAX_CHARS: usize = 100_000;
