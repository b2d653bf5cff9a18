//! What a file of prose is made of: front matter, fenced blocks that may be structure, a heading, and the rest.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A line that begins and ends front matter.
const FRONT_MATTER_FENCE: &str = "---";

/// What a fenced block says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    Jdl,
}

/// A fenced block in a language of structure.
pub(super) struct Block {
    pub(super) language: Language,
    /// The block with its fences.
    range: Range<usize>,
    /// Its content, without what a list or quotation around it puts before each line.
    lines: Vec<Range<usize>>,
}

/// The parts of a file, as byte ranges of its text.
pub(super) struct Parts<'a> {
    pub(super) text: &'a str,
    pub(super) front_matter: Option<Range<usize>>,
    pub(super) blocks: Vec<Block>,
    body: usize,
    heading: Option<(Range<usize>, String)>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(text: &'a str, is_plain_text: bool) -> Self {
        let (front_matter, body) = front_matter(text);
        let mut parts = Self { text, front_matter, blocks: Vec::new(), body, heading: None };
        let mut open: Option<Open> = None;
        for (event, range) in Parser::new(text.get(body..).unwrap_or_default()).into_offset_iter() {
            let range = range.start + body..range.end + body;
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    open = language(&info).map(|language| Open::Block(Block { language, range, lines: Vec::new() }));
                }
                Event::Start(Tag::Heading { .. }) if parts.heading.is_none() && !is_plain_text => {
                    open = Some(Open::Heading(range, String::new()));
                }
                Event::Text(_) if matches!(open, Some(Open::Block(_))) => {
                    if let Some(Open::Block(block)) = &mut open {
                        block.lines.push(range);
                    }
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some(Open::Heading(_, heading)) = &mut open {
                        heading.push_str(&words);
                    }
                }
                Event::SoftBreak | Event::HardBreak => {
                    if let Some(Open::Heading(_, heading)) = &mut open {
                        heading.push(' ');
                    }
                }
                Event::End(TagEnd::CodeBlock | TagEnd::Heading(_)) => match open.take() {
                    Some(Open::Block(block)) if !block.lines.is_empty() => parts.blocks.push(block),
                    Some(Open::Heading(range, heading)) => parts.heading = Some((range, heading)),
                    Some(Open::Block(_)) | None => {}
                },
                _ => {}
            }
        }
        parts
    }

    /// A block's content with blanks for what stands before it in its lines, so that every character keeps its column,
    /// and where that begins in the text.
    pub(super) fn masked(&self, block: &Block) -> (String, usize) {
        let first = block.lines.first().map_or(0, |line| line.start);
        let start = self.text.get(..first).and_then(|before| before.rfind('\n')).map_or(0, |line_break| line_break + 1);
        let mut masked = String::new();
        let mut at = start;
        for line in &block.lines {
            let between = self.text.get(at..line.start).unwrap_or_default();
            masked.extend(between.chars().map(|c| if c == '\n' { c } else { ' ' }));
            masked.push_str(self.text.get(line.clone()).unwrap_or_default());
            at = line.end.max(at);
        }
        (masked, start)
    }

    /// All JDL of the file as one text, in which everything stands where it stands in the file.
    pub(super) fn jdl(&self) -> Option<String> {
        let mut jdl = String::new();
        let mut lines = 0;
        for block in self.blocks.iter().filter(|block| block.language == Language::Jdl) {
            let (masked, start) = self.masked(block);
            let above = self.text.get(..start).unwrap_or_default().matches('\n').count();
            jdl.extend(std::iter::repeat_n('\n', above.saturating_sub(lines)));
            lines = above + masked.matches('\n').count();
            jdl.push_str(&masked);
        }
        (!self.jdl_is_empty()).then_some(jdl)
    }

    pub(super) fn jdl_is_empty(&self) -> bool {
        !self.blocks.iter().any(|block| block.language == Language::Jdl)
    }

    /// Ranges of the text that are prose when these blocks are structure.
    pub(super) fn kept(&self, structure: &HashSet<usize>) -> Vec<Range<usize>> {
        let mut kept = Vec::new();
        let mut at = self.body;
        for (_, block) in self.blocks.iter().enumerate().filter(|(index, _)| structure.contains(index)) {
            kept.push(at..block.range.start.max(at));
            at = block.range.end.max(at);
        }
        kept.push(at..self.text.len());
        kept
    }

    /// The prose when these blocks are structure.
    pub(super) fn prose(&self, structure: &HashSet<usize>) -> String {
        let slices: Vec<&str> =
            self.kept(structure).into_iter().map(|range| self.text.get(range).unwrap_or_default()).collect();
        slices.concat().trim().to_owned()
    }

    /// Whether a heading is all that there is beside structure.
    pub(super) fn is_heading_alone(&self, structure: &HashSet<usize>) -> bool {
        let heading = self.heading.as_ref().map_or(0..0, |(range, _)| range.clone());
        let blank = |range: Range<usize>| self.text.get(range).unwrap_or_default().trim().is_empty();
        self.kept(structure).into_iter().all(|kept| {
            let before = kept.start..heading.start.clamp(kept.start, kept.end);
            let after = heading.end.clamp(kept.start, kept.end)..kept.end;
            blank(before) && blank(after)
        })
    }

    /// The first heading, or else the first line of prose, and where it stands.
    pub(super) fn title(&self, structure: &HashSet<usize>) -> (usize, String) {
        if let Some((range, heading)) = &self.heading {
            return (range.start, heading.clone());
        }
        for range in self.kept(structure) {
            let mut at = range.start;
            for line in self.text.get(range).unwrap_or_default().split_inclusive('\n') {
                if !line.trim().is_empty() {
                    return (at + line.len() - line.trim_start().len(), line.trim().to_owned());
                }
                at += line.len();
            }
        }
        (self.body, String::new())
    }
}

/// What the events are inside of.
enum Open {
    Block(Block),
    Heading(Range<usize>, String),
}

fn language(info: &str) -> Option<Language> {
    let word = info.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{')).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "yaml" | "yml" => Some(Language::Yaml),
        "jdl" | "jh" => Some(Language::Jdl),
        _ => None,
    }
}

/// The front matter, when the first line opens it and another closes it, and where the text behind it begins.
fn front_matter(text: &str) -> (Option<Range<usize>>, usize) {
    let mut at = 0;
    let mut content = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let mark = line.trim_end();
        at += line.len();
        match (index, mark) {
            (0, FRONT_MATTER_FENCE) => content = at,
            (0, _) => return (None, 0),
            (_, FRONT_MATTER_FENCE | "...") => return (Some(content..at - line.len()), at),
            _ => {}
        }
    }
    (None, 0)
}
