//! What a manifest says of the data that projects keep.

use super::read::Table;
use super::{Data, Pattern};
use crate::domain::path::{ProjectPath, UnsafePath};

/// Stands for the number of a migration.
const NUMBER: &str = "{number}";

impl Data {
    /// Whether a file stays as it was first written.
    #[must_use]
    pub fn keeps(&self, path: &ProjectPath) -> bool {
        self.kept.iter().any(|pattern| pattern.matches(path.as_str()))
    }

    /// Where the migration stands that comes after those of a project.
    ///
    /// # Errors
    /// Never for a manifest that was read: with a number in its place it is a path.
    pub fn next<'p>(&self, paths: impl Iterator<Item = &'p ProjectPath>) -> Result<ProjectPath, UnsafePath> {
        let before = self.migration.split(NUMBER).next().unwrap_or_default();
        let number_of = |path: &ProjectPath| -> Option<u32> {
            path.as_str()
                .strip_prefix(before)?
                .get(..4)
                .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?
                .parse()
                .ok()
        };
        let number = paths.filter_map(number_of).max().unwrap_or(0) + 1;
        ProjectPath::parse(&self.migration.replace(NUMBER, &format!("{number:04}")))
    }
}

/// How the data of a project is brought along, when the pack says so; the outer `None` when that is wrong.
pub(super) fn data(root: &Table<'_, '_>) -> Option<Option<Data>> {
    let Some(table) = root.table("data") else { return Some(None) };
    let kept: Vec<Pattern> = {
        let found = table.texts("kept");
        table.patterns("kept", found)
    };
    let migration = table.text("migration").filter(|found| {
        let is_right = found.value.matches(NUMBER).count() == 1
            && ProjectPath::parse(&found.value.replace(NUMBER, "0001")).is_ok();
        if !is_right {
            let rule = "it is a path in the project with `{number}` once";
            table.source().bad(found.offset, &table.path_of("migration"), &found.value, rule);
        }
        is_right
    });
    let template = table.text("template");
    table.finish();
    Some(Some(Data { kept, migration: migration?.value, template: template?.value }))
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
