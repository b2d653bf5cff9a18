//! Code answers: whole files, edits, deletions, packages, disputes and what blocks, in tags at the start of a line.
//!
//! ```text
//! <file path="src/x.ts">
//! whole content
//! </file>
//! <edit path="src/y.ts">
//! <<<<<<< SEARCH
//! lines as they are
//! =======
//! lines as they shall be
//! >>>>>>> REPLACE
//! </edit>
//! <delete path="src/old.ts"/>
//! <package name="date-fns" reason="why it is needed"/>
//! <dispute path="tests/x.test.ts">why this test is wrong</dispute>
//! <blocked>why nothing that may be changed would help</blocked>
//! <done/>
//! ```
//!
//! What a content holds of this form itself: a line `</file>` belongs to the content when another `</file>` follows
//! before the next opening tag; a line that is a complete opening tag ends the part before it. Inside a block of an
//! edit no tag counts, only the block's own marks, and these may be longer than seven characters so that the content
//! can hold shorter ones.

use super::tag::{self, Tag, TagName};
use super::{AnswerProblem, PROBLEMS_MAX, ProblemKind, placeholder};
use crate::agents::edit::Block;
use crate::agents::role::ANSWER_MAX_BYTES;
use crate::domain::lines::saturated;
use crate::domain::path::ProjectPath;

mod blocks;

/// Most parts of an answer that are read.
const PARTS_MAX: usize = 500;
/// Most bytes in the name of a package: npm's own limit is 214.
const PACKAGE_MAX_BYTES: usize = 214;

/// What a code answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilesAnswer {
    /// What can be used, in the order of the answer; no two files, edits or deletions are about one path.
    pub parts: Vec<Part>,
    /// What cannot; the parts concerned are not in `parts`.
    pub problems: Vec<AnswerProblem>,
    /// Where the answer ends in the middle of a part.
    pub cut_off: Option<CutOff>,
    /// Whether it says that it is complete. Without this and without `cut_off` it may still lack parts;
    /// an answer that says only this has no parts and no problems.
    pub is_done: bool,
}

/// One part of a code answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A whole file.
    File {
        /// Where.
        path: ProjectPath,
        /// What is in it, with `\n` at the end of every line.
        content: String,
    },
    /// A change of a file.
    Edit {
        /// Which.
        path: ProjectPath,
        /// At least one.
        blocks: Vec<Block>,
    },
    /// A file that goes.
    Delete {
        /// Which.
        path: ProjectPath,
    },
    /// A package that is asked for.
    Package {
        /// Its name, without spaces or control characters; whether it exists is not known.
        name: String,
        /// Why; may be empty.
        reason: String,
    },
    /// A file that is said to be wrong.
    Dispute {
        /// Which.
        path: ProjectPath,
        /// Why; never empty.
        reason: String,
    },
    /// Nothing that its author may change would help.
    Blocked {
        /// Why; never empty.
        reason: String,
    },
}

impl Part {
    /// The file that it changes; none for what is only said.
    #[must_use]
    pub fn changes(&self) -> Option<&ProjectPath> {
        match self {
            Self::File { path, .. } | Self::Edit { path, .. } | Self::Delete { path } => Some(path),
            Self::Package { .. } | Self::Dispute { .. } | Self::Blocked { .. } => None,
        }
    }
}

/// Where an answer ends in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// What the unfinished part is about, as the model wrote it; empty when it ends inside a tag.
    pub path: String,
    /// Line of the answer in which that part begins, from 1.
    pub line: u32,
}

/// Reads a code answer. Any text gives an answer; time and memory are linear in its length, and what is larger than
/// 4 MiB is not read.
#[must_use]
pub fn read(text: &str) -> FilesAnswer {
    if text.len() > ANSWER_MAX_BYTES {
        let message = "The answer is larger than 4 MiB. Answer with much less.";
        let problems = vec![AnswerProblem::new(ProblemKind::TooLarge, "", message)];
        return FilesAnswer { problems, ..FilesAnswer::default() };
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut reader = Reader { lines: text.split('\n').collect(), at: 0, parts: 0, answer: FilesAnswer::default() };
    reader.answer();
    let mut answer = reader.answer;
    repeated(&mut answer);
    let is_silent = answer.parts.is_empty() && answer.problems.is_empty() && answer.cut_off.is_none();
    if is_silent && !answer.is_done {
        let message = "There is no part in the answer. Answer with parts in tags, each at the start of a line.";
        answer.problems.push(AnswerProblem::new(ProblemKind::Empty, "", message));
    }
    answer.problems.truncate(PROBLEMS_MAX);
    answer
}

struct Reader<'t> {
    lines: Vec<&'t str>,
    at: usize,
    parts: usize,
    answer: FilesAnswer,
}

impl<'t> Reader<'t> {
    fn line(&self, index: usize) -> Option<&'t str> {
        self.lines.get(index).copied()
    }

    fn answer(&mut self) {
        while let Some(line) = self.line(self.at) {
            self.at += 1;
            let Some(tag) = tag::opening(line) else {
                if self.at == self.lines.len() && tag::is_begun(line) {
                    self.cut_off("", self.at - 1);
                }
                continue;
            };
            if tag.name == TagName::Done {
                self.answer.is_done = true;
                continue;
            }
            self.parts += 1;
            if self.parts > PARTS_MAX {
                let message = format!("The answer has more than {PARTS_MAX} parts; none after that many was read.");
                self.problem(ProblemKind::TooLarge, "", message);
                return;
            }
            self.part(&tag);
        }
    }

    fn part(&mut self, tag: &Tag<'t>) {
        match tag.name {
            TagName::File => self.file(tag),
            TagName::Edit => self.edit(tag),
            TagName::Delete => {
                if let Some(path) = self.path(tag) {
                    self.answer.parts.push(Part::Delete { path });
                }
            }
            TagName::Package => self.package(tag),
            TagName::Dispute => self.dispute(tag),
            TagName::Blocked => self.blocked(tag),
            TagName::Done => {}
        }
    }

    fn problem(&mut self, kind: ProblemKind, path: &str, message: impl Into<String>) {
        self.answer.problems.push(AnswerProblem::new(kind, path, message));
    }

    fn cut_off(&mut self, path: &str, line: usize) {
        let path = crate::domain::shown::shown(path, 200);
        self.answer.cut_off = Some(CutOff { path, line: saturated(line + 1) });
    }

    /// The path of a tag, or a problem that names it.
    fn path(&mut self, tag: &Tag<'_>) -> Option<ProjectPath> {
        match ProjectPath::parse(tag.key.trim()) {
            Ok(path) => Some(path),
            Err(refused) => {
                let message = format!("{refused}. Write a path relative to the project's root, with `/`.");
                self.problem(ProblemKind::UnsafePath, tag.key, message);
                None
            }
        }
    }

    /// The lines from here to a closing tag: without the next opening tag, up to the last closing one. `None` when it
    /// is not closed, which is noted.
    fn inside(&mut self, tag: &Tag<'t>, closing: &str) -> Option<String> {
        let opened = self.at - 1;
        if let Some(inside) = tag.rest.trim_end().strip_suffix(closing) {
            return Some(inside.to_owned());
        }
        let mut end = None;
        let mut next = self.at;
        while let Some(line) = self.line(next).filter(|line| tag::opening(line).is_none()) {
            let bare = line.trim_end();
            if bare == closing {
                end = Some((next, ""));
            } else if let (None, Some(last)) = (end, bare.strip_suffix(closing)) {
                end = Some((next, last));
            }
            next += 1;
        }
        let Some((end, last)) = end else {
            let is_end = next == self.lines.len();
            self.at = next;
            if is_end {
                self.cut_off(tag.key, opened);
            } else {
                let message = format!("It is not closed: write `{closing}` on a line of its own after its content.");
                self.problem(ProblemKind::Syntax, tag.key, message);
            }
            return None;
        };
        let first = Some(tag.rest).filter(|rest| !rest.trim().is_empty());
        let lines = self.lines.get(self.at..end).unwrap_or_default().iter().copied();
        let last = Some(last).filter(|last| !last.is_empty());
        self.at = end + 1;
        Some(first.into_iter().chain(lines).chain(last).flat_map(|line| [line, "\n"]).collect())
    }

    fn file(&mut self, tag: &Tag<'t>) {
        let content = if tag.is_closed { Some(String::new()) } else { self.inside(tag, "</file>") };
        let Some(content) = content else { return };
        let Some(path) = self.path(tag) else { return };
        let mut content = without_fence(path.as_str(), &content).to_owned();
        if !content.is_empty() && !content.ends_with('\n') {
            content.push('\n');
        }
        if let Some((line, text)) = placeholder::find(path.as_str(), &content) {
            let message = placeholder_message(line, text);
            return self.problem(ProblemKind::Placeholder, tag.key, message);
        }
        self.answer.parts.push(Part::File { path, content });
    }

    fn edit(&mut self, tag: &Tag<'t>) {
        if tag.is_closed {
            return self.problem(ProblemKind::Edit, tag.key, "The edit has no SEARCH block.");
        }
        let opened = self.at - 1;
        let read = blocks::read(&self.lines, self.at);
        self.at = read.end;
        if read.is_cut_off {
            return self.cut_off(tag.key, opened);
        }
        let Some(path) = self.path(tag) else { return };
        let mut blocks = read.blocks;
        for (index, fault) in read.faults {
            self.problem(ProblemKind::Edit, tag.key, format!("Block {}: {fault}", index + 1));
            blocks.clear();
        }
        let placeholder = blocks.iter().find_map(|block| {
            let (line, text) = placeholder::find(path.as_str(), &block.replace)?;
            (!block.search.contains(text)).then_some((line, text))
        });
        if let Some((line, text)) = placeholder {
            let message = placeholder_message(line, text);
            self.problem(ProblemKind::Placeholder, tag.key, message);
        } else if !blocks.is_empty() {
            self.answer.parts.push(Part::Edit { path, blocks });
        }
    }

    fn package(&mut self, tag: &Tag<'t>) {
        let name = tag.key.trim();
        let is_name = !name.is_empty()
            && name.len() <= PACKAGE_MAX_BYTES
            && name.bytes().all(|byte| byte.is_ascii_graphic())
            && !name.contains(['<', '>', '"', '\'', '\\', '`'])
            && !name.contains("..");
        if !is_name {
            let name = crate::domain::shown::shown(name, PACKAGE_MAX_BYTES);
            let message = format!("`{name}` is no name of a package. Write the name alone.");
            return self.problem(ProblemKind::Syntax, "", message);
        }
        self.answer.parts.push(Part::Package { name: name.to_owned(), reason: tag.reason.trim().to_owned() });
    }

    fn dispute(&mut self, tag: &Tag<'t>) {
        let inside = if tag.is_closed { Some(tag.reason.to_owned()) } else { self.inside(tag, "</dispute>") };
        let Some(inside) = inside else { return };
        let Some(path) = self.path(tag) else { return };
        let reason = [inside.trim(), tag.reason.trim()].into_iter().find(|reason| !reason.is_empty());
        match reason {
            None => {
                self.problem(ProblemKind::Syntax, tag.key, "The dispute gives no reason. Say why the file is wrong.");
            }
            Some(reason) => self.answer.parts.push(Part::Dispute { path, reason: reason.to_owned() }),
        }
    }

    fn blocked(&mut self, tag: &Tag<'t>) {
        let inside = if tag.is_closed { Some(tag.reason.to_owned()) } else { self.inside(tag, "</blocked>") };
        let Some(inside) = inside else { return };
        let reason = [inside.trim(), tag.reason.trim()].into_iter().find(|reason| !reason.is_empty());
        match reason {
            None => self.problem(ProblemKind::Syntax, "", "`<blocked>` gives no reason. Say what blocks."),
            Some(reason) => self.answer.parts.push(Part::Blocked { reason: reason.to_owned() }),
        }
    }
}

fn placeholder_message(line: usize, text: &str) -> String {
    let shown = crate::domain::shown::shown(text.trim(), 100);
    format!("Its line {line} leaves code out: `{shown}`. Write it whole, with every line.")
}

/// A content without the fence that a model put around all of it. In Markdown a fence may be the content itself.
fn without_fence<'c>(path: &str, content: &'c str) -> &'c str {
    let path = path.to_ascii_lowercase();
    if [".md", ".mdx", ".markdown"].iter().any(|ending| path.ends_with(ending)) {
        return content;
    }
    let bare = content.trim_matches('\n').trim_end();
    let Some((first, rest)) = bare.split_once('\n') else { return content };
    let (inside, last) = rest.rsplit_once('\n').unwrap_or(("", rest));
    let run = fence_run(first);
    let closes = run > 0 && last.trim().len() >= run && fence_run(last) == last.trim().len();
    if closes { inside } else { content }
}

/// Length of the run of backticks or tildes that makes a line a fence; 0 when it is none.
fn fence_run(line: &str) -> usize {
    let line = line.trim();
    let Some(mark) = line.chars().next().filter(|c| matches!(c, '`' | '~')) else { return 0 };
    let rest = line.trim_start_matches(mark);
    let run = line.len() - rest.len();
    if run >= 3 && !rest.contains(mark) { run } else { 0 }
}

/// Makes edits of one file one edit, and notes other parts that are about a file that an earlier part is about. Small
/// and capital letters count as the same: on many disks they are.
fn repeated(answer: &mut FilesAnswer) {
    let mut kept: Vec<Part> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for part in std::mem::take(&mut answer.parts) {
        let Some(path) = part.changes() else {
            kept.push(part);
            continue;
        };
        let key = path.as_str().to_lowercase();
        let Some(earlier) = known.get(&key).copied() else {
            known.insert(key, kept.len());
            kept.push(part);
            continue;
        };
        match (kept.get_mut(earlier), part) {
            (Some(Part::Edit { path: same, blocks }), Part::Edit { path, blocks: mut more }) if *same == path => {
                blocks.append(&mut more);
            }
            (_, part) => {
                let path = part.changes().map(ProjectPath::as_str).unwrap_or_default();
                let message = "An earlier part of the answer is about the same file. Write one part for each file.";
                answer.problems.push(AnswerProblem::new(ProblemKind::Repeated, path, message));
            }
        }
    }
    answer.parts = kept;
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
