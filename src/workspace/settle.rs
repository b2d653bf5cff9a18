//! Putting branch and tree to what the journal speaks of, without losing what it does not.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    Error, FILE_MAX_BYTES, Settlement,
    error::failed,
    folder::{Folder, Found},
    repository::{self, Leaf, Leaves, MAIN, PARKED, Repository, sync},
};
use crate::domain::{id::CommitId, path::ProjectPath};

/// Most bytes that are parked as a commit; beyond it, files are moved out of the tree instead: installed packages,
/// say, which would have to be read into memory.
const PARKED_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What there is to settle.
pub(super) struct Settling<'a> {
    pub(super) repository: &'a Repository,
    pub(super) tree: &'a mut Folder,
    /// Where the tree is.
    pub(super) tree_path: &'a Path,
    /// Where to move what git cannot keep.
    pub(super) set_aside: &'a Path,
    /// Where files are written first.
    pub(super) staged: &'a Path,
}

/// What is in the tree.
#[derive(Default)]
struct Survey {
    /// All files.
    present: Leaves,
    /// Bytes of those that nobody recorded.
    unknown: BTreeMap<String, Vec<u8>>,
    /// What git cannot keep.
    misfits: Vec<PathBuf>,
}

impl Settling<'_> {
    /// Settles, and gives the files of the expected commit.
    pub(super) fn settle(mut self, expected: Option<&CommitId>) -> Result<(Leaves, Settlement), Error> {
        let wanted = expected.map(|commit| self.repository.leaves(commit)).transpose()?.unwrap_or_default();
        let mut settlement = Settlement::default();
        let tip = self.repository.target(MAIN);
        let in_flight = match &tip {
            Some(tip) if self.repository.is_own_child(tip, expected) => self.repository.leaves(tip)?,
            Some(tip) if !self.repository.is_in_history(tip, expected) => {
                settlement.parked.push(self.park_commit(tip)?);
                Leaves::new()
            }
            Some(_) | None => Leaves::new(),
        };

        let survey = self.survey(&wanted, &in_flight)?;
        settlement.unknown = survey.unknown.keys().cloned().collect();
        if !survey.unknown.is_empty() {
            settlement.parked.push(self.park_files(expected, &survey)?);
        }
        settlement.set_aside = self.move_aside(&survey.misfits)?;

        self.repository.put_branch(expected)?;
        settlement.restored = self.restore(&wanted, &survey.present, expected)?;
        Ok((wanted, settlement))
    }

    fn survey(&mut self, wanted: &Leaves, in_flight: &Leaves) -> Result<Survey, Error> {
        let mut survey = Survey::default();
        let mut unknown_bytes = 0;
        for (path, found) in self.tree.list(&|path| project_path(path).is_some())? {
            let (Found::File { executable, bytes }, Some(name)) = (found, project_path(&path)) else {
                survey.misfits.push(path);
                continue;
            };
            if bytes > FILE_MAX_BYTES as u64 {
                survey.misfits.push(path);
                continue;
            }
            let name = name.as_str().to_owned();
            let content = self.tree.read(&name)?;
            let leaf = Leaf { blob: Repository::blob_id(&content)?, executable };
            if wanted.get(&name) != Some(&leaf) && in_flight.get(&name) != Some(&leaf) {
                unknown_bytes += bytes;
                if unknown_bytes > PARKED_MAX_BYTES {
                    survey.misfits.push(path);
                    continue;
                }
                survey.unknown.insert(name.clone(), content);
            }
            survey.present.insert(name, leaf);
        }
        Ok(survey)
    }

    /// Keeps a commit that somebody made on the branch.
    fn park_commit(&self, commit: &CommitId) -> Result<String, Error> {
        let parked = self.repository.parked()?;
        let holder = parked.iter().find(|(_, target)| target.as_ref() == Some(commit));
        let name = match holder {
            Some((number, _)) => format!("{PARKED}{number}"),
            None => next_name(&parked),
        };
        self.repository.point_durably(&name, commit)?;
        Ok(name)
    }

    /// Keeps the files of the tree, unless the last parked commit has all that is unknown: then an earlier call was
    /// stopped after it had parked them.
    fn park_files(&self, expected: Option<&CommitId>, survey: &Survey) -> Result<String, Error> {
        let parked = self.repository.parked()?;
        if let Some((number, Some(last))) = parked.last_key_value() {
            let kept = self.repository.leaves(last).unwrap_or_default();
            if survey.unknown.keys().all(|path| kept.get(path) == survey.present.get(path)) {
                return Ok(format!("{PARKED}{number}"));
            }
        }
        let name = next_name(&parked);
        let message = "Park work that no step made\n\nIt was found in the tree, which was then set to the parent of this commit.\n";
        let contents = survey.unknown.values().map(Vec::as_slice);
        let commit = self.repository.commit(expected, message, &survey.present, contents)?;
        self.repository.point_durably(&name, &commit)?;
        Ok(name)
    }

    /// Moves what git cannot keep out of the tree.
    fn move_aside(&mut self, misfits: &[PathBuf]) -> Result<Vec<(String, PathBuf)>, Error> {
        if misfits.is_empty() {
            return Ok(Vec::new());
        }
        let place = self.next_aside()?;
        let mut moved = Vec::new();
        for misfit in misfits {
            let from = self.tree_path.join(misfit);
            let to = place.join(misfit);
            let parent = to.parent().unwrap_or(&place);
            fs::create_dir_all(parent).map_err(failed("create", parent))?;
            fs::rename(&from, &to).map_err(failed("move out of the tree", &from))?;
            moved.push((misfit.to_string_lossy().into_owned(), to));
        }
        self.tree.forget_way();
        sync(&place)?;
        sync(self.set_aside)?;
        Ok(moved)
    }

    fn next_aside(&self) -> Result<PathBuf, Error> {
        for number in 1_u32.. {
            let place = self.set_aside.join(number.to_string());
            fs::create_dir_all(self.set_aside).map_err(failed("create", self.set_aside))?;
            match fs::create_dir(&place) {
                Ok(()) => return Ok(place),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed("create", &place)(error)),
            }
        }
        Ok(self.set_aside.to_owned())
    }

    fn restore(&mut self, wanted: &Leaves, present: &Leaves, expected: Option<&CommitId>) -> Result<usize, Error> {
        let mut restored = 0;
        for path in present.keys().filter(|path| !wanted.contains_key(*path)) {
            self.tree.remove(path)?;
            restored += 1;
        }
        let Some(expected) = expected else { return Ok(restored) };
        for (path, leaf) in wanted.iter().filter(|(path, leaf)| present.get(*path) != Some(*leaf)) {
            let content = self.repository.content(leaf, expected)?;
            self.tree.place(path, &content, leaf.executable, self.staged)?;
            restored += 1;
        }
        Ok(restored)
    }
}

fn next_name(parked: &BTreeMap<u64, Option<CommitId>>) -> String {
    let last = parked.last_key_value().map_or(0, |(number, _)| *number);
    format!("{PARKED}{}", last + 1)
}

fn project_path(path: &Path) -> Option<ProjectPath> {
    path.to_str().and_then(|text| repository::project_path(text).ok())
}
