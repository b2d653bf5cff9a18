//! Calls of functions without arguments: some vendors send an empty text for them, or nothing, and no caller can read that.

use crate::router::completion::Finish;

/// The JSON of no arguments.
pub(super) const NO_ARGUMENTS: &str = "{}";

/// Whether a text says nothing of arguments.
pub(super) fn is_blank(arguments: &str) -> bool {
    arguments.trim_ascii().is_empty()
}

/// A call's arguments as JSON, though they are none.
pub(super) fn or_none(arguments: String) -> String {
    if is_blank(&arguments) { NO_ARGUMENTS.to_owned() } else { arguments }
}

/// Whether an answer that ended like this said all of its calls: one that was cut off may have been about to say more.
pub(super) const fn said_all(finish: &Finish) -> bool {
    matches!(finish, Finish::Stop | Finish::ToolCalls)
}
