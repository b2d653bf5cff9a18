//! A throwaway checkout in which commands run: a cache that may vanish at any time.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Error, context::Context, snapshot::Snapshot};
use crate::{
    domain::{id::CommitId, path::ProjectPath},
    template::Pattern,
    workspace::Change,
};

/// The folders of one round of checks: `fetch` for the package manager, `project` for everything after it.
pub(crate) struct Checkout {
    scratch: PathBuf,
    commit: CommitId,
}

impl Checkout {
    pub(crate) fn new(scratch: PathBuf, commit: CommitId) -> Self {
        Self { scratch, commit }
    }

    /// The project as it was committed, with what the commands left behind.
    pub(crate) fn folder(&self) -> PathBuf {
        self.scratch.join("project")
    }

    /// Whether the project is there, complete.
    pub(crate) fn is_there(&self) -> bool {
        self.folder().is_dir()
    }

    /// A folder with nothing in it.
    pub(crate) fn empty_folder(&self) -> Result<PathBuf, Error> {
        let folder = self.scratch.join("empty");
        fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
        Ok(folder)
    }

    /// A new folder with the files that say what to install, and nothing else of the project.
    pub(crate) fn fetch_folder(&self, context: &Context<'_>, files: &[Pattern]) -> Result<PathBuf, Error> {
        let folder = self.scratch.join("fetch");
        remove(&folder)?;
        for file in context.workspace.entries(&self.commit)? {
            if files.iter().any(|pattern| pattern.matches(file.path.as_str())) {
                write(&folder.join(file.path.as_str()), &file.content)?;
            }
        }
        fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
        Ok(folder)
    }

    /// Makes the project's folder: the committed files, and beside them what the package manager brought.
    pub(crate) fn ensure(&self, context: &Context<'_>, files: Option<&[Pattern]>) -> Result<(), Error> {
        if self.is_there() {
            return Ok(());
        }
        let partial = self.scratch.join("partial");
        remove(&partial)?;
        context.workspace.checkout(&self.commit, &partial)?;
        if files.is_some() {
            let fetched = self.scratch.join("fetch");
            for entry in fs::read_dir(&fetched).map_err(failed("read", &fetched))? {
                let entry = entry.map_err(failed("read", &fetched))?;
                let target = partial.join(entry.file_name());
                if target.symlink_metadata().is_err() {
                    fs::rename(entry.path(), &target).map_err(failed("move", &entry.path()))?;
                }
            }
        }
        fs::rename(&partial, self.folder()).map_err(failed("move", &partial))
    }

    /// Puts the user's own files beside the project's.
    pub(crate) fn add_files(&self, files: &BTreeMap<ProjectPath, String>) -> Result<(), Error> {
        files.iter().try_for_each(|(path, text)| write(&self.folder().join(path.as_str()), text.as_bytes()))
    }

    /// What a command changed in some of the project's text files.
    pub(crate) fn changes(&self, before: &Snapshot, files: &[&ProjectPath]) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        for path in files {
            let file = self.folder().join(path.as_str());
            // What a command made of a file is the command's business only while it is a plain file.
            let is_plain = file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
            if !is_plain {
                continue;
            }
            let content = fs::read(&file).map_err(failed("read", &file))?;
            if before.text(path).is_some_and(|text| text.as_bytes() != content) {
                let executable = before.is_executable(path);
                changes.push(Change { path: (*path).clone(), content: Some(content), executable });
            }
        }
        Ok(changes)
    }

    /// Removes everything.
    pub(crate) fn discard(&self) -> Result<(), Error> {
        remove(&self.scratch)
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("create", parent))?;
    }
    fs::write(path, content).map_err(failed("write", path))
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", folder)(error)),
        _ => Ok(()),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File { action, path, source }
}
