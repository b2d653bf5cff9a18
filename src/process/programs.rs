//! Finds programs, and the folders that they need to see.

use std::path::{Component, Path, PathBuf};

use super::{Error, Settings};

/// Where the system's own programs are, in order.
const SYSTEM_FOLDERS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Folders that every sandbox shows.
const SHOWN: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/// A program that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// Where it was found.
    pub(super) path: PathBuf,
    /// What must be shown besides the system's folders, read-only and at the same place.
    pub(super) shows: Vec<PathBuf>,
}

/// Looks programs up in fixed folders.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    folders: Vec<PathBuf>,
    home: Option<PathBuf>,
}

impl Programs {
    pub(super) fn new(settings: &Settings) -> Self {
        let own = settings.program_folders.iter().filter(|folder| folder.is_absolute()).cloned();
        // The operator's come first: he that put a newer Node in front of the system's wants that one.
        let folders = own.chain(SYSTEM_FOLDERS.iter().map(PathBuf::from)).collect();
        Self { folders, home: settings.home.clone() }
    }

    /// Finds a program by name, or by absolute path; what lies in `work` does not count.
    pub(super) fn find(&self, name: &str, work: &Path) -> Result<Program, Error> {
        let missing = || {
            let searched = self.folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(":");
            Error::MissingProgram { program: name.to_owned(), searched }
        };
        if name.contains('/') && !name.starts_with('/') {
            let reason =
                format!("`{name}` is a relative path; programs are named by name, and never taken from the project");
            return Err(Error::Refused { reason });
        }
        let candidates: Vec<PathBuf> = if name.starts_with('/') {
            vec![PathBuf::from(name)]
        } else {
            self.folders.iter().map(|folder| folder.join(name)).collect()
        };
        candidates.into_iter().find_map(|path| self.usable(path, work)).ok_or_else(missing)
    }

    fn usable(&self, path: PathBuf, work: &Path) -> Option<Program> {
        let real = path.canonicalize().ok()?;
        if path.starts_with(work) || real.starts_with(work) || !is_executable(&real) {
            return None;
        }
        let mut shows: Vec<PathBuf> = Vec::new();
        if !is_shown(&real) {
            shows.push(self.installation(&real));
        }
        let is_seen = is_shown(&path) || shows.iter().any(|shown| path.starts_with(shown));
        Some(Program { path: if is_seen { path } else { real }, shows })
    }

    /// The installation that a program belongs to: the folder that holds its `lib/node_modules` or its `bin`. Where that
    /// is a home folder, or one of its own, just the program or the package is taken.
    fn installation(&self, real: &Path) -> PathBuf {
        let parts: Vec<Component<'_>> = real.components().collect();
        let up_to = |end: usize| parts.iter().take(end).collect::<PathBuf>();
        let name = |index: usize| parts.get(index).and_then(|part| part.as_os_str().to_str()).unwrap_or_default();
        let modules = (1..parts.len()).find(|index| name(*index) == "node_modules" && name(index - 1) == "lib");
        let bin = (1..parts.len()).rev().find(|index| name(*index) == "bin");
        let narrow = modules.map_or_else(|| real.to_path_buf(), |index| up_to(index + 1));
        match modules.map(|index| index - 1).or(bin).map(up_to) {
            Some(folder) if self.may_show(&folder) => folder,
            _ => narrow,
        }
    }

    fn may_show(&self, folder: &Path) -> bool {
        let is_shallow = folder.components().count() < 3;
        let holds_home = self.home.iter().any(|home| {
            let home = home.canonicalize().unwrap_or_else(|_| home.clone());
            home.starts_with(folder) || folder == home.join(".local")
        });
        !is_shallow && !holds_home
    }
}

fn is_shown(path: &Path) -> bool {
    SHOWN.iter().any(|folder| path.starts_with(folder))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}
