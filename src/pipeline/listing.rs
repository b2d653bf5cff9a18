//! The project's files as prompts list them: those of one folder and one purpose share a line.

use serde::Serialize;

use crate::{domain::path::ProjectPath, template::Pack};

/// What plans say of the files that tasks write, the latest first.
pub(crate) type Purposes = Vec<(ProjectPath, String)>;

/// What a file is for: as a plan says it, else the pack; empty where neither does.
pub(crate) fn purpose(path: &ProjectPath, planned: &Purposes, pack: &Pack) -> String {
    let planned = planned.iter().find(|(known, _)| known == path).map(|(_, purpose)| purpose.clone());
    planned.or_else(|| pack.purpose(path).map(str::to_owned)).unwrap_or_default()
}

/// One file, or several of one folder and one purpose: `src/server/entities/{apiary,hive}.ts`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FileLine {
    path: String,
    purpose: String,
}

/// Lists files, in their order; a purpose may be empty.
pub(crate) fn listing<'p>(files: impl IntoIterator<Item = (&'p ProjectPath, String)>) -> Vec<FileLine> {
    let mut groups: Vec<Group<'p>> = Vec::new();
    for (path, purpose) in files {
        let (folder, name) = path.as_str().rsplit_once('/').unwrap_or(("", path.as_str()));
        let (stem, ending) = name.find('.').filter(|at| *at > 0).map_or((name, ""), |at| name.split_at(at));
        let group = groups.iter_mut().rev().find(|group| !purpose.is_empty() && group.is_of(folder, ending, &purpose));
        match group {
            Some(group) => group.stems.push(stem),
            None => groups.push(Group { folder, stems: vec![stem], ending, purpose }),
        }
    }
    groups.into_iter().map(Group::line).collect()
}

struct Group<'p> {
    folder: &'p str,
    stems: Vec<&'p str>,
    /// From the first dot of the name on.
    ending: &'p str,
    purpose: String,
}

impl Group<'_> {
    fn is_of(&self, folder: &str, ending: &str, purpose: &str) -> bool {
        self.folder == folder && self.ending == ending && self.purpose == purpose
    }

    fn line(self) -> FileLine {
        let Self { folder, stems, ending, purpose } = self;
        let slash = if folder.is_empty() { "" } else { "/" };
        let names = match stems.as_slice() {
            [only] => (*only).to_owned(),
            several => format!("{{{}}}", several.join(",")),
        };
        FileLine { path: format!("{folder}{slash}{names}{ending}"), purpose }
    }
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
