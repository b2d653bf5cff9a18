//! What a manifest says to those who write features into a project: what each file is for, what stays as it is, and how
//! a package is added and a file formatted.

use super::parse::{argv, environment};
use super::read::{Found, Table};
use super::{AddPackage, Format, GuidePart, Pattern, Purpose, TestReport};
use crate::domain::path::ProjectPath;

/// Stands for the package's name.
pub(super) const PACKAGE: &str = "{package}";
/// Stands for the package's exact version.
pub(super) const VERSION: &str = "{version}";
/// Stands for the files, one argument each.
pub(super) const FILES: &str = "{files}";

impl AddPackage {
    /// Program and arguments for one package at one exact version.
    #[must_use]
    pub fn argv_for(&self, package: &str, version: &str) -> Vec<String> {
        self.argv.iter().map(|argument| argument.replace(VERSION, version).replace(PACKAGE, package)).collect()
    }
}

impl Format {
    /// Program and arguments for these files.
    #[must_use]
    pub fn argv_for<'p>(&self, files: impl IntoIterator<Item = &'p ProjectPath>) -> Vec<String> {
        let files: Vec<String> = files.into_iter().map(ToString::to_string).collect();
        let expand = |argument: &String| if argument == FILES { files.clone() } else { vec![argument.clone()] };
        self.argv.iter().flat_map(expand).collect()
    }
}

pub(super) fn purposes(root: &Table<'_, '_>) -> Vec<Purpose> {
    root.tables("purposes").into_iter().filter_map(purpose).collect()
}

fn purpose(table: Table<'_, '_>) -> Option<Purpose> {
    let files = table.text("files").and_then(|found| output_pattern(&table, "files", &found));
    let purpose = table.text("purpose").and_then(|found| {
        if found.value.contains('\n') {
            table.source().bad(found.offset, &table.path_of("purpose"), &found.value, "it is one line");
            return None;
        }
        Some(found.value)
    });
    table.finish();
    Some(Purpose { files: files?, purpose: purpose? })
}

pub(super) fn protected(root: &Table<'_, '_>) -> Vec<Pattern> {
    root.texts("protected").iter().filter_map(|found| output_pattern(root, "protected", found)).collect()
}

pub(super) fn guide_parts(root: &Table<'_, '_>) -> Vec<GuidePart> {
    root.tables("guide_parts").into_iter().filter_map(guide_part).collect()
}

fn guide_part(table: Table<'_, '_>) -> Option<GuidePart> {
    let heading = table.text("heading").map(|found| found.value);
    let files = table.required_texts("files");
    let files = files.map(|files| files.iter().filter_map(|found| output_pattern(&table, "files", found)).collect());
    table.finish();
    Some(GuidePart { heading: heading?, files: files? })
}

/// A pattern over the paths of a project: what stands for a name in a pack's path is any text in a project's.
fn output_pattern(table: &Table<'_, '_>, key: &'static str, found: &Found<String>) -> Option<Pattern> {
    let mut value = String::new();
    let mut rest = found.value.as_str();
    while let Some((before, (_, after))) =
        rest.split_once('{').and_then(|(before, inside)| Some((before, inside.split_once('}')?)))
    {
        value.push_str(before);
        value.push('*');
        rest = after;
    }
    value.push_str(rest);
    table.pattern(key, &Found { value, offset: found.offset })
}

/// The folder of features' tests, when there is one; the outer `None` when it is wrong.
pub(super) fn feature_tests(root: &Table<'_, '_>) -> Option<Option<ProjectPath>> {
    let Some(found) = root.optional_text("feature_tests") else { return Some(None) };
    match ProjectPath::parse(&found.value) {
        Ok(path) => Some(Some(path)),
        Err(refused) => {
            root.source().bad(found.offset, "feature_tests", &found.value, refused.reason);
            None
        }
    }
}

/// How a check tells of the tests that it runs, if it does; the outer `None` when that is wrong.
pub(super) fn test_report(table: &Table<'_, '_>) -> Option<Option<TestReport>> {
    let Some(found) = table.optional_text("test_report") else { return Some(None) };
    if found.value == "vitest" {
        return Some(Some(TestReport::Vitest));
    }
    let rule = "`vitest` is known: what its reporter `verbose` writes";
    table.source().bad(found.offset, &table.path_of("test_report"), &found.value, rule);
    None
}

pub(super) fn add_package(table: Table<'_, '_>) -> Option<AddPackage> {
    let argv = argv(&table);
    let environment = environment(&table);
    let files = table.required_texts("files").map(|found| table.patterns("files", found));
    let time_limit_s = table.number("time_limit_s", 1, None);
    let argv = argv.filter(|argv| {
        let names = |part: &str| argv.iter().any(|argument| argument.contains(part));
        let complete = names(PACKAGE) && names(VERSION);
        if !complete {
            let rule = "it holds `{package}` and `{version}`, which stand for what is added";
            table.source().bad(table.offset(), &table.path_of("argv"), &argv.join(" "), rule);
        }
        complete
    });
    table.finish();
    Some(AddPackage { argv: argv?, environment, files: files?, time_limit_s: time_limit_s? })
}

pub(super) fn format(table: Table<'_, '_>) -> Option<Format> {
    let argv = argv(&table).filter(|argv| {
        let complete = argv.iter().any(|argument| argument == FILES);
        if !complete {
            let rule = "one argument is `{files}`, which stands for the files";
            table.source().bad(table.offset(), &table.path_of("argv"), &argv.join(" "), rule);
        }
        complete
    });
    let environment = environment(&table);
    let time_limit_s = table.number("time_limit_s", 1, None);
    table.finish();
    Some(Format { argv: argv?, environment, time_limit_s: time_limit_s? })
}

#[cfg(test)]
#[path = "writing_tests.rs"]
mod tests;
