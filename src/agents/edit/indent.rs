//! Fits a replacement to the place that was found for it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::find::Pass;

/// The lines of a replacement as the file would have them: a line that the block searches for, too, is the file's own;
/// others get the indentation that the file has where the block has theirs.
pub(super) fn adapted<'b>(pass: Pass, search: &[&'b str], actual: &[&'b str], replace: &'b str) -> Vec<Cow<'b, str>> {
    if pass == Pass::Exact {
        return replace.lines().map(Cow::Borrowed).collect();
    }
    let own = own_lines(search, actual);
    let indents = Indents::of(search, actual);
    replace
        .lines()
        .map(|line| match own.get(line) {
            Some(Some(own)) => Cow::Borrowed(*own),
            _ if pass == Pass::TrailingSpace || line.trim().is_empty() => Cow::Borrowed(line),
            _ => indents.fitted(line),
        })
        .collect()
}

/// For every line of a search the file's line, where these agree.
fn own_lines<'b>(search: &[&'b str], actual: &[&'b str]) -> HashMap<&'b str, Option<&'b str>> {
    let mut own: HashMap<&str, Option<&str>> = HashMap::new();
    for (line, actual) in search.iter().zip(actual) {
        own.entry(*line).and_modify(|known| *known = known.filter(|known| known == actual)).or_insert(Some(*actual));
    }
    own
}

/// Which indentation of the block is which of the file.
struct Indents<'b> {
    pairs: Vec<(&'b str, &'b str)>,
    /// Spaces for which the file has a tab, when it is indented by tabs and the block is not.
    tab: Option<usize>,
}

impl<'b> Indents<'b> {
    fn of(search: &[&'b str], actual: &[&'b str]) -> Self {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for (line, actual) in search.iter().zip(actual).filter(|(line, _)| !line.trim().is_empty()) {
            let indent = indent(line);
            // A block has few different indentations, whatever its length; a hostile one is cut here.
            if pairs.len() < 64 && pairs.iter().all(|(known, _)| *known != indent) {
                pairs.push((indent, self::indent(actual)));
            }
        }
        let is_tabbed =
            pairs.iter().any(|(_, file)| file.contains('\t')) && !pairs.iter().any(|(own, _)| own.contains('\t'));
        let unit = pairs
            .iter()
            .filter_map(|(own, file)| {
                let tabs = file.bytes().filter(|byte| *byte == b'\t').count();
                own.len().checked_div(tabs).filter(|width| *width > 0)
            })
            .min();
        Self { pairs, tab: is_tabbed.then(|| unit.unwrap_or(2)) }
    }

    /// A line of the replacement with the file's indentation: that of the block's deepest line that is not deeper, and
    /// what the line has beyond it; for a line that is less deep than all of the block's, as much less.
    fn fitted(&self, line: &'b str) -> Cow<'b, str> {
        let indent = indent(line);
        let text = line.trim_start();
        let above = self.pairs.iter().filter(|(own, _)| indent.starts_with(own)).max_by_key(|(own, _)| own.len());
        if let Some((own, file)) = above {
            let more = indent.get(own.len()..).unwrap_or_default();
            let more = match self.tab {
                Some(width) if !more.is_empty() => Cow::Owned("\t".repeat((more.len() / width).max(1))),
                _ => Cow::Borrowed(more),
            };
            return Cow::Owned(format!("{file}{more}{text}"));
        }
        let below = self.pairs.iter().filter(|(own, _)| own.starts_with(indent)).min_by_key(|(own, _)| own.len());
        let Some((own, file)) = below else { return Cow::Borrowed(line) };
        let less = own.len() - indent.len();
        let less = self.tab.map_or(less, |width| less.div_ceil(width));
        let kept = file.get(..file.len().saturating_sub(less)).unwrap_or_default();
        Cow::Owned(format!("{kept}{text}"))
    }
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}
