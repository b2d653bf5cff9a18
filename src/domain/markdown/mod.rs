//! Markdown whose every text is read as text, whatever it holds.

mod prose;

use std::fmt::Write as _;

pub use self::prose::{blocks, cell, line};

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

/// Text in one line in which nothing is Markdown or HTML (`CommonMark` 0.31, 2.4, and GitHub's extensions), wherever it
/// stands: at the start of a line, behind a list's mark, in a cell. Addresses may still become links.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    prose::escape(&mut escaped, &one_line(text));
    escaped
}

/// Text without line ends, control characters and doubled spaces.
fn one_line(text: &str) -> String {
    let visible: String = text.chars().filter(|letter| letter.is_whitespace() || !letter.is_control()).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}
