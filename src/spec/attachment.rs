//! Texts that come with a spec: their bounds, and how a file becomes one.

use super::text::forbidden_character;
use crate::domain::problem::Problem;
use crate::domain::spec::{Attachment, Spec};

/// Most attachments of a spec.
pub(super) const COUNT_MAX: usize = 20;
/// Largest text of one, in bytes: a prompt holds it whole.
pub const ATTACHMENT_MAX_BYTES: usize = 200 * 1024;
/// Most bytes of all texts.
pub(super) const TEXTS_MAX_BYTES: usize = 1024 * 1024;
/// Longest name, as file systems have it.
pub(super) const NAME_MAX_CHARS: usize = 255;

/// Adds a file to what came with a spec. Line ends of Windows and a byte order mark are left out of its text.
///
/// # Errors
/// When it is not text in UTF-8 without control characters, is too large, has the name of another, or there is nothing in
/// the spec that only a model can do; nothing is added then.
pub fn attach(spec: &mut Spec, name: &str, bytes: &[u8]) -> Result<(), Problem> {
    let path = super::tree::item_path("attachments", spec.attachments.len());
    if !spec.needs_model() {
        return Err(Problem::new("attachments_without_words", path));
    }
    let count = spec.attachments.len() + 1;
    if count > COUNT_MAX {
        return Err(Problem::new("too_many", "attachments").with("count", count).with("most", COUNT_MAX));
    }
    let not_text = || Problem::new("attachment_not_text", &path).with("name", name);
    if bytes.len() > ATTACHMENT_MAX_BYTES {
        return Err(too_large(&path));
    }
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or_else(not_text)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let refused =
        refused_name(name, &spec.attachments, &path).or_else(|| refused_text(&text, &spec.attachments, &path));
    match refused {
        Some(problem) => Err(problem),
        None => {
            spec.attachments.push(Attachment { name: name.to_owned(), text });
            Ok(())
        }
    }
}

/// Why a text cannot have a name beside those before it.
pub(super) fn refused_name(name: &str, before: &[Attachment], path: &str) -> Option<Problem> {
    let count = name.chars().count();
    if name.trim().is_empty() {
        Some(Problem::new("text_empty", path))
    } else if count > NAME_MAX_CHARS {
        Some(Problem::new("text_too_long", path).with("count", count).with("most", NAME_MAX_CHARS))
    } else if let Some(character) = forbidden_character(name, false) {
        Some(forbidden(character, path))
    } else if before.iter().any(|other| other.name == name) {
        Some(Problem::new("attachment_name_repeated", path).with("name", name))
    } else {
        None
    }
}

/// Why a text cannot be added to those before it.
pub(super) fn refused_text(text: &str, before: &[Attachment], path: &str) -> Option<Problem> {
    let together = before.iter().map(|other| other.text.len()).sum::<usize>().saturating_add(text.len());
    if text.len() > ATTACHMENT_MAX_BYTES {
        Some(too_large(path))
    } else if together > TEXTS_MAX_BYTES {
        let problem = Problem::new("attachments_too_large", path).with("bytes", together);
        Some(problem.with("most", TEXTS_MAX_BYTES))
    } else {
        forbidden_character(text, true).map(|character| forbidden(character, path))
    }
}

fn too_large(path: &str) -> Problem {
    Problem::new("attachment_too_large", path).with("most", ATTACHMENT_MAX_BYTES)
}

fn forbidden(character: char, path: &str) -> Problem {
    if character == '\n' {
        return Problem::new("text_of_several_lines", path);
    }
    Problem::new("text_forbidden_character", path).with("character", format!("U+{:04X}", u32::from(character)))
}

#[cfg(test)]
#[path = "attachment_tests.rs"]
mod tests;
