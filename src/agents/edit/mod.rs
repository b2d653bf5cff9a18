//! Applies search/replace blocks to a file.

mod find;
mod indent;
mod nearest;

use serde::{Deserialize, Serialize};

use self::find::Source;
use super::answer::{AnswerProblem, ProblemKind};
use crate::domain::shown::shown;

/// Most blocks of one edit.
pub const BLOCKS_MAX: usize = 200;

/// A place in a file and what shall stand there. Both are whole lines, each with `\n` at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The lines as they are; empty for a file that is empty or new.
    pub search: String,
    /// The lines as they shall be.
    pub replace: String,
}

/// A block that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedBlock {
    /// Which, from 0.
    pub index: usize,
    /// Why.
    pub kind: FailedKind,
}

/// Why a block could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailedKind {
    /// Its lines are nowhere in the file.
    NotFound {
        /// The lines of the file that are most like them; empty when none are.
        nearest: Vec<NumberedLine>,
    },
    /// Its lines are in the file more than once.
    Ambiguous {
        /// Where they begin, from 1; at most ten places.
        lines: Vec<usize>,
    },
    /// Its lines are partly those of another block.
    Overlaps {
        /// The other block, from 0.
        other: usize,
    },
    /// It searches for nothing, but the file is not empty.
    EmptySearch,
    /// There are more than [`BLOCKS_MAX`] blocks.
    TooMany,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedLine {
    /// From 1.
    pub number: usize,
    /// Without its line end, cut after 300 characters.
    pub text: String,
}

impl FailedBlock {
    /// Says it so that a model can mend it. The lines of the file stand in a fence that they cannot close.
    #[must_use]
    pub fn problem(&self, path: &str) -> AnswerProblem {
        let what = match &self.kind {
            FailedKind::NotFound { nearest } if nearest.is_empty() => {
                "its SEARCH lines are not in the file, nor any that are like them. Look at the file as it is now."
                    .to_owned()
            }
            FailedKind::NotFound { nearest } => format!(
                "its SEARCH lines are not in the file. The lines of the file that are most like them, with their numbers \
                 (which do not belong to the SEARCH):\n{}",
                nearest::fenced(nearest)
            ),
            FailedKind::Ambiguous { lines } => format!(
                "its SEARCH lines are in the file more than once, beginning in lines {}. Take more of the lines around the \
                 place that you mean.",
                lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ),
            FailedKind::Overlaps { other } => {
                format!("its SEARCH lines are partly those of block {}. Make one block of both.", other + 1)
            }
            FailedKind::EmptySearch => {
                "its SEARCH is empty, but the file is not. Search for the lines beside the place that you mean."
                    .to_owned()
            }
            FailedKind::TooMany => format!("an edit has at most {BLOCKS_MAX} blocks. Write the whole file instead."),
        };
        AnswerProblem::new(ProblemKind::Edit, path, format!("Block {}: {what}", self.index + 1))
    }
}

/// Applies blocks to a file: all of them or none.
///
/// A block is looked for in the file as it is now, not as other blocks leave it, in four passes, each more forgiving:
/// exactly; without spaces at the ends of lines; without spaces at both ends, the replacement then getting the file's
/// own indentation; with typographic quotes, dashes and spaces taken for plain ones. The first pass that finds it
/// decides, and must find it once. Lines of a replacement that the block does not change keep the file's own
/// characters. Line ends stay the file's own; a file without one at its end gets none. Time is linear in file and
/// blocks together, for each block.
///
/// # Errors
/// Every block that cannot be applied, in their order, each once.
pub fn apply(current: &str, blocks: &[Block]) -> Result<String, Vec<FailedBlock>> {
    let is_blank = current.trim().is_empty();
    if let ([Block { search, replace }], true) = (blocks, is_blank)
        && search.trim().is_empty()
    {
        return Ok(replace.clone());
    }
    let source = Source::of(current);
    let mut nearest = nearest::Search::of(&source);
    let mut failed = Vec::new();
    let mut places: Vec<Place<'_>> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let found =
            if index >= BLOCKS_MAX { Err(FailedKind::TooMany) } else { place(&source, &mut nearest, index, block) };
        match found {
            Ok(place) => places.push(place),
            Err(kind) => failed.push(FailedBlock { index, kind }),
        }
        if failed.last().is_some_and(|block| block.kind == FailedKind::TooMany) {
            break;
        }
    }
    places.sort_by_key(|place| (place.start, place.index));
    for pair in places.windows(2) {
        if let [first, second] = pair
            && first.start + first.length > second.start
        {
            let (index, other) = (first.index.max(second.index), first.index.min(second.index));
            failed.push(FailedBlock { index, kind: FailedKind::Overlaps { other } });
        }
    }
    if failed.is_empty() {
        return Ok(written(&source, &places));
    }
    failed.sort_by_key(|block| block.index);
    failed.dedup_by_key(|block| block.index);
    Err(failed)
}

/// Where a block belongs, and the lines that it puts there.
struct Place<'b> {
    index: usize,
    start: usize,
    length: usize,
    lines: Vec<std::borrow::Cow<'b, str>>,
}

fn place<'b>(
    source: &Source<'b>,
    nearest: &mut nearest::Search<'_, 'b>,
    index: usize,
    block: &'b Block,
) -> Result<Place<'b>, FailedKind> {
    let search: Vec<&str> = block.search.lines().collect();
    if search.is_empty() {
        return Err(FailedKind::EmptySearch);
    }
    let found = source.find(&search);
    match found.starts.as_slice() {
        [] => Err(FailedKind::NotFound { nearest: nearest.nearest(&search) }),
        [start] => {
            let actual = source.lines.get(*start..*start + search.len()).unwrap_or_default();
            let lines = indent::adapted(found.pass, &search, actual, &block.replace);
            Ok(Place { index, start: *start, length: search.len(), lines })
        }
        several => Err(FailedKind::Ambiguous { lines: several.iter().map(|start| start + 1).collect() }),
    }
}

/// The file with every place replaced; the places are sorted and apart from one another.
fn written(source: &Source<'_>, places: &[Place<'_>]) -> String {
    let mut text = String::with_capacity(source.text.len());
    let mut at = 0;
    let end_of_file = source.ends_without_newline();
    for place in places {
        source.copy(at..place.start, &mut text);
        at = place.start + place.length;
        for line in &place.lines {
            text.push_str(line);
            text.push_str(source.line_end);
        }
    }
    source.copy(at..source.lines.len(), &mut text);
    // The last line of the file was replaced, and it had no line end.
    if end_of_file && at == source.lines.len() && !places.is_empty() {
        let bare = text.strip_suffix(source.line_end).map_or(text.len(), str::len);
        text.truncate(bare);
    }
    text
}

/// A line of a file as a model may be shown it.
fn numbered(index: usize, line: &str) -> NumberedLine {
    NumberedLine { number: index + 1, text: shown(&line.replace('\t', "    "), 300) }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
