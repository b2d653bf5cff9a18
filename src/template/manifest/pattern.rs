//! Patterns over the paths of a pack's files.

/// A pattern over paths: `*` stands for any text inside one component, `**` as a whole component for any number of
/// components. All else stands for itself, braces too: they are placeholders in the paths of a pack, which is why no
/// glob library with `{a,b}` fits here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(String);

impl Pattern {
    /// Parses a pattern; the rule that it breaks, when it does.
    ///
    /// # Errors
    /// When the pattern is empty, absolute, or has an empty, `.` or `..` component, or `**` inside a component.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            return Err("a pattern is relative to `files/` and has no empty, `.` or `..` component");
        }
        if text.split('/').any(|part| part.contains("**") && part != "**") {
            return Err("`**` must be a whole component");
        }
        if text.contains('\\') {
            return Err("components are separated by `/`");
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether a path is meant.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let pattern: Vec<&str> = self.0.split('/').collect();
        let path: Vec<&str> = path.split('/').collect();
        matches_sequence(&pattern, &path, |part| *part == "**", |part, name| component_matches(part, name))
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn component_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    matches_sequence(&pattern, &name, |c| *c == '*', |c, d| c == d)
}

/// Whether items match a pattern in which some items stand for any number of items. On a mismatch only the last such
/// item takes one more, so the time is at most the product of both lengths.
fn matches_sequence<P, T>(
    pattern: &[P],
    items: &[T],
    is_any: impl Fn(&P) -> bool,
    is_one: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut of) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at), items.get(of)) {
            (None, None) => return true,
            (Some(p), _) if is_any(p) => {
                retry = Some((at + 1, of));
                at += 1;
                continue;
            }
            (Some(p), Some(item)) if is_one(p, item) => {
                at += 1;
                of += 1;
                continue;
            }
            _ => {}
        }
        match retry {
            Some((after, taken)) if taken < items.len() => {
                retry = Some((after, taken + 1));
                at = after;
                of = taken + 1;
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
