//! Reads tokens into statements and goes on after a mistake, so that one reading tells of many.

mod application;
mod entity;
mod option;
mod relationship;

use crate::domain::problem::{Position, Problem};

use super::findings::{PROBLEMS_MAX, shown};
use super::syntax::{Annotation, Constant, File, Word};
use super::token::{Token, TokenKind, tokens};

/// Parses a file: what could be read, and what was wrong.
pub(super) fn parse<'a>(file_name: &str, text: &'a str) -> (File<'a>, Vec<Problem>) {
    let (tokens, problems) = tokens(file_name, text);
    let mut parser = Parser { file_name, tokens, next: 0, problems, stray_comments: Vec::new() };
    let mut file = File::default();
    parser.file(&mut file);
    file.stray_comments = parser.stray_comments;
    let mut problems = parser.problems;
    problems.sort_by_key(|problem| problem.position);
    // A second problem at one place is the first one's echo.
    problems.dedup_by_key(|problem| problem.position);
    (file, problems)
}

/// What stops the reading of a construct: already a problem, not yet reported.
type Parsed<T> = Result<T, Box<Problem>>;

struct Parser<'a, 'f> {
    file_name: &'f str,
    tokens: Vec<Token<'a>>,
    next: usize,
    problems: Vec<Problem>,
    /// Comments that describe nothing.
    stray_comments: Vec<Word<'a>>,
}

impl<'a> Parser<'a, '_> {
    fn file(&mut self, file: &mut File<'a>) {
        while self.peek().kind != TokenKind::End && self.problems.len() <= PROBLEMS_MAX {
            let before = self.next;
            if let Err(problem) = self.statement(file) {
                self.problems.push(*problem);
                self.skip_to_statement(before);
            }
        }
    }

    fn statement(&mut self, file: &mut File<'a>) -> Parsed<()> {
        let comment = self.comment();
        let annotations = self.annotations()?;
        let token = self.peek();
        if !annotations.is_empty() && !self.is_name("entity") {
            return Err(self.expected("jdl_expected_annotated_entity"));
        }
        if token.kind == TokenKind::Name && self.peek_at(1).text == "=" && self.peek_at(1).kind == TokenKind::Mark {
            self.stray_comments.extend(comment);
            file.constants.push(self.constant()?);
            return Ok(());
        }
        match (token.kind, token.text) {
            (TokenKind::Name, "entity") => file.entities.push(self.entity(comment, annotations)?),
            (TokenKind::Name, "enum") => file.enums.push(self.enumeration(comment)?),
            (TokenKind::Name, "relationship") => {
                self.stray_comments.extend(comment);
                self.relationships(&mut file.relationships)?;
            }
            (TokenKind::Name, "application") => file.applications.push(self.application(comment)?),
            (TokenKind::Name, "deployment") => {
                self.stray_comments.extend(comment);
                file.deployments.push(self.deployment()?);
            }
            (TokenKind::Name, name) if option::is_option(name) => {
                self.stray_comments.extend(comment);
                self.option_statement(&mut file.options)?;
            }
            (TokenKind::End, _) => self.stray_comments.extend(comment),
            _ if comment.is_some() && token.kind == TokenKind::Comment => self.stray_comments.extend(comment),
            _ => return Err(self.expected("jdl_expected_statement")),
        }
        Ok(())
    }

    fn constant(&mut self) -> Parsed<Constant<'a>> {
        let name = word(self.take());
        self.take();
        let value = self.peek();
        if matches!(value.kind, TokenKind::Number | TokenKind::Quoted) {
            self.take();
            Ok(Constant { name, value: word(value) })
        } else {
            Err(self.expected("jdl_expected_constant_value"))
        }
    }

    /// Annotations up to the next token that is none.
    fn annotations(&mut self) -> Parsed<Vec<Annotation<'a>>> {
        let mut annotations = Vec::new();
        while self.take_mark("@") {
            let name = self.name("jdl_expected_annotation_name")?;
            let mut value = None;
            if self.take_mark("(") {
                let token = self.peek();
                if !matches!(token.kind, TokenKind::Name | TokenKind::Number | TokenKind::Quoted) {
                    return Err(self.expected("jdl_expected_annotation_value"));
                }
                value = Some(word(self.take()));
                self.mark(")")?;
            }
            annotations.push(Annotation { name, value });
        }
        Ok(annotations)
    }

    /// A describing comment, if one stands here.
    fn comment(&mut self) -> Option<Word<'a>> {
        (self.peek().kind == TokenKind::Comment).then(|| word(self.take()))
    }

    /// The first of two comments on one thing; a second one describes nothing.
    fn one_comment(&mut self, first: Option<Word<'a>>, second: Option<Word<'a>>) -> Option<Word<'a>> {
        if first.is_some() {
            self.stray_comments.extend(second);
        }
        first.or(second)
    }

    fn peek(&self) -> Token<'a> {
        self.peek_at(0)
    }

    /// The token so many places ahead; the end stays the end.
    fn peek_at(&self, ahead: usize) -> Token<'a> {
        let nothing =
            Token { kind: TokenKind::End, text: "", position: Position { line: 1, column: 1 }, starts_line: true };
        self.tokens.get(self.next + ahead).or(self.tokens.last()).copied().unwrap_or(nothing)
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next = (self.next + 1).min(self.tokens.len().saturating_sub(1));
        token
    }

    fn is_mark(&self, mark: &str) -> bool {
        self.peek().kind == TokenKind::Mark && self.peek().text == mark
    }

    fn is_name(&self, name: &str) -> bool {
        self.peek().kind == TokenKind::Name && self.peek().text == name
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let is_mark = self.is_mark(mark);
        if is_mark {
            self.take();
        }
        is_mark
    }

    fn take_name(&mut self, name: &str) -> bool {
        let is_name = self.is_name(name);
        if is_name {
            self.take();
        }
        is_name
    }

    fn mark(&mut self, mark: &str) -> Parsed<()> {
        if self.take_mark(mark) { Ok(()) } else { Err(self.expected_mark(mark)) }
    }

    fn name(&mut self, code: &str) -> Parsed<Word<'a>> {
        if self.peek().kind == TokenKind::Name { Ok(word(self.take())) } else { Err(self.expected(code)) }
    }

    /// The problem of finding something else than the code says.
    fn expected(&self, code: &str) -> Box<Problem> {
        let token = self.peek();
        let found: String = match token.kind {
            TokenKind::End => "the end of the file".to_owned(),
            TokenKind::Quoted => format!("\"{}\"", shown(token.text)),
            TokenKind::Comment => "a comment".to_owned(),
            _ => format!("`{}`", shown(token.text)),
        };
        Box::new(Problem::new(code, "").with("found", found).at(self.file_name, token.position))
    }

    fn expected_mark(&self, mark: &str) -> Box<Problem> {
        Box::new(self.expected("jdl_expected").with("expected", format!("`{mark}`")))
    }

    /// The problem of a block that the end of the file, or the next declaration, comes into.
    fn not_closed(&self, opened: Word<'_>) -> Box<Problem> {
        let problem = self.expected("jdl_block_not_closed");
        Box::new(problem.with("block", shown(opened.text)).with("line", opened.position.line))
    }

    /// Whether a block's next item cannot be one, because the file ends or a declaration starts there.
    fn block_is_over(&self) -> bool {
        self.peek().kind == TokenKind::End || self.starts_declaration()
    }

    /// Whether a declaration with a block stands here at the start of a line, which no field or setting looks like.
    fn starts_declaration(&self) -> bool {
        let token = self.peek();
        let opens = |ahead: usize| self.peek_at(ahead).kind == TokenKind::Mark && self.peek_at(ahead).text == "{";
        let named = || self.peek_at(1).kind == TokenKind::Name && opens(2);
        token.kind == TokenKind::Name
            && token.starts_line
            && match token.text {
                "entity" | "enum" | "relationship" => named(),
                "application" | "deployment" => opens(1),
                _ => false,
            }
    }

    /// Takes the brace that closes a block; a comment right before it describes nothing.
    fn closes_block(&mut self) -> bool {
        if self.peek().kind == TokenKind::Comment && self.peek_at(1).text == "}" {
            let comment = self.comment();
            self.stray_comments.extend(comment);
        }
        self.take_mark("}")
    }

    /// Goes on with the next item of a block, where `before` is the place of the first token of the one that is wrong:
    /// behind a comma, in a new line or before the block's closing brace.
    fn skip_to_item(&mut self, before: usize) {
        let read = self.tokens.get(before..self.next).unwrap_or_default();
        let braces = |mark: &str| read.iter().filter(|t| t.kind == TokenKind::Mark && t.text == mark).count();
        let mut depth = braces("{").saturating_sub(braces("}"));
        let mut moved = self.next > before;
        while self.peek().kind != TokenKind::End && !self.starts_declaration() {
            let is_over = self.is_mark("}") || (moved && self.peek().starts_line);
            if depth == 0 && (is_over || self.take_mark(",")) {
                break;
            }
            match self.take() {
                token if token.kind != TokenKind::Mark => {}
                token if token.text == "{" => depth += 1,
                token if token.text == "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            moved = true;
        }
    }

    /// Goes on with the next statement, where `before` is the place of the first token of the one that is wrong: with
    /// a line that starts with a keyword, or with any word no further in than that one, outside the braces that open
    /// on the way.
    fn skip_to_statement(&mut self, before: usize) {
        let mut depth = 0_usize;
        let column = self.tokens.get(before).map_or(1, |token| token.position.column);
        if self.next == before {
            depth += usize::from(self.is_mark("{"));
            self.take();
        }
        while self.peek().kind != TokenKind::End {
            if self.starts_declaration() || (depth == 0 && self.starts_statement(column)) {
                break;
            }
            if self.take_mark("{") {
                depth += 1;
            } else if self.take_mark("}") {
                depth = depth.saturating_sub(1);
            } else {
                self.take();
            }
        }
    }

    fn starts_statement(&self, column: u32) -> bool {
        let token = self.peek();
        token.starts_line
            && match token.kind {
                TokenKind::Name => {
                    matches!(token.text, "entity" | "enum" | "relationship" | "application" | "deployment")
                        || option::is_option(token.text)
                        || token.position.column <= column
                }
                TokenKind::Mark => token.text == "@",
                kind => kind == TokenKind::Comment,
            }
    }
}

/// The token's text and place.
fn word(token: Token<'_>) -> Word<'_> {
    Word { text: token.text, position: token.position }
}
