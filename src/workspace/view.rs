//! A look at a workspace, beside whoever works in it.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{
    Error, LogEntry,
    error::failed,
    layout::{GIT, LOGS},
    repository::{self, Leaves, MAIN, Repository},
};
use crate::domain::{
    id::{Chapter, CommitId, StepKey},
    path::ProjectPath,
};

/// A workspace that is looked at. Nothing is locked, written or settled: what is recorded next is seen by the next look.
#[derive(Debug)]
pub struct View {
    dir: PathBuf,
    repository: Repository,
}

/// A file of a commit, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewedFile {
    /// Where it is in the project.
    pub path: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Whether it may be run.
    pub executable: bool,
    /// What tells its content from others.
    pub content_id: String,
}

/// A file that two commits have differently: its bytes in each, `None` where it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where it is in the project.
    pub path: String,
    /// Its bytes before.
    pub before: Option<Vec<u8>>,
    /// Its bytes after.
    pub after: Option<Vec<u8>>,
}

impl View {
    /// Looks at a workspace; `None` when there is none yet, or it is being made.
    ///
    /// # Errors
    /// When the folder is a workspace and its git directory cannot be read.
    pub fn open(dir: &Path) -> Result<Option<Self>, Error> {
        let git = dir.join(GIT);
        if !git.join("HEAD").is_file() {
            return Ok(None);
        }
        Ok(Some(Self { dir: dir.to_owned(), repository: Repository::open(&git)? }))
    }

    /// The project's last commit; `None` before the first.
    #[must_use]
    pub fn head(&self) -> Option<CommitId> {
        self.repository.target(MAIN)
    }

    /// A commit of the project's by its 40 digits; `None` when it is not one, or is parked work that no step made.
    #[must_use]
    pub fn commit(&self, text: &str) -> Option<CommitId> {
        let is_id = text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let commit = is_id.then(|| CommitId(text.to_owned()))?;
        self.repository.is_in_history(&commit, self.head().as_ref()).then_some(commit)
    }

    /// A commit and those before it, the newest first.
    ///
    /// # Errors
    /// When the git directory cannot be read.
    pub fn log(&self, commit: &CommitId) -> Result<Vec<LogEntry>, Error> {
        let line = self.repository.line(commit)?.into_iter().rev();
        Ok(line
            .map(|(commit, text)| {
                let (message, step) = repository::read_message(&text);
                LogEntry { commit, step, message }
            })
            .collect())
    }

    /// The commit before one; `None` for the first.
    ///
    /// # Errors
    /// When the git directory cannot be read.
    pub fn before(&self, commit: &CommitId) -> Result<Option<CommitId>, Error> {
        Ok(self.log(commit)?.into_iter().nth(1).map(|entry| entry.commit))
    }

    /// The files of a commit, sorted by the bytes of their paths.
    ///
    /// # Errors
    /// When the git directory cannot be read.
    pub fn files(&self, commit: &CommitId) -> Result<Vec<ViewedFile>, Error> {
        let leaves = self.repository.leaves(commit)?;
        leaves
            .into_iter()
            .map(|(path, leaf)| {
                let bytes = self.repository.bytes(&leaf, commit)?;
                Ok(ViewedFile { path, bytes, executable: leaf.executable, content_id: leaf.blob.to_string() })
            })
            .collect()
    }

    /// The bytes of a file of a commit; `None` when it has no such file.
    ///
    /// # Errors
    /// When the git directory cannot be read.
    pub fn file(&self, commit: &CommitId, path: &ProjectPath) -> Result<Option<Vec<u8>>, Error> {
        let leaves = self.repository.leaves(commit)?;
        leaves.get(path.as_str()).map(|leaf| self.repository.content(leaf, commit)).transpose()
    }

    /// The files that two commits have differently, sorted by path; `None` is the commit before the first, without files.
    ///
    /// # Errors
    /// When the git directory cannot be read.
    pub fn differences(&self, from: Option<&CommitId>, to: &CommitId) -> Result<Vec<Difference>, Error> {
        let before = from.map_or_else(|| Ok(Leaves::new()), |from| self.repository.leaves(from))?;
        let after = self.repository.leaves(to)?;
        let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
        paths.sort();
        paths.dedup();
        let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
        let content = |leaves: &Leaves, path: &str, of: &CommitId| {
            leaves.get(path).map(|leaf| self.repository.content(leaf, of)).transpose()
        };
        changed
            .map(|path| {
                let old = from.map_or(Ok(None), |from| content(&before, path, from))?;
                Ok(Difference { path: path.clone(), before: old, after: content(&after, path, to)? })
            })
            .collect()
    }

    /// What a step's command wrote to its log, up to so many bytes of its end, and how many there are; `None` when there is
    /// no log of that step.
    ///
    /// # Errors
    /// When the log is there and cannot be read.
    pub fn log_of_step(&self, step: &StepKey, most: u64) -> Result<Option<(Vec<u8>, u64)>, Error> {
        use std::io::Seek as _;
        let Some(path) = log_path(step) else { return Ok(None) };
        let path = self.dir.join(LOGS).join(path.as_str());
        let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return Ok(None);
        }
        let read = || -> io::Result<(Vec<u8>, u64)> {
            let mut file = File::open(&path)?;
            let bytes = file.metadata()?.len();
            file.seek(io::SeekFrom::Start(bytes.saturating_sub(most)))?;
            let mut text = Vec::new();
            file.take(most).read_to_end(&mut text)?;
            Ok((text, bytes))
        };
        read().map(Some).map_err(failed("read", &path))
    }
}

/// Where the log of a step is in the folder of logs: that of `test/2/unit-tests` is `round-2/unit-tests.log`.
fn log_path(step: &StepKey) -> Option<ProjectPath> {
    let (change, rest) = match step.as_str().strip_prefix("change-") {
        None => (Chapter::FIRST, step.as_str()),
        Some(numbered) => {
            let (number, rest) = numbered.split_once('/')?;
            (Chapter(number.parse().ok().filter(|number| *number > 0)?), rest)
        }
    };
    let (round, id) = rest.strip_prefix("test/")?.split_once('/').filter(|(_, id)| !id.is_empty())?;
    let round: u32 = round.parse().ok()?;
    ProjectPath::parse(&format!("{}/{id}.log", change.named(&format!("round-{round}")))).ok()
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
