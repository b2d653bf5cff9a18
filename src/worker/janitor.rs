//! Removes what is not kept any more: of what ended, for as long as the operator says; of what was deleted, all.
//!
//! What the records and the storage have is looked after by one process at a time; folders by each on its own host. Nothing
//! in use is touched: a part of a generation is given up in its row before it is removed, which only holds for what came to
//! its end, and a folder is removed under its lock.

use std::{
    collections::HashMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};

use super::{Workers, trouble::Trouble};
use crate::{
    domain::{clock::Timestamp, id::GenerationId},
    process::Cancel,
    store::{Fate, Part},
};

const DUTY: &str = "clean-up";
const LOCK: &str = "lock";
const LOGS: &str = "logs";
/// How long an answer is remembered for whoever asks once more with the same key: 24 hours.
const ANSWERS: Duration = Duration::from_secs(24 * 60 * 60);
/// For how long a process that dies in the middle of a round keeps others from the next. A round that takes longer does no
/// harm: whatever two do at once is done once.
const DUTY_LEASE: Duration = Duration::from_secs(600);

/// What a round removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Removed {
    generations: usize,
    workspaces: usize,
    artifacts: usize,
    logs: usize,
    events: u64,
    answers: u64,
    folders: usize,
}

/// A folder of a generation that came to its end.
struct Ended {
    id: GenerationId,
    path: PathBuf,
    finished_at: Timestamp,
    bytes: u64,
    /// Whether it can be brought back from the storage.
    is_a_copy: bool,
}

impl Workers {
    /// Looks for what is not kept any more until `stop`.
    pub(super) async fn clean(&self, stop: &Cancel) {
        let mut rounds = interval(self.0.settings.retention.every);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = rounds.tick() => {}
            }
            let mut removed = Removed::default();
            // A round that is cut off is gone on with by the next, whoever has it.
            let cleaned = tokio::select! {
                cleaned = Box::pin(self.clean_once(&mut removed)) => cleaned,
                () = stop.cancelled() => self.leave_duty().await,
            };
            if let Err(error) = cleaned {
                tracing::warn!("not all could be cleaned up; the next round goes on: {error}");
            }
            if removed != Removed::default() {
                let Removed { generations, workspaces, artifacts, logs, events, answers, folders } = removed;
                tracing::info!(
                    generations,
                    workspaces,
                    artifacts,
                    logs,
                    events,
                    answers,
                    folders,
                    "cleaned up: {generations} deleted generations, {workspaces} workspaces, {artifacts} artifacts, logs of \
                     {logs}, {events} events and messages, {answers} answers, {folders} folders"
                );
            }
        }
    }

    async fn clean_once(&self, removed: &mut Removed) -> Result<(), Trouble> {
        let ports = &self.0.ports;
        if ports.records.take_duty(DUTY, ports.holder.id(), DUTY_LEASE).await? {
            let cleaned = Box::pin(self.clean_shared(removed)).await;
            self.leave_duty().await?;
            cleaned?;
        }
        self.clean_folders(removed).await
    }

    async fn leave_duty(&self) -> Result<(), Trouble> {
        Ok(self.0.ports.records.leave_duty(DUTY, self.0.ports.holder.id()).await?)
    }

    /// Cleans up what all processes share.
    async fn clean_shared(&self, removed: &mut Removed) -> Result<(), Trouble> {
        let answers = u64::try_from(ANSWERS.as_millis()).unwrap_or(u64::MAX);
        removed.answers = self.0.ports.records.forget_answers(answers).await?;
        self.forget_deleted(removed).await?;
        self.expire_by_age(removed).await?;
        self.expire_artifacts_by_size(removed).await?;
        self.empty_storage().await
    }

    async fn forget_deleted(&self, removed: &mut Removed) -> Result<(), Trouble> {
        let ports = &self.0.ports;
        for generation in ports.records.deleted().await? {
            ports.storage.forget(&generation).await?;
            ports.records.erase(&generation).await?;
            removed.generations += 1;
        }
        Ok(ports.records.tidy().await?)
    }

    async fn expire_by_age(&self, removed: &mut Removed) -> Result<(), Trouble> {
        let records = &self.0.ports.records;
        let retention = &self.0.settings.retention;
        let parts = [
            (Part::Workspace, retention.workspaces, &mut removed.workspaces),
            (Part::Artifact, retention.artifacts, &mut removed.artifacts),
            (Part::Logs, retention.logs, &mut removed.logs),
        ];
        for (part, age, count) in parts {
            let Some(age) = age else { continue };
            for generation in records.expirable(part, age).await? {
                if records.expire(part, &generation).await? {
                    (self.0.ports.recorded)(&generation);
                    *count += 1;
                }
            }
        }
        if let Some(age) = retention.events {
            removed.events = records.forget_events(age).await?;
        }
        Ok(())
    }

    async fn expire_artifacts_by_size(&self, removed: &mut Removed) -> Result<(), Trouble> {
        let Some(most) = self.0.settings.retention.artifact_bytes else { return Ok(()) };
        let ports = &self.0.ports;
        let bytes = ports.storage.artifact_bytes().await?;
        let mut total: u64 = bytes.values().sum();
        if total <= most {
            return Ok(());
        }
        for generation in ports.records.expirable(Part::Artifact, Duration::ZERO).await? {
            if total <= most {
                break;
            }
            if ports.records.expire(Part::Artifact, &generation).await? {
                total = total.saturating_sub(bytes.get(&generation).copied().unwrap_or_default());
                removed.artifacts += 1;
            }
        }
        Ok(())
    }

    /// Removes from the storage what its row says is gone.
    async fn empty_storage(&self) -> Result<(), Trouble> {
        let ports = &self.0.ports;
        for generation in ports.records.expired(Part::Artifact).await? {
            ports.storage.forget_artifacts(&generation).await?;
            ports.records.removed(Part::Artifact, &generation).await?;
        }
        for generation in ports.records.expired(Part::Workspace).await? {
            ports.storage.forget_workspaces(&generation).await?;
            ports.records.removed(Part::Workspace, &generation).await?;
        }
        Ok(())
    }

    /// Removes folders of this host.
    async fn clean_folders(&self, removed: &mut Removed) -> Result<(), Trouble> {
        let records = &self.0.ports.records;
        let workspaces = self.0.settings.workspaces.clone();
        let measures = self.0.settings.retention.workspace_bytes.is_some();
        let found = on_own_thread(move || folders(&workspaces, measures)).await?;
        let mut total: u64 = found.iter().map(|(_, _, bytes)| bytes).sum();
        let mut ended = Vec::new();
        let mut fates: HashMap<GenerationId, Fate> = HashMap::new();
        for (id, path, bytes) in found {
            let fate = match fates.get(&id) {
                Some(fate) => fate.clone(),
                None => records.fate(&id).await?,
            };
            match &fate {
                Fate::Gone => {
                    if on_own_thread(move || remove_unused(&path)).await? {
                        total = total.saturating_sub(bytes);
                        removed.folders += 1;
                    }
                }
                Fate::Ended { finished_at, without_logs, workspace } => {
                    if *without_logs {
                        let path = path.clone();
                        on_own_thread(move || remove_logs(&path)).await?;
                    }
                    let is_a_copy = self.0.settings.keeps_workspaces && workspace.is_some();
                    ended.push(Ended { id: id.clone(), path, finished_at: *finished_at, bytes, is_a_copy });
                }
                // What nobody knows may be on its way here.
                Fate::Unknown | Fate::InUse => {}
            }
            fates.insert(id, fate);
        }
        let Some(most) = self.0.settings.retention.workspace_bytes else { return Ok(()) };
        ended.sort_by_key(|folder| folder.finished_at);
        for folder in ended {
            if total <= most {
                break;
            }
            if folder.is_a_copy || records.expire(Part::Workspace, &folder.id).await? {
                removed.workspaces += usize::from(!folder.is_a_copy);
                let path = folder.path;
                if on_own_thread(move || remove_unused(&path)).await? {
                    total = total.saturating_sub(folder.bytes);
                    removed.folders += 1;
                }
            }
        }
        Ok(())
    }
}

/// Reads and removes where nobody has to wait for it.
async fn on_own_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Trouble::Panicked)?;
    done.map_err(Trouble::Disk)
}

/// Folders that belong to generations, with how many bytes they have when that is asked.
fn folders(workspaces: &Path, measures: bool) -> io::Result<Vec<(GenerationId, PathBuf, u64)>> {
    let mut found = Vec::new();
    let items = match fs::read_dir(workspaces) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        items => items?,
    };
    for item in items {
        let path = item?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
        let Some(id) = name.and_then(|name| name.parse::<GenerationId>().ok()) else { continue };
        let bytes = if measures { bytes_of(&path)? } else { 0 };
        found.push((id, path, bytes));
    }
    Ok(found)
}

/// How many bytes a folder takes; what vanishes meanwhile takes none.
fn bytes_of(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    let items = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        items => items?,
    };
    for item in items {
        let path = item?.path();
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => bytes += bytes_of(&path)?,
            Ok(found) => bytes += found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// A folder's lock, while this lives; none when somebody works there.
fn lock(folder: &Path) -> io::Result<Option<Option<File>>> {
    match File::open(folder.join(LOCK)) {
        Ok(file) => Ok(file.try_lock().is_ok().then_some(Some(file))),
        // It is being filled, or was not begun; its generation is gone in either case.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Some(None)),
        Err(error) => Err(error),
    }
}

/// Removes a folder in which nobody works; whether it did.
fn remove_unused(folder: &Path) -> io::Result<bool> {
    let Some(_held) = lock(folder)? else { return Ok(false) };
    match fs::remove_dir_all(folder) {
        // Another process of this host was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// Removes what commands wrote, where nobody works.
fn remove_logs(folder: &Path) -> io::Result<()> {
    let Some(_held) = lock(folder)? else { return Ok(()) };
    let logs = folder.join(LOGS);
    match fs::remove_dir_all(&logs) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
