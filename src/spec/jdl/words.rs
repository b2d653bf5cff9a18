//! Names and prose in the form that the spec has them in.

use heck::ToTitleCase;

use crate::domain::name::IDENTIFIER_MAX_CHARS;

/// Text of a describing comment: without the stars at the start of its lines, each paragraph in one line.
pub(super) fn prose(comment: &str) -> String {
    let mut paragraphs: Vec<String> = vec![String::new()];
    for line in comment.lines() {
        let line = line.trim().trim_start_matches('*').trim();
        match paragraphs.last_mut() {
            Some(last) if line.is_empty() && !last.is_empty() => paragraphs.push(String::new()),
            Some(last) => {
                if !(last.is_empty() || line.is_empty()) {
                    last.push(' ');
                }
                last.push_str(line);
            }
            None => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n")
}

/// The name with a small first letter, as members are written.
pub(super) fn member_name(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_lowercase(), chars.as_str()))
}

/// The member name of many: its last word in the plural.
pub(super) fn plural_member_name(name: &str) -> String {
    let name = member_name(name);
    let start = name.rfind(|c: char| c.is_ascii_uppercase() || c == '_').unwrap_or(0);
    let (before, last) = name.split_at_checked(start).unwrap_or(("", &name));
    format!("{before}{}", pluralizer::pluralize(last, 2, false))
}

/// A name for people made from one for machines.
pub(super) fn title(name: &str) -> String {
    name.to_title_case()
}

/// Start of a comment's text, enough to know it by.
pub(super) fn excerpt(comment: &str) -> String {
    const EXCERPT_CHARS: usize = 40;
    // Looks at no more of the comment than it may show, lest a huge one be read for each mention.
    let start: String = comment.chars().take(EXCERPT_CHARS * 4).collect();
    let text = prose(&start).replace('\n', " ");
    let mut excerpt: String = text.chars().take(EXCERPT_CHARS).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    excerpt
}

/// As much of a name as a path repeats: the whole of any that is valid.
pub(super) fn path_part(name: &str) -> &str {
    let end = name.char_indices().nth(IDENTIFIER_MAX_CHARS).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or_default()
}
