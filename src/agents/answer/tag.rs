//! The tags of code answers: one line that begins with `<file …>`, `<edit …>` and so on.

/// Names of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagName {
    File,
    Edit,
    Delete,
    Package,
    Dispute,
    Blocked,
    Done,
}

impl TagName {
    const ALL: [(Self, &'static str); 7] = [
        (Self::File, "file"),
        (Self::Edit, "edit"),
        (Self::Delete, "delete"),
        (Self::Package, "package"),
        (Self::Dispute, "dispute"),
        (Self::Blocked, "blocked"),
        (Self::Done, "done"),
    ];

    /// The attribute without which it is no tag.
    const fn key(self) -> Option<&'static str> {
        match self {
            Self::File | Self::Edit | Self::Delete | Self::Dispute => Some("path"),
            Self::Package => Some("name"),
            Self::Blocked | Self::Done => None,
        }
    }
}

/// An opening tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'l> {
    pub(super) name: TagName,
    /// Value of the attribute that says what the tag is about; empty for [`TagName::Blocked`] and
    /// [`TagName::Done`].
    pub(super) key: &'l str,
    /// Value of `reason`.
    pub(super) reason: &'l str,
    /// Whether it ends with `/>`.
    pub(super) is_closed: bool,
    /// What follows it in its line.
    pub(super) rest: &'l str,
}

/// The tag that a line begins with. A line that only looks like one (`<file>` of some markup, without a path) is none.
pub(super) fn opening(line: &str) -> Option<Tag<'_>> {
    let inside = line.strip_prefix('<')?;
    let (name, mut rest) = TagName::ALL.iter().find_map(|(name, word)| Some((*name, inside.strip_prefix(word)?)))?;
    if !rest.starts_with([' ', '\t', '/', '>']) {
        return None;
    }
    let mut tag = Tag { name, key: "", reason: "", is_closed: false, rest: "" };
    let mut has_key = name.key().is_none();
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(after) = rest.strip_prefix("/>") {
            (tag.is_closed, tag.rest) = (true, after);
            break;
        }
        if let Some(after) = rest.strip_prefix('>') {
            tag.rest = after;
            break;
        }
        let (attribute, after) = rest.split_once('=')?;
        let attribute = attribute.trim();
        if attribute.is_empty() || !attribute.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return None;
        }
        let after = after.trim_start_matches([' ', '\t']);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        if Some(attribute) == name.key() {
            (tag.key, has_key) = (value, true);
        } else if attribute == "reason" {
            tag.reason = value;
        }
        rest = after;
    }
    has_key.then_some(tag)
}

/// Whether the last line of an answer may be the beginning of a tag, cut off before its `>`.
pub(super) fn is_begun(line: &str) -> bool {
    let Some(inside) = line.strip_prefix('<') else { return false };
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    !line.contains('>')
        && TagName::ALL.iter().any(|(_, word)| {
            word.starts_with(inside) || inside.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t', '/']))
        })
}

#[cfg(test)]
#[path = "tag_tests.rs"]
mod tests;
