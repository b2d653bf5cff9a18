//! Text in Markdown, HTML and comments.

use super::script::is_hidden;

/// Markdown inline text (`CommonMark` 0.31, 2.4, and GitHub's extensions) on one line: punctuation that could begin or end markup, a table
/// cell or an entity where it stands is escaped by `\`; line ends become spaces, so that nothing can start a block. Addresses may
/// still become links.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if has_meaning(&escaped, c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Whether a character could mean something behind what precedes it. Some do only where a line starts.
fn has_meaning(before: &str, c: char) -> bool {
    match c {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '&' | '~' | '$' | '^' => true,
        '#' => before.is_empty() || before.ends_with(' '),
        '+' | '-' | '=' | '>' | ':' => before.is_empty(),
        '.' | ')' => !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

/// HTML text or a quoted attribute's value (HTML, 13.1.2.3 and 13.1.4): `&`, `<`, `>`, `"` and `'` as entities. NUL, which HTML cannot hold, becomes U+FFFD.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\0' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text inside a comment of `//`, `#`, `--`, `/* */` or `<!-- -->`, with spaces around it, on one line: line ends and invisible characters become
/// spaces, and a space parts what would end or open a comment (`*/`, `/*`, `-->`, `--!>`).
pub(super) fn comment(text: &str) -> String {
    let mut parted = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        let ends = match c {
            '/' => parted.ends_with('*'),
            '*' => parted.ends_with('/'),
            '>' | '!' => parted.ends_with("--"),
            _ => false,
        };
        if ends {
            parted.push(' ');
        }
        parted.push(c);
    }
    parted
}

/// Text without line ends, invisible characters and doubled spaces.
fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "prose_tests.rs"]
mod tests;
