//! The project's files as a task sees them: a commit, and on it the changes of the tasks that it stands on.

use std::{collections::BTreeMap, sync::Arc};

use super::Error;
use crate::{
    domain::{id::CommitId, path::ProjectPath},
    workspace::{Change, Workspace},
};

/// Files by path; a clone shares them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    files: BTreeMap<ProjectPath, Arc<File>>,
}

#[derive(Debug, PartialEq, Eq)]
struct File {
    content: Vec<u8>,
    executable: bool,
}

impl Snapshot {
    /// The files of a commit.
    pub(crate) fn of(workspace: &Workspace, commit: &CommitId) -> Result<Self, Error> {
        let file = |file: crate::workspace::TreeFile| {
            (file.path, Arc::new(File { content: file.content, executable: file.executable }))
        };
        Ok(Self { files: workspace.entries(commit)?.into_iter().map(file).collect() })
    }

    /// The same files after some changes.
    pub(crate) fn with(mut self, changes: &[Change]) -> Self {
        for change in changes {
            match &change.content {
                Some(content) => {
                    let file = File { content: content.clone(), executable: change.executable };
                    self.files.insert(change.path.clone(), Arc::new(file));
                }
                None => {
                    self.files.remove(&change.path);
                }
            }
        }
        self
    }

    /// What has to be changed to come from `before` to here.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<Change> {
        let written =
            self.files.iter().filter(|(path, file)| before.files.get(*path) != Some(*file)).map(|(path, file)| {
                Change { path: path.clone(), content: Some(file.content.clone()), executable: file.executable }
            });
        let removed = before.files.keys().filter(|path| !self.files.contains_key(*path)).map(|path| Change {
            path: path.clone(),
            content: None,
            executable: false,
        });
        let mut changes: Vec<Change> = written.chain(removed).collect();
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        changes
    }

    pub(crate) fn has(&self, path: &ProjectPath) -> bool {
        self.files.contains_key(path)
    }

    /// A file's text; `None` when it is absent or no text.
    pub(crate) fn text(&self, path: &ProjectPath) -> Option<&str> {
        self.files.get(path).and_then(|file| std::str::from_utf8(&file.content).ok())
    }

    /// A file's bytes; `None` when it is absent.
    pub(crate) fn content(&self, path: &ProjectPath) -> Option<&[u8]> {
        self.files.get(path).map(|file| file.content.as_slice())
    }

    /// The same files but for some.
    pub(crate) fn without(mut self, paths: &[ProjectPath]) -> Self {
        for path in paths {
            self.files.remove(path);
        }
        self
    }

    pub(crate) fn is_executable(&self, path: &ProjectPath) -> bool {
        self.files.get(path).is_some_and(|file| file.executable)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &ProjectPath> {
        self.files.keys()
    }
}
