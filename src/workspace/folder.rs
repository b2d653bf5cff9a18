//! A folder whose files are reached one component at a time, so that no link in it is ever followed.
//!
//! `openat2(RESOLVE_NO_SYMLINKS)` would do the same in one call, but container runtimes with older system call filters
//! refuse it.

use std::{
    ffi::{OsStr, OsString},
    fs::{File, OpenOptions, Permissions},
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    },
    path::{Path, PathBuf},
};

use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag, openat, renameat},
    sys::stat::{FchmodatFlags, FileStat, Mode, SFlag, fchmodat, fstatat, mkdirat},
    unistd::{UnlinkatFlags, unlinkat},
};

use super::{Error, error::failed};

/// Mode of folders in the tree. Modes are set, not left to the umask: the executable bit has to read back.
const FOLDER_MODE: Mode = Mode::from_bits_truncate(0o755);

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A file.
    File {
        /// Whether its owner may run it.
        executable: bool,
        /// Its size.
        bytes: u64,
    },
    /// A folder.
    Folder,
    /// A link, FIFO, socket or device.
    Special,
    /// Something on the way is a file.
    BelowFile,
    /// Something on the way is a link, FIFO, socket or device.
    BelowSpecial,
}

/// A folder to read and write beneath.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    root: OwnedFd,
    /// The folders that the last path went through, with their names; the next path often shares some.
    way: Vec<(String, OwnedFd)>,
}

impl Folder {
    /// Opens a folder.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let root = openat(AT_FDCWD, path, flags, Mode::empty()).map_err(|e| failed("open", path)(e.into()))?;
        Ok(Self { path: path.to_owned(), root, way: Vec::new() })
    }

    /// Says what stands at a path.
    pub(super) fn look(&mut self, path: &str) -> Result<Found, Error> {
        let (folders, name) = split(path);
        match self.descend(folders, false)? {
            Way::Whole => {}
            Way::Absent => return Ok(Found::Nothing),
            Way::Blocked(Found::File { .. }) => return Ok(Found::BelowFile),
            Way::Blocked(_) => return Ok(Found::BelowSpecial),
        }
        found_at(self.deepest(), OsStr::new(name)).map_err(|e| self.failed("look at", path, e))
    }

    /// Reads a file.
    pub(super) fn read(&mut self, path: &str) -> Result<Vec<u8>, Error> {
        let (folders, name) = split(path);
        self.descend_whole(folders, path, false)?;
        // Non-blocking, as a FIFO that took the file's place would otherwise hold us up.
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let opened = openat(self.deepest(), name, flags, Mode::empty());
        let mut file = File::from(opened.map_err(|e| self.failed("open", path, e))?);
        let mut content = Vec::new();
        let read = file.metadata().and_then(|metadata| {
            if metadata.is_file() { file.read_to_end(&mut content) } else { Err(io::ErrorKind::InvalidInput.into()) }
        });
        read.map_err(failed("read", &self.path.join(path)))?;
        Ok(content)
    }

    /// Writes a file: at any instant the path has the old content or the new. `staged` is where it is written first.
    pub(super) fn place(&mut self, path: &str, content: &[u8], executable: bool, staged: &Path) -> Result<(), Error> {
        stage(staged, content, executable).map_err(failed("write", staged))?;
        let (folders, name) = split(path);
        self.descend_whole(folders, path, true)?;
        let mut placed = renameat(AT_FDCWD, staged, self.deepest(), name);
        if placed == Err(Errno::EISDIR) {
            remove_empty_folders(self.deepest(), OsStr::new(name)).map_err(|e| self.failed("make room at", path, e))?;
            placed = renameat(AT_FDCWD, staged, self.deepest(), name);
        }
        placed.map_err(|e| self.failed("write", path, e))
    }

    /// Writes a file where nothing is yet, without the detour that keeps it whole at any instant.
    pub(super) fn create(&mut self, path: &str, content: &[u8], executable: bool) -> Result<(), Error> {
        let (folders, name) = split(path);
        self.descend_whole(folders, path, true)?;
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let opened = openat(self.deepest(), name, flags, Mode::from_bits_truncate(0o644));
        let file = File::from(opened.map_err(|e| self.failed("create", path, e))?);
        fill(file, content, executable).map_err(failed("write", &self.path.join(path)))
    }

    /// Removes a file when it is there, and the folders above it that are empty then.
    pub(super) fn remove(&mut self, path: &str) -> Result<(), Error> {
        let (folders, name) = split(path);
        if !matches!(self.descend(folders, false)?, Way::Whole) {
            return Ok(());
        }
        match unlinkat(self.deepest(), name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(error) => return Err(self.failed("remove", path, error)),
        }
        while let Some((name, _)) = self.way.pop() {
            match unlinkat(self.deepest(), name.as_str(), UnlinkatFlags::RemoveDir) {
                Ok(()) => {}
                Err(Errno::ENOTEMPTY | Errno::EEXIST | Errno::ENOENT) => break,
                Err(error) => return Err(self.failed("remove the folder of", path, error)),
            }
        }
        Ok(())
    }

    /// Lists everything beneath but empty folders, which are of no account. A folder for which `enter` is false is
    /// listed itself, not its content.
    pub(super) fn list(&mut self, enter: &dyn Fn(&Path) -> bool) -> Result<Vec<(PathBuf, Found)>, Error> {
        self.way.clear();
        let mut items = Vec::new();
        list_into(self.root.as_fd(), Path::new(""), enter, &mut items).map_err(failed("list", &self.path))?;
        Ok(items)
    }

    /// Forgets the open folders, which is due when something else renames in here.
    pub(super) fn forget_way(&mut self) {
        self.way.clear();
    }

    fn deepest(&self) -> BorrowedFd<'_> {
        self.way.last().map_or(self.root.as_fd(), |(_, folder)| folder.as_fd())
    }

    fn descend_whole(&mut self, folders: &str, path: &str, make: bool) -> Result<(), Error> {
        match self.descend(folders, make)? {
            Way::Whole => Ok(()),
            Way::Absent => Err(self.failed("find the folder of", path, Errno::ENOENT)),
            Way::Blocked(_) => Err(Error::Disturbed { path: path.to_owned() }),
        }
    }

    fn descend(&mut self, folders: &str, make: bool) -> Result<Way, Error> {
        let wanted: Vec<&str> = folders.split('/').filter(|name| !name.is_empty()).collect();
        let shared = self.way.iter().zip(&wanted).take_while(|((open, _), name)| open == *name).count();
        self.way.truncate(shared);
        for name in wanted.into_iter().skip(shared) {
            match self.enter(name, make).map_err(|e| self.failed("enter", folders, e))? {
                Ok(folder) => self.way.push((name.to_owned(), folder)),
                Err(Found::Nothing) => return Ok(Way::Absent),
                Err(blocked) => return Ok(Way::Blocked(blocked)),
            }
        }
        Ok(Way::Whole)
    }

    /// Opens a folder in the deepest one, or says what is there instead.
    fn enter(&self, name: &str, make: bool) -> nix::Result<Result<OwnedFd, Found>> {
        let parent = self.deepest();
        match open_folder(parent, OsStr::new(name)) {
            Err(Errno::ENOENT) if make => {
                mkdirat(parent, name, FOLDER_MODE)?;
                fchmodat(parent, name, FOLDER_MODE, FchmodatFlags::FollowSymlink)?;
                open_folder(parent, OsStr::new(name)).map(Ok)
            }
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => found_at(parent, OsStr::new(name)).map(Err),
            opened => opened.map(Ok),
        }
    }

    fn failed(&self, action: &'static str, path: &str, error: Errno) -> Error {
        failed(action, &self.path.join(path))(error.into())
    }
}

enum Way {
    Whole,
    Absent,
    Blocked(Found),
}

/// The folders of a path, and the name in the last of them.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn open_folder(parent: BorrowedFd<'_>, name: &OsStr) -> nix::Result<OwnedFd> {
    openat(parent, name, OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())
}

fn found_at(parent: BorrowedFd<'_>, name: &OsStr) -> nix::Result<Found> {
    match fstatat(parent, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(status) => Ok(found(&status)),
        Err(Errno::ENOENT) => Ok(Found::Nothing),
        Err(error) => Err(error),
    }
}

fn found(status: &FileStat) -> Found {
    match SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => Found::File {
            executable: Mode::from_bits_truncate(status.st_mode).contains(Mode::S_IXUSR),
            bytes: u64::try_from(status.st_size).unwrap_or(0),
        },
        SFlag::S_IFDIR => Found::Folder,
        _ => Found::Special,
    }
}

/// Writes a file of the mode that git knows, whatever the umask.
fn stage(staged: &Path, content: &[u8], executable: bool) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(staged)?;
    fill(file, content, executable)
}

fn fill(mut file: File, content: &[u8], executable: bool) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(if executable { 0o755 } else { 0o644 }))?;
    file.write_all(content)
}

fn names_in(folder: &OwnedFd) -> nix::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for item in Dir::from_fd(folder.try_clone().map_err(|_| Errno::EMFILE)?)?.iter() {
        let item = item?;
        let name = item.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(OsStr::from_bytes(name).to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn list_into(
    folder: BorrowedFd<'_>,
    at: &Path,
    enter: &dyn Fn(&Path) -> bool,
    items: &mut Vec<(PathBuf, Found)>,
) -> io::Result<()> {
    let readable = openat(folder, ".", OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    for name in names_in(&readable)? {
        let path = at.join(&name);
        match found_at(folder, &name)? {
            Found::Folder if enter(&path) => {
                list_into(open_folder(folder, &name)?.as_fd(), &path, enter, items)?;
            }
            found => items.push((path, found)),
        }
    }
    Ok(())
}

/// Removes a folder that holds nothing but empty folders.
fn remove_empty_folders(parent: BorrowedFd<'_>, name: &OsStr) -> nix::Result<()> {
    let folder = open_folder(parent, name)?;
    for inner in names_in(&folder)? {
        remove_empty_folders(folder.as_fd(), &inner)?;
    }
    unlinkat(parent, name, UnlinkatFlags::RemoveDir)
}
