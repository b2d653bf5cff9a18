//! As much of TypeScript's and JSX's lexical grammar as joining lines takes.

/// A bracket outside strings and comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `(`, `[` or `{` at an offset.
    Open {
        /// Its offset.
        at: usize,
        /// Which.
        bracket: char,
    },
    /// `)`, `]` or `}`.
    Close,
}

/// What a character of a line is part of.
enum Piece {
    Code(usize, char),
    /// A string, a template literal, a regular expression or a comment, up to its end.
    Opaque,
    /// Something that does not end in this line, or makes what follows it in the line mean nothing.
    Unfinished,
}

/// Walks over a line's code.
struct Walk<'l> {
    line: &'l str,
    at: usize,
    /// Last character of code that is no space.
    last: char,
}

impl<'l> Walk<'l> {
    fn new(line: &'l str) -> Self {
        Self { line, at: 0, last: '\0' }
    }

    fn next(&mut self) -> Option<Piece> {
        let rest = self.line.get(self.at..)?;
        let c = rest.chars().next()?;
        let opaque = match c {
            '`' => match closed(rest, '`') {
                Some(length) => Some(length),
                None => return Some(Piece::Unfinished),
            },
            // Without its end it is an apostrophe in the text of an element.
            '"' | '\'' => closed(rest, c),
            '/' if rest.starts_with("//") && self.last != ':' => return Some(Piece::Unfinished),
            '/' if rest.starts_with("/*") => match rest.find("*/") {
                Some(end) => Some(end + 2),
                None => return Some(Piece::Unfinished),
            },
            '/' if self.starts_regex(rest) => regex(rest),
            _ => None,
        };
        let start = self.at;
        if let Some(length) = opaque {
            self.at += length;
            self.last = '"';
            return Some(Piece::Opaque);
        }
        self.at += c.len_utf8();
        if c != ' ' {
            self.last = c;
        }
        Some(Piece::Code(start, c))
    }

    fn starts_regex(&self, rest: &str) -> bool {
        !rest.starts_with("/>")
            && matches!(self.last, '\0' | '(' | ',' | '=' | ':' | '[' | '!' | '&' | '|' | '?' | '{' | ';')
    }
}

/// Length of a string with both its quotes, when it ends in the text.
fn closed(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return Some(at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

/// Length of a regular expression literal without its flags.
fn regex(text: &str) -> Option<usize> {
    let (mut is_escaped, mut in_class) = (false, false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The brackets of a line; `None` when the line ends inside a template literal or a comment.
pub(super) fn brackets(line: &str) -> Option<Vec<Bracket>> {
    let mut brackets = Vec::new();
    let mut walk = Walk::new(line);
    while let Some(piece) = walk.next() {
        match piece {
            Piece::Code(at, bracket @ ('(' | '[' | '{')) => brackets.push(Bracket::Open { at, bracket }),
            Piece::Code(_, ')' | ']' | '}') => brackets.push(Bracket::Close),
            Piece::Code(..) | Piece::Opaque => {}
            Piece::Unfinished => return None,
        }
    }
    Some(brackets)
}

/// Where the expression that a text starts with ends, and whether it is a conditional.
pub(super) fn expression(text: &str) -> (usize, bool) {
    let mut depth = 0_usize;
    let mut is_conditional = false;
    let mut walk = Walk::new(text);
    while let Some(piece) = walk.next() {
        match piece {
            Piece::Code(_, '(' | '[' | '{') => depth += 1,
            Piece::Code(at, ')' | ']' | '}' | ',' | ';') if depth == 0 => return (at, is_conditional),
            Piece::Code(_, ')' | ']' | '}') => depth -= 1,
            Piece::Code(at, '?') if depth == 0 => {
                let around = text.get(at.saturating_sub(1)..);
                is_conditional |= around.is_some_and(|rest| rest.starts_with(" ? "));
            }
            Piece::Code(..) | Piece::Opaque | Piece::Unfinished => {}
        }
    }
    (text.len(), is_conditional)
}

/// Whether a text ends with a tag, or with an expression among the children of an element.
pub(super) fn ends_tag(text: &str) -> bool {
    text.ends_with('>') && !text.ends_with("=>") && !text.ends_with(" >") && text.contains('<')
}

/// Whether a line starts with an expression among the children of an element, or with an element.
pub(super) fn starts_child(line: &str) -> bool {
    let mut chars = line.chars();
    chars.next() == Some('{') || (line.starts_with('<') && chars.next().is_some_and(char::is_alphabetic))
}

/// Whether a text ends with a closing tag.
pub(super) fn ends_closing_tag(text: &str) -> bool {
    ends_tag(text)
        && text.rsplit_once("</").is_some_and(|(_, name)| {
            name.trim_end_matches('>').chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        })
}

/// Number of attributes of the tag that a text ends with.
pub(super) fn attributes_of_last_tag(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut attributes = 0;
    let mut is_tag = false;
    let mut walk = Walk::new(text);
    while let Some(piece) = walk.next() {
        match piece {
            Piece::Code(at, '<') if depth == 0 || !is_tag => {
                let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
                if next.is_some_and(char::is_alphabetic) {
                    (is_tag, attributes, depth) = (true, 0, 0);
                }
            }
            Piece::Code(_, '{' | '(' | '[') => depth += 1,
            Piece::Code(_, '}' | ')' | ']') => depth = depth.saturating_sub(1),
            Piece::Code(_, ' ') if is_tag && depth == 0 => attributes += 1,
            Piece::Code(..) | Piece::Opaque | Piece::Unfinished => {}
        }
    }
    if is_tag { attributes } else { 0 }
}
