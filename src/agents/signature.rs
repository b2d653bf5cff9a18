//! What a failed check's log says, without what changes from run to run.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::domain::digest::Digest;

/// Most different lines that a signature is made of.
const LINES_MAX: usize = 200;
/// Most bytes of a line that count.
const LINE_MAX_BYTES: usize = 400;
/// Lines at the end of a log that count when none tells of a failure.
pub(super) const LAST_LINES: usize = 40;

/// A failure, recognisable: two runs that fail alike have equal digests, whatever the order of their tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Digest of the check and the lines.
    pub digest: Digest,
    /// The lines that tell of failures, without what changes from run to run, sorted; at most 200.
    pub lines: Vec<String>,
}

/// Makes the signature of a check's log.
///
/// The lines are those in which vitest, tsc, Biome, Vite and Node name a failed test, a rule or an error; when there is
/// none, the last forty. Out of these go colours, places in files, durations, dates, long hexadecimal numbers, ports
/// and other numbers. What stays are numbers from 100 to 599 (an answer of 404 is another failure than one of 500) and
/// digits inside words (`TS2345`).
#[must_use]
pub fn of(check: &str, log: &str) -> Signature {
    let mut lines = BTreeSet::new();
    let mut last = std::collections::VecDeque::new();
    for line in log.lines() {
        let line = bare(line);
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if lines.len() < LINES_MAX && tells(line) {
            lines.insert(steady(line));
        }
        if lines.is_empty() {
            last.push_back(line.to_owned());
            if last.len() > LAST_LINES {
                last.pop_front();
            }
        }
    }
    if lines.is_empty() {
        lines.extend(last.iter().map(|line| steady(line)));
    }
    let lines: Vec<_> = lines.into_iter().collect();
    let named = std::iter::once(("check", check.as_bytes())).chain(lines.iter().map(|line| ("line", line.as_bytes())));
    Signature { digest: Digest::of_named(named), lines }
}

pub(super) fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// Escape sequences of terminals (ECMA-48): colours, links, cursor moves.
static ESCAPES: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern("\u{1b}(?:\\[[0-9;:?]*[ -/]*[@-~]|\\][^\u{7}\u{1b}]*(?:\u{7}|\u{1b}\\\\)|[@-Z\\\\-_])"));

/// A line without escape sequences and other controls, cut to what counts.
pub(super) fn bare(line: &str) -> String {
    let end = line.char_indices().map(|(at, _)| at).take_while(|at| *at <= LINE_MAX_BYTES * 4).last().unwrap_or(0);
    let line = if line.len() > LINE_MAX_BYTES * 4 { line.get(..end).unwrap_or_default() } else { line };
    let line = ESCAPES.as_ref().map_or(line.into(), |escapes| escapes.replace_all(line, ""));
    line.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

static TELLING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:FAIL\b|[×✗✖✘]|not ok\b)",
        r"|\berror TS[0-9]+",
        r"|\b[A-Za-z]*(?:Error|Exception)\b",
        r"|(?:^|\s)(?:error|ERROR|fatal)\b.*:",
        r"|^\S+ (?:lint|assist|parse|format|check|suppressions|syntax)\S*(?: +[A-Z]+)* +━",
        r"|^(?:Unhandled|Serialized Error|Cannot find|Could not)\b",
    ))
});

/// Whether a line is a runner's about a test that passed or was left out: its title may say anything.
pub(super) fn passed(line: &str) -> bool {
    line.trim_start().starts_with(['✓', '√', '↓', '□'])
}

pub(super) fn tells(line: &str) -> bool {
    !passed(line) && TELLING.as_ref().is_some_and(|telling| telling.is_match(line))
}

/// What changes from run to run, and what stands for it. In this order.
static CHANGING: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        // Rules that Biome and vitest draw to the end of the line.
        (r"\s*[━⎯─]{2,}.*$", ""),
        // Where in a file: `x.ts:12:34`, `x.ts(12,34)`.
        (r":[0-9]+:[0-9]+\b", ""),
        (r"\([0-9]+,[0-9]+\)", ""),
        (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?", "<time>"),
        (r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b", "<id>"),
        (r"\b0x[0-9a-fA-F]+\b", "<hex>"),
        (r"\b[0-9a-fA-F]*[0-9][0-9a-fA-F]*[a-fA-F][0-9a-fA-F]{6,}\b|\b[a-fA-F]+[0-9][0-9a-fA-F]{7,}\b", "<hex>"),
        (r"\b[0-9]+(?:\.[0-9]+)?\s?(?:ms|µs|s|m|min)\b", "<duration>"),
        (r"\(retry x[0-9]+\)", ""),
        (r"\b(?:[0-9]{1,2}|0[0-9]+|[6-9][0-9]{2}|[0-9]{4,})(?:\.[0-9]+)?\b", "<number>"),
        (r"\s+", " "),
    ]
    .into_iter()
    .filter_map(|(text, instead)| Some((pattern(text)?, instead)))
    .collect()
});

fn steady(line: &str) -> String {
    let mut line = line.to_owned();
    for (changing, instead) in CHANGING.iter() {
        if changing.is_match(&line) {
            line = changing.replace_all(&line, *instead).into_owned();
        }
    }
    let cut = line.char_indices().map(|(at, _)| at).find(|at| *at >= LINE_MAX_BYTES).unwrap_or(line.len());
    line.truncate(cut);
    line.trim().to_owned()
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
