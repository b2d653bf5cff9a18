//! Broken source code into one line. The rules are in [`super::fit`].

use super::tokens::{self, Bracket};

/// Words before `{` that leave it an object, a pattern or a list of names; after any other word it opens a body.
const BEFORE_VALUES: [&str; 17] = [
    "import",
    "export",
    "type",
    "return",
    "const",
    "let",
    "var",
    "default",
    "typeof",
    "await",
    "yield",
    "in",
    "of",
    "as",
    "satisfies",
    "extends",
    "case",
];
/// What stands before parentheses that exist only while their content is broken.
const BEFORE_GOING: [&str; 9] = ["=>", "return", "throw", "?", ":", "&&", "||", "??", "="];

/// A bracket that is open.
#[derive(Clone, Copy)]
struct Open {
    bracket: char,
    /// Where it is.
    start: usize,
    /// Braces around an expression in JSX: no spaces inside.
    is_container: bool,
    /// Parentheses that go when flat.
    goes: bool,
}

/// Why a text never is one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Never {
    /// It is one group that is always broken.
    Broken,
    /// It holds statements, members, comments or template literals, of which each has its own lines.
    Opaque,
}

/// Joins lines, which come trimmed and not empty.
///
/// # Errors
/// When the text never is one line.
pub(super) fn flatten(lines: &[&str]) -> Result<String, Never> {
    let mut flat = Flat { text: String::new(), open: Vec::new(), arrow_bodies: Vec::new() };
    for (index, line) in lines.iter().enumerate() {
        flat.push(line)?;
        if let Some(next) = lines.get(index + 1) {
            flat.end_line(next)?;
        }
    }
    Ok(flat.with_wrapped_conditionals())
}

struct Flat {
    text: String,
    open: Vec<Open>,
    /// Where bodies of arrow functions that had a line of their own start.
    arrow_bodies: Vec<usize>,
}

impl Flat {
    /// Adds a line, with what parts it from the one before.
    fn push(&mut self, line: &str) -> Result<(), Never> {
        let line = if self.text.is_empty() { line } else { self.join(line)? };
        for bracket in tokens::brackets(line).ok_or(Never::Opaque)? {
            match bracket {
                Bracket::Open { at, bracket } => {
                    let before = line.get(..at).unwrap_or_default();
                    let is_container = bracket == '{' && before.ends_with('=');
                    let start = self.text.len() + at;
                    self.open.push(Open { bracket, start, is_container, goes: false });
                }
                Bracket::Close => {
                    self.open.pop();
                }
            }
        }
        self.text.push_str(line);
        Ok(())
    }

    /// Adds what stands between the text and a line; gives the line without what goes when flat.
    fn join<'l>(&mut self, line: &'l str) -> Result<&'l str, Never> {
        if line.starts_with([')', ']', '}']) {
            return self.join_closing(line);
        }
        if let Some(rest) = line.strip_prefix("| ").or_else(|| line.strip_prefix("& "))
            && self.text.ends_with(['=', '(', '<', '[', ':', ',', '>'])
        {
            if !self.text.ends_with(['(', '<', '[']) {
                self.text.push(' ');
            }
            return Ok(rest);
        }
        if line == ">"
            || line.starts_with(">(")
            || line.starts_with("> ")
            || line.starts_with(">;")
            || line.starts_with(">,")
        {
            self.drop_end(',');
            return Ok(line);
        }
        if self.text.ends_with("=>") {
            self.text.push(' ');
            self.arrow_bodies.push(self.text.len());
            return Ok(line);
        }
        let is_member = line.starts_with("?.") || (line.starts_with('.') && !line.starts_with("..."));
        let is_inside = self.text.ends_with(['(', '['])
            || self.open.last().is_some_and(|open| open.is_container && self.text.ends_with('{'))
            || (self.text.ends_with('<') && !self.text.ends_with(" <"));
        if is_member || is_inside || self.text.ends_with(' ') {
            return Ok(line);
        }
        if tokens::ends_tag(&self.text) || line.starts_with("</") {
            return self.join_child(line);
        }
        if self.text.ends_with('}') && tokens::starts_child(line) {
            // Several expressions, or an element beside one.
            return Err(Never::Broken);
        }
        self.text.push(' ');
        Ok(line)
    }

    /// Joins a line that starts with a closing bracket.
    fn join_closing<'l>(&mut self, line: &'l str) -> Result<&'l str, Never> {
        let Some(open) = self.open.last().copied() else { return Ok(line) };
        if open.goes {
            self.open.pop();
            return Ok(line.strip_prefix(')').unwrap_or(line));
        }
        self.drop_end(',');
        if open.bracket == '[' && self.text.get(open.start + 1..).is_some_and(tokens::is_grid) {
            return Err(Never::Broken);
        }
        if open.bracket == '{' && !open.is_container {
            self.drop_end(';');
            if !self.text.ends_with('{') {
                self.text.push(' ');
            }
        }
        Ok(line)
    }

    /// Joins a line to a tag: a child, or a closing tag. Elements that are always broken are refused.
    fn join_child<'l>(&mut self, line: &'l str) -> Result<&'l str, Never> {
        let is_closing_tag = line.starts_with("</");
        if is_closing_tag {
            return Ok(line);
        }
        let is_operator = line.starts_with(['|', '&', '?', ':', '=', '+', '*', '-']);
        if is_operator {
            self.text.push(' ');
            return Ok(line);
        }
        let is_element = line.starts_with('<');
        let is_sibling = self.text.ends_with("/>") || tokens::ends_closing_tag(&self.text);
        if is_element || is_sibling || tokens::attributes_of_last_tag(&self.text) > 1 {
            return Err(Never::Broken);
        }
        Ok(line)
    }

    /// Looks at the end of a line that another follows.
    fn end_line(&mut self, next: &str) -> Result<(), Never> {
        let Some(open) = self.open.last_mut() else {
            // A statement ends here and another follows.
            return if self.text.ends_with(';') { Err(Never::Opaque) } else { Ok(()) };
        };
        let ends_with_bracket = self.text.ends_with(open.bracket);
        if self.text.ends_with(';') && open.bracket != '{' {
            return Err(Never::Opaque);
        }
        if ends_with_bracket && open.bracket == '{' && opens_body(&self.text) {
            return Err(Never::Opaque);
        }
        if ends_with_bracket && open.bracket == '(' {
            let before = self.text.strip_suffix('(').unwrap_or_default();
            let word =
                before.strip_suffix(' ').and_then(|before| BEFORE_GOING.iter().find(|word| before.ends_with(*word)));
            if word == Some(&"=>") && next.starts_with('<') && is_call_in_child(&self.text) {
                return Err(Never::Broken);
            }
            if word.is_some_and(|word| next.starts_with('<') || matches!(*word, "return" | "throw")) {
                open.goes = true;
                self.text.pop();
            }
        }
        Ok(())
    }

    fn drop_end(&mut self, end: char) {
        if self.text.ends_with(end) {
            self.text.pop();
        }
    }

    /// Gives conditionals that are bodies of arrow functions the parentheses that they have when flat.
    fn with_wrapped_conditionals(self) -> String {
        let mut text = self.text;
        for start in self.arrow_bodies.into_iter().rev() {
            let Some((head, body)) = text.split_at_checked(start) else { continue };
            let (end, is_conditional) = tokens::expression(body);
            if let Some((body, tail)) = body.split_at_checked(end)
                && is_conditional
            {
                text = format!("{head}({body}){tail}");
            }
        }
        text
    }
}

/// Whether a text is an expression among the children of an element that starts with a call, still open. Elements
/// that its arguments return are always broken.
fn is_call_in_child(text: &str) -> bool {
    let callee = text.strip_prefix('{').and_then(|rest| rest.split_once('(')).map(|(callee, _)| callee);
    callee.is_some_and(|callee| !callee.is_empty() && !callee.contains(' '))
}

/// Whether the `{` that ends a text opens a body of statements or members.
fn opens_body(text: &str) -> bool {
    let Some(before) = text.strip_suffix("{") else { return false };
    let Some(before) = before.strip_suffix(' ') else { return false };
    if before.ends_with(')') || before.ends_with("=>") || before.ends_with([']', '}', '>', '"', '\'']) {
        return true;
    }
    let word = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).next().unwrap_or_default();
    !word.is_empty() && !BEFORE_VALUES.contains(&word)
}
