//! The limits that no kernel mechanism holds for an ordinary user: looked at again and again.

use std::{
    collections::HashSet,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    time::{Duration, Instant},
};

use nix::sys::statvfs::statvfs;

use super::{
    cgroup::Cgroup,
    plan::{Plan, Trial},
    tree,
};
use crate::process::{End, Limits};

/// The shortest and the longest time between two looks.
const LOOK_MIN: Duration = Duration::from_millis(50);
const LOOK_MAX: Duration = Duration::from_millis(250);
/// Looking takes at most one part in this many of one processor.
const SHARE: u32 = 20;

/// When folders are counted for the first time, and how often at most after that, while the file system stays as it is.
const FIRST_COUNT_AFTER: Duration = Duration::from_secs(1);

/// Looks after memory, processes and disk.
pub(super) struct Watch {
    limits: Limits,
    disk: Disk,
    /// Processes of ours that are counted with the command's.
    own_processes: u64,
    /// False while another way to hold them is tried.
    holds_processes: bool,
    next: Instant,
    /// The number of processes was at its limit the last time too.
    was_full: bool,
}

impl Watch {
    pub(super) fn new(plan: &Plan) -> Self {
        let limits = plan.limits;
        let folders = std::iter::once(&plan.work).chain(&plan.scratch).cloned().collect();
        let disk = Disk::new(folders, Held { bytes: limits.disk_bytes, inodes: limits.inodes });
        let holds_processes =
            !matches!(plan.trial, Some(Trial::ProcessesUnderResourceLimit | Trial::ProcessesUnderControlGroup));
        let own_processes = if plan.tier.has_own_files() { 2 } else { 1 };
        Self { limits, disk, own_processes, holds_processes, next: Instant::now() + LOOK_MIN, was_full: false }
    }

    /// How long until the next look.
    pub(super) fn due_in(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Looks, when it is time to; returns the limit that was passed.
    pub(super) fn look(&mut self, cgroup: &Cgroup) -> Option<End> {
        let started = Instant::now();
        if started < self.next {
            return None;
        }
        let end = self.processes_and_memory(cgroup).or_else(|| self.disk.look().then_some(End::DiskLimit));
        self.next = Instant::now() + (started.elapsed() * SHARE).clamp(LOOK_MIN, LOOK_MAX);
        end
    }

    /// Looks at the disk a last time, after the end: a program may fill it and be gone before the next look. Where it
    /// failed the folder is counted for certain, because that may be why.
    pub(super) fn last_look(&mut self, has_failed: bool) -> Option<End> {
        self.disk.last_look(has_failed).then_some(End::DiskLimit)
    }

    fn processes_and_memory(&mut self, cgroup: &Cgroup) -> Option<End> {
        if cgroup.met_memory_limit() {
            return Some(End::MemoryLimit);
        }
        if self.holds_processes && cgroup.met_process_limit() {
            return Some(End::ProcessLimit);
        }
        let count = match cgroup.processes() {
            Some(count) if cgroup.holds_memory() => count,
            _ => {
                let processes = tree::below_this();
                let memory_bytes: u64 = processes.iter().map(|process| tree::memory_bytes(process.id)).sum();
                if memory_bytes > self.limits.memory_bytes {
                    return Some(End::MemoryLimit);
                }
                processes.iter().map(|process| process.threads).sum()
            }
        };
        let is_full = self.holds_processes && count >= self.limits.processes.saturating_add(self.own_processes);
        let stays_full = is_full && self.was_full;
        self.was_full = is_full;
        stays_full.then_some(End::ProcessLimit)
    }
}

/// Looks after what the work folder holds, with the one for temporary files where that lies on disk too.
///
/// Counting a folder of 30,000 files takes some 100 ms, asking the file system how full it is a microsecond. So the
/// folder is counted when the file system has grown by what was left, and now and then in case something else shrank it.
/// Until the first count, an eighth of the limit is taken to be left.
struct Disk {
    folders: Vec<PathBuf>,
    most: Held,
    /// What the folders held at the last count.
    held: Held,
    /// What the file system held then.
    system_then: Held,
    next_count: Instant,
}

#[derive(Debug, Clone, Copy, Default)]
struct Held {
    bytes: u64,
    inodes: u64,
}

impl Disk {
    fn new(folders: Vec<PathBuf>, most: Held) -> Self {
        let held = Held { bytes: most.bytes / 8 * 7, inodes: most.inodes / 8 * 7 };
        let next_count = Instant::now() + FIRST_COUNT_AFTER;
        let mut disk = Self { folders, most, held, system_then: Held::default(), next_count };
        disk.system_then = disk.system();
        disk
    }

    /// Whether the folders hold more than they may.
    fn look(&mut self) -> bool {
        (self.may_be_over() || Instant::now() >= self.next_count) && self.is_over()
    }

    /// As [`Self::look`], when there is no next time.
    fn last_look(&mut self, for_certain: bool) -> bool {
        (for_certain || self.may_be_over()) && self.is_over()
    }

    /// Whether the file system has grown so much that the folders may hold more than they may.
    fn may_be_over(&self) -> bool {
        let system = self.system();
        let bytes = self.held.bytes.saturating_add(system.bytes.saturating_sub(self.system_then.bytes));
        let inodes = self.held.inodes.saturating_add(system.inodes.saturating_sub(self.system_then.inodes));
        bytes >= self.most.bytes || inodes > self.most.inodes
    }

    fn is_over(&mut self) -> bool {
        let system = self.system();
        let started = Instant::now();
        let Some(found) = self.count() else { return true };
        self.held = found;
        self.system_then = system;
        self.next_count = Instant::now() + (started.elapsed() * 2 * SHARE).max(FIRST_COUNT_AFTER);
        found.bytes >= self.most.bytes || found.inodes > self.most.inodes
    }

    fn system(&self) -> Held {
        // Two folders on one file system count twice: that makes the folders counted earlier, no more.
        let found = self.folders.iter().filter_map(|folder| statvfs(folder).ok());
        found.fold(Held::default(), |held, found| Held {
            bytes: held.bytes.saturating_add(
                found.blocks().saturating_sub(found.blocks_free()).saturating_mul(found.fragment_size()),
            ),
            inodes: held.inodes.saturating_add(found.files().saturating_sub(found.files_free())),
        })
    }

    /// Counts the folder, without following links; none when there is more than it may hold, or deeper than a path can
    /// say, where a program could hide anything.
    fn count(&self) -> Option<Held> {
        let mut held = Held::default();
        let mut linked = HashSet::new();
        let mut open = self.folders.clone();
        while let Some(folder) = open.pop() {
            let listing = match std::fs::read_dir(&folder) {
                Ok(listing) => listing,
                Err(error) if error.kind() == std::io::ErrorKind::InvalidFilename => return None,
                // Gone meanwhile, or closed to us; then the file system's growth is all there is to go by.
                Err(_) => continue,
            };
            for entry in listing.flatten() {
                let Ok(about) = entry.metadata() else { continue };
                held.inodes += 1;
                if about.nlink() < 2 || about.is_dir() || linked.insert(about.ino()) {
                    held.bytes = held.bytes.saturating_add(about.blocks().saturating_mul(512));
                }
                if held.inodes > self.most.inodes {
                    return None;
                }
                if about.is_dir() {
                    open.push(entry.path());
                }
            }
        }
        Some(held)
    }
}
