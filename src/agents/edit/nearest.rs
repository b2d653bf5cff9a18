//! Finds the lines of a file that a model probably meant.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::NumberedLine;
use super::find::Source;

/// Most lines that are shown.
const SHOWN_MAX: usize = 24;
/// Lines shown around those that are alike.
const AROUND: usize = 2;
/// Most lines that are compared letter by letter, in all blocks of an edit together: half a second.
const COMPARED_MAX: usize = 40_000;
/// Most characters of a line that are compared.
const COMPARED_CHARS: usize = 120;
/// From which likeness on a line is worth showing (Sørensen and Dice's coefficient).
const LIKENESS_MIN: f64 = 0.5;

/// Looks for lines like those of blocks that were not found.
pub(super) struct Search<'s, 't> {
    source: &'s Source<'t>,
    /// Line numbers (from 0) by what stands there, spaces at both ends left out.
    places: OnceCell<HashMap<&'t str, Vec<usize>>>,
    compared: usize,
}

impl<'s, 't> Search<'s, 't> {
    pub(super) fn of(source: &'s Source<'t>) -> Self {
        Self { source, places: OnceCell::new(), compared: 0 }
    }

    /// The lines of the file that are most like these, with a few around them.
    pub(super) fn nearest(&mut self, search: &[&str]) -> Vec<NumberedLine> {
        match self.shared(search).or_else(|| self.alike(search)) {
            Some(start) => self.window(start, search.len()),
            None => Vec::new(),
        }
    }

    fn window(&self, start: usize, length: usize) -> Vec<NumberedLine> {
        let from = start.saturating_sub(AROUND);
        let count = (length + 2 * AROUND).min(SHOWN_MAX);
        let lines = self.source.lines.iter().enumerate().skip(from).take(count);
        lines.map(|(index, line)| super::numbered(index, line)).collect()
    }

    /// The place where most of the lines stand as they are, counted by where each says that the block begins.
    fn shared(&self, search: &[&str]) -> Option<usize> {
        let places = self.places.get_or_init(|| {
            let mut places: HashMap<_, Vec<_>> = HashMap::new();
            for (index, line) in self.source.lines.iter().enumerate() {
                places.entry(line.trim()).or_default().push(index);
            }
            places
        });
        let mut votes: HashMap<usize, usize> = HashMap::new();
        let mut seen = HashSet::new();
        for (offset, line) in search.iter().enumerate() {
            let line = line.trim();
            // Brackets and lines that are everywhere say nothing about where.
            let telling = line.chars().filter(|c| c.is_alphanumeric()).count() >= 4 && seen.insert(line);
            let Some(found) = places.get(line).filter(|found| telling && found.len() <= 20) else { continue };
            for index in found {
                *votes.entry(index.saturating_sub(offset)).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(start, votes)| (*votes, std::cmp::Reverse(*start))).map(|(start, _)| start)
    }

    /// The place of the line that is most like the longest one.
    fn alike(&mut self, search: &[&str]) -> Option<usize> {
        let (offset, longest) = search.iter().enumerate().max_by_key(|(_, line)| line.trim().len())?;
        let longest = cut(longest);
        let left = COMPARED_MAX.saturating_sub(self.compared);
        let mut best: Option<(f64, usize)> = None;
        for (index, line) in self.source.lines.iter().enumerate().take(left) {
            self.compared += 1;
            let line = cut(line);
            // Lines of very different lengths cannot be alike enough.
            if line.len() * 3 < longest.len() || longest.len() * 3 < line.len() {
                continue;
            }
            let likeness = strsim::sorensen_dice(line, longest);
            if likeness >= LIKENESS_MIN && best.is_none_or(|(most, _)| likeness > most) {
                best = Some((likeness, index));
            }
        }
        best.map(|(_, index)| index.saturating_sub(offset))
    }
}

/// The first characters of a line, without the spaces around them.
fn cut(line: &str) -> &str {
    let line = line.trim();
    let end = line.char_indices().nth(COMPARED_CHARS).map_or(line.len(), |(index, _)| index);
    line.get(..end).unwrap_or_default()
}

/// Numbered lines in a fence that they cannot close.
pub(super) fn fenced(lines: &[NumberedLine]) -> String {
    let text: Vec<_> = lines.iter().map(|line| format!("{:>5} | {}", line.number, line.text)).collect();
    crate::agents::filters::fence(&text.join("\n"), "text")
}
