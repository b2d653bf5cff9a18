//! A `.git` folder for those who take the project over: the same bytes for the same commit.

use std::{collections::HashSet, fs, path::Path};

use git2::{ObjectType, Oid};

use super::{
    Error, HistoryFile,
    error::failed,
    repository::{Repository, git_failed, oid},
};
use crate::domain::id::CommitId;

const CONFIG: &[u8] = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n";
/// The manifest of a delivery lies in the project's folder but is no part of its history.
const EXCLUDE: &[u8] = b"/GENERATION.json\n";

/// Makes the files of a `.git` folder whose branch `main` is at a commit.
pub(super) fn history(repository: &Repository, commit: &CommitId) -> Result<Vec<HistoryFile>, Error> {
    let place = repository.staging().join("history");
    // What an interrupted call left.
    remove(&place)?;
    fs::create_dir_all(&place).map_err(failed("create", &place))?;
    let made = make(repository, commit, &place);
    remove(&place)?;
    made
}

fn make(repository: &Repository, commit: &CommitId, place: &Path) -> Result<Vec<HistoryFile>, Error> {
    let packing = "pack the history";
    let mut pack = repository.git().packbuilder().map_err(git_failed(packing))?;
    // With more threads the bytes would depend on their timing.
    pack.set_threads(1);
    for object in objects_of(repository, commit)? {
        pack.insert_object(object, None).map_err(git_failed(packing))?;
    }
    pack.write(place, 0o644).map_err(git_failed(packing))?;
    let name = pack.name().map_err(git_failed(packing))?.unwrap_or_default().to_owned();

    let mut files = vec![
        file("HEAD", b"ref: refs/heads/main\n"),
        file("config", CONFIG),
        file("info/exclude", EXCLUDE),
        file("refs/heads/main", format!("{commit}\n").as_bytes()),
    ];
    for ending in ["idx", "pack"] {
        let path = place.join(format!("pack-{name}.{ending}"));
        let content = fs::read(&path).map_err(failed("read", &path))?;
        files.push(HistoryFile { path: format!("objects/pack/pack-{name}.{ending}"), content });
    }
    let index = place.join("index");
    write_index(repository, commit, &index)?;
    files.push(HistoryFile { path: "index".to_owned(), content: fs::read(&index).map_err(failed("read", &index))? });
    files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// All objects of a commit's history in an order of their own: commits from the oldest, each before its trees and files.
fn objects_of(repository: &Repository, commit: &CommitId) -> Result<Vec<Oid>, Error> {
    let reading = "read the history";
    let mut objects = Vec::new();
    let mut seen = HashSet::new();
    for (commit, _) in repository.line(commit)? {
        let id = oid(&commit)?;
        objects.push(id);
        let tree = repository.git().find_commit(id).and_then(|commit| commit.tree()).map_err(git_failed(reading))?;
        add_tree(repository.git(), &tree, &mut objects, &mut seen).map_err(git_failed(reading))?;
    }
    Ok(objects)
}

fn add_tree(
    git: &git2::Repository,
    tree: &git2::Tree<'_>,
    objects: &mut Vec<Oid>,
    seen: &mut HashSet<Oid>,
) -> Result<(), git2::Error> {
    if !seen.insert(tree.id()) {
        return Ok(());
    }
    objects.push(tree.id());
    for entry in tree {
        if entry.kind() == Some(ObjectType::Tree) {
            add_tree(git, &git.find_tree(entry.id())?, objects, seen)?;
        } else if seen.insert(entry.id()) {
            objects.push(entry.id());
        }
    }
    Ok(())
}

/// Everything that a commit's history holds, each once: messages, names of files, contents.
pub(super) fn contents(repository: &Repository, commit: &CommitId) -> Result<Vec<Vec<u8>>, Error> {
    let reading = "read the history";
    let store = repository.git().odb().map_err(git_failed(reading))?;
    let read = |object| Ok(store.read(object).map_err(git_failed(reading))?.data().to_vec());
    objects_of(repository, commit)?.into_iter().map(read).collect()
}

/// Without an index, git would report every file as deleted and as new.
fn write_index(repository: &Repository, commit: &CommitId, path: &Path) -> Result<(), Error> {
    let writing = "write the index";
    let tree = repository.git().find_commit(oid(commit)?).and_then(|commit| commit.tree());
    let mut index = git2::Index::open(path).map_err(git_failed(writing))?;
    index.read_tree(&tree.map_err(git_failed(writing))?).map_err(git_failed(writing))?;
    index.write().map_err(git_failed(writing))
}

fn file(path: &str, content: &[u8]) -> HistoryFile {
    HistoryFile { path: path.to_owned(), content: content.to_vec() }
}

fn remove(place: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", place)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
