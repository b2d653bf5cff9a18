//! Every form in which a known key may come back.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use super::{super::secret::Secret, views::View};

/// Shortest key of which other forms than the plain one are looked for.
const ENCODED_LEAST_BYTES: usize = 8;

/// The forms of some keys, ready to be found.
pub(super) struct Forms {
    automaton: Option<AhoCorasick>,
    /// By pattern: whether it is in the middle of a base64 text, which is masked as a whole.
    in_base64: Vec<bool>,
    longest_bytes: usize,
}

impl Forms {
    /// All forms of some keys.
    pub(super) fn of(keys: &[&Secret]) -> Self {
        let mut patterns = Vec::new();
        for key in keys {
            collect(key.expose(), &mut patterns);
        }
        patterns.retain(|(pattern, _)| !pattern.is_empty());
        patterns.sort();
        patterns.dedup_by(|(later, _), (earlier, _)| later == earlier);
        let longest_bytes = patterns.iter().map(|(pattern, _)| pattern.len()).max().unwrap_or(0);
        // It fails only for more text than the automaton has room for (2^31 bytes); `find` is careful then.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .ascii_case_insensitive(true)
            .build(patterns.iter().map(|(pattern, _)| pattern))
            .ok();
        Self { automaton, in_base64: patterns.into_iter().map(|(_, in_base64)| in_base64).collect(), longest_bytes }
    }

    /// Bytes of the longest form, escapes included.
    pub(super) const fn longest_bytes(&self) -> usize {
        // A byte of a form becomes at most `\u002d`.
        self.longest_bytes * 6
    }

    /// Where in a text forms are; spans may overlap. The whole text, when it cannot be told.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let Some(automaton) = &self.automaton else { return vec![Range { start: 0, end: text.len() }] };
        let mut spans = Vec::new();
        for view in View::all_of(text) {
            let found = automaton.find_overlapping_iter(view.bytes()).map(|found| {
                let in_base64 = self.in_base64.get(found.pattern().as_usize()).copied().unwrap_or(false);
                if in_base64 { widened(view.bytes(), found.range()) } else { found.range() }
            });
            spans.extend(found.filter_map(|range| view.origin(range)));
        }
        spans
    }
}

/// Adds the forms of a key, each with whether it stands within a base64 text.
fn collect(key: &str, patterns: &mut Vec<(String, bool)>) {
    patterns.push((key.to_owned(), false));
    if key.len() < ENCODED_LEAST_BYTES {
        return;
    }
    patterns.push((key.chars().rev().collect(), false));
    patterns.push((key.bytes().map(|byte| format!("{byte:02x}")).collect(), false));
    // A view undoes any mixture of escapes, but may begin to do so a byte too early, where a `%` stands right before.
    let url_encoded = |plain: &[u8]| url_encoded(key, plain);
    patterns.extend([b"-._~".as_slice(), b"-._~!*'()", b""].map(|plain| (url_encoded(plain), false)));
    patterns.push((key.bytes().map(|byte| format!("%{byte:02x}")).collect(), false));
    for stem in base64_stems(key) {
        patterns.push((stem.replace('+', "-").replace('/', "_"), true));
        patterns.push((stem, true));
    }
    // A key for HTTP's Basic scheme is base64 itself: what is in it, and its password.
    if let Some(inner) = printable_inside(key) {
        let password = inner.split_once(':').map(|(_, password)| password.to_owned());
        patterns.extend(
            password
                .into_iter()
                .chain([inner])
                .filter(|text| text.len() >= ENCODED_LEAST_BYTES)
                .map(|text| (text, false)),
        );
    }
}

/// A key in an address: letters and digits stay, and so do the characters of `plain` (RFC 3986, section 2.3, names four;
/// `encodeURIComponent` of ECMAScript leaves five more).
fn url_encoded(key: &str, plain: &[u8]) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || plain.contains(&byte);
    key.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") }).collect()
}

/// The part of a key's base64 that is the same whatever stands before and after the key (RFC 4648, section 4: three bytes
/// become four characters, so that a key may begin at three places in a group).
fn base64_stems(key: &str) -> impl Iterator<Item = String> {
    [(0, 0), (1, 2), (2, 3)].into_iter().filter_map(move |(before, mixed_chars)| {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(key.as_bytes());
        let whole_chars = bytes.len() * 8 / 6;
        STANDARD_NO_PAD.encode(&bytes).get(mixed_chars..whole_chars).map(str::to_owned)
    })
}

fn printable_inside(key: &str) -> Option<String> {
    let bytes =
        STANDARD.decode(key).or_else(|_| STANDARD_NO_PAD.decode(key)).or_else(|_| URL_SAFE_NO_PAD.decode(key)).ok()?;
    String::from_utf8(bytes).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The whole base64 text around a part of it.
fn widened(bytes: &[u8], part: Range<usize>) -> Range<usize> {
    let is_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let before = bytes.get(..part.start).unwrap_or_default().iter().rev().take_while(is_base64).count();
    let after = bytes.get(part.end..).unwrap_or_default().iter().take_while(is_base64).count();
    part.start.saturating_sub(before)..part.end.saturating_add(after)
}
