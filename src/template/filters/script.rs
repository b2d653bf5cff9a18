//! Literals of JavaScript and TypeScript.

use std::fmt::Write as _;

/// Whether a character is written as an escape in string literals: it could end a line or a script, could not be seen,
/// or would change the direction of what follows.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

/// A string literal (ECMA-262, 12.9.4) as Biome's formatter keeps it and its recommended rules pass it: double
/// quotes, or single ones when the text has more double quotes than single ones; the quote in use and `\` escaped;
/// control and invisible characters as `\n`, `\r`, `\t` or `\uXXXX`; `<` as `\u003C` before `/` and `!`, so that no
/// HTML parser ends a script there; `$` as `\u0024` before `{`, so that nobody takes it for a template.
pub(super) fn string(text: &str) -> String {
    let doubles = text.matches('"').count();
    let singles = text.matches('\'').count();
    let quote = if doubles > singles { '\'' } else { '"' };
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push(quote);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '<' if matches!(chars.peek(), Some('/' | '!')) => push_escape(&mut literal, c),
            '$' if chars.peek() == Some(&'{') => push_escape(&mut literal, c),
            c if c == quote => {
                literal.push('\\');
                literal.push(c);
            }
            c if is_hidden(c) => push_escape(&mut literal, c),
            c => literal.push(c),
        }
    }
    literal.push(quote);
    literal
}

/// Writes a character as `\uXXXX`, in two halves beyond the first plane.
pub(super) fn push_escape(text: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\\u{unit:04X}");
    }
}

/// A property name (ECMA-262, 13.2.5): bare when it is an identifier, else quoted. `__proto__` is computed, since
/// bare and quoted it would set the prototype.
pub(super) fn property(name: &str) -> String {
    if name == "__proto__" {
        return "[\"__proto__\"]".to_owned();
    }
    if is_identifier(name) { name.to_owned() } else { string(name) }
}

fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$');
    starts && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}

/// A number as JavaScript prints it (ECMA-262, 6.1.6.1.20), which Biome keeps; `None` when it is not finite.
pub(super) fn number(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        return Some(format!("{value:e}"));
    }
    Some(value.to_string())
}

/// A regular expression literal that matches whole values: `/^(?:…)$/u`. `/` is escaped outside classes, line ends and
/// invisible characters are written as escapes (ECMA-262, 12.9.5). That the pattern is a valid one is for the spec to
/// check.
pub(super) fn regex(pattern: &str) -> String {
    let mut literal = String::from("/^(?:");
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                // An escaped line end means the line end.
                Some(next) if is_hidden(next) => push_hidden(&mut literal, next),
                Some(next) => literal.extend(['\\', next]),
                None => literal.push_str("\\\\"),
            },
            '/' if !in_class => literal.push_str("\\/"),
            c if is_hidden(c) => push_hidden(&mut literal, c),
            c => {
                in_class = match c {
                    '[' => true,
                    ']' => false,
                    _ => in_class,
                };
                literal.push(c);
            }
        }
    }
    literal.push_str(")$/u");
    literal
}

fn push_hidden(literal: &mut String, c: char) {
    match c {
        '\n' => literal.push_str("\\n"),
        '\r' => literal.push_str("\\r"),
        '\t' => literal.push_str("\\t"),
        c => push_escape(literal, c),
    }
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
