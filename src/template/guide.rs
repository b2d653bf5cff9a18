//! A pack's guide without the parts that somebody does not need.

use std::collections::BTreeSet;

use super::manifest::GuidePart;

/// How the heading of a part begins.
const PART: &str = "## ";

/// The guide without some of the parts of which the pack says whom they are for; all else is for everybody.
pub(super) fn without(guide: &str, parts: &[GuidePart], is_left_out: impl Fn(&GuidePart) -> bool) -> String {
    let left_out: BTreeSet<&str> =
        parts.iter().filter(|part| is_left_out(part)).map(|part| part.heading.as_str()).collect();
    let mut shown = String::with_capacity(guide.len());
    let mut is_in_such = false;
    for (line, heading) in lines(guide) {
        if let Some(heading) = heading {
            is_in_such = left_out.contains(heading);
        }
        if !is_in_such {
            shown.push_str(line);
        }
    }
    shown
}

/// Whether a guide, or the template of one, has a part of this heading.
pub(super) fn has_part(guide: &str, heading: &str) -> bool {
    lines(guide).any(|(_, found)| found == Some(heading))
}

/// Lines with their ends; of those that begin a part also its heading.
fn lines(guide: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut is_code = false;
    guide.split_inclusive('\n').map(move |line| {
        is_code ^= line.starts_with("```");
        let heading = line.strip_prefix(PART).map(str::trim_end).filter(|_| !is_code);
        (line, heading)
    })
}

#[cfg(test)]
#[path = "guide_tests.rs"]
mod tests;
