//! The git directory: building commits, reading them, and the refs.
//!
//! The objects of a commit go into one pack, which is durable before anything speaks of the commit: two synced files and
//! a synced folder, whatever the number of files (0.8 ms on ext4; loose objects with one `syncfs` took 2.6 ms for 40
//! files, and wait for whatever else the machine is writing). Twelve commits of 10 to 60 files cost about 45 ms of
//! processor time, twelve of 400 files 560 ms, most of it in compression and digests. No index file and no configuration but the directory's own is used,
//! and files are never written by libgit2, so that no filter, attribute or hook has a say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use git2::{ConfigLevel, ErrorCode, ObjectType, Oid, RepositoryInitOptions, Signature, Time};

use super::{Change, Error, error::failed};
use crate::domain::{
    id::{CommitId, StepKey},
    path::ProjectPath,
};

/// The branch of the project.
pub(super) const MAIN: &str = "refs/heads/main";
/// What the pack rendered.
pub(super) const PRISTINE: &str = "refs/samokoder/pristine";
/// Where work that no step made is parked.
pub(super) const PARKED: &str = "refs/samokoder/parked/";

/// The line of a message that names the step.
const STEP_LINE: &str = "Samokoder-Step: ";
const AUTHOR: &str = "Samokoder";
const EMAIL: &str = "samokoder@localhost";
/// Time of a first commit, 2025-01-01T00:00:00Z; each later one is a second after its parent. Real times would make the
/// same input give different commits.
const FIRST_COMMIT_S: i64 = 1_735_689_600;
pub(super) const FILE_MODE: i32 = 0o100_644;
const EXECUTABLE_MODE: i32 = 0o100_755;

/// A file of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Its content.
    pub(super) blob: Oid,
    /// Whether it may be run.
    pub(super) executable: bool,
}

/// The files of a commit by their paths.
pub(super) type Leaves = BTreeMap<String, Leaf>;

/// A git directory.
pub(super) struct Repository {
    git: git2::Repository,
    path: PathBuf,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").field("path", &self.path).finish_non_exhaustive()
    }
}

pub(super) fn git_failed(action: &'static str) -> impl FnOnce(git2::Error) -> Error {
    move |source| Error::Git { action, source }
}

/// Cuts libgit2 off from the configuration of the machine and its users.
pub(super) fn make_hermetic() -> Result<(), Error> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        let levels = [ConfigLevel::System, ConfigLevel::Global, ConfigLevel::XDG, ConfigLevel::ProgramData];
        for level in levels {
            // An empty path finds nothing.
            #[expect(
                unsafe_code,
                reason = "libgit2's options are global; they are set once, before its first use here"
            )]
            unsafe { git2::opts::set_search_path(level, "") }.map_err(|error| error.to_string())?;
        }
        // Trees are built in a repository that does not have the files which stay as they are.
        git2::opts::strict_object_creation(false);
        // Whoever may lock the workspace may use it: a folder copied by somebody else is to work, and nothing in the
        // directory's configuration runs a program.
        #[expect(unsafe_code, reason = "libgit2's options are global; they are set once, before its first use here")]
        unsafe { git2::opts::set_verify_owner_validation(false) }.map_err(|error| error.to_string())
    });
    done.clone().map_err(|text| git_failed("prepare libgit2")(git2::Error::from_str(&text)))
}

impl Repository {
    /// Makes a git directory where there is none.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        make_hermetic()?;
        let mut options = RepositoryInitOptions::new();
        options.bare(true).no_reinit(true).external_template(false).initial_head("main");
        let git = git2::Repository::init_opts(path, &options).map_err(git_failed("make the git directory"))?;
        for name in ["HEAD", "config"] {
            sync(&path.join(name))?;
        }
        // The folders too: a pack is only as durable as the name of its folder.
        for folder in ["objects", "refs", ""] {
            sync(&path.join(folder))?;
        }
        Ok(Self { git, path: path.to_owned() })
    }

    /// Opens a git directory.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        make_hermetic()?;
        let git = git2::Repository::open_bare(path).map_err(git_failed("open the git directory"))?;
        Ok(Self { git, path: path.to_owned() })
    }

    /// The identity that content has.
    pub(super) fn blob_id(content: &[u8]) -> Result<Oid, Error> {
        Oid::hash_object(ObjectType::Blob, content).map_err(git_failed("digest a file"))
    }

    /// Commits files onto a parent; the objects are durable on return.
    ///
    /// `leaves` are all files of the commit; `contents` are the bytes of those that the parent does not have.
    pub(super) fn commit<'a>(
        &self,
        parent: Option<&CommitId>,
        message: &str,
        leaves: &Leaves,
        contents: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<CommitId, Error> {
        // Objects are gathered in memory, in a repository of this commit's own, which knows nothing of the disk: asking
        // there for each new object whether it exists would cost more than all the rest.
        let gathering = "gather the objects of a commit";
        let memory = git2::Odb::new().and_then(git2::Repository::from_odb).map_err(git_failed(gathering))?;
        let odb = memory.odb().map_err(git_failed(gathering))?;
        odb.add_new_mempack_backend(1).map_err(git_failed(gathering))?;
        let mut objects = BTreeSet::new();
        for content in contents {
            objects.insert(odb.write(ObjectType::Blob, content).map_err(git_failed(gathering))?);
        }
        let entries: Vec<(&str, &Leaf)> = leaves.iter().map(|(path, leaf)| (path.as_str(), leaf)).collect();
        let tree = write_tree(&memory, &entries).map_err(git_failed("write a tree"))?;
        let tree = memory.find_tree(tree).map_err(git_failed("read a tree"))?;
        let parent = parent.map(|id| self.find(id)).transpose()?;
        let parent_tree = parent.as_ref().map(git2::Commit::tree).transpose().map_err(git_failed("read a tree"))?;
        let trees = Trees { new: &memory, old: &self.git };
        trees.collect_new(&tree, parent_tree.as_ref(), &mut objects).map_err(git_failed("compare trees"))?;
        let parent =
            parent.map(|parent| lend(&self.git, &memory, &parent)).transpose().map_err(git_failed(gathering))?;

        let time_s = parent.as_ref().map_or(FIRST_COMMIT_S, |parent| parent.time().seconds() + 1);
        let who = Signature::new(AUTHOR, EMAIL, &Time::new(time_s, 0)).map_err(git_failed("sign a commit"))?;
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        // A commit cannot hold the zero character.
        let message = message.replace('\0', "\u{fffd}");
        let commit =
            memory.commit(None, &who, &who, &message, &tree, &parents).map_err(git_failed("write a commit"))?;
        objects.insert(commit);
        self.keep(&memory, &objects)?;
        Ok(CommitId(commit.to_string()))
    }

    /// Makes objects durable, in a pack.
    fn keep(&self, memory: &git2::Repository, objects: &BTreeSet<Oid>) -> Result<(), Error> {
        let packing = "write a pack";
        let staging = self.staging();
        let mut pack = memory.packbuilder().map_err(git_failed(packing))?;
        // With more threads the bytes would depend on their timing.
        pack.set_threads(1);
        for object in objects {
            pack.insert_object(*object, None).map_err(git_failed(packing))?;
        }
        let mut bytes = git2::Buf::new();
        pack.write_buf(&mut bytes).map_err(git_failed(packing))?;
        // In one piece: `PackBuilder::write` hands over a few bytes at a time, each with system calls of its own.
        let mut indexer = git2::Indexer::new(None, &staging, 0o444, false).map_err(git_failed(packing))?;
        indexer.write_all(&bytes).map_err(failed("write a pack in", &staging))?;
        let name = indexer.commit().map_err(git_failed(packing))?;
        let packs = self.path.join("objects/pack");
        // The index comes last: git looks for it first.
        for ending in ["pack", "idx"] {
            let file = format!("pack-{name}.{ending}");
            sync(&staging.join(&file))?;
            fs::rename(staging.join(&file), packs.join(&file))
                .map_err(failed("rename into place", &packs.join(&file)))?;
        }
        sync(&packs)
    }

    /// The files of a commit.
    pub(super) fn leaves(&self, commit: &CommitId) -> Result<Leaves, Error> {
        let tree = self.find(commit)?.tree().map_err(|_| self.missing(commit))?;
        let mut leaves = Leaves::new();
        self.read_tree(&tree, "", &mut leaves).map_err(|source| match source.code() {
            ErrorCode::NotFound => self.missing(commit),
            _ => git_failed("read a tree")(source),
        })?;
        Ok(leaves)
    }

    fn read_tree(&self, tree: &git2::Tree<'_>, folder: &str, leaves: &mut Leaves) -> Result<(), git2::Error> {
        for entry in tree {
            let path = format!("{folder}{}", entry.name()?);
            match entry.kind() {
                Some(ObjectType::Tree) => {
                    self.read_tree(&self.git.find_tree(entry.id())?, &format!("{path}/"), leaves)?;
                }
                Some(ObjectType::Blob) if matches!(entry.filemode(), FILE_MODE | EXECUTABLE_MODE) => {
                    let executable = entry.filemode() == EXECUTABLE_MODE;
                    leaves.insert(path, Leaf { blob: entry.id(), executable });
                }
                _ => return Err(git2::Error::from_str(&format!("`{path}` is neither a file nor a folder"))),
            }
        }
        Ok(())
    }

    /// The bytes of a file.
    pub(super) fn content(&self, leaf: &Leaf, commit: &CommitId) -> Result<Vec<u8>, Error> {
        let blob = self.git.find_blob(leaf.blob).map_err(|_| self.missing(commit))?;
        Ok(blob.content().to_vec())
    }

    /// How many bytes a file has.
    pub(super) fn bytes(&self, leaf: &Leaf, commit: &CommitId) -> Result<u64, Error> {
        let header = self.git.odb().and_then(|objects| objects.read_header(leaf.blob));
        let (bytes, _) = header.map_err(|_| self.missing(commit))?;
        Ok(bytes as u64)
    }

    /// A commit's parent when it is one that this module made onto it.
    pub(super) fn is_own_child(&self, commit: &CommitId, parent: Option<&CommitId>) -> bool {
        let Ok(commit) = self.find(commit) else { return false };
        let parents: Vec<String> = commit.parent_ids().map(|id| id.to_string()).collect();
        let expected: Vec<String> = parent.iter().map(ToString::to_string).collect();
        let is_ours =
            |who: &Signature<'_>| who.name_bytes() == AUTHOR.as_bytes() && who.email_bytes() == EMAIL.as_bytes();
        parents == expected && is_ours(&commit.author()) && is_ours(&commit.committer())
    }

    /// Whether a commit is another one, or one of its ancestors.
    pub(super) fn is_in_history(&self, commit: &CommitId, of: Option<&CommitId>) -> bool {
        let (Ok(commit), Some(Ok(of))) = (oid(commit), of.map(oid)) else { return false };
        commit == of || self.git.graph_descendant_of(of, commit).unwrap_or(false)
    }

    /// What a ref points at, when it does and the commit is there. A ref that a power cut tore counts as absent.
    pub(super) fn target(&self, name: &str) -> Option<CommitId> {
        let id = self.git.refname_to_id(name).ok()?;
        self.git.find_commit(id).ok().map(|commit| CommitId(commit.id().to_string()))
    }

    /// Points a ref at a commit; a crash of the machine may undo it, a crash of the process does not.
    pub(super) fn point(&self, name: &str, commit: &CommitId) -> Result<(), Error> {
        if self.git.find_reference(name).is_err_and(|error| error.code() != ErrorCode::NotFound) {
            // A power cut tore it; libgit2 does not write over what it cannot read.
            self.remove_ref(name)?;
        }
        self.git.reference(name, oid(commit)?, true, "").map(drop).map_err(git_failed("write a ref"))
    }

    /// Points a ref at a commit, durably.
    pub(super) fn point_durably(&self, name: &str, commit: &CommitId) -> Result<(), Error> {
        self.point(name, commit)?;
        let mut path = self.path.join(name);
        // The file, and each folder down from the git directory.
        while path != self.path {
            sync(&path)?;
            path.pop();
        }
        sync(&self.path)
    }

    /// Puts `HEAD` onto the branch, and the branch onto a commit or away.
    pub(super) fn put_branch(&self, commit: Option<&CommitId>) -> Result<(), Error> {
        let head = self.git.find_reference("HEAD").ok();
        if head.and_then(|head| head.symbolic_target().ok().flatten().map(|name| name == MAIN)) != Some(true) {
            self.git.set_head(MAIN).map_err(git_failed("point HEAD at the branch"))?;
        }
        match commit {
            Some(commit) if self.target(MAIN).as_ref() == Some(commit) => Ok(()),
            Some(commit) => self.point(MAIN, commit),
            None => self.remove_ref(MAIN),
        }
    }

    fn remove_ref(&self, name: &str) -> Result<(), Error> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", &path)(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The parked refs by their numbers.
    pub(super) fn parked(&self) -> Result<BTreeMap<u64, Option<CommitId>>, Error> {
        let listing = "list the parked refs";
        let mut parked = BTreeMap::new();
        for name in self.git.references_glob(&format!("{PARKED}*")).map_err(git_failed(listing))?.names() {
            let name = name.map_err(git_failed(listing))?.to_owned();
            let number = name.strip_prefix(PARKED).and_then(|number| number.parse().ok());
            parked.extend(number.map(|number| (number, self.target(&name))));
        }
        Ok(parked)
    }

    /// A commit and its first parents, oldest first, with their messages.
    pub(super) fn line(&self, commit: &CommitId) -> Result<Vec<(CommitId, String)>, Error> {
        let mut line = Vec::new();
        let mut next = Some(self.find(commit)?);
        while let Some(commit) = next {
            let message = String::from_utf8_lossy(commit.message_raw_bytes()).into_owned();
            line.push((CommitId(commit.id().to_string()), message));
            next = match commit.parent_ids().next() {
                Some(parent) => Some(self.find(&CommitId(parent.to_string()))?),
                None => None,
            };
        }
        line.reverse();
        Ok(line)
    }

    /// The library's own view.
    pub(super) fn git(&self) -> &git2::Repository {
        &self.git
    }

    /// Folder for files being written.
    pub(super) fn staging(&self) -> PathBuf {
        self.path.with_file_name(super::STAGING)
    }

    fn find(&self, commit: &CommitId) -> Result<git2::Commit<'_>, Error> {
        find_commit(&self.git, &self.path, commit)
    }

    fn missing(&self, commit: &CommitId) -> Error {
        Error::Missing { path: self.path.clone(), commit: commit.clone() }
    }
}

fn find_commit<'a>(git: &'a git2::Repository, path: &Path, commit: &CommitId) -> Result<git2::Commit<'a>, Error> {
    let missing = || Error::Missing { path: path.to_owned(), commit: commit.clone() };
    git.find_commit(oid(commit).map_err(|_| missing())?).map_err(|_| missing())
}

pub(super) fn oid(commit: &CommitId) -> Result<Oid, Error> {
    Oid::from_str(&commit.0).map_err(git_failed("read a commit id"))
}

/// Opens a file or folder to make it durable.
pub(super) fn sync(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|file| file.sync_all()).map_err(failed("sync", path))
}

/// The message of a step's commit.
pub(super) fn message_of(step: &StepKey, message: &str) -> String {
    format!("{}\n\n{STEP_LINE}{step}\n", message.trim_end())
}

/// The message and the step of a commit.
pub(super) fn read_message(text: &str) -> (String, Option<StepKey>) {
    match text.trim_end().rsplit_once(&format!("\n\n{STEP_LINE}")) {
        Some((message, step)) if !step.contains('\n') => (message.to_owned(), Some(StepKey(step.to_owned()))),
        Some(_) | None => (text.trim_end().to_owned(), None),
    }
}

/// The files after changes, which were checked before.
pub(super) fn apply(leaves: &Leaves, changes: &[Change]) -> Result<Leaves, Error> {
    let mut leaves = leaves.clone();
    for Change { path, content, executable } in changes {
        match content {
            Some(content) => {
                let leaf = Leaf { blob: Repository::blob_id(content)?, executable: *executable };
                leaves.insert(path.as_str().to_owned(), leaf);
            }
            None => {
                leaves.remove(path.as_str());
            }
        }
    }
    Ok(leaves)
}

/// A file's path as a value; those that this module committed always parse.
pub(super) fn project_path(path: &str) -> Result<ProjectPath, Error> {
    ProjectPath::parse(path).map_err(|error| Error::Refused { path: path.to_owned(), reason: error.reason.to_owned() })
}

/// Writes the tree of files, which are sorted, and those of its folders.
fn write_tree(git: &git2::Repository, entries: &[(&str, &Leaf)]) -> Result<Oid, git2::Error> {
    let mut builder = git.treebuilder(None)?;
    let mut rest = entries;
    while let Some((&(path, leaf), after)) = rest.split_first() {
        if let Some((folder, _)) = path.split_once('/') {
            let beneath = |path: &str| path.strip_prefix(folder).and_then(|path| path.strip_prefix('/').map(str::len));
            let count = rest.iter().take_while(|(path, _)| beneath(path).is_some()).count();
            let (inside, outside) = rest.split_at(count);
            let inside: Vec<(&str, &Leaf)> = inside
                .iter()
                .filter_map(|(path, leaf)| path.split_once('/').map(|(_, inner)| (inner, *leaf)))
                .collect();
            builder.insert(folder, write_tree(git, &inside)?, 0o040_000)?;
            rest = outside;
        } else {
            builder.insert(path, leaf.blob, if leaf.executable { EXECUTABLE_MODE } else { FILE_MODE })?;
            rest = after;
        }
    }
    builder.write()
}

/// Makes a commit known to another repository.
fn lend<'a>(
    from: &git2::Repository,
    to: &'a git2::Repository,
    commit: &git2::Commit<'_>,
) -> Result<git2::Commit<'a>, git2::Error> {
    to.odb()?.write(ObjectType::Commit, from.odb()?.read(commit.id())?.data())?;
    to.find_commit(commit.id())
}

/// Where trees are read from.
struct Trees<'a> {
    new: &'a git2::Repository,
    old: &'a git2::Repository,
}

impl Trees<'_> {
    /// Collects the trees that the old tree has not at the same place.
    fn collect_new(
        &self,
        tree: &git2::Tree<'_>,
        old: Option<&git2::Tree<'_>>,
        objects: &mut BTreeSet<Oid>,
    ) -> Result<(), git2::Error> {
        if old.is_some_and(|old| old.id() == tree.id()) {
            return Ok(());
        }
        objects.insert(tree.id());
        for entry in tree {
            if entry.kind() == Some(ObjectType::Tree) {
                let same_place = old.and_then(|old| old.get_name_bytes(entry.name_bytes()));
                let same_place = same_place.and_then(|entry| self.old.find_tree(entry.id()).ok());
                self.collect_new(&self.new.find_tree(entry.id())?, same_place.as_ref(), objects)?;
            }
        }
        Ok(())
    }
}
