//! Markdown whose every text is read as text, whatever it holds.

use std::fmt::Write as _;

/// Adds text to a page. Writing to a `String` cannot fail.
pub fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = page.write_fmt(text);
}

/// Adds a row to a table; the cells are Markdown.
pub fn row(page: &mut String, cells: &[String]) {
    push(page, format_args!("| {} |\n", cells.join(" | ")));
}

/// Begins a table; the titles are Markdown.
pub fn head(page: &mut String, titles: &[&str]) {
    push(page, format_args!("| {} |\n|{}\n", titles.join(" | "), " --- |".repeat(titles.len())));
}

/// A name that was made here: letters, digits and what stands in paths.
#[must_use]
pub fn code(name: &str) -> String {
    format!("`{name}`")
}

/// Text in one line in which nothing is Markdown or HTML.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|letter| !letter.is_control()) {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '!' | '|' | '~' | '$' => {
                escaped.extend(['\\', letter]);
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Escaped text that begins a line, where `-`, `+`, `=` and `1.` mean something.
#[must_use]
pub fn paragraph(text: &str) -> String {
    let escaped = escaped(text);
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = escaped.split_at_checked(digits).unwrap_or(("", &escaped));
    match rest.chars().next() {
        Some('-' | '+' | '=' | '.') => format!("{number}\\{rest}"),
        _ => escaped,
    }
}
