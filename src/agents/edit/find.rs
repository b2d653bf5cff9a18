//! Finds lines in a file, in passes that are more and more forgiving.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::agents::answer::continuation::failure;

/// Most places of one block that are told.
const PLACES_MAX: usize = 10;

/// How lines are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pass {
    /// As they are.
    Exact,
    /// Without spaces at their ends.
    TrailingSpace,
    /// Without spaces at both ends.
    EdgeSpace,
    /// The same, with typographic quotes, dashes and spaces taken for plain ones.
    Unicode,
}

impl Pass {
    const ALL: [Self; 4] = [Self::Exact, Self::TrailingSpace, Self::EdgeSpace, Self::Unicode];

    /// A line as this pass sees it.
    fn key(self, line: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(line),
            Self::TrailingSpace => Cow::Borrowed(line.trim_end()),
            Self::EdgeSpace => Cow::Borrowed(line.trim()),
            Self::Unicode => plain(line),
        }
    }
}

/// A line in plain characters: composed, with ASCII quotes, dashes and spaces.
fn plain(line: &str) -> Cow<'_, str> {
    if line.is_ascii() {
        return Cow::Borrowed(line.trim());
    }
    let fold = |c: char| match c {
        '‘' | '’' | '‚' | '‛' | '′' | '`' => Some('\''),
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => Some('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        other if other.is_whitespace() => Some(' '),
        other => Some(other),
    };
    let folded: String =
        if is_nfc(line) { line.chars().filter_map(fold).collect() } else { line.nfc().filter_map(fold).collect() };
    Cow::Owned(folded.trim().to_owned())
}

/// Where lines were found.
#[derive(Debug)]
pub(super) struct Found {
    /// In which pass; the last one when they were not.
    pub(super) pass: Pass,
    /// Lines (from 0) at which they begin.
    pub(super) starts: Vec<usize>,
}

/// A file by its lines.
pub(super) struct Source<'t> {
    pub(super) text: &'t str,
    /// Without their line ends.
    pub(super) lines: Vec<&'t str>,
    /// What most lines end with.
    pub(super) line_end: &'static str,
    /// Where each line begins in the text, and where the text ends.
    offsets: Vec<usize>,
    numbered: [OnceCell<Numbered<'t>>; 4],
}

/// The lines of a file as numbers: equal lines have equal numbers, in one pass.
struct Numbered<'t> {
    numbers: HashMap<Cow<'t, str>, u32>,
    file: Vec<u32>,
}

impl<'t> Source<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut lines = Vec::new();
        let mut offsets = vec![0];
        let mut at = 0;
        let mut returns = 0;
        for line in text.split_inclusive('\n') {
            at += line.len();
            offsets.push(at);
            let bare = line.strip_suffix('\n').unwrap_or(line);
            let without = bare.strip_suffix('\r').unwrap_or(bare);
            // A return that no line feed follows is a character like any other.
            let without = if line.ends_with('\n') { without } else { bare };
            returns += usize::from(without.len() < bare.len());
            lines.push(without);
        }
        let ends = lines.len() - usize::from(!text.is_empty() && !text.ends_with('\n'));
        let line_end = if returns * 2 > ends { "\r\n" } else { "\n" };
        Self { text, lines, line_end, offsets, numbered: [const { OnceCell::new() }; 4] }
    }

    /// Writes lines with their own line ends.
    pub(super) fn copy(&self, lines: Range<usize>, text: &mut String) {
        let at = |line: usize| self.offsets.get(line).copied().unwrap_or(self.text.len());
        text.push_str(self.text.get(at(lines.start)..at(lines.end)).unwrap_or_default());
    }

    pub(super) fn ends_without_newline(&self) -> bool {
        !self.text.is_empty() && !self.text.ends_with('\n')
    }

    /// Finds lines in the strictest pass that finds them.
    pub(super) fn find(&self, search: &[&str]) -> Found {
        // Blank lines are everywhere for a pass that ignores spaces: they are taken as they are.
        let is_blank = search.iter().all(|line| line.trim().is_empty());
        let passes = Pass::ALL.iter().zip(&self.numbered).take(if is_blank { 2 } else { 4 });
        for (pass, numbered) in passes {
            let numbered = numbered.get_or_init(|| number(&self.lines, *pass));
            let starts = numbered.find(search, *pass);
            if !starts.is_empty() {
                return Found { pass: *pass, starts };
            }
        }
        Found { pass: Pass::Unicode, starts: Vec::new() }
    }
}

fn number<'t>(lines: &[&'t str], pass: Pass) -> Numbered<'t> {
    let mut numbers = HashMap::new();
    let mut file = Vec::with_capacity(lines.len());
    for line in lines {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        file.push(*numbers.entry(pass.key(line)).or_insert(next));
    }
    Numbered { numbers, file }
}

impl Numbered<'_> {
    /// Where lines begin, overlapping places included, in linear time (Knuth, Morris and Pratt).
    fn find(&self, search: &[&str], pass: Pass) -> Vec<usize> {
        let pattern: Option<Vec<u32>> = search.iter().map(|line| self.numbers.get(&*pass.key(line)).copied()).collect();
        let Some(pattern) = pattern else { return Vec::new() };
        let failure = failure(&pattern);
        let back = |length: usize| length.checked_sub(1).and_then(|index| failure.get(index)).copied().unwrap_or(0);
        let mut starts = Vec::new();
        let mut length = 0;
        for (index, number) in self.file.iter().enumerate() {
            while length > 0 && pattern.get(length) != Some(number) {
                length = back(length);
            }
            if pattern.get(length) == Some(number) {
                length += 1;
            }
            if length == pattern.len() {
                starts.push(index + 1 - length);
                length = back(length);
                if starts.len() == PLACES_MAX {
                    break;
                }
            }
        }
        starts
    }
}
