//! Cuts JDL text into tokens, once through from left to right.

use crate::domain::problem::{Position, Problem};

/// A piece of the text that the grammar speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    /// The token's text: without quotes, slashes or comment marks where it has them.
    pub(super) text: &'a str,
    pub(super) position: Position,
    /// Nothing but white space stands before it in its line.
    pub(super) starts_line: bool,
}

/// Kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A keyword or a name; only its place tells which.
    Name,
    /// A whole or decimal number, perhaps negative.
    Number,
    /// Text in double quotes, which knows no escapes.
    Quoted,
    /// A regular expression between slashes, after `pattern(`.
    Pattern,
    /// A comment that describes what follows or precedes: `/** .. */`.
    Comment,
    /// One of `{ } ( ) [ ] , = . @ *`.
    Mark,
    /// Characters that JDL has no use for.
    Unknown,
    /// Behind the last token.
    End,
}

/// Tokens in order, the last one of kind [`TokenKind::End`], and what was wrong with single tokens.
pub(super) fn tokens<'a>(file_name: &str, text: &'a str) -> (Vec<Token<'a>>, Vec<Problem>) {
    let mut lexer = Lexer {
        file_name,
        text,
        offset: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
        position: Position { line: 1, column: 1 },
        line_is_blank: true,
        tokens: Vec::new(),
        problems: Vec::new(),
    };
    while lexer.step() {}
    lexer.push(TokenKind::End, "", lexer.position);
    (lexer.tokens, lexer.problems)
}

struct Lexer<'a, 'f> {
    file_name: &'f str,
    text: &'a str,
    offset: usize,
    position: Position,
    line_is_blank: bool,
    tokens: Vec<Token<'a>>,
    problems: Vec<Problem>,
}

impl<'a> Lexer<'a, '_> {
    /// Reads white space, a comment or a token; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest().chars().next() else { return false };
        let start = self.position;
        if first.is_whitespace() {
            self.advance(first.len_utf8());
        } else if first == '/' && self.opens_pattern() {
            self.pattern(start);
        } else if first == '#' || self.rest().starts_with("//") {
            self.take_while(|c| !is_line_end(c));
        } else if self.rest().starts_with("/*") {
            self.block_comment(start);
        } else if first == '"' {
            self.quoted(start);
        } else if is_name_start(first) {
            let name = self.take_while(is_name_part);
            self.push(TokenKind::Name, name, start);
        } else if first.is_ascii_digit() || first == '-' {
            self.number(start);
        } else if is_mark(first) {
            let mark = self.take(first.len_utf8());
            self.push(TokenKind::Mark, mark, start);
        } else {
            let unknown = self.take_while(|c| !(c.is_whitespace() || c == '"' || c == '/' || is_mark(c)));
            let unknown = if unknown.is_empty() { self.take(first.len_utf8()) } else { unknown };
            self.push(TokenKind::Unknown, unknown, start);
        }
        true
    }

    fn number(&mut self, start: Position) {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let digits = |from: usize| rest.bytes().skip(from).take_while(u8::is_ascii_digit).count();
        let whole = digits(sign);
        if whole == 0 {
            let sign = self.take(sign);
            return self.push(TokenKind::Unknown, sign, start);
        }
        let point = sign + whole;
        let fraction = if rest.as_bytes().get(point) == Some(&b'.') { digits(point + 1) } else { 0 };
        let length = if fraction == 0 { point } else { point + 1 + fraction };
        let number = self.take(length);
        self.push(TokenKind::Number, number, start);
    }

    fn quoted(&mut self, start: Position) {
        self.advance(1);
        let rest = self.rest();
        let end = rest.find(|c| c == '"' || is_line_end(c)).unwrap_or(rest.len());
        let inside = rest.get(..end).unwrap_or_default();
        if rest.get(end..).is_some_and(|after| after.starts_with('"')) {
            self.advance(end + 1);
            self.push(TokenKind::Quoted, inside, start);
        } else {
            self.problem("jdl_text_not_closed", start);
            // Without its end, the text ends where most likely the next thing begins.
            let inside = self.take(inside.find([')', ']', '}', ',']).unwrap_or(end));
            self.push(TokenKind::Quoted, inside, start);
        }
    }

    fn block_comment(&mut self, start: Position) {
        let rest = self.rest();
        let describes = rest.starts_with("/**") && !rest.starts_with("/**/");
        let opening = if describes { 3 } else { 2 };
        let inside = rest.get(opening..).unwrap_or_default();
        let closing = inside.find("*/");
        if closing.is_none() {
            self.problem("jdl_comment_not_closed", start);
        }
        let inside = inside.get(..closing.unwrap_or(inside.len())).unwrap_or_default();
        let was_blank = self.line_is_blank;
        self.advance(opening + inside.len() + if closing.is_some() { 2 } else { 0 });
        if describes {
            self.line_is_blank = was_blank;
            self.push(TokenKind::Comment, inside, start);
            // What follows a comment in its last line is still the first thing of that line that counts.
            self.line_is_blank = was_blank || self.position.line > start.line;
        }
    }

    fn opens_pattern(&self) -> bool {
        matches!(
            self.tokens.as_slice(),
            [.., name, mark] if name.kind == TokenKind::Name && name.text == "pattern" && mark.text == "("
        )
    }

    fn pattern(&mut self, start: Position) {
        let rest = self.rest();
        let inside = match pattern_end(rest) {
            Ok(end) => {
                self.advance(end + 1);
                rest.get(1..end).unwrap_or_default()
            }
            Err(line) => {
                self.problem("jdl_pattern_not_closed", start);
                self.take(line.rfind(')').unwrap_or(line.len()))
            }
        };
        self.push(TokenKind::Pattern, inside, start);
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        self.take(rest.find(|c| !wanted(c)).unwrap_or(rest.len()))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.advance(length);
        taken
    }

    fn advance(&mut self, length: usize) {
        for c in self.rest().get(..length).unwrap_or_default().chars() {
            if c == '\n' {
                self.position = Position { line: self.position.line.saturating_add(1), column: 1 };
                self.line_is_blank = true;
            } else {
                self.position.column = self.position.column.saturating_add(1);
            }
        }
        self.offset += length;
    }

    fn push(&mut self, kind: TokenKind, text: &'a str, position: Position) {
        self.tokens.push(Token { kind, text, position, starts_line: self.line_is_blank });
        self.line_is_blank = false;
    }

    fn problem(&mut self, code: &str, position: Position) {
        self.problems.push(Problem::new(code, "").at(self.file_name, position));
    }
}

/// Offset of the slash that ends the regular expression at the start of the text, or the line in which it is not ended.
///
/// It is the first one, outside brackets and classes, that a `)` follows; failing that, the last slash of the line that
/// a `)` follows. Nothing behind the one or the other is looked at, so that many expressions in a line cost no more than
/// the line's length.
fn pattern_end(text: &str) -> Result<usize, &str> {
    let blank = |c: char| c == ' ' || c == '\t';
    let (mut escaped, mut in_class, mut depth) = (false, false, 0_usize);
    let mut blank_until = 0;
    let mut line_end = text.len();
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_line_end(c) => {
                line_end = at;
                break;
            }
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth = depth.saturating_sub(1),
            '/' if !in_class && depth == 0 && at >= blank_until => {
                let behind = text.get(at + 1..).unwrap_or_default();
                let after = behind.trim_start_matches(blank);
                if after.starts_with(')') {
                    return Ok(at);
                }
                blank_until = at + 1 + (behind.len() - after.len());
            }
            _ => {}
        }
    }
    let line = text.get(..line_end).unwrap_or_default();
    let before_bracket = line.rfind(')').and_then(|at| line.get(..at)).unwrap_or_default();
    let end = before_bracket.trim_end_matches(blank).strip_suffix('/').map(str::len);
    end.filter(|at| *at > 0).ok_or(line)
}

fn is_line_end(c: char) -> bool {
    c == '\n' || c == '\r'
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_mark(c: char) -> bool {
    matches!(c, '{' | '}' | '(' | ')' | '[' | ']' | ',' | '=' | '.' | '@' | '*')
}
