//! The workspace: one folder that holds everything about a generation's work.
//!
//! | name | holds |
//! |---|---|
//! | `workspace.json` | the layout's version; its presence makes the folder a workspace |
//! | `lock` | locked (flock) by the one process that works here; the kernel lets go when it dies |
//! | `tree/` | the generated project, nothing else |
//! | `git/` | its git directory, out of the tree's reach |
//! | `journal/`, `logs/`, `scratch/` | the journal's, and the pipeline's |
//! | `staging/` | files being written, before they are renamed into place; emptied by every open |
//! | `set-aside/<n>/` | what was found in the tree and git cannot keep: links, FIFOs, names such as `.git` |
//! | other files | private files: the spec, the pack's copy |
//!
//! A commit's objects are durable when [`Workspace::commit`] returns. The tree and the branch are not: they follow from
//! the objects and the journal, and [`Workspace::settle`] puts them right after any stop.

mod check;
mod copy;
mod error;
mod folder;
mod history;
mod layout;
mod merge;
mod names;
mod repository;
mod settle;
mod view;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub use self::{
    copy::{copy_durable, copy_folder},
    error::{Class, Error},
    merge::merge_texts,
    view::{Difference, View, ViewedFile},
};
use self::{
    error::failed,
    folder::Folder,
    layout::STAGING,
    names::Names,
    repository::{Leaves, MAIN, PRISTINE, Repository},
    settle::Settling,
};
use crate::domain::{
    id::{CommitId, StepKey},
    path::ProjectPath,
};

/// Most files a project may have.
pub const FILES_MAX: usize = 100_000;
/// Most bytes one file of a project may have.
pub const FILE_MAX_BYTES: usize = 100 * 1024 * 1024;

/// A change to one file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it is in the project.
    pub path: ProjectPath,
    /// The new bytes; `None` deletes the file.
    pub content: Option<Vec<u8>>,
    /// Whether it may be run.
    pub executable: bool,
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// Where it is in the project.
    pub path: ProjectPath,
    /// Whether it may be run.
    pub executable: bool,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A commit of the project's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The commit.
    pub commit: CommitId,
    /// The step that made it.
    pub step: Option<StepKey>,
    /// Its message, without the line that names the step.
    pub message: String,
}

/// A file of a `.git` folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryFile {
    /// Where it is in `.git`, such as `refs/heads/main`.
    pub path: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// What [`Workspace::settle`] found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Refs that keep work which the journal does not know, such as `refs/samokoder/parked/1`.
    pub parked: Vec<String>,
    /// Files in the tree that nobody recorded, which the parked commit keeps.
    pub unknown: Vec<String>,
    /// What git cannot keep, moved out of the tree: its path in the tree and where it is now.
    pub set_aside: Vec<(String, PathBuf)>,
    /// How many files of the tree were written or removed to match the expected commit.
    pub restored: usize,
}

/// An open workspace; no other process can open it meanwhile.
#[derive(Debug)]
pub struct Workspace {
    dir: PathBuf,
    repository: Repository,
    tree: Folder,
    /// Held: nobody else opens the folder meanwhile.
    _lock: layout::Lock,
    head: Option<CommitId>,
    leaves: Leaves,
    names: Names,
    is_settled: bool,
}

/// Whether a folder is a workspace, rather than none or one that is still being made.
#[must_use]
pub fn is_made(dir: &Path) -> bool {
    layout::is_made(dir)
}

impl Workspace {
    /// Makes a workspace in a folder that is absent, empty, or left half-made by an interrupted call.
    ///
    /// It is complete and durable on return, and settled with no commit.
    ///
    /// # Errors
    /// When there is something else in the folder, another process has it, or the disk fails.
    pub fn create(dir: &Path) -> Result<Self, Error> {
        let lock = layout::make(dir)?;
        let repository = Repository::create(&dir.join(layout::GIT))?;
        layout::mark(dir)?;
        let mut workspace = Self::with(dir, repository, lock)?;
        workspace.is_settled = true;
        Ok(workspace)
    }

    /// Opens a workspace and clears what an interrupted process left half-written. [`Workspace::settle`] comes next.
    ///
    /// # Errors
    /// When the folder is not a workspace, was made by a newer version, or another process has it.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let lock = layout::claim(dir)?;
        let repository = Repository::open(&dir.join(layout::GIT))?;
        Self::with(dir, repository, lock)
    }

    fn with(dir: &Path, repository: Repository, lock: layout::Lock) -> Result<Self, Error> {
        let tree = Folder::open(&dir.join(layout::TREE))?;
        Ok(Self {
            dir: dir.to_owned(),
            repository,
            tree,
            _lock: lock,
            head: None,
            leaves: Leaves::new(),
            names: Names::default(),
            is_settled: false,
        })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// The generated project; look, but let only [`Workspace::commit`] write.
    #[must_use]
    pub fn tree_path(&self) -> PathBuf {
        self.dir.join(layout::TREE)
    }

    /// The journal's folder.
    #[must_use]
    pub fn journal_path(&self) -> PathBuf {
        self.dir.join(layout::JOURNAL)
    }

    /// The folder of logs.
    #[must_use]
    pub fn logs_path(&self) -> PathBuf {
        self.dir.join(layout::LOGS)
    }

    /// A folder for what may vanish: throwaway checkouts, caches.
    #[must_use]
    pub fn scratch_path(&self) -> PathBuf {
        self.dir.join(layout::SCRATCH)
    }

    /// Writes a private file: the old or the new bytes are there at any instant, the new ones durably on return.
    ///
    /// # Errors
    /// When the name is not a plain file name, is one of the layout's own, or the disk fails.
    pub fn write_private(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        layout::check_private_name(name)?;
        layout::write_private(&self.dir, name, content)
    }

    /// Reads a private file; `None` when there is none.
    ///
    /// # Errors
    /// When the name is not allowed or the file cannot be read.
    pub fn read_private(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        layout::check_private_name(name)?;
        let path = self.dir.join(name);
        match fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path)(error)),
        }
    }

    /// Puts branch and tree to the last commit that the journal speaks of (`None`: no commit yet).
    ///
    /// What the tree or the branch has beyond it and beyond the commit that was being made when the last process
    /// stopped, is somebody's work: it is parked on `refs/samokoder/parked/<n>`, durably, before the tree is set. What
    /// git cannot keep is moved to `set-aside/<n>/`. Empty folders are left alone.
    ///
    /// # Errors
    /// When the commit is not there, or the disk fails; the call can be repeated.
    pub fn settle(&mut self, expected: Option<&CommitId>) -> Result<Settlement, Error> {
        self.is_settled = false;
        let settling = Settling {
            repository: &self.repository,
            tree: &mut self.tree,
            tree_path: &self.dir.join(layout::TREE),
            set_aside: &self.dir.join(layout::SET_ASIDE),
            staged: &self.dir.join(STAGING).join(STAGED),
        };
        let (leaves, settlement) = settling.settle(expected)?;
        let mut names = Names::default();
        for path in leaves.keys() {
            let path = repository::project_path(path)?;
            names.add(&path).map_err(|reason| refused(path.as_str(), reason))?;
        }
        self.head = expected.cloned();
        self.leaves = leaves;
        self.names = names;
        self.is_settled = true;
        Ok(settlement)
    }

    /// Commits a step's changes onto the last commit, and writes them into the tree.
    ///
    /// Deterministic: the same step, message and changes on the same commit give the same id, so a step whose commit
    /// was made but not journaled is simply done again. The commit's objects are durable on return. With
    /// [`Class::Refused`] nothing was changed; after any other error, settle first.
    ///
    /// # Errors
    /// When a change is refused (two names that some file system takes for one, a file where a folder is, a quota, a
    /// link in the way), the tree was disturbed, or the disk fails.
    pub fn commit(&mut self, step: &StepKey, message: &str, changes: &[Change]) -> Result<CommitId, Error> {
        if !self.is_settled {
            return Err(Error::Unsettled);
        }
        let names = check::check(&self.leaves, &self.names, changes)?;
        let leaves = repository::apply(&self.leaves, changes)?;
        let checked = check::check_tree(&mut self.tree, &self.leaves, &leaves, changes);
        if let Err(error) = checked {
            self.is_settled = error.class() == Class::Refused;
            return Err(error);
        }

        self.is_settled = false;
        let message = repository::message_of(step, message);
        let contents = changes.iter().filter_map(|change| change.content.as_deref());
        let commit = self.repository.commit(self.head.as_ref(), &message, &leaves, contents)?;
        // The branch goes before the tree: from it `settle` knows that what is then in the tree is ours.
        self.repository.point(MAIN, &commit)?;
        self.write_tree(changes)?;
        self.head = Some(commit.clone());
        self.leaves = leaves;
        self.names = names;
        self.is_settled = true;
        Ok(commit)
    }

    fn write_tree(&mut self, changes: &[Change]) -> Result<(), Error> {
        let staged = self.dir.join(STAGING).join(STAGED);
        // What goes first makes room for what comes.
        for change in changes.iter().filter(|change| change.content.is_none()) {
            self.tree.remove(change.path.as_str())?;
        }
        let mut written: Vec<&Change> = changes.iter().collect();
        // By path, so that each folder is opened once.
        written.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        for change in written {
            if let Some(content) = &change.content {
                self.tree.place(change.path.as_str(), content, change.executable, &staged)?;
            }
        }
        Ok(())
    }

    /// The last commit.
    #[must_use]
    pub fn head(&self) -> Option<&CommitId> {
        self.head.as_ref()
    }

    /// Points the pristine ref (`refs/samokoder/pristine`) at what the pack rendered. Cheap when it already does.
    ///
    /// # Errors
    /// When the commit is not there or the disk fails.
    pub fn mark_pristine(&mut self, commit: &CommitId) -> Result<(), Error> {
        if self.pristine().as_ref() == Some(commit) {
            return Ok(());
        }
        self.repository.point_durably(PRISTINE, commit)
    }

    /// What the pristine ref points at.
    #[must_use]
    pub fn pristine(&self) -> Option<CommitId> {
        self.repository.target(PRISTINE)
    }

    /// Writes a commit's files into a folder that is absent or empty: plain files, no git metadata, not durable.
    ///
    /// # Errors
    /// When the commit is not there, the folder has something in it, or the disk fails.
    pub fn checkout(&self, commit: &CommitId, into: &Path) -> Result<(), Error> {
        let leaves = self.repository.leaves(commit)?;
        fs::create_dir_all(into).map_err(failed("create", into))?;
        if fs::read_dir(into).map_err(failed("list", into))?.next().is_some() {
            return Err(Error::Occupied { path: into.to_owned(), reason: "a checkout needs an empty folder" });
        }
        let mut folder = Folder::open(into)?;
        for (path, leaf) in &leaves {
            folder.create(path, &self.repository.content(leaf, commit)?, leaf.executable)?;
        }
        Ok(())
    }

    /// The files of a commit, sorted by the bytes of their paths.
    ///
    /// # Errors
    /// When the commit is not there.
    pub fn entries(&self, commit: &CommitId) -> Result<Vec<TreeFile>, Error> {
        let leaves = self.repository.leaves(commit)?;
        leaves
            .iter()
            .map(|(path, leaf)| {
                let content = self.repository.content(leaf, commit)?;
                Ok(TreeFile { path: repository::project_path(path)?, executable: leaf.executable, content })
            })
            .collect()
    }

    /// A commit and those before it, oldest first.
    ///
    /// # Errors
    /// When the commit is not there.
    pub fn log(&self, commit: &CommitId) -> Result<Vec<LogEntry>, Error> {
        let line = self.repository.line(commit)?;
        Ok(line
            .into_iter()
            .map(|(commit, text)| {
                let (message, step) = repository::read_message(&text);
                LogEntry { commit, step, message }
            })
            .collect())
    }

    /// The files of a `.git` folder with a commit's history on `main`; the same bytes for the same commit.
    ///
    /// # Errors
    /// When the commit is not there.
    pub fn history(&self, commit: &CommitId) -> Result<Vec<HistoryFile>, Error> {
        history::history(&self.repository, commit)
    }

    /// Everything that a commit and those before it hold, each once: messages, lists of files, contents of files.
    ///
    /// # Errors
    /// When the commit is not there.
    pub fn contents_of_history(&self, commit: &CommitId) -> Result<Vec<Vec<u8>>, Error> {
        history::contents(&self.repository, commit)
    }
}

/// Name of a file of the tree while it is written.
const STAGED: &str = "file";

fn refused(path: &str, reason: impl Into<String>) -> Error {
    Error::Refused { path: path.to_owned(), reason: reason.into() }
}
