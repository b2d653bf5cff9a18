//! Finds lines that stand for code that was left out.

use std::sync::LazyLock;

use regex::Regex;

/// Longest line that is looked at: a placeholder is a short comment.
const LINE_MAX_BYTES: usize = 300;

/// What opens a comment, in the languages that projects are made of.
const LEADER: &str = r"^\s*(?://+|#+|/\*+|\*+|<!--|\{/\*+|--+|;+)\s*[\[(]?\s*";
/// What may stand after the last word.
const TRAILER: &str = r"[\s.…)\]}*/>-]*$";
const DOTS: &str = r"(?:\.\.\.+|…)";
const CODE: &str = "(?:code|file|component|function|implementation|imports?|class|module|methods?|functions?|styles?|tests?|content|logic|handlers?|routes?|fields?|props|types?|rules|entries|lines)";

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let left_out = r"(?:unchanged|(?:(?:remains?|stays?|is|are)\s+)?(?:the\s+same|unchanged|as\s+is)|same|here|goes\s+here|as\s+before|as\s+above|omitted(?:\s+for\s+brevity)?)";
    [
        // `// ... rest of the code`, `/* … existing imports … */`
        format!(r"{LEADER}{DOTS}.*\b(?:rest|remaining|existing|unchanged|same|previous|omitted|other|before|keep)\b.*$"),
        // `... rest of the file unchanged ...`, bare
        format!(r"^\s*{DOTS}\s*(?:the\s+)?(?:rest|remainder)\s+of\s+.*$"),
        // `// rest of the component unchanged`, `// existing code here`
        format!(
            r"{LEADER}(?:the\s+)?(?:(?:rest|remainder)\s+of\s+(?:the\s+|this\s+|your\s+)?|(?:existing|previous|original|other|same|remaining)\s+)(?:\w+\s+){{0,2}}{CODE}\s*(?:{DOTS}|{left_out}){TRAILER}"
        ),
        // `// your code here`, `// implementation goes here`
        format!(r"{LEADER}(?:add\s+|put\s+)?(?:your\s+|the\s+)?(?:code|implementation|logic)\s+(?:goes\s+)?here{TRAILER}"),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(&format!("(?i){pattern}")).ok())
    .collect()
});

/// The first line of a file that stands for what was left out: its number from 1, and its text.
pub(super) fn find<'c>(path: &str, content: &'c str) -> Option<(usize, &'c str)> {
    if is_prose(path) {
        return None;
    }
    let mut lines = content.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.find(|(_, line)| is_placeholder(line))
}

/// Whether a line stands for what was left out.
fn is_placeholder(line: &str) -> bool {
    line.len() <= LINE_MAX_BYTES && PATTERNS.iter().any(|pattern| pattern.is_match(line))
}

/// Files in which such a line is a sentence like any other.
fn is_prose(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".md", ".mdx", ".markdown", ".txt"].iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
#[path = "placeholder_tests.rs"]
mod tests;
