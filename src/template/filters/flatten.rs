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
    /// Braces around an expression in JSX: no spaces inside.
    is_container: bool,
    /// Parentheses that go when flat.
    goes: bool,
}

/// Joins lines, which come trimmed and not empty; `None` when the text never is one line.
pub(super) fn flatten(lines: &[&str]) -> Option<String> {
    let mut flat = Flat { text: String::new(), open: Vec::new(), arrow_bodies: Vec::new() };
    for (index, line) in lines.iter().enumerate() {
        flat.push(line)?;
        if let Some(next) = lines.get(index + 1) {
            flat.end_line(next)?;
        }
    }
    Some(flat.with_wrapped_conditionals())
}

struct Flat {
    text: String,
    open: Vec<Open>,
    /// Where bodies of arrow functions that had a line of their own start.
    arrow_bodies: Vec<usize>,
}

impl Flat {
    /// Adds a line, with what parts it from the one before.
    fn push(&mut self, line: &str) -> Option<()> {
        let line = if self.text.is_empty() { line } else { self.join(line)? };
        for bracket in tokens::brackets(line)? {
            match bracket {
                Bracket::Open { at, bracket } => {
                    let before = line.get(..at).unwrap_or_default();
                    let is_container = bracket == '{' && before.ends_with('=');
                    self.open.push(Open { bracket, is_container, goes: false });
                }
                Bracket::Close => {
                    self.open.pop();
                }
            }
        }
        self.text.push_str(line);
        Some(())
    }

    /// Adds what stands between the text and a line; gives the line without what goes when flat.
    fn join<'l>(&mut self, line: &'l str) -> Option<&'l str> {
        if line.starts_with([')', ']', '}']) {
            return Some(self.join_closing(line));
        }
        if let Some(rest) = line.strip_prefix("| ").or_else(|| line.strip_prefix("& "))
            && self.text.ends_with(['=', '(', '<', '[', ':', ',', '>'])
        {
            if !self.text.ends_with(['(', '<', '[']) {
                self.text.push(' ');
            }
            return Some(rest);
        }
        if line == ">"
            || line.starts_with(">(")
            || line.starts_with("> ")
            || line.starts_with(">;")
            || line.starts_with(">,")
        {
            self.drop_end(',');
            return Some(line);
        }
        if self.text.ends_with("=>") {
            self.text.push(' ');
            self.arrow_bodies.push(self.text.len());
            return Some(line);
        }
        let is_member = line.starts_with("?.") || (line.starts_with('.') && !line.starts_with("..."));
        let is_inside = self.text.ends_with(['(', '['])
            || self.open.last().is_some_and(|open| open.is_container && self.text.ends_with('{'))
            || (self.text.ends_with('<') && !self.text.ends_with(" <"));
        if is_member || is_inside || self.text.ends_with(' ') {
            return Some(line);
        }
        if tokens::ends_tag(&self.text) || line.starts_with("</") {
            return self.join_child(line);
        }
        if self.text.ends_with('}') && tokens::starts_child(line) {
            // Several expressions, or an element beside one.
            return None;
        }
        self.text.push(' ');
        Some(line)
    }

    /// Joins a line that starts with a closing bracket.
    fn join_closing<'l>(&mut self, line: &'l str) -> &'l str {
        let Some(open) = self.open.last().copied() else { return line };
        if open.goes {
            self.open.pop();
            return line.strip_prefix(')').unwrap_or(line);
        }
        self.drop_end(',');
        if open.bracket == '{' && !open.is_container {
            self.drop_end(';');
            if !self.text.ends_with('{') {
                self.text.push(' ');
            }
        }
        line
    }

    /// Joins a line to a tag: a child, or a closing tag. `None` for elements that are always broken.
    fn join_child<'l>(&mut self, line: &'l str) -> Option<&'l str> {
        let is_closing_tag = line.starts_with("</");
        if is_closing_tag {
            return Some(line);
        }
        let is_operator = line.starts_with(['|', '&', '?', ':', '=', '+', '*', '-']);
        if is_operator {
            self.text.push(' ');
            return Some(line);
        }
        let is_element = line.starts_with('<');
        let is_sibling = self.text.ends_with("/>") || tokens::ends_closing_tag(&self.text);
        if is_element || is_sibling || tokens::attributes_of_last_tag(&self.text) > 1 {
            return None;
        }
        Some(line)
    }

    /// Looks at the end of a line that another follows. `None` when the text never is one line.
    fn end_line(&mut self, next: &str) -> Option<()> {
        let Some(open) = self.open.last_mut() else {
            // A statement ends here and another follows.
            return if self.text.ends_with(';') { None } else { Some(()) };
        };
        let ends_with_bracket = self.text.ends_with(open.bracket);
        if self.text.ends_with(';') && open.bracket != '{' {
            return None;
        }
        if ends_with_bracket && open.bracket == '{' && opens_body(&self.text) {
            return None;
        }
        if ends_with_bracket && open.bracket == '(' {
            let before = self.text.strip_suffix('(').unwrap_or_default();
            let word =
                before.strip_suffix(' ').and_then(|before| BEFORE_GOING.iter().find(|word| before.ends_with(*word)));
            if word == Some(&"=>") && next.starts_with('<') && is_call_in_child(&self.text) {
                return None;
            }
            if word.is_some_and(|word| next.starts_with('<') || matches!(*word, "return" | "throw")) {
                open.goes = true;
                self.text.pop();
            }
        }
        Some(())
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

/// Whether a text is an expression among the children of an element that starts with a call, still open. Elements that its
/// arguments return are always broken.
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
