//! The blocks of an edit.

use crate::agents::answer::tag::{self, TagName};
use crate::agents::edit::{BLOCKS_MAX, Block};

/// Shortest run of a mark's character that is taken for one; seven is what is asked for.
const RUN_MIN: usize = 5;

/// Most lines of a block: more are a whole file.
const LINES_MAX: usize = 20_000;

/// What stands inside an `<edit>`.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) blocks: Vec<Block>,
    /// Blocks (from 0) that cannot be used, and why.
    pub(super) faults: Vec<(usize, String)>,
    /// Whether the text ends before the edit does.
    pub(super) is_cut_off: bool,
    /// The line after the edit.
    pub(super) end: usize,
}

/// Reads from a line on to `</edit>`, to an opening tag or to the end of the text. Lines outside blocks are ignored.
pub(super) fn read(lines: &[&str], mut at: usize) -> Blocks {
    let mut read = Blocks::default();
    let mut count = 0;
    loop {
        let Some(line) = lines.get(at) else {
            read.is_cut_off = true;
            break;
        };
        if line.trim_end() == "</edit>" {
            at += 1;
            break;
        }
        if tag::opening(line).is_some() {
            break;
        }
        at += 1;
        let Some(run) = mark(line, '<', " SEARCH") else { continue };
        match block(lines, at, run) {
            Found::Block(block, end) => {
                if count < BLOCKS_MAX {
                    read.blocks.push(block);
                }
                at = end;
            }
            Found::Fault(fault, end) => {
                read.faults.push((count, fault));
                at = end;
            }
            Found::CutOff => {
                at = lines.len();
                read.is_cut_off = true;
                break;
            }
        }
        count += 1;
    }
    if count > BLOCKS_MAX {
        read.faults.push((BLOCKS_MAX, format!("an edit has at most {BLOCKS_MAX}. Write the whole file instead.")));
    }
    if count == 0 && !read.is_cut_off {
        read.faults.push((0, "the edit has no SEARCH block.".to_owned()));
    }
    read.end = at;
    read
}

enum Found {
    /// A block and the line after it.
    Block(Block, usize),
    /// What is wrong with it and where to go on.
    Fault(String, usize),
    /// The text ends inside it.
    CutOff,
}

/// Reads a block whose first mark has `run` characters. Its other marks are those of the same length; only when there
/// is none, those of another one.
fn block(lines: &[&str], start: usize, run: usize) -> Found {
    let rest = lines.get(start..).unwrap_or_default();
    let (next, end) = closing_mark(rest, run);
    let reach = rest.get(..next).unwrap_or_default();
    let Some(end) = end else {
        let ends = |line: &&str| {
            line.trim_end() == "</edit>" || tag::opening(line).is_some_and(|tag| tag.name == TagName::Done)
        };
        return match reach.iter().position(ends) {
            None if next == rest.len() => Found::CutOff,
            None => Found::Fault(unclosed(), start + next),
            Some(after) => Found::Fault(unclosed(), start + after),
        };
    };
    let inside = reach.get(..end).unwrap_or_default();
    let dividers = |wanted: Option<usize>| {
        let is_divider = move |line: &str| mark(line, '=', "").is_some_and(|run| wanted.is_none_or(|want| want == run));
        inside.iter().enumerate().filter(move |(_, line)| is_divider(line)).map(|(index, _)| index).collect::<Vec<_>>()
    };
    let mut found = dividers(Some(run));
    if found.is_empty() {
        found = dividers(None);
    }
    let after = start + end + 1;
    match found.as_slice() {
        [divider] => {
            let (search, replace) = inside.split_at(*divider);
            let replace = replace.get(1..).unwrap_or_default();
            Found::Block(Block { search: text(search), replace: text(replace) }, after)
        }
        [] => Found::Fault("there is no line `=======` between what is searched and what replaces it.".into(), after),
        many => Found::Fault(
            format!(
                "{} of its lines could be its `=======`. Write the three marks of the block with more characters than any \
                 such line of the file has.",
                many.len()
            ),
            after,
        ),
    }
}

/// How many lines belong to a block at most, and the line among them that closes it. No line is looked at for more than
/// a few blocks, whatever their marks.
fn closing_mark(lines: &[&str], run: usize) -> (usize, Option<usize>) {
    let mut other = None;
    for (index, line) in lines.iter().enumerate() {
        if let Some(found) = mark(line, '>', " REPLACE") {
            if found == run {
                return (index + 1, Some(index));
            }
            other = other.or(Some(index));
        }
        let opens = mark(line, '<', " SEARCH").is_some_and(|found| found == run || other.is_some());
        let is_over = other.is_some() && line.trim_end() == "</edit>";
        if opens || is_over || index == LINES_MAX {
            return (index, other);
        }
    }
    (lines.len(), other)
}

fn unclosed() -> String {
    "it is not closed with `>>>>>>> REPLACE`.".to_owned()
}

/// Length of the run of a character that a line consists of, but for a word at its end.
fn mark(line: &str, c: char, word: &str) -> Option<usize> {
    let line = line.trim_end();
    let bare = line.strip_suffix(word)?;
    let run = bare.trim_end();
    let is_mark = run.len() >= RUN_MIN && run.chars().all(|found| found == c);
    is_mark.then_some(run.len())
}

fn text(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
