//! Paths inside a project.

use serde::{Deserialize, Serialize};

/// Most bytes in one component of a path.
pub const COMPONENT_MAX_BYTES: usize = 255;
/// Most bytes in a whole path.
pub const PATH_MAX_BYTES: usize = 1000;
/// Most components in a path.
pub const PATH_MAX_COMPONENTS: usize = 64;

/// A path was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path `{path}` is refused: {reason}")]
pub struct UnsafePath {
    /// The path, control characters escaped, cut to 200 characters.
    pub path: String,
    /// Why.
    pub reason: &'static str,
}

/// A path of a file inside a project: relative, `/`-separated, no `.`, `..`, `.git` in any disguise, nothing that any
/// common file system would read as something else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectPath(String);

impl ProjectPath {
    /// Parses a path.
    ///
    /// # Errors
    /// When the path could mean something outside the project, or something else on another file system
    /// (catalogue S-01 to S-09, S-18 to S-21).
    pub fn parse(text: &str) -> Result<Self, UnsafePath> {
        match refusal(text) {
            None => Ok(Self(text.to_owned())),
            Some(reason) => {
                Err(UnsafePath { path: text.chars().take(200).flat_map(char::escape_debug).collect(), reason })
            }
        }
    }

    /// The text, `/`-separated.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl TryFrom<String> for ProjectPath {
    type Error = UnsafePath;
    fn try_from(text: String) -> Result<Self, UnsafePath> {
        Self::parse(&text)
    }
}

impl From<ProjectPath> for String {
    fn from(path: ProjectPath) -> Self {
        path.0
    }
}

impl std::fmt::Display for ProjectPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn refusal(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > PATH_MAX_BYTES {
        return Some("it is longer than 1,000 bytes");
    }
    if text.starts_with('/') {
        return Some("it is absolute");
    }
    if text.contains('\\') {
        return Some("it has a backslash");
    }
    if text.split('/').count() > PATH_MAX_COMPONENTS {
        return Some("it is nested deeper than 64 folders");
    }
    text.split('/').find_map(component_refusal)
}

fn component_refusal(component: &str) -> Option<&'static str> {
    if component.is_empty() {
        return Some("it has an empty component");
    }
    if component == "." || component == ".." {
        return Some("it has a `.` or `..` component");
    }
    if component.len() > COMPONENT_MAX_BYTES {
        return Some("a component is longer than 255 bytes");
    }
    if component.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Some("it has control or invisible characters");
    }
    if component.chars().any(|c| matches!(c, ':' | '<' | '>' | '"' | '|' | '?' | '*')) {
        return Some("it has a character that Windows does not allow in names");
    }
    if component.ends_with('.') || component.ends_with(' ') || component.starts_with(' ') {
        return Some("a component starts with a space or ends with a dot or a space");
    }
    if component.starts_with('~') || component.starts_with('-') {
        return Some("a component starts with `~` or `-`");
    }
    if is_git_directory(component) {
        return Some("it names a git directory");
    }
    if is_windows_device(component) {
        return Some("it is a device name on Windows");
    }
    None
}

/// Characters that show nothing or change the direction of text: `HFS+` ignores some of them in names (CVE-2014-9390).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// `.git` in any case and in letters that some file systems take for these, and the short names that NTFS gives it.
fn is_git_directory(component: &str) -> bool {
    use unicode_normalization::UnicodeNormalization as _;
    // Through capitals, so that letters with two small forms (the dotless `ı`) become one.
    let folded = component.nfkc().collect::<String>().to_uppercase().to_lowercase();
    let is_short_name = folded.strip_prefix("git~").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
    folded == ".git" || is_short_name
}

/// Names that Windows reserves, with or without an ending.
fn is_windows_device(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            // Windows takes the raised digits of Latin-1 for digits here.
            .is_some_and(|rest| matches!(rest, "¹" | "²" | "³") || matches!(rest.as_bytes(), [b'1'..=b'9']))
    };
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod path_tests;
