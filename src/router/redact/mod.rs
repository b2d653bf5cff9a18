//! Takes keys out of what providers say.
//!
//! Providers repeat the key that they refuse, whole or in another form, and proxies repeat whole requests. So no word of a
//! provider's leaves the router before it went through here: not into an error, not into a log.

mod forms;
mod shapes;
mod views;

use std::ops::Range;

use crate::domain::shown::shown;

use super::{failure::Failure, secret::Secret};
use forms::Forms;

/// What stands in a key's place. No key has this character, as none but visible ASCII goes into a header.
const MASK: &str = "•••";
/// What stands in the place of a text from which a key cannot be taken: a key that has the mask's character, or that is
/// made of what escaping writes.
const WITHHELD: &str = "(withheld)";
/// Most characters of a provider's words that are shown; error texts of providers have one to three sentences.
const SHOWN_MOST_CHARS: usize = 1000;
/// Most bytes of a provider's words that are looked at; the characters that are shown come from these.
const READ_MOST_BYTES: usize = 16 * 1024;

/// A provider's words without keys, fit for one line: every known key is masked as it is, reversed, in base64, in
/// hexadecimal digits and URL-encoded, within longer encoded texts too, and so is every text that looks like a key; control
/// characters are escaped; what is over 1,000 characters is cut.
///
/// No case of letters hides a key. Of a key shorter than eight bytes only the plain form is known: such a text is a
/// placeholder (`none`, `ollama`), and its other forms would be found in ordinary words.
#[must_use]
pub fn redact(text: &str, keys: &[&Secret]) -> String {
    let forms = Forms::of(keys);
    let read = cut(text, READ_MOST_BYTES);
    // A key that begins in what is read may end after it.
    let looked_at = cut(text, READ_MOST_BYTES + forms.longest_bytes());
    let mut spans = forms.find(looked_at);
    spans.extend(shapes::find(looked_at));
    let plain =
        if spans.is_empty() { shown(read, SHOWN_MOST_CHARS) } else { shown(&masked(read, spans), SHOWN_MOST_CHARS) };
    let harmless = |text: &String| forms.find(text).is_empty();
    [plain, WITHHELD.to_owned()].into_iter().find(harmless).unwrap_or_default()
}

/// Shortest key that is looked for in texts that are no errors: a shorter one is a placeholder, and an ordinary word.
const KEY_LEAST_BYTES: usize = 16;

/// Whether a text holds one of some keys: as it is, reversed, in base64, in hexadecimal digits, URL-encoded, or with what
/// programs are laid out by (spaces, line ends, quotes, plus signs) between its parts.
#[must_use]
pub fn holds_key(text: &str, keys: &[&Secret]) -> bool {
    let keys: Vec<&Secret> = keys.iter().copied().filter(|key| key.expose().len() >= KEY_LEAST_BYTES).collect();
    if keys.is_empty() {
        return false;
    }
    let bare = |text: &str| text.replace(|letter: char| letter.is_whitespace() || "\"'`+,\\".contains(letter), "");
    let bare_keys: Vec<Secret> = keys.iter().map(|key| Secret::new(bare(key.expose()))).collect();
    let bare_keys: Vec<&Secret> = bare_keys.iter().filter(|key| key.expose().len() >= KEY_LEAST_BYTES).collect();
    let has_bare = !bare_keys.is_empty() && !Forms::of(&bare_keys).find(&bare(text)).is_empty();
    has_bare || !Forms::of(&keys).find(text).is_empty()
}

/// Takes keys out of a failure: out of what the provider said, and out of the code that it gave.
pub fn redact_failure(failure: &mut Failure, keys: &[&Secret]) {
    failure.message = redact(&failure.message, keys);
    failure.code = failure.code.take().map(|code| redact(&code, keys));
}

/// The beginning of a text, at most so many bytes.
fn cut(text: &str, most_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(most_bytes)).unwrap_or_default()
}

/// A text with a mask in place of every span; spans that touch become one.
fn masked(text: &str, mut spans: Vec<Range<usize>>) -> String {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut masked = String::with_capacity(text.len());
    let mut shown_to = 0;
    for span in spans {
        if span.start >= text.len() {
            break;
        }
        if span.start > shown_to || masked.is_empty() {
            masked.push_str(text.get(shown_to..span.start).unwrap_or_default());
            masked.push_str(MASK);
        }
        shown_to = shown_to.max(span.end);
    }
    masked.push_str(text.get(shown_to..).unwrap_or_default());
    masked
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
