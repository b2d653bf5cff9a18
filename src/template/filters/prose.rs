//! Text in Markdown, HTML and comments.

use super::script::is_hidden;

/// Markdown inline text (`CommonMark` 0.31, 2.4) on one line: every ASCII punctuation mark that can begin or end markup, a table cell, a link or an
/// entity is escaped by `\`; line ends become spaces, so that nothing can start a block.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(
            c,
            '\\' | '`'
                | '*'
                | '_'
                | '{'
                | '}'
                | '['
                | ']'
                | '<'
                | '>'
                | '('
                | ')'
                | '#'
                | '+'
                | '-'
                | '.'
                | '!'
                | '|'
                | '&'
                | '~'
                | '$'
                | '='
                | ':'
                | '@'
                | '"'
                | '\''
        ) && needs_escape(&escaped, c)
        {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Whether a mark could mean something where it stands. Some do only where a line starts; `before` is what precedes it.
fn needs_escape(before: &str, c: char) -> bool {
    let at_start = before.is_empty();
    let after_number = || !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit());
    match c {
        '#' | '+' | '-' | '=' => at_start,
        '.' | ')' => after_number(),
        '(' | '{' | '}' | '"' | '\'' => false,
        _ => true,
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

/// Text inside a comment that starts with `//`, `#`, `--`, `/*` or `<!--`, on one line: line ends and invisible characters become spaces, and
/// a space parts what would end or open a comment (`*/`, `/*`, `-->`).
pub(super) fn comment(text: &str) -> String {
    one_line(text).replace("*/", "* /").replace("/*", "/ *").replace("--", "- -")
}

/// Text without line ends, invisible characters and doubled spaces.
fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "prose_tests.rs"]
mod tests;
