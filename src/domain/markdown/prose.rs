//! Text that people and models write for readers: paragraphs, lists, names in code marks. These it keeps; all else in it
//! is read as text.

use super::one_line;

/// Most levels of a list.
const LEVELS_MAX: usize = 3;
/// Columns that a level of a list is set in by: enough below a bullet and below a number.
const INDENT: usize = 3;

/// Adds text to a line so that nothing in it is Markdown or HTML, escaping only what could mean something where it
/// stands.
pub(super) fn escape(page: &mut String, text: &str) {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if has_meaning(page, letter, letters.peek().copied()) {
            page.push('\\');
        }
        page.push(letter);
    }
}

/// Whether a letter could mean something between what its line holds before it and the next one.
fn has_meaning(before: &str, letter: char, next: Option<char>) -> bool {
    let stands_between = |is: fn(char) -> bool| before.chars().last().is_some_and(is) && next.is_some_and(is);
    match letter {
        '\\' | '`' | '[' | '|' | '~' | '$' | '^' => true,
        '*' => !stands_between(char::is_whitespace),
        '_' => !stands_between(char::is_alphanumeric),
        '<' => next.is_none_or(|next| next.is_ascii_alphabetic() || ['/', '!', '?'].contains(&next)),
        '&' => next.is_none_or(|next| next.is_ascii_alphabetic() || next == '#'),
        // Markdown knows no braces, but what publishes pages may.
        '{' => before.ends_with('{') || next.is_some_and(|next| ['{', '%'].contains(&next)),
        '#' => before.is_empty() || before.ends_with(' '),
        '+' | '-' | '=' | '>' | ':' => before.is_empty(),
        '.' | ')' => !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// Text in one line; what stands between two code marks stays code.
#[must_use]
pub fn line(text: &str) -> String {
    with_code(&one_line(text), str::to_owned)
}

/// The same for a cell of a table.
#[must_use]
pub fn cell(text: &str) -> String {
    with_code(&one_line(text), |code| code.replace('|', "\\|"))
}

/// Code is what stands between two single marks and has no space at its edges.
fn with_code(text: &str, written: impl Fn(&str) -> String) -> String {
    let mut parts = text.split('`').peekable();
    let mut page = String::new();
    let mut open = parts.next().unwrap_or_default().to_owned();
    while let Some(part) = parts.next() {
        let is_code = !part.is_empty() && part.trim() == part && !part.ends_with('\\') && parts.peek().is_some();
        if is_code {
            escape(&mut page, &open);
            page.push_str(&format!("`{}`", written(part)));
            open = parts.next().unwrap_or_default().to_owned();
        } else {
            open.push('`');
            open.push_str(part);
        }
    }
    escape(&mut page, &open);
    page
}

/// Text of many lines: paragraphs, lists and fenced code are kept, and code marks within a line.
///
/// Ends without a newline.
#[must_use]
pub fn blocks(text: &str) -> String {
    let mut page = Blocks::default();
    let mut lines = text.lines();
    while let Some(raw) = lines.next() {
        let bare = raw.trim();
        if bare.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !is_fence_end(line.trim())).collect();
            page.code(&code);
        } else if bare.is_empty() {
            page.last = Last::Nothing;
        } else if let Some((mark, rest)) = item(bare) {
            page.item(indent_of(raw), &mark, rest);
        } else {
            page.text(indent_of(raw), bare);
        }
    }
    page.text
}

fn is_fence_end(bare: &str) -> bool {
    bare.len() >= 3 && bare.bytes().all(|byte| byte == b'`')
}

fn indent_of(raw: &str) -> usize {
    raw.chars().take_while(|letter| letter.is_whitespace()).count()
}

/// The mark of an item of a list, as it is written, and what follows it.
fn item(bare: &str) -> Option<(String, &str)> {
    if let Some(rest) = ["- ", "* ", "+ ", "• "].iter().find_map(|mark| bare.strip_prefix(mark)) {
        return Some(("-".to_owned(), rest.trim()));
    }
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = bare.split_at_checked(digits)?;
    let rest = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    (1..=3).contains(&digits).then(|| (format!("{number}."), rest.trim()))
}

#[derive(Default)]
struct Blocks {
    text: String,
    last: Last,
}

/// What the line before is part of.
#[derive(Default, Clone, Copy, PartialEq)]
enum Last {
    #[default]
    Nothing,
    Paragraph,
    Item {
        /// How far the item was set in by its author.
        indent: usize,
        level: usize,
    },
}

impl Blocks {
    fn text(&mut self, indent: usize, bare: &str) {
        let goes_on = match self.last {
            Last::Paragraph => true,
            Last::Item { .. } => indent > 0,
            Last::Nothing => false,
        };
        self.begin(goes_on);
        self.text.push_str(&line(bare));
        if !goes_on {
            self.last = Last::Paragraph;
        }
    }

    fn item(&mut self, indent: usize, mark: &str, rest: &str) {
        let level = match self.last {
            Last::Item { indent: before, level } if indent > before => (level + 1).min(LEVELS_MAX - 1),
            Last::Item { indent: before, level } if indent == before => level,
            _ => 0,
        };
        self.begin(matches!(self.last, Last::Item { .. }));
        self.text.push_str(&" ".repeat(level * INDENT));
        self.text.push_str(mark);
        self.text.push(' ');
        self.text.push_str(&line(rest));
        self.last = Last::Item { indent, level };
    }

    fn code(&mut self, code: &[&str]) {
        let marks = code.iter().flat_map(|line| line.split(|letter| letter != '`')).map(str::len).max().unwrap_or(0);
        let fence = "`".repeat((marks + 1).max(3));
        self.begin(false);
        self.text.push_str(&fence);
        for line in code {
            self.text.push('\n');
            self.text.extend(line.chars().filter(|letter| !letter.is_control()));
        }
        self.text.push('\n');
        self.text.push_str(&fence);
        self.last = Last::Nothing;
    }

    /// Begins a line: the next one of its block, or the first of a new one.
    fn begin(&mut self, goes_on: bool) {
        if !self.text.is_empty() {
            self.text.push_str(if goes_on { "\n" } else { "\n\n" });
        }
    }
}

#[cfg(test)]
#[path = "prose_tests.rs"]
mod tests;
