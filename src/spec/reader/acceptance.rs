//! The user's own acceptance commands.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::{At, Reader, Table};
use crate::domain::path::ProjectPath;
use crate::domain::problem::Problem;
use crate::domain::spec::Acceptance;
use crate::spec::tree::Value;

pub(in crate::spec) const KEYS: [&str; 5] = ["name", "command", "files", "server", "time_limit"];

const ACCEPTANCE_MAX: usize = 50;
const ARGUMENTS_MAX: usize = 100;
const ARGUMENT_MAX_CHARS: usize = 4_000;
const FILES_MAX: usize = 100;
const FILE_MAX_BYTES: usize = 1024 * 1024;
const TIME_LIMIT_DEFAULT_S: u32 = 120;
const TIME_LIMIT_MAX_S: u32 = 3_600;

pub(super) fn read(reader: &mut Reader, at: &At<'_>) -> Vec<Acceptance> {
    let items = reader.items(at, "a list of acceptance commands", ACCEPTANCE_MAX).unwrap_or_default();
    let mut read: Vec<Acceptance> = Vec::new();
    for item in items {
        let Some(table) = reader.table(&item, "a table with `name` and `command`", &KEYS) else { continue };
        let name = name(reader, &table, &read);
        let command = command(reader, &table);
        let files = table.get("files").map(|at| files(reader, &at)).unwrap_or_default();
        let server = table.get("server").and_then(|at| reader.boolean(&at)).unwrap_or(false);
        let time_limit_s = table.get("time_limit").and_then(|at| time_limit_s(reader, &at));
        if let (Some(name), Some(command)) = (name, command) {
            let time_limit_s = time_limit_s.unwrap_or(TIME_LIMIT_DEFAULT_S);
            read.push(Acceptance { name, command, files, server, time_limit_s });
        }
    }
    read
}

fn name(reader: &mut Reader, table: &Table<'_>, before: &[Acceptance]) -> Option<String> {
    let Some(at) = table.get("name") else {
        reader.missing(table, "name", "name: books can be lent");
        return None;
    };
    let name = reader.label(&at)?;
    if before.iter().any(|other| other.name == name) {
        reader.refuse(&at, Problem::new("acceptance_name_repeated", &at.path).with("name", name));
        return None;
    }
    Some(name)
}

/// Program and arguments: a list, as no shell is there to split a line.
fn command(reader: &mut Reader, table: &Table<'_>) -> Option<Vec<String>> {
    let Some(at) = table.get("command") else {
        reader.missing(table, "command", "command: [npm, run, acceptance]");
        return None;
    };
    if let Value::Text(line) = &at.node.value {
        let words: Vec<&str> = line.split_whitespace().take(ARGUMENTS_MAX).collect();
        reader.refuse(&at, Problem::new("command_is_line", &at.path).with("words", words.join(", ")));
        return None;
    }
    let items = reader.items(&at, "a list of program and arguments such as `[npm, run, acceptance]`", ARGUMENTS_MAX)?;
    let count = items.len();
    let mut arguments = Vec::with_capacity(count);
    for item in &items {
        let Some(text) = reader.bounded_text(item, ARGUMENT_MAX_CHARS, true) else { continue };
        arguments.push(text.to_owned());
    }
    if arguments.len() < count {
        return None;
    }
    if arguments.first().is_none_or(|program| program.trim().is_empty()) {
        reader.refuse(&at, Problem::new("command_empty", &at.path));
        return None;
    }
    Some(arguments)
}

fn files(reader: &mut Reader, at: &At<'_>) -> BTreeMap<ProjectPath, String> {
    let mut files = BTreeMap::new();
    let Some(entries) = reader.entries(at, "a table of paths and texts") else { return files };
    if entries.len() > FILES_MAX {
        let problem = Problem::new("too_many", &at.path).with("count", entries.len()).with("most", FILES_MAX);
        reader.refuse(at, problem);
        return files;
    }
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (key, entry) in entries {
        let path = match ProjectPath::parse(key) {
            Ok(path) => path,
            Err(error) => {
                let problem = Problem::new("file_path_refused", &entry.path);
                reader.refuse(&entry, problem.with("file", error.path).with("reason", error.reason));
                continue;
            }
        };
        let folded: String = key.nfc().flat_map(char::to_lowercase).collect();
        let inside = |folder: &str, file: &str| file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let clash =
            taken.iter().find(|(other, _)| **other == folded || inside(other, &folded) || inside(&folded, other));
        if let Some((_, first)) = clash {
            let problem = Problem::new("file_path_clash", &entry.path).with("file", &path).with("first", first);
            reader.refuse(&entry, problem);
            continue;
        }
        taken.insert(folded, key.to_owned());
        let Some(text) = reader.text(&entry) else { continue };
        if text.len() > FILE_MAX_BYTES {
            let problem = Problem::new("file_too_long", &entry.path).with("bytes", text.len());
            reader.refuse(&entry, problem.with("most", FILE_MAX_BYTES));
            continue;
        }
        files.insert(path, text.to_owned());
    }
    files
}

/// `90`, `90s`, `2m` or `1h` in seconds.
fn time_limit_s(reader: &mut Reader, at: &At<'_>) -> Option<u32> {
    let Value::Text(text) = &at.node.value else {
        return reader.whole(at, 1..=TIME_LIMIT_MAX_S);
    };
    let unit_s = match text.chars().last() {
        Some('s') => Some(1),
        Some('m') => Some(60),
        Some('h') => Some(3_600),
        _ => None,
    };
    let count: Option<u32> = text.get(..text.len().saturating_sub(1)).and_then(|digits| digits.parse().ok());
    let seconds = count.zip(unit_s).and_then(|(count, unit_s)| count.checked_mul(unit_s));
    let fit = seconds.filter(|seconds| (1..=TIME_LIMIT_MAX_S).contains(seconds));
    if fit.is_none() {
        let value: String = text.chars().take(40).collect();
        reader.refuse(at, Problem::new("time_limit_invalid", &at.path).with("value", value));
    }
    fit
}
