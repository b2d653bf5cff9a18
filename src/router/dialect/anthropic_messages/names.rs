//! Names that the format restricts.

use std::borrow::Cow;

use crate::domain::digest::Digest;

/// Identity of a call in letters that the format takes (`^[a-zA-Z0-9_-]+$`): other vendors use more, such as
/// `functions.read:0`. A changed one gets 8 digits of its digest, so that no two become one, and the same one always becomes
/// the same.
pub(super) fn call_id(id: &str) -> Cow<'_, str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !id.is_empty() && id.chars().all(allowed) {
        return Cow::Borrowed(id);
    }
    let kept: String = id.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    let digits: String = Digest::of(id.as_bytes()).as_str().chars().take(8).collect();
    Cow::Owned(format!("{kept}_{digits}"))
}
