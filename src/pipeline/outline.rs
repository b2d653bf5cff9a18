//! What a file of TypeScript or JavaScript offers to others: its exports with their comments, without bodies.
//!
//! It goes by the layout that formatters give: a statement begins at the start of a line and reaches to the next that does.
//! A file of another layout gives an outline that is too long or lacks something, never a wrong one: every line of it is
//! a line of the file, and each gap is marked.

use crate::domain::path::ProjectPath;

/// Lines of an exported value, type or list that are shown; what is longer is cut there.
const VALUE_MAX_LINES: usize = 30;
/// Stands for what is left out.
const LEFT_OUT: &str = "…";

/// The outline of a file; none where its language is not known here, or it exports nothing.
pub(crate) fn outline(path: &ProjectPath, text: &str) -> Option<String> {
    let (_, ending) = path.as_str().rsplit_once('.')?;
    if !matches!(ending, "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs") {
        return None;
    }
    let mut outline = String::new();
    let mut comment: Vec<&str> = Vec::new();
    for statement in statements(text) {
        let first = statement.first().copied().unwrap_or_default();
        if first.starts_with("/**") {
            comment = statement;
            continue;
        }
        if first.starts_with("export") {
            for line in std::mem::take(&mut comment).into_iter().chain(shown(first, &statement)) {
                outline.push_str(line.trim_end());
                outline.push('\n');
            }
            if is_cut(first, &statement) {
                outline.push_str(LEFT_OUT);
                outline.push('\n');
            }
        }
        comment.clear();
    }
    (!outline.is_empty()).then_some(outline)
}

/// The statements of a file, comments among them, each with its lines, blank ones left out at their ends.
fn statements(text: &str) -> Vec<Vec<&str>> {
    let mut statements: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        let goes_on = line.is_empty() || line.starts_with([' ', '\t', '}', ')', ']', '*', '>', '|']);
        match statements.last_mut().filter(|_| goes_on) {
            Some(statement) => statement.push(line),
            None => statements.push(vec![line]),
        }
    }
    for statement in &mut statements {
        while statement.last().is_some_and(|line| line.trim().is_empty()) {
            statement.pop();
        }
    }
    statements
}

/// Whether the statement has a body: a function or a class.
fn has_body(first: &str) -> bool {
    let words = first.split_whitespace().skip(1);
    let word = words.into_iter().find(|word| !matches!(*word, "default" | "async" | "abstract" | "declare"));
    word.is_some_and(|word| word == "class" || word.starts_with("function"))
}

/// The lines of an export that are shown.
fn shown<'t>(first: &str, statement: &[&'t str]) -> Vec<&'t str> {
    if !has_body(first) {
        return statement.iter().take(VALUE_MAX_LINES).copied().collect();
    }
    if first.contains("class ") {
        let is_member = |line: &&&str| !line.starts_with("   ") && !line.starts_with("\t\t") && !line.trim().is_empty();
        return statement.iter().filter(is_member).copied().collect();
    }
    // The last line at the margin that opens something opens the body: before it stand parameters and result.
    let opens = |line: &&str| line.trim_end().ends_with('{') && !line.starts_with([' ', '\t']);
    let head = statement.iter().rposition(opens).map_or(statement.len(), |head| head + 1);
    statement.iter().take(head).copied().collect()
}

fn is_cut(first: &str, statement: &[&str]) -> bool {
    shown(first, statement).len() < statement.len()
}

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;
