//! What the words of a text tell about it: its title, a name for it, its language.

use crate::spec::bounds::LABEL_MAX_CHARS;
use crate::spec::names::{is_reserved_project_name, project_name_like};
use crate::spec::text::forbidden_character;

/// Characters of a title that a project is named by: enough to know it again, short enough to type.
const NAMING_MAX_CHARS: usize = 40;

/// A heading or first line as a title: one line without marks of Markdown around it, cut between words where it is too long.
pub(super) fn cleaned(line: &str) -> String {
    let hidden = |c: &char| forbidden_character(c.encode_utf8(&mut [0; 4]), false).is_some();
    let visible: String = line.replace("**", "").replace('`', "").chars().filter(|c| !hidden(c)).collect();
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '#' | '*' | '_' | '`' | '>' | '=' | '-' | '+' | '~' | '|');
    let text = visible.trim_start_matches(is_mark);
    let (before, _) = visible.split_at_checked(visible.len() - text.len()).unwrap_or_default();
    // Only what opens at the start closes at the end: `C++` and `C#` are names.
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.') || before.contains(c));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= LABEL_MAX_CHARS {
        return words;
    }
    format!("{}…", cut(&words, LABEL_MAX_CHARS - 1))
}

/// A project name made from a title.
pub(super) fn project_name(title: &str) -> String {
    let name = project_name_like(cut(title, NAMING_MAX_CHARS));
    if is_reserved_project_name(&name) { format!("{name}-app") } else { name }
}

/// As many whole words as fit, and as many characters where not even one word does.
fn cut(text: &str, most_chars: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(most_chars) else { return text };
    let (start, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    if rest.starts_with(char::is_whitespace) {
        return start.trim_end();
    }
    start.rfind(char::is_whitespace).and_then(|space| start.get(..space)).unwrap_or(start).trim_end()
}

/// Whether most letters of a text are Russian, and none is of another language in Cyrillic.
pub(super) fn is_russian(text: &str) -> bool {
    let (mut letters, mut russian) = (0_usize, 0_usize);
    for c in text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase) {
        letters += 1;
        match c {
            'а'..='я' | 'ё' => russian += 1,
            '\u{400}'..='\u{52f}' => return false,
            _ => {}
        }
    }
    russian * 2 > letters
}
