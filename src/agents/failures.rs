//! The failures that a check's log tells of, one by one: which file each lies in, by which code, and its own lines.
//!
//! The forms are those of tsc, Biome and vitest; what has no form of theirs is told by the lines that
//! [`super::signature`] goes by, and a log without any by its end.

use std::{collections::BTreeMap, fmt::Write as _, sync::LazyLock};

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::signature::{LAST_LINES, bare, passed, pattern, tells};

/// Most failures of a log that are told apart.
const FAILURES_MAX: usize = 100;
/// Most lines of one failure that are kept: testing libraries print whole pages.
const LINES_MAX: usize = 150;
/// Most bytes of one failure that are kept, cut in its middle.
const TEXT_MAX_BYTES: usize = 6 * 1024;
/// Most files that one failure names.
const NAMED_MAX: usize = 12;
/// Lines before one without a form of its own that belong to it: Node names the place before the error.
const LINES_BEFORE: usize = 4;
/// Most failures alike whose first lines an excerpt shows.
const ALIKE_MAX: usize = 10;

/// One failure that a log tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind it is.
    pub kind: FailureKind,
    /// The compiler's code, the linter's rule, or the name of the error; empty when there is none.
    pub code: String,
    /// The file of the project that it lies in, relative to its root; none when the log does not say.
    pub file: Option<String>,
    /// Files of the project that its lines name, in their order, each once; its own is among them.
    pub named: Vec<String>,
    /// Its lines, without colours, paths relative; what is very long is cut in its middle.
    pub text: String,
}

/// What kind a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A linter or formatter does not like what stands in the file.
    Style,
    /// A type checker does not.
    Types,
    /// A test file could not be loaded, or holds no test.
    Load,
    /// A test that was asked for did not run.
    Missing,
    /// Something ran and went wrong; also whatever has no form that is known.
    Run,
}

/// What a log is read with.
pub struct Place<'a> {
    /// Beginnings of paths that are cut off: folders in which the command saw the project, each with a `/` at its end.
    pub roots: &'a [String],
    /// Whether a relative path is a file of the project.
    pub is_file: &'a dyn Fn(&str) -> bool,
}

/// Reads a log. A log with any text gives at least one failure, at most a hundred.
#[must_use]
pub fn read(log: &str, place: &Place<'_>) -> Vec<Failure> {
    let mut reading = Reading { place, blocks: Vec::new(), open: false, has_forms: false, before: Vec::new() };
    for line in log.lines() {
        reading.line(place.relative(&bare(line)));
    }
    let mut failures: Vec<Failure> = reading.blocks.into_iter().map(|block| block.failure(place)).collect();
    // Where the files of such tests differ, the error stands with the last.
    let mut next = String::new();
    for failure in failures.iter_mut().rev() {
        if failure.code.is_empty() {
            failure.code.clone_from(&next);
        }
        next.clone_from(&failure.code);
    }
    if failures.is_empty() && !log.trim().is_empty() {
        let lines: Vec<String> = log.lines().map(|line| place.relative(&bare(line))).collect();
        let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default();
        let block = Block { head: Head::new(FailureKind::Run, "", None), lines: last.to_vec() };
        failures.push(block.failure(place));
    }
    failures
}

/// What of some failures fits into so many bytes: folded by code and file, the first of each whole, of the others their
/// first lines; what does not fit is counted.
#[must_use]
pub fn excerpt<'f>(failures: impl IntoIterator<Item = &'f Failure>, most_bytes: usize) -> String {
    let mut order = Vec::new();
    let mut groups: BTreeMap<(&str, Option<&str>), Vec<&Failure>> = BTreeMap::new();
    for failure in failures {
        let key = (failure.code.as_str(), failure.file.as_deref());
        if !groups.contains_key(&key) {
            order.push(key);
        }
        groups.entry(key).or_default().push(failure);
    }
    let (mut text, mut left_out) = (String::new(), 0);
    for key in order {
        let group = groups.remove(&key).unwrap_or_default();
        let Some((first, alike)) = group.split_first() else { continue };
        let mut part = format!("{}\n", first.text.trim_end());
        if !alike.is_empty() {
            let _ = writeln!(part, "[{} more of this kind in this file]", alike.len());
            for other in alike.iter().take(ALIKE_MAX) {
                let _ = writeln!(part, "{}", first_line(other));
            }
        }
        let short = format!("{}\n", first_line(first));
        // The first is shown whole whatever its length: it is what the others may follow from.
        match text.len() {
            0 => text = part,
            length if length + part.len() < most_bytes => {
                text.push('\n');
                text.push_str(&part);
            }
            length if length + short.len() < most_bytes => {
                text.push('\n');
                text.push_str(&short);
                left_out += alike.len();
            }
            _ => left_out += group.len(),
        }
    }
    if left_out > 0 {
        let _ = writeln!(text, "\n[and {left_out} more]");
    }
    text
}

/// A text cut in its middle to about so many bytes, with a line that says so.
#[must_use]
pub fn cut(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    let head = text.floor_char_boundary(most_bytes / 3 * 2);
    let tail = text.ceil_char_boundary(text.len().saturating_sub(most_bytes / 3));
    let (head, tail) = (text.get(..head).unwrap_or_default(), text.get(tail..).unwrap_or_default());
    // Whole lines, where there are any.
    let head = head.rsplit_once('\n').map_or(head, |(whole, _)| whole);
    let tail = tail.split_once('\n').map_or(tail, |(_, whole)| whole);
    format!("{head}\n[... {} bytes left out ...]\n{tail}", text.len() - head.len() - tail.len())
}

fn first_line(failure: &Failure) -> &str {
    failure.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// The line with which a failure begins.
struct Head {
    kind: FailureKind,
    code: String,
    file: Option<String>,
}

impl Head {
    fn new(kind: FailureKind, code: &str, file: Option<&str>) -> Self {
        Self { kind, code: code.to_owned(), file: file.map(str::to_owned) }
    }

    /// The head that a line is, if it is one.
    fn of(line: &str) -> Option<Self> {
        let found = |form: &LazyLock<Option<Regex>>| form.as_ref().and_then(|form| form.captures(line));
        let part =
            |captures: &regex::Captures<'_>, name: &str| captures.name(name).map(|part| part.as_str().to_owned());
        if let Some(captures) = found(&TYPES) {
            let code = part(&captures, "code").unwrap_or_default();
            return Some(Self { kind: FailureKind::Types, code, file: part(&captures, "file") });
        }
        if let Some(captures) = found(&STYLE) {
            let code = part(&captures, "code").unwrap_or_default();
            return Some(Self { kind: FailureKind::Style, code, file: part(&captures, "file") });
        }
        if let Some(captures) = found(&TEST) {
            let is_whole_file = captures.name("whole").is_some();
            let kind = if is_whole_file { FailureKind::Load } else { FailureKind::Run };
            return Some(Self { kind, code: String::new(), file: part(&captures, "file") });
        }
        found(&UNHANDLED).map(|_| Self::new(FailureKind::Run, "Unhandled", None))
    }
}

/// `src/a.ts(12,7): error TS2322: …`, or with colours `src/a.ts:12:7 - error TS2322: …`.
static TYPES: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"^(?P<file>[^\s(:]+)(?:\(\d+,\d+\):|:\d+:\d+ -) error (?P<code>TS\d+)"));
/// `src/a.tsx:3:24 lint/correctness/noUnusedImports  FIXABLE  ━━━`.
static STYLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"^(?P<file>\S+?)(?::\d+:\d+)? (?P<code>(?:lint|assist|parse|format|check|suppressions|syntax)\S*)(?: +[A-Z]+)* +━",
    )
});
/// `FAIL  |server| tests/a.test.ts > title`, with colours `FAIL  server  tests/a.test.ts > title`; of a file as a whole
/// `FAIL  tests/a.test.ts [ tests/a.test.ts ]`.
static TEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"^\s*FAIL\s+(?:\|[^|]*\|\s+|[\w-]+\s+)?(?P<file>[^\s>]+)(?:\s+>.*|(?P<whole>\s+\[.*\])|)\s*$")
});
/// `⎯⎯⎯ Unhandled Rejection ⎯⎯⎯`.
static UNHANDLED: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"^[⎯━\s]*Unhandled (?:Error|Rejection|Exception)s?\b"));
/// What ends the last failure.
static SUMMARY: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"^\s*(?:Test Files\s|Checked \d+ files|Found \d+ (?:errors?|warnings?)\b)"));
/// The name of an error at the start of a line.
static ERROR: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"^\s*(?P<name>[A-Za-z]*(?:Error|Exception))\b"));
/// What may be the path of a file.
static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"[\w@$+\-./\[\]]*[\w\]]\.[A-Za-z0-9]{1,8}"));

impl Place<'_> {
    /// A line with the project's paths as the project has them.
    fn relative(&self, line: &str) -> String {
        let mut line = line.replace("file://", "");
        for root in self.roots {
            line = line.replace(root.as_str(), "");
        }
        line
    }

    fn file(&self, path: &str) -> Option<String> {
        let path = path.strip_prefix("./").unwrap_or(path);
        (self.is_file)(path).then(|| path.to_owned())
    }
}

struct Reading<'a> {
    place: &'a Place<'a>,
    blocks: Vec<Block>,
    /// Whether lines belong to the last block.
    open: bool,
    /// Whether any failure had a form that is known.
    has_forms: bool,
    /// The last lines that belong to no block.
    before: Vec<String>,
}

impl Reading<'_> {
    fn line(&mut self, line: String) {
        if let Some(mut head) = Head::of(&line) {
            head.file = head.file.and_then(|file| self.place.file(&file));
            if !self.has_forms {
                // What was marked while tests ran is told again with its error.
                self.blocks.retain(|block| !block.is_mark());
                self.has_forms = true;
            }
            match self.blocks.last_mut().filter(|last| self.open && last.takes(&head)) {
                Some(block) => block.lines.push(line),
                None => self.begin(head, vec![line]),
            }
            return;
        }
        if line.starts_with("⎯⎯⎯⎯") {
            return;
        }
        if passed(&line) || SUMMARY.as_ref().is_some_and(|summary| summary.is_match(&line)) {
            self.open = false;
        } else if !self.has_forms && !self.open && tells(line.trim()) {
            let mut lines = std::mem::take(&mut self.before);
            lines.push(line);
            self.begin(Head::new(FailureKind::Run, "", None), lines);
        } else if self.open {
            if let Some(block) = self.blocks.last_mut().filter(|block| block.lines.len() < LINES_MAX) {
                block.lines.push(line);
            }
        } else {
            if self.before.len() >= LINES_BEFORE {
                self.before.remove(0);
            }
            self.before.push(line);
        }
    }

    fn begin(&mut self, head: Head, lines: Vec<String>) {
        self.open = self.blocks.len() < FAILURES_MAX;
        if self.open {
            self.blocks.push(Block { head, lines });
        }
    }
}

/// A failure's head and lines.
struct Block {
    head: Head,
    lines: Vec<String>,
}

impl Block {
    /// Whether it is no more than a runner's mark beside a test.
    fn is_mark(&self) -> bool {
        self.lines
            .iter()
            .find(|line| tells(line.trim()))
            .is_some_and(|line| line.trim().starts_with(['×', '✗', '✖', '✘']))
    }

    /// Whether a test's head belongs to it: tests of one file that fail alike stand one after the other, their error
    /// after the last.
    fn takes(&self, head: &Head) -> bool {
        let is_head = |line: &String| line.trim().is_empty() || Head::of(line).is_some();
        let is_alike = head.kind == FailureKind::Run && self.head.kind == head.kind && self.head.file == head.file;
        is_alike && head.code.is_empty() && self.lines.iter().all(is_head)
    }

    fn failure(self, place: &Place<'_>) -> Failure {
        let Head { mut kind, mut code, file } = self.head;
        let mut named: Vec<String> = file.iter().cloned().collect();
        for line in &self.lines {
            for found in PATH.iter().flat_map(|path| path.find_iter(line)) {
                let Some(path) = place.file(found.as_str()) else { continue };
                if named.len() < NAMED_MAX && !named.contains(&path) {
                    named.push(path);
                }
            }
        }
        if code.is_empty() {
            let name = |line: &String| {
                let captures = ERROR.as_ref()?.captures(line)?;
                captures.name("name").map(|name| name.as_str().to_owned())
            };
            code = self.lines.iter().find_map(name).unwrap_or_default();
        }
        // A file that its own parser refuses was never run.
        if file.is_none() && code == "SyntaxError" {
            kind = FailureKind::Load;
        }
        let file = file.or_else(|| named.first().cloned());
        let text = cut(&self.lines.join("\n"), TEXT_MAX_BYTES);
        Failure { kind, code, file, named, text }
    }
}

#[cfg(test)]
#[path = "failures_tests.rs"]
mod tests;
