//! Differences of files as a unified diff, as `git apply` and people read it.

use std::time::Duration;

use similar::{Algorithm, TextDiff};

use crate::workspace::Difference;

/// Largest file that is compared line by line.
const FILE_MAX_BYTES: usize = 1024 * 1024;
/// Most bytes of a diff; files after that are named alone.
const DIFF_MAX_BYTES: usize = 10 * 1024 * 1024;
/// How long two files are compared before a larger difference than the least is good enough.
const COMPARE_FOR: Duration = Duration::from_millis(200);
/// Lines around a change.
const CONTEXT_LINES: usize = 3;

/// Writes what files have differently.
pub(super) fn unified(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences {
        write(&mut text, difference);
    }
    text
}

fn write(text: &mut String, difference: &Difference) {
    let (old, new) =
        (name("a", difference, difference.before.is_some()), name("b", difference, difference.after.is_some()));
    let quoted = |side: &str| shown(&format!("{side}/{}", difference.path));
    text.push_str(&format!("diff --git {} {}\n", quoted("a"), quoted("b")));
    match (&difference.before, &difference.after) {
        (None, Some(_)) => text.push_str("new file mode 100644\n"),
        (Some(_), None) => text.push_str("deleted file mode 100644\n"),
        (Some(_), Some(_)) | (None, None) => {}
    }
    let before = lines(difference.before.as_deref());
    let after = lines(difference.after.as_deref());
    let (Some(before), Some(after)) = (before, after) else {
        text.push_str(&format!("Binary files {old} and {new} differ\n"));
        return;
    };
    if text.len() > DIFF_MAX_BYTES {
        text.push_str("# not shown: the diff is too long\n");
        return;
    }
    let compared = TextDiff::configure().algorithm(Algorithm::Myers).timeout(COMPARE_FOR).diff_lines(before, after);
    let hunks = compared.unified_diff().context_radius(CONTEXT_LINES).header(&old, &new).to_string();
    text.push_str(&hunks);
}

fn name(side: &str, difference: &Difference, is_there: bool) -> String {
    if is_there { shown(&format!("{side}/{}", difference.path)) } else { "/dev/null".to_owned() }
}

/// A path as git writes it; in quotes where it has anything that could be taken for something else.
fn shown(path: &str) -> String {
    let is_plain = path.chars().all(|character| !character.is_control() && !matches!(character, '"' | '\\'));
    if is_plain { path.to_owned() } else { format!("{path:?}") }
}

/// The text of a file; `None` when it is not one, or too large.
fn lines(content: Option<&[u8]>) -> Option<&str> {
    let content = content.unwrap_or_default();
    let text = std::str::from_utf8(content).ok()?;
    (content.len() <= FILE_MAX_BYTES && !text.contains('\0')).then_some(text)
}

#[cfg(test)]
#[path = "differences_tests.rs"]
mod tests;
