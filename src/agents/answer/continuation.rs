//! Continues answers that were cut off.

/// Most bytes of the end of the first part in which an overlap is looked for.
const LOOK_BACK_BYTES: usize = 16 * 1024;
/// Fewest bytes, white space not counted, that make an overlap: fewer are alike by chance.
const OVERLAP_MIN_BYTES: usize = 16;
/// The same for all of a line that was begun: hardly anything goes on with the words it began with.
const BEGUN_MIN_BYTES: usize = 6;
/// Fewest bytes of an overlap that begins in the middle of a line.
const OVERLAP_IN_LINE_BYTES: usize = 40;

/// Joins an answer that was cut off with its continuation.
///
/// The continuation may repeat the last lines of the first part, or begin with a fence (after one line of prose that
/// ends with a colon, at most); both are taken out. A repetition is all of the line that was begun (with its
/// indentation or without, at least 6 bytes) or at least 16 bytes, white space not counted, from the start of a line
/// on, or at least 40 bytes. Where the first part itself repeats these lines at its end, they are kept: the
/// continuation may well go on repeating them.
#[must_use]
pub fn join(first: &str, second: &str) -> String {
    let second = second.trim_start_matches('\u{feff}');
    let unfenced = after_fence(second);
    let candidates = [Some(second), unfenced, Some(second.trim_start_matches(['\n', '\r']))];
    for candidate in candidates.into_iter().flatten() {
        if let Some(length) = overlap(first, candidate) {
            return format!("{first}{}", candidate.get(length..).unwrap_or_default());
        }
    }
    let rest = unfenced.filter(|_| is_wrapped(first, second)).unwrap_or(second);
    format!("{first}{rest}")
}

/// What follows a fence at the start of a text.
fn after_fence(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let (line, rest) = text.split_once('\n')?;
    if is_fence(line) {
        return Some(rest);
    }
    let (next, after) = rest.trim_start_matches(['\n', '\r']).split_once('\n')?;
    (line.trim_end().ends_with(':') && line.len() <= 200 && is_fence(next)).then_some(after)
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_end();
    let language = line.trim_start_matches('`');
    line.len() - language.len() >= 3
        && language.len() <= 20
        && language.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a continuation that repeats nothing stands in a fence of its own: it begins with one in the middle of a
/// line, where the answer cannot have had one, or it closes it although the first part has none open.
fn is_wrapped(first: &str, second: &str) -> bool {
    let last = first.rsplit('\n').next().unwrap_or_default();
    let in_line = !last.trim().is_empty() && !last.trim_start().starts_with('`');
    let closes = second.trim_end().lines().next_back().is_some_and(|line| line.trim() == "```");
    let open = first.lines().filter(|line| line.starts_with("```")).count() % 2 == 1;
    in_line || (closes && !open)
}

/// How many bytes at the start of `second` repeat the end of `first`.
fn overlap(first: &str, second: &str) -> Option<usize> {
    let mut from = first.len().saturating_sub(LOOK_BACK_BYTES);
    while !first.is_char_boundary(from) {
        from += 1;
    }
    let tail = first.get(from..)?;
    let last = first.rsplit('\n').next().unwrap_or_default();
    // How many bytes that can be seen stand before each place: text of spaces alone has very many borders.
    let mut visible = vec![0];
    visible.extend(second.bytes().take(tail.len()).scan(0, |count, byte| {
        *count += usize::from(!byte.is_ascii_whitespace());
        Some(*count)
    }));
    let repeats = |length: &usize| {
        let before = first.get(..first.len() - length).unwrap_or_default();
        let begins_line = before.is_empty() || before.ends_with('\n');
        let least = if *length == last.len() { BEGUN_MIN_BYTES } else { OVERLAP_MIN_BYTES };
        second.is_char_boundary(*length)
            && visible.get(*length).is_some_and(|count| *count >= least)
            && (begins_line || *length >= OVERLAP_IN_LINE_BYTES)
    };
    let lengths: Vec<_> = borders(second.as_bytes(), tail.as_bytes()).into_iter().filter(repeats).collect();
    match (lengths.first(), lengths.last()) {
        (Some(longest), Some(shortest)) => {
            let once = second.get(..*shortest).unwrap_or_default();
            let before = first.get(..first.len() - shortest).unwrap_or_default();
            (!before.ends_with(once)).then_some(*longest)
        }
        // The line that was begun, without its indentation.
        _ => {
            let bare = last.trim_start();
            let count = bare.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
            (count >= BEGUN_MIN_BYTES && second.starts_with(bare)).then_some(bare.len())
        }
    }
}

/// Lengths of the ends of `tail` that `head` begins with, longest first (Knuth, Morris and Pratt's failure function).
fn borders(head: &[u8], tail: &[u8]) -> Vec<usize> {
    let head = head.get(..head.len().min(tail.len())).unwrap_or_default();
    let failure = failure(head);
    let at = |length: usize| length.checked_sub(1).and_then(|index| failure.get(index)).copied().unwrap_or(0);
    let mut length = 0;
    for byte in tail {
        while length > 0 && head.get(length) != Some(byte) {
            length = at(length);
        }
        if head.get(length) == Some(byte) {
            length += 1;
        }
    }
    let mut found = Vec::new();
    while length > 0 {
        found.push(length);
        length = at(length);
    }
    found
}

/// For every start of a pattern, the length of its longest proper start that is also its end.
pub(in crate::agents) fn failure<T: PartialEq>(pattern: &[T]) -> Vec<usize> {
    let mut failure: Vec<usize> = vec![0; pattern.len().min(1)];
    let mut length: usize = 0;
    for item in pattern.iter().skip(1) {
        while length > 0 && pattern.get(length) != Some(item) {
            length = failure.get(length - 1).copied().unwrap_or(0);
        }
        if pattern.get(length) == Some(item) {
            length += 1;
        }
        failure.push(length);
    }
    failure
}

#[cfg(test)]
#[path = "continuation_tests.rs"]
mod tests;
