//! Text in Markdown, HTML and comments.

use super::script::is_hidden;
use crate::domain::markdown::escaped;

/// Markdown inline text on one line: nothing in it is markup, and nothing can start a block.
pub(super) fn markdown(text: &str) -> String {
    escaped(&one_line(text))
}

/// HTML text or a quoted attribute's value (HTML, 13.1.2.3 and 13.1.4): `&`, `<`, `>`, `"` and `'` as entities. NUL,
/// which HTML cannot hold, becomes U+FFFD.
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

/// Text inside a comment of `//`, `#`, `--`, `/* */` or `<!-- -->`, with spaces around it, on one line: line ends and
/// invisible characters become spaces, and a space parts what would end or open a comment (`*/`, `/*`, `-->`,
/// `--!>`).
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
