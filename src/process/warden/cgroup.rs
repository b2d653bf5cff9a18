//! Limits held by control groups, where this process may make them: as root on most machines, hardly ever otherwise.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::process::Limits;

/// Processes of ours that are counted with the command's: those that made the namespaces, and the first one inside.
const OWN_PROCESSES: u64 = 4;

/// What the groups' names begin with; the supervisor's process number follows.
const NAME: &str = "samokoder-";

/// The control groups of one sandbox.
#[derive(Debug, Default)]
pub(super) struct Cgroup {
    processes: Option<Group>,
    memory: Option<Group>,
}

#[derive(Debug, Clone)]
struct Group {
    folder: PathBuf,
    /// Where the supervisor itself belongs.
    home: PathBuf,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    fn as_str(self) -> &'static str {
        match self {
            Self::One => "v1",
            Self::Two => "v2",
        }
    }
}

impl Cgroup {
    /// Makes what can be made here, and writes the limits.
    pub(super) fn make(limits: &Limits) -> Self {
        let processes = Group::make("pids").filter(|group| {
            group.set("pids.max", limits.processes.saturating_add(OWN_PROCESSES))
                && group.read("pids.current").is_some()
        });
        let memory = Group::make("memory").filter(|group| group.limit_memory(limits.memory_bytes));
        Self { processes, memory }
    }

    /// Moves this process in, so that what it starts is born inside.
    pub(super) fn enter(&mut self) {
        // A group that takes no process (another controller's rules) holds nothing.
        self.processes.take_if(|group| !join(&group.folder));
        self.memory.take_if(|group| !join(&group.folder));
    }

    /// Moves this process back to where it belongs.
    pub(super) fn leave(&self) {
        for group in self.groups() {
            join(&group.home);
        }
    }

    /// How many processes and threads are inside.
    pub(super) fn processes(&self) -> Option<u64> {
        self.processes.as_ref()?.read("pids.current")
    }

    /// Whether a process was refused because there were too many.
    pub(super) fn met_process_limit(&self) -> bool {
        self.processes.as_ref().is_some_and(|group| group.count("pids.events", "max") > 0)
    }

    /// Whether the kernel ended a process because there was too little memory.
    pub(super) fn met_memory_limit(&self) -> bool {
        self.memory.as_ref().is_some_and(|group| match group.version {
            Version::One => group.count("memory.oom_control", "oom_kill") > 0,
            Version::Two => group.count("memory.events", "oom_kill") > 0,
        })
    }

    /// Whether memory is held here.
    pub(super) fn holds_memory(&self) -> bool {
        self.memory.is_some()
    }

    /// The hierarchies in force, for the number of processes and for memory.
    pub(super) fn versions(&self) -> (Option<String>, Option<String>) {
        let version = |group: &Option<Group>| group.as_ref().map(|group| group.version.as_str().to_owned());
        (version(&self.processes), version(&self.memory))
    }

    /// Lets nothing start any more; the first step of ending everything.
    pub(super) fn close(&self) {
        if let Some(group) = &self.processes {
            group.set("pids.max", 0);
        }
    }

    /// Removes the groups; everything in them has ended.
    pub(super) fn remove(&self) {
        for group in self.groups() {
            let _ = fs::remove_dir(&group.folder);
        }
    }

    fn groups(&self) -> impl Iterator<Item = &Group> {
        self.processes.iter().chain(&self.memory)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Removes groups that killed supervisors left; one that is in use cannot be removed.
fn sweep(parent: &Path) {
    let Ok(listing) = fs::read_dir(parent) else { return };
    for entry in listing.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(NAME)?.parse::<u32>().ok());
        let is_left = number.is_some_and(|number| !Path::new("/proc").join(number.to_string()).exists());
        if is_left {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn join(folder: &Path) -> bool {
    fs::write(folder.join("cgroup.procs"), "0").is_ok()
}

impl Group {
    fn make(controller: &str) -> Option<Self> {
        let (home, parents, version) = homes(controller)?;
        for parent in &parents {
            sweep(parent);
        }
        let name = format!("{NAME}{}", std::process::id());
        let folder =
            parents.into_iter().map(|parent| parent.join(&name)).find(|folder| fs::create_dir(folder).is_ok())?;
        Some(Self { folder, home, version })
    }

    fn limit_memory(&self, bytes: u64) -> bool {
        match self.version {
            Version::One => {
                let is_set = self.set("memory.limit_in_bytes", bytes);
                // Counts swap in; not there where the kernel does not account for swap.
                self.set("memory.memsw.limit_in_bytes", bytes);
                is_set
            }
            Version::Two => {
                let is_set = self.set("memory.max", bytes);
                self.set("memory.swap.max", 0);
                is_set
            }
        }
    }

    /// Writes a value and reads it back: under the wrong mount a write makes a plain file, or nothing.
    fn set(&self, file: &str, value: u64) -> bool {
        let path = self.folder.join(file);
        // The kernel rounds memory to pages.
        path.is_file()
            && fs::write(&path, value.to_string()).is_ok()
            && self.read(file).is_some_and(|found| found.abs_diff(value) < 1 << 16)
    }

    fn read(&self, file: &str) -> Option<u64> {
        fs::read_to_string(self.folder.join(file)).ok()?.trim().parse().ok()
    }

    fn count(&self, file: &str, name: &str) -> u64 {
        let text = fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.unwrap_or(0)
    }
}

/// Where this process belongs under a controller, and where a group for a sandbox may be made, best first.
fn homes(controller: &str) -> Option<(PathBuf, Vec<PathBuf>, Version)> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mut second = None;
    for line in mounts.lines() {
        let Some((place, source)) = line.split_once(" - ") else { continue };
        let Some(at) = place.split(' ').nth(4) else { continue };
        let mut source = source.split(' ');
        match (source.next(), source.nth(1)) {
            (Some("cgroup"), Some(options)) if options.split(',').any(|option| option == controller) => {
                let home = joined(at, own_path(&own, controller)?);
                return Some((home.clone(), vec![home], Version::One));
            }
            (Some("cgroup2"), _) => second = Some((at, own_path(&own, "")?)),
            _ => {}
        }
    }
    let (at, path) = second?;
    let home = joined(at, path);
    // A group with processes of its own passes no controllers on, so a sandbox's group stands beside ours or at the top.
    let beside = home.parent().filter(|parent| parent.starts_with(at)).map(Path::to_path_buf);
    let parents = beside.into_iter().chain([PathBuf::from(at)]).filter(|parent| passes_on(parent, controller));
    Some((home, parents.collect(), Version::Two))
}

fn own_path<'a>(own: &'a str, controller: &str) -> Option<&'a str> {
    own.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        controllers.split(',').any(|found| found == controller).then_some(path)
    })
}

/// In a container the mount may begin at our own group already.
fn joined(at: &str, path: &str) -> PathBuf {
    let joined = Path::new(at).join(path.trim_start_matches('/'));
    if joined.join("cgroup.procs").is_file() { joined } else { PathBuf::from(at) }
}

fn passes_on(folder: &Path, controller: &str) -> bool {
    let text = fs::read_to_string(folder.join("cgroup.subtree_control")).unwrap_or_default();
    text.split_ascii_whitespace().any(|found| found == controller)
}
